//! Which two results a comparison is asked for. What gets into the page's address is a place in a list or a share key, never
//! a private key.

use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::records::{OwnerKey, ShareKey};
use crate::web::error::WebError;
use crate::web::state::AppState;

/// The path of the page.
const PATH: &str = "/side-by-side";

/// Which results: "1" is this device's newest; a share link or its key means a shared result.
#[derive(Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    pub first: String,
    #[serde(default)]
    pub second: String,
    /// A shared result, which takes the place of the second.
    #[serde(default)]
    pub link: String,
    /// Why a field was refused; the address leads back to the page with this instead of the field.
    #[serde(default)]
    pub refused: Option<Refused>,
}

/// Why what somebody typed cannot name a result here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refused {
    /// It is the private address of a result, or its key.
    Private,
    /// It is neither a share link nor a place in the list.
    Unknown,
}

impl Refused {
    fn name(self) -> &'static str {
        match self {
            Refused::Private => "private",
            Refused::Unknown => "unknown",
        }
    }

    /// The same as a sentence or two.
    pub fn fault(self) -> &'static str {
        match self {
            Refused::Private => {
                "That was the private address of a result. Whoever sees it can open and delete the result, so it was not \
                 used here. Open that result, create a share link for it, and enter the share link."
            }
            Refused::Unknown => {
                "That was not a share link. The page of a result shows its share link once you have created one; it has \
                 “/shared/” in it."
            }
        }
    }
}

impl Wanted {
    /// The page's address with these results. For what [`Wanted::cleared`] returns.
    pub fn address(&self) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in [("first", &self.first), ("second", &self.second), ("link", &self.link)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some(refused) = self.refused {
            query.append_pair("refused", refused.name());
        }
        format!("{PATH}?{}", query.finish())
    }

    /// The fields as the address may have them. A refused one is left out.
    pub async fn cleared(&self, state: &AppState) -> Result<Wanted, WebError> {
        let mut clear = Wanted { refused: self.refused, ..Wanted::default() };
        for (typed, field) in [
            (&self.first, &mut clear.first),
            (&self.second, &mut clear.second),
            (&self.link, &mut clear.link),
        ] {
            match cleared(state, typed).await? {
                Ok(may_stay) => *field = may_stay,
                // That an address is private matters most.
                Err(refused) if clear.refused != Some(Refused::Private) => clear.refused = Some(refused),
                Err(_) => {}
            }
        }
        Ok(clear)
    }

    /// Whether a field that `asked` has is empty here.
    pub fn lacks_some_of(&self, asked: &Wanted) -> bool {
        let fields = [(&self.first, &asked.first), (&self.second, &asked.second), (&self.link, &asked.link)];
        fields.iter().any(|(left, typed)| left.is_empty() && !typed.trim().is_empty())
    }
}

/// What one field may put into the address: a place in the list, or a share key.
async fn cleared(state: &AppState, typed: &str) -> Result<Result<String, Refused>, WebError> {
    let typed = typed.trim();
    if typed.bytes().all(|byte| byte.is_ascii_digit()) && typed.len() < 9 {
        return Ok(Ok(typed.to_owned()));
    }
    if typed.contains("/results/") {
        return Ok(Err(Refused::Private));
    }
    let Some(key) = share_key(typed) else { return Ok(Err(Refused::Unknown)) };
    // By their form alone, the two kinds of keys cannot be told apart.
    let private = match OwnerKey::parse(&key.as_text()) {
        Some(own) => state.store.by_owner(&own).await?.is_some(),
        None => false,
    };
    Ok(if private { Err(Refused::Private) } else { Ok(key.as_text()) })
}

/// The key of a share link, or of a page below it.
pub fn share_key(typed: &str) -> Option<ShareKey> {
    let key = typed.rsplit_once("/shared/").map_or(typed, |(_, key)| key);
    ShareKey::parse(key.split(['/', '?', '#']).next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_key_is_read_from_links_and_from_nothing_else() {
        let key = ShareKey::parse(&"A".repeat(43)).unwrap();
        let text = key.as_text();
        for typed in [
            text.clone(),
            format!("https://calling.example/shared/{text}"),
            format!("http://127.0.0.1:8080/shared/{text}/"),
            format!("https://calling.example/calling/shared/{text}/careers?prep=3#careers"),
        ] {
            assert_eq!(share_key(&typed), Some(key.clone()), "{typed}");
        }
        for typed in ["", "INFJ", "https://calling.example/shared/", "https://calling.example/", "1"] {
            assert_eq!(share_key(typed), None, "{typed}");
        }
    }
}

//! The site's cookies: the key of this device's draft, the keys of the results it has received, its shortlist, and two of an
//! account that logged in.
//!
//! All are HttpOnly, SameSite and, over https, Secure. Over https their names begin with `__Host-`. Browsers let only
//! this site set those, neither over http nor from a neighboring host. Cookies under other names are read only once, to
//! move a draft and a list from the time before the site had https or these names.

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse};

use super::client;
use super::error::WebError;
use super::state::AppState;
use crate::records::{BrowserToken, DraftKey, OwnerKey, SessionToken};

/// The site's cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Holds the key of the draft.
    Draft,
    /// Holds the owner keys of results, newest first, separated by dots.
    Results,
    /// Holds the SOC codes of the shortlist, the oldest first, separated by dots.
    Shortlist,
    /// Holds the token of a login.
    Session,
    /// Holds the token by which an account knows a browser that has logged in before.
    Browser,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Draft, Kind::Results, Kind::Shortlist, Kind::Session, Kind::Browser];

    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Kind::Draft, false) => "calling_draft",
            (Kind::Draft, true) => "__Host-calling_draft",
            (Kind::Results, false) => "calling_results",
            (Kind::Results, true) => "__Host-calling_results",
            (Kind::Shortlist, false) => "calling_shortlist",
            (Kind::Shortlist, true) => "__Host-calling_shortlist",
            (Kind::Session, false) => "calling_session",
            (Kind::Session, true) => "__Host-calling_session",
            (Kind::Browser, false) => "calling_browser",
            (Kind::Browser, true) => "__Host-calling_browser",
        }
    }
}

/// The most results in the list, to limit the length of the header. The oldest is dropped.
pub const RESULTS_KEPT: usize = 12;
/// Days that the list is kept after the latest result.
const RESULTS_DAYS: u32 = 365;
/// The most occupations in a list, to limit the length of the header.
pub const MOST_KEPT: usize = 24;
/// Days that the shortlist is kept after the latest change.
const SHORTLIST_DAYS: u32 = 365;
/// Days that a login can last.
const SESSION_DAYS: u32 = 90;
/// Days that an account knows a browser after its last login.
const BROWSER_DAYS: u32 = 365;
/// The most cookies of one name that are tried.
const TRIED: usize = 8;

/// The keys of drafts that the browser sent.
#[derive(Debug, Default)]
pub struct DraftKeys {
    /// In the order of the header.
    pub current: Vec<DraftKey>,
    /// Over https, those under the name used over http.
    pub former: Vec<DraftKey>,
}

/// The keys of this device's drafts.
pub fn draft_keys(request: &HttpRequest, state: &AppState) -> DraftKeys {
    let https = client::is_https(request, &state.settings.server);
    let named = |https| {
        values(request.headers(), Kind::Draft.name(https)).filter_map(DraftKey::parse).take(TRIED).collect()
    };
    DraftKeys { current: named(https), former: if https { named(false) } else { Vec::new() } }
}

/// The results this device has received, newest first.
pub fn results(request: &HttpRequest, state: &AppState) -> Vec<OwnerKey> {
    let https = client::is_https(request, &state.settings.server);
    let named = |https| {
        let lists = values(request.headers(), Kind::Results.name(https))
            .map(|list| list.split('.').filter_map(OwnerKey::parse).take(RESULTS_KEPT).collect::<Vec<_>>());
        // Lists of one name are never merged, because nothing shows which of them this site set.
        lists.take(TRIED).find(|list| !list.is_empty())
    };
    named(https).or_else(|| named(false)).unwrap_or_default()
}

/// The values of the cookies with this name. Each cookie is parsed alone, so that invalid bytes in one do not hide
/// another.
pub fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let pairs = headers.get_all(header::COOKIE).flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(move |pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        std::str::from_utf8(value).ok()
    })
}

/// Sets the cookie with the draft's key for as long as the server keeps the draft. There is none for the draft of an account.
pub fn keep_draft(request: &HttpRequest, state: &AppState, key: &DraftKey) -> Option<Cookie<'static>> {
    let key = key.as_text()?;
    Some(cookie(request, state, Kind::Draft, key, state.settings.drafts.draft_days))
}

/// Adds a result to this device's list.
pub fn keep_result(request: &HttpRequest, state: &AppState, key: &OwnerKey) -> Cookie<'static> {
    let mut keys = results(request, state);
    keys.retain(|known| known != key);
    keys.insert(0, key.clone());
    keys.truncate(RESULTS_KEPT);
    list(request, state, &keys)
}

/// Removes a deleted result from this device's list.
pub fn drop_result(request: &HttpRequest, state: &AppState, key: &OwnerKey) -> Cookie<'static> {
    let mut keys = results(request, state);
    keys.retain(|known| known != key);
    list(request, state, &keys)
}

/// The shortlist of this device. Anything that does not look like a SOC code is left out.
pub fn shortlist(request: &HttpRequest, state: &AppState) -> Vec<String> {
    let https = client::is_https(request, &state.settings.server);
    let list = values(request.headers(), Kind::Shortlist.name(https)).next().unwrap_or_default();
    list.split('.').filter(|code| is_soc(code)).map(str::to_owned).take(MOST_KEPT).collect()
}

/// Sets the shortlist of this device.
pub fn keep_shortlist(request: &HttpRequest, state: &AppState, codes: &[String]) -> Cookie<'static> {
    let days = if codes.is_empty() { 0 } else { SHORTLIST_DAYS };
    cookie(request, state, Kind::Shortlist, codes.join("."), days)
}

/// The tokens of logins that the browser sent, in the order of the header.
pub fn session_tokens(request: &HttpRequest, state: &AppState) -> Vec<SessionToken> {
    let https = client::is_https(request, &state.settings.server);
    let sent = values(request.headers(), Kind::Session.name(https));
    sent.filter_map(SessionToken::parse).take(TRIED).collect()
}

/// The token by which an account may know this browser.
pub fn browser_token(request: &HttpRequest, state: &AppState) -> Option<BrowserToken> {
    let https = client::is_https(request, &state.settings.server);
    values(request.headers(), Kind::Browser.name(https)).find_map(BrowserToken::parse)
}

/// Sets the token of a login. The server decides when it ends.
pub fn keep_session(request: &HttpRequest, state: &AppState, token: &SessionToken) -> Cookie<'static> {
    cookie(request, state, Kind::Session, token.as_text(), SESSION_DAYS)
}

/// Sets the token by which an account knows this browser.
pub fn keep_browser(request: &HttpRequest, state: &AppState, token: &BrowserToken) -> Cookie<'static> {
    cookie(request, state, Kind::Browser, token.as_text(), BROWSER_DAYS)
}

/// "29-1141".
fn is_soc(code: &str) -> bool {
    code.len() == 7
        && code.bytes().enumerate().all(|(i, b)| if i == 2 { b == b'-' } else { b.is_ascii_digit() })
}

/// Clears one of the cookies, under every name that is read.
pub fn clear(request: &HttpRequest, state: &AppState, kind: Kind) -> Vec<Cookie<'static>> {
    let mut cleared = vec![cookie(request, state, kind, String::new(), 0)];
    cleared.extend(clear_former(request, state, kind));
    cleared
}

/// Over https, clears the cookie under the name used over http.
pub fn clear_former(request: &HttpRequest, state: &AppState, kind: Kind) -> Option<Cookie<'static>> {
    let https = client::is_https(request, &state.settings.server);
    https.then(|| built(kind.name(false), String::new(), 0, true))
}

fn list(request: &HttpRequest, state: &AppState, keys: &[OwnerKey]) -> Cookie<'static> {
    let value = keys.iter().map(OwnerKey::as_text).collect::<Vec<_>>().join(".");
    cookie(request, state, Kind::Results, value, if keys.is_empty() { 0 } else { RESULTS_DAYS })
}

/// Adds cookies to an answer.
///
/// # Errors
/// [`WebError::Internal`] if a cookie cannot be written as a header, which never happens for keys in base64url.
pub fn set<'a>(
    answer: &mut HttpResponse,
    cookies: impl IntoIterator<Item = Cookie<'a>>,
) -> Result<(), WebError> {
    cookies.into_iter().try_for_each(|cookie| answer.add_cookie(&cookie).map_err(WebError::internal))
}

/// `age` is in days.
fn cookie(request: &HttpRequest, state: &AppState, kind: Kind, value: String, age: u32) -> Cookie<'static> {
    let https = client::is_https(request, &state.settings.server);
    built(kind.name(https), value, age, https)
}

/// A cookie for this site only, hidden from scripts, and limited to https if the site uses it.
fn built(name: &'static str, value: String, age: u32, https: bool) -> Cookie<'static> {
    let mut cookie =
        Cookie::build(name, value).path("/").http_only(true).same_site(SameSite::Lax).secure(https).finish();
    cookie.set_max_age(CookieAge::days(i64::from(age)));
    cookie
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn found(lines: &[&[u8]], name: &str) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        values(&headers, name).map(str::to_owned).collect()
    }

    #[test]
    fn every_cookie_of_the_name_is_found_in_order() {
        let lines: [&[u8]; 2] = [b"a=1; b=2;a=3; aa=4", b"a=5"];
        assert_eq!(found(&lines, "a"), ["1", "3", "5"]);
        assert!(found(&lines, "c").is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_hide_no_other_cookie() {
        assert_eq!(found(&[b"x=\xff\xfe; a=1; y; =; a=\xff; a=2"], "a"), ["1", "2"]);
    }
}

//! Extractors for handlers that need a login.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};
use url::form_urlencoded;

use crate::config::Registration;
use crate::records::{Account, Role, Session};
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::state::AppState;

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, WebError>>>>;

/// Somebody who is logged in: with the second factor too, if they are an administrator. Anybody else is sent to the login.
#[derive(Debug)]
pub struct Visitor {
    pub session: Session,
}

/// An administrator who is logged in with the second factor. Their session ends after 30 minutes without use and after 12
/// hours in any case. To a visitor's account the page does not exist.
#[derive(Debug)]
pub struct Administrator {
    pub account: Account,
}

/// Somebody whose password was right. An administrator may still have to enter a code of the second factor.
#[derive(Debug)]
pub struct PasswordPassed {
    pub session: Session,
}

/// Fails with 404 where there are no accounts.
#[derive(Debug)]
pub struct AccountsOn;

/// The login of this browser, if it has one; see [`Session::factor_passed`]. Private, since a page that shows something of an
/// account needs [`account_of`] or an extractor: both ask for the second factor.
async fn current(request: &HttpRequest, state: &AppState) -> Result<Option<Session>, WebError> {
    if !on(state) {
        return Ok(None);
    }
    // Another host of the same domain can set a cookie of the same name over http, so each is tried.
    for token in cookies::session_tokens(request, state) {
        if let Some(session) = state.store.session(&token).await? {
            return Ok(Some(session));
        }
    }
    Ok(None)
}

/// The account of whoever is logged in: with the second factor too, if they are an administrator.
pub async fn account_of(request: &HttpRequest, state: &AppState) -> Result<Option<i64>, WebError> {
    let session = current(request, state).await?;
    let complete = |session: &Session| session.account.role == Role::Visitor || session.factor_passed;
    Ok(session.filter(complete).map(|session| session.account.id))
}

fn on(state: &AppState) -> bool {
    state.settings.accounts.accounts != Registration::Off
}

fn state_of(request: &HttpRequest) -> Result<web::Data<AppState>, WebError> {
    let state = request.app_data::<web::Data<AppState>>().cloned();
    state.ok_or_else(|| WebError::internal("the application has no state"))
}

impl FromRequest for AccountsOn {
    type Error = WebError;
    type Future = std::future::Ready<Result<AccountsOn, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = state_of(request);
        std::future::ready(
            state.and_then(|state| if on(&state) { Ok(AccountsOn) } else { Err(WebError::NotFound) }),
        )
    }
}

impl FromRequest for PasswordPassed {
    type Error = WebError;
    type Future = Extracting<PasswordPassed>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = state_of(&request)?;
            if !on(&state) {
                return Err(WebError::NotFound);
            }
            let session = current(&request, &state).await?;
            session.map(|session| PasswordPassed { session }).ok_or_else(|| to("/login", &request))
        })
    }
}

impl FromRequest for Visitor {
    type Error = WebError;
    type Future = Extracting<Visitor>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, passed) = (request.clone(), PasswordPassed::from_request(request, payload));
        Box::pin(async move {
            let session = passed.await?.session;
            if session.account.role == Role::Administrator && !session.factor_passed {
                return Err(to(second_step(&session.account), &request));
            }
            Ok(Visitor { session })
        })
    }
}

impl FromRequest for Administrator {
    type Error = WebError;
    type Future = Extracting<Administrator>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload);
        Box::pin(async move {
            let account = visitor.await?.session.account;
            match account.role {
                Role::Administrator => Ok(Administrator { account }),
                Role::Visitor => Err(WebError::NotFound),
            }
        })
    }
}

/// The page on which an administrator enters a code of the second factor, or sets it up.
pub fn second_step(account: &Account) -> &'static str {
    if account.has_factor { "/login/code" } else { "/account/second-factor" }
}

/// Sends a visitor to a page first. From there they come back, if they asked for a page.
fn to(path: &str, request: &HttpRequest) -> WebError {
    let mut to = path.to_owned();
    if request.method() == Method::GET {
        let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
        to = with_next(path, asked);
    }
    WebError::SeeOther { to, cookie: None }
}

/// The path of a page that leads on to `next`.
pub fn with_next(path: &str, next: &str) -> String {
    if next.is_empty() {
        return path.to_owned();
    }
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{path}?next={next}")
}

/// A path of this site, or nothing: a login never leads elsewhere.
pub fn own_path(next: &str) -> &str {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if own && next.len() <= 1024 { next } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_pages_of_this_site_alone() {
        for own in ["/account", "/manager?x=1&y=2", "/"] {
            assert_eq!(own_path(own), own);
        }
        for other in
            ["//evil.example", "/\\evil.example", "https://evil.example", "account", "", "/a\r\nb: c", "/é"]
        {
            assert_eq!(own_path(other), "", "{other}");
        }
        assert_eq!(with_next("/login", "/a?b=c&d"), "/login?next=%2Fa%3Fb%3Dc%26d");
        assert_eq!(with_next("/login", ""), "/login");
    }
}

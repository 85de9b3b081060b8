//! The site's two cookies: the key of this device's draft, and the keys of the results it has received.
//!
//! Both hold keys, so they are HttpOnly, SameSite and, over https, Secure.

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

use super::client;
use super::error::WebError;
use super::state::AppState;
use crate::records::{DraftKey, OwnerKey};

/// Holds the key of the draft.
pub const DRAFT: &str = "calling_draft";
/// Holds the owner keys of results, newest first, separated by dots.
pub const RESULTS: &str = "calling_results";
/// Most results in the list, to bound the length of the header; the oldest is dropped.
pub const RESULTS_KEPT: usize = 12;
/// Days that the list is kept after the latest result.
const RESULTS_DAYS: u32 = 365;

/// The key of this device's draft, if the browser sent one.
pub fn draft_key(request: &HttpRequest) -> Option<DraftKey> {
    DraftKey::parse(request.cookie(DRAFT)?.value())
}

/// The results this device has received, newest first.
pub fn results(request: &HttpRequest) -> Vec<OwnerKey> {
    let Some(cookie) = request.cookie(RESULTS) else { return Vec::new() };
    cookie.value().split('.').filter_map(OwnerKey::parse).take(RESULTS_KEPT).collect()
}

/// Keeps the draft's key as long as the server keeps the draft.
pub fn keep_draft(request: &HttpRequest, state: &AppState, key: &DraftKey) -> Cookie<'static> {
    cookie(request, state, DRAFT, key.as_text(), state.settings.drafts.draft_days)
}

/// Adds a result to this device's list.
pub fn keep_result(request: &HttpRequest, state: &AppState, key: &OwnerKey) -> Cookie<'static> {
    let mut keys = results(request);
    keys.retain(|known| known != key);
    keys.insert(0, key.clone());
    keys.truncate(RESULTS_KEPT);
    list(request, state, &keys)
}

/// Removes a deleted result from this device's list.
pub fn drop_result(request: &HttpRequest, state: &AppState, key: &OwnerKey) -> Cookie<'static> {
    let mut keys = results(request);
    keys.retain(|known| known != key);
    list(request, state, &keys)
}

/// Clears one of the two cookies.
pub fn clear(request: &HttpRequest, state: &AppState, name: &'static str) -> Cookie<'static> {
    cookie(request, state, name, String::new(), 0)
}

fn list(request: &HttpRequest, state: &AppState, keys: &[OwnerKey]) -> Cookie<'static> {
    if keys.is_empty() {
        return clear(request, state, RESULTS);
    }
    let value = keys.iter().map(OwnerKey::as_text).collect::<Vec<_>>().join(".");
    cookie(request, state, RESULTS, value, RESULTS_DAYS)
}

/// Adds a cookie to an answer.
///
/// # Errors
/// [`WebError::Internal`] if the cookie cannot be written as a header, which keys in base64url always can.
pub fn set(answer: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), WebError> {
    answer.add_cookie(cookie).map_err(WebError::internal)
}

/// A cookie for this site alone, hidden from scripts, and limited to https where the site uses it. `age` is in days.
fn cookie<'a>(request: &HttpRequest, state: &AppState, name: &'a str, value: String, age: u32) -> Cookie<'a> {
    let mut cookie = Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(client::is_https(request, &state.settings.server))
        .finish();
    cookie.set_max_age(CookieAge::days(i64::from(age)));
    cookie
}

//! The two cookies of this site: which draft is this device's, and which results it has received.
//!
//! Both hold keys, so no script may read them, no other site sends them along, and https is asked for where it is spoken.

use actix_web::cookie::Cookie;
use actix_web::{HttpRequest, HttpResponse};

use super::{AppState, WebError, security};
use crate::records::{DraftKey, OwnerKey};

/// The cookie with the key of the draft.
pub const DRAFT: &str = "calling_draft";
/// The cookie with the owner keys of results, newest first, separated by dots.
pub const RESULTS: &str = "calling_results";
/// More would be an ever longer header; the oldest falls out, as the pages say.
pub const RESULTS_KEPT: usize = 12;
/// How long the list is kept after the last result.
const RESULTS_DAYS: u32 = 365;

/// The key of this device's draft, if the browser brought one.
pub fn draft_key(request: &HttpRequest) -> Option<DraftKey> {
    DraftKey::parse(request.cookie(DRAFT)?.value())
}

/// The results this device has received, newest first.
pub fn results(request: &HttpRequest) -> Vec<OwnerKey> {
    let Some(cookie) = request.cookie(RESULTS) else { return Vec::new() };
    cookie.value().split('.').filter_map(OwnerKey::parse).take(RESULTS_KEPT).collect()
}

/// Keeps the draft's key for as long as the draft itself.
pub fn keep_draft(request: &HttpRequest, state: &AppState, key: &DraftKey) -> Cookie<'static> {
    security::cookie(request, state, DRAFT, key.as_text(), Some(state.settings.drafts.draft_days))
}

/// Adds a result to this device's list.
pub fn keep_result(request: &HttpRequest, state: &AppState, key: &OwnerKey) -> Cookie<'static> {
    let mut keys = results(request);
    keys.retain(|known| known != key);
    keys.insert(0, key.clone());
    keys.truncate(RESULTS_KEPT);
    list(request, state, &keys)
}

/// Takes a deleted result off this device's list.
pub fn drop_result(request: &HttpRequest, state: &AppState, key: &OwnerKey) -> Cookie<'static> {
    let mut keys = results(request);
    keys.retain(|known| known != key);
    list(request, state, &keys)
}

/// Clears one of the two cookies.
pub fn clear(request: &HttpRequest, state: &AppState, name: &'static str) -> Cookie<'static> {
    security::cookie(request, state, name, String::new(), Some(0))
}

fn list(request: &HttpRequest, state: &AppState, keys: &[OwnerKey]) -> Cookie<'static> {
    if keys.is_empty() {
        return clear(request, state, RESULTS);
    }
    let value = keys.iter().map(OwnerKey::as_text).collect::<Vec<_>>().join(".");
    security::cookie(request, state, RESULTS, value, Some(RESULTS_DAYS))
}

/// Puts a cookie on an answer.
///
/// # Errors
/// [`WebError::Internal`] if the cookie cannot be written as a header, which keys in base64url always can.
pub fn set(answer: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), WebError> {
    answer.add_cookie(cookie).map_err(WebError::internal)
}

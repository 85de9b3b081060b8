//! The limits on log-in attempts, as handlers apply them.

use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;

use super::form_page::FormPage;
use crate::accounts::Guessed;
use crate::web::client;
use crate::web::cookies;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::state::AppState;

/// An attempt of this request at the password of the account with this address, in lower case.
pub async fn at_account(
    request: &HttpRequest,
    state: &AppState,
    email_key: &str,
) -> Result<Guessed, WebError> {
    let browser = match cookies::browser_token(request, state) {
        Some(token) if state.store.is_known_browser(email_key, &token).await? => Some(token.as_text()),
        _ => None,
    };
    let client = client::of(request, &state.settings.server);
    let network = client::network(client);
    Ok(Guessed { what: email_key.to_owned(), network, browser, limited_anywhere: true })
}

/// An attempt of this request at something that is limited by network alone.
pub fn by_network(request: &HttpRequest, state: &AppState, what: impl Into<String>) -> Guessed {
    let network = client::network(client::of(request, &state.settings.server));
    Guessed { what: what.into(), network, browser: None, limited_anywhere: false }
}

/// Counts an attempt.
///
/// # Errors
/// The answer to somebody who has to wait: the page, with what they posted.
pub fn take(state: &AppState, guessed: &Guessed, page: impl FnOnce() -> FormPage) -> Result<(), Early> {
    let Err(wait) = state.attempts.take(guessed, Instant::now()) else { return Ok(()) };
    Err(again("There were too many attempts. Nothing was checked.", wait, page()))
}

/// Counts a form that makes an account, as a draft is counted.
///
/// # Errors
/// As of [`take`].
pub fn take_account(
    request: &HttpRequest,
    state: &AppState,
    page: impl FnOnce() -> FormPage,
) -> Result<(), Early> {
    let client = client::of(request, &state.settings.server);
    let Err(wait) = state.rate_limit.take_draft(client) else { return Ok(()) };
    Err(again("Your network sends more of these forms than we can take. No account was made.", wait, page()))
}

/// The page with what was posted, and when to try again.
fn again(why: &str, wait: Duration, mut page: FormPage) -> Early {
    let seconds = rounded_up(wait);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    page.fault = Some(format!("{why} Please try again in {seconds} {unit}."));
    page.waiting(StatusCode::TOO_MANY_REQUESTS, seconds).map_or_else(Early::Error, Early::from)
}

fn rounded_up(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

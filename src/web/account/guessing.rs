//! The limits on log-in attempts, as handlers apply them.

use std::time::{Duration, Instant};

use actix_web::HttpRequest;

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
    let seconds = rounded_up(wait);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let mut page = page();
    page.fault = Some(format!(
        "There were too many attempts. Nothing was checked. Please try again in {seconds} {unit}."
    ));
    Err(page.waiting(seconds)?.into())
}

fn rounded_up(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

//! Starts the session of somebody who has proved who they are.

use actix_web::{HttpRequest, HttpResponse};

use super::agent;
use crate::records::Account;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::state::AppState;

/// Begins a session and adds its cookies to the answer. The session that the browser had ends.
pub async fn session(
    request: &HttpRequest,
    state: &AppState,
    account: &Account,
    answer: &mut HttpResponse,
) -> Result<(), WebError> {
    let former = cookies::session_tokens(request, state).into_iter().next();
    let browser = cookies::browser_token(request, state);
    let started = state.store.log_in(account, &agent::of(request), browser, former).await?;
    cookies::set(
        answer,
        [
            cookies::keep_session(request, state, &started.token),
            cookies::keep_browser(request, state, &started.browser),
        ],
    )
}

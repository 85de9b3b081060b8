//! Removing one server.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::bounds::servers_in_words;
use super::current::{Current, Scaler};
use super::guard::Reader;
use super::shown::{Shown, State, present};
use crate::records::Act;
use crate::scaling::Removal;
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "manager_remove.html")]
struct RemovePage {
    server: Shown,
    /// Why it cannot be removed.
    refused: Option<String>,
    seconds: u64,
}

impl RemovePage {
    fn of(state: &AppState, server: Shown, refused: Option<String>) -> RemovePage {
        RemovePage { server, refused, seconds: state.settings.fleet.drain_notice.as_secs() }
    }
}

/// GET /manager/servers/{id}/remove: asks for a confirmation.
pub async fn ask(
    state: web::Data<AppState>,
    id: web::Path<String>,
    _reader: Reader,
) -> Result<HttpResponse, WebError> {
    let (server, refused) = removable(&Current::of(&state).await?, &id)?;
    page(StatusCode::OK, Keeping::Unlisted, &RemovePage::of(&state, server, refused))
}

/// POST /manager/servers/{id}/remove
pub async fn remove(
    state: web::Data<AppState>,
    id: web::Path<String>,
    admin: Administrator,
) -> Result<HttpResponse, WebError> {
    let _alone = state.fleet.changing.lock().await;
    let current = Current::of(&state).await?;
    let (server, refused) = removable(&current, &id)?;
    if server.state == State::Draining {
        return Ok(see_other("/manager/servers"));
    }
    if refused.is_some() {
        return page(StatusCode::CONFLICT, Keeping::Unlisted, &RemovePage::of(&state, server, refused));
    }
    let desired = current.bounds().desired;
    let name = server.name.clone();
    let by_server = match state.fleet.call(move |engine| engine.remove(&name)).await? {
        Some(Ok(removal)) => removal == Removal::ByServer,
        Some(Err(error)) => {
            let refused = Some(format!("It was not removed: {error}."));
            return page(
                StatusCode::BAD_GATEWAY,
                Keeping::Unlisted,
                &RemovePage::of(&state, server, refused),
            );
        }
        None => return Err(WebError::NotFound),
    };
    // If the server shuts itself down, the desired number falls once it has stopped.
    let audited = admin.account.did(Act::RemoveServer, &server.name);
    state.store.set_desired(if by_server { desired } else { desired.saturating_sub(1) }, None).await?;
    state.store.ask_to_drain(&server.id, !by_server, Some(audited)).await?;
    tracing::info!(server = server.name, "an administrator removed a server");
    Ok(see_other("/manager/servers"))
}

/// The server, and the reason if it cannot be removed.
fn removable(current: &Current, id: &str) -> Result<(Shown, Option<String>), WebError> {
    let found = present(&current.known).into_iter().find(|server| server.id == id);
    let server = found.ok_or(WebError::NotFound)?;
    let bounds = current.bounds();
    let refused = match &current.scaler {
        _ if current.known.outdated => {
            Some("The database does not answer, so the server cannot be asked to stop.".to_owned())
        }
        Scaler::None => Some("No engine is set up that could remove it.".to_owned()),
        Scaler::Failed(why) => {
            Some(format!("The engine that changes the number of servers does not answer: {why}."))
        }
        Scaler::Here(_) if bounds.fewer().is_none() => Some(format!(
            "The policy requires at least {}, and that is the desired number now.",
            servers_in_words(bounds.least)
        )),
        Scaler::Here(_) => None,
    };
    Ok((server, refused))
}

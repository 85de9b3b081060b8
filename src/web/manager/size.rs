//! Setting the number of servers by hand.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::bounds::{Bounds, servers_in_words};
use super::current::{Current, Freshness, Scaler};
use super::guard::Reader;
use crate::records::Act;
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

/// The confirmation that has to be typed to stop all servers.
const STOP: &str = "stop all servers";

#[derive(Template)]
#[template(path = "manager_size.html")]
struct SizePage {
    fresh: Freshness,
    scaler: Scaler,
    bounds: Bounds,
    typed: String,
    /// What is wrong with the typed number, or why it was not set.
    fault: Option<String>,
}

impl SizePage {
    fn wanted(&self) -> String {
        servers_in_words(self.bounds.desired)
    }

    async fn answer(
        state: &AppState,
        status: StatusCode,
        typed: Option<&str>,
        fault: Option<String>,
    ) -> Result<HttpResponse, WebError> {
        let current = Current::of(state).await?;
        let bounds = current.bounds();
        let typed = typed.map_or_else(|| bounds.desired.to_string(), str::to_owned);
        let fresh = Freshness::of(&current.known);
        let shown = SizePage { fresh, scaler: current.scaler, bounds, typed, fault };
        page(status, Keeping::Unlisted, &shown)
    }
}

/// GET /manager/size
pub async fn show(state: web::Data<AppState>, _reader: Reader) -> Result<HttpResponse, WebError> {
    SizePage::answer(&state, StatusCode::OK, None, None).await
}

/// POST /manager/size: a number of servers. Posting it again changes nothing more.
pub async fn set(
    admin: Administrator,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let _alone = state.fleet.changing.lock().await;
    let typed = value(&form, "servers");
    let current = Current::of(&state).await?;
    if !current.can_change() {
        return SizePage::answer(&state, StatusCode::CONFLICT, Some(typed), None).await;
    }
    match current.bounds().parse(typed) {
        Ok(servers) => match apply(&state, &admin, servers).await? {
            None => Ok(see_other("/manager/size")),
            failed => SizePage::answer(&state, StatusCode::BAD_GATEWAY, Some(typed), failed).await,
        },
        Err(fault) => {
            SizePage::answer(&state, StatusCode::UNPROCESSABLE_ENTITY, Some(typed), Some(fault)).await
        }
    }
}

/// Sets the engine's number of servers. Returns the reason if the engine did not take it.
pub(super) async fn apply(
    state: &AppState,
    admin: &Administrator,
    servers: u32,
) -> Result<Option<String>, WebError> {
    match state.fleet.call(move |engine| engine.set_desired(servers)).await? {
        None => Err(WebError::NotFound),
        Some(Err(error)) => Ok(Some(format!("The number was not changed: {error}."))),
        Some(Ok(())) => {
            let audited = admin.account.did(Act::SetSize, servers_in_words(servers));
            state.store.set_desired(servers, Some(audited)).await?;
            tracing::info!(servers, "an administrator changed the number of servers");
            Ok(None)
        }
    }
}

#[derive(Template)]
#[template(path = "manager_stop.html")]
struct StopPage {
    fresh: Freshness,
    scaler: Scaler,
    /// Whether this is the second question.
    sure: bool,
    word: &'static str,
    typed: String,
    fault: Option<String>,
}

impl StopPage {
    async fn answer(
        state: &AppState,
        status: StatusCode,
        sure: bool,
        typed: &str,
        fault: Option<String>,
    ) -> Result<HttpResponse, WebError> {
        let Current { known, scaler } = Current::of(state).await?;
        let (fresh, typed) = (Freshness::of(&known), typed.to_owned());
        page(status, Keeping::Unlisted, &StopPage { fresh, scaler, sure, word: STOP, typed, fault })
    }
}

/// GET /manager/stop: asks for the first time.
pub async fn ask_stop(state: web::Data<AppState>, _reader: Reader) -> Result<HttpResponse, WebError> {
    StopPage::answer(&state, StatusCode::OK, false, "", None).await
}

/// POST /manager/stop: asks for the second time, and then stops all servers.
pub async fn stop(
    admin: Administrator,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let typed = value(&form, "typed");
    if value(&form, "step") != "stop" {
        return StopPage::answer(&state, StatusCode::OK, true, "", None).await;
    }
    if !typed.trim().eq_ignore_ascii_case(STOP) {
        let found =
            if typed.trim().is_empty() { "is empty".to_owned() } else { format!("is {:?}", typed.trim()) };
        let fault = Some(format!("The confirmation {found}; expected “{STOP}”."));
        return StopPage::answer(&state, StatusCode::UNPROCESSABLE_ENTITY, true, typed, fault).await;
    }
    let _alone = state.fleet.changing.lock().await;
    match apply(&state, &admin, 0).await? {
        None => Ok(see_other("/manager/size")),
        failed => StopPage::answer(&state, StatusCode::BAD_GATEWAY, true, typed, failed).await,
    }
}

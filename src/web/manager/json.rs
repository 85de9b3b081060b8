//! What the pages show, as JSON.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::current::Current;
use super::guard::Reader;
use super::known::Known;
use super::list::Filter;
use super::server_page::{One, Span};
use super::shown::{Shown, present};
use super::summary::{Summary, Together};
use crate::scaling::Policy;
use crate::web::error::WebError;
use crate::web::page::{Keeping, keep};
use crate::web::state::AppState;

/// What every answer states about its data.
#[derive(Serialize)]
struct Answer<T> {
    /// When the data were read.
    at: DateTime<Utc>,
    /// The database does not answer, and these data were read before.
    outdated: bool,
    #[serde(flatten)]
    content: T,
}

fn answer(known: &Known, content: impl Serialize) -> HttpResponse {
    let mut answer = HttpResponse::Ok().json(Answer { at: known.at(), outdated: known.outdated, content });
    keep(&mut answer, Keeping::Unlisted);
    answer
}

#[derive(Serialize)]
struct Home {
    servers: usize,
    /// The mean of the last thirty minutes, 0 to 1.
    cpu: Option<f64>,
    requests: i64,
    queued: Option<i64>,
    /// The desired number of servers; `None` without an engine that answers.
    desired: Option<u32>,
    minutes: Vec<Together>,
}

/// GET /manager.json
pub async fn home_json(state: web::Data<AppState>, _reader: Reader) -> Result<HttpResponse, WebError> {
    let current = Current::of(&state).await?;
    let summary = Summary::of(&current.known);
    let desired = current.scaler.described().map(|_| current.bounds().desired);
    let home = Home {
        servers: summary.working(),
        cpu: summary.cpu,
        requests: summary.requests,
        queued: summary.queued,
        desired,
        minutes: summary.minutes,
    };
    Ok(answer(&current.known, home))
}

#[derive(Serialize)]
struct Servers {
    servers: Vec<Shown>,
}

/// GET /manager/servers.json, with the same filter as the page.
pub async fn servers_json(
    state: web::Data<AppState>,
    filter: web::Query<Filter>,
    _reader: Reader,
) -> Result<HttpResponse, WebError> {
    let known = state.fleet.read(&state.store).await?;
    Ok(answer(&known, Servers { servers: filter.apply(present(&known)) }))
}

#[derive(Serialize)]
struct Server {
    server: Shown,
    period: &'static str,
    slots: Vec<super::server::Slot>,
}

/// GET /manager/servers/{id}/minutes.json
pub async fn server_json(
    state: web::Data<AppState>,
    id: web::Path<String>,
    span: web::Query<Span>,
    _reader: Reader,
) -> Result<HttpResponse, WebError> {
    let One { known, server, period, slots } = One::find(&state, &id, span.period()).await?;
    Ok(answer(&known, Server { server, period: period.id, slots }))
}

#[derive(Serialize)]
struct PolicyInForce {
    /// `None` if none is set.
    policy: Option<Policy>,
}

/// GET /manager/policy.json
pub async fn policy_json(state: web::Data<AppState>, _reader: Reader) -> Result<HttpResponse, WebError> {
    let known = state.fleet.read(&state.store).await?;
    let policy = known.settings().policy;
    Ok(answer(&known, PolicyInForce { policy }))
}

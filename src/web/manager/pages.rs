//! The manager's first page.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::bounds::Bounds;
use super::chart::{Chart, Unit};
use super::current::{Current, Freshness, Scaler};
use super::guard::Reader;
use super::shown::State;
use super::summary::Summary;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "manager.html")]
struct HomePage {
    fresh: Freshness,
    working: usize,
    states: Vec<(State, usize)>,
    cpu: Option<String>,
    queued: Option<i64>,
    requests: i64,
    charts: [Chart; 4],
    scaler: Scaler,
    bounds: Bounds,
}

/// GET /manager
pub async fn home(state: web::Data<AppState>, _reader: Reader) -> Result<HttpResponse, WebError> {
    let current = Current::of(&state).await?;
    let summary = Summary::of(&current.known);
    let shown = HomePage {
        fresh: Freshness::of(&current.known),
        working: summary.working(),
        states: State::LISTED.into_iter().map(|state| (state, summary.count(state))).collect(),
        cpu: summary.cpu.map(|share| Unit::Share.write(share)),
        queued: summary.queued,
        requests: summary.requests,
        charts: summary.charts(),
        bounds: current.bounds(),
        scaler: current.scaler,
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

//! The page of one server.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::chart::Chart;
use super::current::Freshness;
use super::guard::Reader;
use super::known::Known;
use super::minutes::Period;
use super::server::{Slot, charts, slots};
use super::shown::{Shown, everyone};
use crate::records::FleetMinute;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

/// The period that a server's page shows.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Span {
    #[serde(default)]
    period: String,
}

impl Span {
    pub(super) fn period(&self) -> Period {
        Period::find(&self.period).unwrap_or(Period::LATELY)
    }
}

/// A server and its figures.
pub(super) struct One {
    pub(super) known: Known,
    pub(super) server: Shown,
    pub(super) period: Period,
    pub(super) slots: Vec<Slot>,
}

impl One {
    /// While the database does not answer, only the last 30 minutes can be shown.
    pub(super) async fn find(state: &AppState, id: &str, period: Period) -> Result<One, WebError> {
        let known = state.fleet.read(&state.store).await?;
        let server = everyone(&known).into_iter().find(|server| server.id == id).ok_or(WebError::NotFound)?;
        let lately = |known: &Known| -> Vec<FleetMinute> {
            let own = known.fleet.minutes.iter().filter(|(of, _)| of == id);
            own.map(|(_, minute)| minute.clone()).collect()
        };
        let (period, minutes) = if period == Period::LATELY || known.outdated {
            (Period::LATELY, lately(&known))
        } else {
            (period, state.store.minutes_of_server(id, period.reach()).await?)
        };
        Ok(One { slots: slots(period, known.at(), &minutes), known, server, period })
    }
}

#[derive(Template)]
#[template(path = "manager_server.html")]
struct ServerPage {
    fresh: Freshness,
    server: Shown,
    period: Period,
    periods: [Period; 3],
    charts: [Chart; 4],
    removable: bool,
}

/// GET /manager/servers/{id}
pub async fn show(
    state: web::Data<AppState>,
    id: web::Path<String>,
    span: web::Query<Span>,
    _reader: Reader,
) -> Result<HttpResponse, WebError> {
    let One { known, server, period, slots } = One::find(&state, &id, span.period()).await?;
    let shown = ServerPage {
        fresh: Freshness::of(&known),
        removable: state.fleet.engine().is_some() && server.state.works() && !known.outdated,
        charts: charts(period, &slots),
        periods: Period::ALL,
        period,
        server,
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

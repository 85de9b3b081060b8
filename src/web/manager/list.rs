//! The list of servers.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::current::Freshness;
use super::guard::Reader;
use super::shown::{Shown, State, computed_differently, present};
use crate::web::error::WebError;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

/// The filter of the list.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Filter {
    /// Part of the name, the role or the version.
    #[serde(default)]
    pub(super) q: String,
    /// A state; any other text is no filter.
    #[serde(default)]
    pub(super) state: String,
}

impl Filter {
    pub(super) fn apply(&self, servers: Vec<Shown>) -> Vec<Shown> {
        let wanted = self.q.trim().to_lowercase();
        let state = State::LISTED.into_iter().find(|state| state.id() == self.state);
        let matches = |server: &Shown| {
            let words = [&server.name, &server.role, &server.version];
            words.iter().any(|word| word.to_lowercase().contains(&wanted))
                && state.is_none_or(|state| server.state == state)
        };
        servers.into_iter().filter(matches).collect()
    }
}

#[derive(Template)]
#[template(path = "manager_servers.html")]
struct ListPage {
    fresh: Freshness,
    filter: Filter,
    states: [State; 4],
    all: usize,
    servers: Vec<Shown>,
    /// The ways in which servers compute the models, if they differ.
    ways: Vec<(String, usize)>,
}

/// GET /manager/servers
pub async fn list(
    state: web::Data<AppState>,
    filter: web::Query<Filter>,
    _reader: Reader,
) -> Result<HttpResponse, WebError> {
    let known = state.fleet.read(&state.store).await?;
    let servers = present(&known);
    let shown = ListPage {
        fresh: Freshness::of(&known),
        all: servers.len(),
        ways: computed_differently(&servers),
        servers: filter.apply(servers),
        filter: filter.into_inner(),
        states: State::LISTED,
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

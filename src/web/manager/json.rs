//! What the pages show, as JSON.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::bounds::Bounds;
use super::current::Current;
use super::draft::{Draft, raw};
use super::guard::Reader;
use super::known::Known;
use super::list::Filter;
use super::server_page::{One, Span};
use super::shown::{Shown, present};
use super::summary::{Summary, Together};
use crate::scaling::{Algorithm, Fault, Minute, Policy, Scenario, settled};
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
struct Policies {
    /// The policy in force; `None` if none is set.
    policy: Option<Policy>,
    /// The desired number of servers and the range in which it may be set; `None` without an engine that answers.
    bounds: Option<Bounds>,
    /// What is simulated: the policy in the address, else the one in force, else the proposed one. `None` if it has faults.
    simulated: Option<Policy>,
    faults: Vec<String>,
    /// A number of servers at which a single one may be added and removed again and again.
    small_swing: Option<u32>,
    /// The simulated algorithm.
    algorithm: Algorithm,
    /// An hour at each kind of load.
    simulation: Vec<Simulated>,
}

#[derive(Serialize)]
struct Simulated {
    load: Scenario,
    /// The number of servers if it has not changed in the last quarter of an hour.
    settled: Option<u32>,
    minutes: Vec<SimulatedMinute>,
}

#[derive(Serialize)]
struct SimulatedMinute {
    /// The work that arrives, in servers that it would keep fully busy.
    load: f64,
    servers: u32,
    /// The mean of the servers, 0 to 1.
    cpu: f64,
}

impl Simulated {
    fn new(load: Scenario, minutes: &[Minute]) -> Simulated {
        let minute = |minute: &Minute| SimulatedMinute {
            load: minute.load / 100.0,
            servers: minute.servers,
            cpu: minute.cpu / 100.0,
        };
        Simulated { load, settled: settled(minutes), minutes: minutes.iter().map(minute).collect() }
    }
}

/// GET /manager/policy.json: the policy in force and, as on the page, a simulation of it or of the one in the address.
pub async fn policy_json(
    state: web::Data<AppState>,
    query: web::Query<Vec<(String, String)>>,
    _reader: Reader,
) -> Result<HttpResponse, WebError> {
    let current = Current::of(&state).await?;
    let typed = (!query.is_empty()).then(|| raw(&query));
    let draft = Draft::new(typed, &current.known, &current.scaler);
    let policies = Policies {
        policy: draft.set,
        bounds: current.scaler.described().map(|_| current.bounds()),
        simulated: draft.valid(),
        faults: draft.faults().iter().map(Fault::to_string).collect(),
        small_swing: draft.valid().and_then(|policy| policy.small_swing()),
        algorithm: draft.algorithm,
        simulation: draft.simulated().iter().map(|(load, minutes)| Simulated::new(*load, minutes)).collect(),
    };
    Ok(answer(&current.known, policies))
}

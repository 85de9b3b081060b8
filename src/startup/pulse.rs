//! This server's heartbeat: a row with its figures every minute, for the manager's pages. It also reads here whether it was
//! removed.
//!
//! A row that cannot be written is lost; nothing else depends on it.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::process;
use crate::records::{FleetMinute, NewServer, ServerState, Store};
use crate::telemetry::sentence;
use crate::web::{AppState, Local, SILENT};

/// How often a row is written.
const MINUTE: Duration = Duration::from_secs(60);
/// How often a server reads whether it was removed.
const CHECK_EVERY: Duration = Duration::from_secs(5);
/// How long the last heartbeat may take.
const LEAVE_WITHIN: Duration = Duration::from_secs(1);
/// How often the engine is asked to take the new number after a removal.
const SET_AT_MOST: u32 = 5;

/// This server's row in the manager's pages.
pub(super) fn identity(state: &AppState) -> NewServer {
    let settings = &state.settings;
    NewServer {
        id: format!("{:016x}", rand::random::<u64>()),
        name: settings.fleet.server_name.clone().unwrap_or_else(machine),
        role: settings.server.role.as_str().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        computed_in: state.local.as_ref().map(Local::computed_in),
    }
}

/// The name of this machine or container. The shipped systemd unit hides /proc/sys, so the file in /etc comes first.
fn machine() -> String {
    let files = ["/etc/hostname", "/proc/sys/kernel/hostname"];
    let names = files.iter().filter_map(|file| std::fs::read_to_string(file).ok());
    let mut names = names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    names.next().unwrap_or_else(|| "server".to_owned())
}

/// Counters since the start of the process, read at one time.
struct Counts {
    at: Instant,
    cpu_seconds: Option<f64>,
    network: Option<(u64, u64)>,
    requests: u64,
    readings: u64,
}

impl Counts {
    fn now(state: &AppState) -> Counts {
        Counts {
            at: Instant::now(),
            cpu_seconds: process::cpu_seconds(),
            network: process::network(),
            requests: state.metrics.requests.total(),
            readings: state.submissions.finished() as u64,
        }
    }

    /// The difference to an earlier reading.
    fn since(&self, before: &Counts, state: &AppState) -> FleetMinute {
        let seconds = (self.at - before.at).as_secs_f64().max(1e-3);
        let processors = std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64);
        let used = self.cpu_seconds.zip(before.cpu_seconds).map(|(now, then)| now - then);
        let network = self.network.zip(before.network);
        // The count of an interface that was removed is missing from the sum.
        let bytes = |now: u64, then: u64| number(now.saturating_sub(then));
        FleetMinute {
            cpu: used.map(|used| (used / (seconds * processors)).clamp(0.0, 1.0)),
            requests: number(self.requests - before.requests),
            net_in: network.map(|((now, _), (then, _))| bytes(now, then)),
            net_out: network.map(|((_, now), (_, then))| bytes(now, then)),
            memory: process::resident().map(number),
            queued: state.submissions.depth().map(|(depth, _)| number(depth.queued)),
            readings: number(self.readings - before.readings),
            ..FleetMinute::default()
        }
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Runs until it is aborted. Notifies `drain` once this server was removed.
pub(super) async fn run(state: web::Data<AppState>, server: NewServer, drain: Arc<Notify>) {
    let mut checks = tokio::time::interval(CHECK_EVERY);
    checks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut before = Counts::now(&state);
    let mut written = None;
    let mut draining = false;
    let mut settling: Option<JoinHandle<()>> = None;
    let mut otherwise = Vec::new();
    loop {
        checks.tick().await;
        let now = current(&state);
        // A tick that is a little early counts, or else a minute would last until the next one.
        if before.at.elapsed() + CHECK_EVERY / 2 >= MINUTE {
            let counts = Counts::now(&state);
            written = note(&state, &server, now, Some(counts.since(&before, &state))).await.then_some(now);
            before = counts;
            warn_if_others_differ(&state, &server, &mut otherwise).await;
        } else if written != Some(now) {
            written = note(&state, &server, now, None).await.then_some(now);
        }
        let removals = state.store.removals(&server.id, SILENT).await.unwrap_or_else(|error| {
            tracing::debug!(error = sentence(&error), "whether this server was removed is unknown");
            Default::default()
        });
        if removals.own && !draining {
            draining = true;
            drain.notify_one();
        }
        let idle = settling.as_ref().is_none_or(JoinHandle::is_finished);
        if removals.unsettled && state.fleet.engine().is_some() && idle {
            settling = Some(actix_web::rt::spawn(settle(state.clone())));
        }
    }
}

/// Says in the log that servers with the same database compute the models in different ways, once for each such difference.
async fn warn_if_others_differ(state: &AppState, server: &NewServer, known: &mut Vec<String>) {
    // Without an answer of the database, what was known stays.
    let Ok(others) = state.store.computed_otherwise(server, SILENT).await else { return };
    if !others.is_empty() && others != *known {
        tracing::warn!(
            own = server.computed_in,
            others = others.join("; "),
            "other servers compute the models in another way, so the same answers may get chances that differ by about a \
             percentage point; the same --precision and --instructions on all of them make the chances equal"
        );
    }
    *known = others;
}

fn current(state: &AppState) -> ServerState {
    if state.health.is_stopping() {
        ServerState::Draining
    } else if state.local.as_ref().is_none_or(|local| local.engine.stats().ready) {
        ServerState::Ready
    } else {
        ServerState::Starting
    }
}

/// Returns whether it was written.
async fn note(state: &AppState, server: &NewServer, now: ServerState, minute: Option<FleetMinute>) -> bool {
    let noted = state.store.note_server(server, now, minute).await;
    noted.inspect_err(|error| tracing::debug!(error = sentence(error), "a heartbeat was lost")).is_ok()
}

/// Gives the engine the new number after a removed server has stopped.
async fn settle(state: web::Data<AppState>) {
    let Some(engine) = state.fleet.engine().cloned() else { return };
    let (server, desired) = match state.store.settle_removal(SILENT).await {
        Ok(Some(settled)) => settled,
        Ok(None) => return,
        Err(error) => return tracing::warn!(error = sentence(&error), "a removal could not be settled"),
    };
    for _ in 0..SET_AT_MOST {
        let engine = engine.clone();
        match actix_web::rt::task::spawn_blocking(move || engine.set_desired(desired)).await {
            Ok(Ok(())) => return tracing::info!(server, desired, "a removed server has gone"),
            Ok(Err(error)) => {
                tracing::error!(
                    cause = sentence(&error),
                    server,
                    desired,
                    "the number of servers was not taken"
                );
            }
            Err(error) => return tracing::error!(%error, "setting the number of servers was interrupted"),
        }
        actix_web::rt::time::sleep(CHECK_EVERY).await;
    }
}

/// The last heartbeat.
pub(super) async fn leave(store: &Store, server: &NewServer) {
    let noted = store.note_server(server, ServerState::Left, None);
    if !matches!(tokio::time::timeout(LEAVE_WITHIN, noted).await, Ok(Ok(()))) {
        tracing::debug!("the manager will only see that this server is silent");
    }
}

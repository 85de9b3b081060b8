//! Metrics that are computed at each scrape: those of the engine, the submissions and the process.

use std::fmt;
use std::sync::Arc;

use super::LoadedModels;
use super::process;
use crate::inference::Engine;
use crate::metrics::{Metrics, Observed, names};
use crate::personality::ModelKind;
use crate::submissions::Runner;
use crate::web::Mailing;
use crate::web::limits::bodies::Bodies;
use crate::web::limits::connections::Connections;
use crate::web::malformed::Malformed;

/// Adds the metrics of the runner and, if this server reads, of the engine and its models.
pub(super) fn watch(metrics: &mut Metrics, submissions: &Runner, loaded: Option<&(LoadedModels, Engine)>) {
    let submissions = submissions.clone();
    let engine = loaded.map(|(_, engine)| engine.clone());
    let facts = loaded.map(|(models, _)| facts(models)).unwrap_or_default();
    metrics.watch(move |seen| {
        match &engine {
            Some(engine) => {
                seen.facts(names::MODEL, "The models and how they are computed", &facts)?;
                readings(seen, engine)?;
            }
            None => {
                let refused = [("refused", submissions.refused() as u64)];
                seen.counters(names::READINGS, "Readings by outcome", "outcome", &refused)?;
            }
        }
        let reading = submissions.reading() as f64;
        seen.gauge(names::SUBMISSIONS, "Submissions being read, or waited for", reading)?;
        queue(seen, &submissions, engine.is_some())?;
        let finished = submissions.finished() as u64;
        seen.counter(names::SUBMISSIONS_FINISHED, "Submissions whose result was stored", finished)?;
        let cancelled = submissions.cancelled() as u64;
        let help = "Texts deleted because their senders got no answer";
        seen.counter(names::SUBMISSIONS_CANCELLED, help, cancelled)?;
        match process::resident() {
            Some(bytes) => {
                seen.gauge(names::RESIDENT, "Resident memory of the process in bytes", bytes as f64)
            }
            None => Ok(()),
        }
    });
}

/// Each model's name and how it is computed.
fn facts(models: &LoadedModels) -> Vec<Vec<(&'static str, String)>> {
    let facts = ModelKind::ALL.into_iter().map(|which| {
        let (model, choice) = (models.models.get(which), models.choices.get(which));
        let mut facts = vec![
            ("model", which.name().to_owned()),
            ("name", model.name()),
            ("architecture", model.architecture().to_string()),
        ];
        match choice.execution {
            Some(way) => facts.extend([
                ("precision", way.precision.to_string()),
                ("instructions", way.instructions.to_string()),
                ("threads", way.threads.to_string()),
            ]),
            None => facts.push(("precision", "reference".to_owned())),
        }
        facts
    });
    facts.collect()
}

/// The queue in the database. If the database does not answer, there are no numbers instead of old ones.
fn queue(seen: &mut Observed<'_>, submissions: &Runner, reads: bool) -> fmt::Result {
    let Some((depth, backlog)) = submissions.depth() else { return Ok(()) };
    seen.gauge(names::QUEUE_WAITING, "Submissions in the database that wait", depth.queued as f64)?;
    seen.gauge(names::QUEUE_READING, "Submissions in the database being read", depth.reading as f64)?;
    seen.gauge(names::QUEUE_WORKERS, "Servers that read a submission", depth.workers as f64)?;
    let help = "Servers that are alive and read";
    // One that shares its database with nobody does not say that it is alive.
    let servers = backlog.workers.max(u64::from(reads));
    seen.gauge(names::QUEUE_SERVERS, help, servers as f64)?;
    let help = "Seconds since the oldest waiting submission was stored";
    seen.gauge(names::QUEUE_OLDEST, help, depth.oldest_seconds)
}

/// The resources that clients hold, and the requests refused for them.
pub(super) struct Clients {
    pub connections: Arc<Connections>,
    pub bodies: Arc<Bodies>,
    pub malformed: Arc<Malformed>,
}

/// Adds the metrics of the connections.
pub(super) fn watch_clients(metrics: &mut Metrics, clients: &Clients) {
    let (connections, bodies) = (clients.connections.clone(), clients.bodies.clone());
    let malformed = clients.malformed.clone();
    metrics.watch(move |seen| {
        let counts = connections.counts();
        seen.gauge(names::CONNECTIONS, "Open connections", counts.open as f64)?;
        let closed = [("made-way", counts.made_way), ("refused", counts.refused)];
        let help = "Connections closed at a maximum, idle ones or new ones";
        seen.counters(names::CONNECTIONS_CLOSED, help, "why", &closed)?;
        seen.gauge(names::BODY_BYTES, "Bytes of request bodies in transit", bodies.bytes() as f64)?;
        let help = "Request bodies given up to stay within the budget";
        seen.counter(names::BODIES_GIVEN_UP, help, bodies.gave_way())?;
        let help = "Request heads that could not be parsed";
        seen.counter(names::MALFORMED, help, malformed.total())
    });
}

/// Adds the metrics of the mails, which stay at 0 where none are sent.
pub(super) fn watch_mails(metrics: &mut Metrics, mailing: Option<&Arc<Mailing>>) {
    let mailing = mailing.cloned();
    metrics.watch(move |seen| {
        let (sent, failed) = mailing.as_ref().map_or((0, 0), |mailing| mailing.counts());
        let help = "Mails sent, and attempts that failed";
        seen.counters(names::MAILS, help, "outcome", &[("sent", sent), ("failed", failed)])
    });
}

fn readings(seen: &mut Observed<'_>, engine: &Engine) -> fmt::Result {
    let stats = engine.stats();
    let totals = stats.totals;
    seen.gauge(names::READY, "1 when the models are warm, else 0", f64::from(u8::from(stats.ready)))?;
    seen.gauge(names::WAITING_READINGS, "Readings waiting or in progress", stats.waiting_readings as f64)?;
    seen.gauge(names::WAITING_WINDOWS, "Windows waiting", stats.waiting_windows as f64)?;
    seen.gauge(names::WAITING_TOKENS, "Tokens waiting", stats.waiting_tokens as f64)?;
    seen.gauge(names::PACE, "Tokens read per second, as a recent average", stats.tokens_per_second)?;
    let outcomes = [
        ("admitted", totals.admitted),
        ("refused", totals.refused),
        ("completed", totals.completed),
        ("failed", totals.failed),
        ("cancelled", totals.cancelled),
        ("expired", totals.expired),
    ];
    seen.counters(names::READINGS, "Readings by outcome", "outcome", &outcomes)?;
    seen.counter(names::WINDOWS, "Windows read by a forward pass", totals.windows)?;
    seen.counter(names::TOKENS, "Tokens read by a forward pass", totals.tokens)?;
    seen.counter(names::PANICS, "Forward passes and tokenizer steps that panicked", totals.panics)?;
    let found = [("known", totals.reused), ("read", totals.windows)];
    seen.counters(names::REUSE, "Windows by whether their logits were cached", "logits", &found)?;
    let all = totals.reused + totals.windows;
    let ratio = if all == 0 { 0.0 } else { totals.reused as f64 / all as f64 };
    seen.gauge(names::REUSE_RATIO, "Share of windows whose logits were cached, 0 to 1", ratio)?;
    seen.gauge(names::REUSE_ENTRIES, "Windows in the cache", stats.kept_windows as f64)?;
    seen.gauge(names::REUSE_BYTES, "Size of the cache in bytes", stats.kept_bytes as f64)
}

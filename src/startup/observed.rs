//! Metrics whose values are looked up at each scrape: of the engine, the submissions and the process.

use std::fmt;
use std::sync::Arc;

use super::LoadedModels;
use crate::inference::Engine;
use crate::metrics::{self, Metrics, Observed};
use crate::personality::ModelKind;
use crate::submissions::Runner;
use crate::web::limits::bodies::Bodies;
use crate::web::limits::connections::Connections;
use crate::web::malformed::Malformed;

/// Adds the metrics of the engine, the runner and the models.
pub(super) fn watch(metrics: &mut Metrics, engine: &Engine, submissions: &Runner, models: &LoadedModels) {
    let (engine, submissions) = (engine.clone(), submissions.clone());
    let facts: Vec<_> = ModelKind::ALL
        .into_iter()
        .map(|which| {
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
        })
        .collect();
    metrics.watch(move |seen| {
        seen.facts(metrics::MODEL, "The models and how they are computed", &facts)?;
        readings(seen, &engine)?;
        seen.gauge(metrics::SUBMISSIONS, "Submissions being read", submissions.reading() as f64)?;
        queue(seen, &submissions)?;
        let finished = submissions.finished() as u64;
        seen.counter(metrics::SUBMISSIONS_FINISHED, "Submissions whose result was stored", finished)?;
        let cancelled = submissions.cancelled() as u64;
        let help = "Texts deleted because their senders got no answer";
        seen.counter(metrics::SUBMISSIONS_CANCELLED, help, cancelled)?;
        match resident() {
            Some(bytes) => seen.gauge(metrics::RESIDENT, "Resident memory of the process in bytes", bytes),
            None => Ok(()),
        }
    });
}

/// The queue in the database. Without an answer of the database there are no numbers, rather than old ones.
fn queue(seen: &mut Observed<'_>, submissions: &Runner) -> fmt::Result {
    let Some(depth) = submissions.depth() else { return Ok(()) };
    seen.gauge(metrics::QUEUE_WAITING, "Submissions in the database that wait", depth.queued as f64)?;
    seen.gauge(metrics::QUEUE_READING, "Submissions in the database being read", depth.reading as f64)?;
    seen.gauge(metrics::QUEUE_WORKERS, "Servers that read a submission", depth.workers as f64)?;
    let help = "Seconds since the oldest waiting submission was stored";
    seen.gauge(metrics::QUEUE_OLDEST, help, depth.oldest_seconds)
}

/// What clients hold, and what was refused them.
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
        seen.gauge(metrics::CONNECTIONS, "Open connections", counts.open as f64)?;
        let closed = [("made-way", counts.made_way), ("refused", counts.refused)];
        let help = "Connections closed at a cap, idle ones or new ones";
        seen.counters(metrics::CONNECTIONS_CLOSED, help, "why", &closed)?;
        seen.gauge(metrics::BODY_BYTES, "Bytes of bodies being sent", bodies.bytes() as f64)?;
        let help = "Bodies given up to keep within the budget";
        seen.counter(metrics::BODIES_GIVEN_UP, help, bodies.gave_way())?;
        let help = "Heads of requests that could not be understood";
        seen.counter(metrics::MALFORMED, help, malformed.total())
    });
}

fn readings(seen: &mut Observed<'_>, engine: &Engine) -> fmt::Result {
    let stats = engine.stats();
    let totals = stats.totals;
    seen.gauge(metrics::READY, "1 when the models are warm, else 0", f64::from(u8::from(stats.ready)))?;
    seen.gauge(metrics::WAITING_READINGS, "Readings waiting or in progress", stats.waiting_readings as f64)?;
    seen.gauge(metrics::WAITING_WINDOWS, "Windows waiting", stats.waiting_windows as f64)?;
    seen.gauge(metrics::WAITING_TOKENS, "Tokens waiting", stats.waiting_tokens as f64)?;
    seen.gauge(metrics::PACE, "Tokens read per second, as a recent average", stats.tokens_per_second)?;
    let outcomes = [
        ("admitted", totals.admitted),
        ("refused", totals.refused),
        ("completed", totals.completed),
        ("failed", totals.failed),
        ("cancelled", totals.cancelled),
        ("expired", totals.expired),
    ];
    seen.counters(metrics::READINGS, "Readings by outcome", "outcome", &outcomes)?;
    seen.counter(metrics::WINDOWS, "Windows read by a forward pass", totals.windows)?;
    seen.counter(metrics::TOKENS, "Tokens read by a forward pass", totals.tokens)?;
    seen.counter(metrics::PANICS, "Forward passes and tokenizer steps that panicked", totals.panics)?;
    let found = [("known", totals.reused), ("read", totals.windows)];
    seen.counters(metrics::REUSE, "Windows by whether their logits were cached", "logits", &found)?;
    let all = totals.reused + totals.windows;
    let ratio = if all == 0 { 0.0 } else { totals.reused as f64 / all as f64 };
    seen.gauge(metrics::REUSE_RATIO, "Share of windows whose logits were cached, 0 to 1", ratio)?;
    seen.gauge(metrics::REUSE_ENTRIES, "Windows in the cache", stats.kept_windows as f64)?;
    seen.gauge(metrics::REUSE_BYTES, "Size of the cache in bytes", stats.kept_bytes as f64)
}

/// Resident memory of this process in bytes; `None` where /proc does not exist.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024.0)
}

//! What is looked up when somebody asks for the metrics: the engine, the submissions, the process.

use std::fmt;

use super::LoadedModels;
use crate::inference::{Engine, Which};
use crate::metrics::{self, Metrics, Observed};
use crate::submissions::Runner;

/// Has the metrics look at the engine, the runner and the models.
pub(super) fn watch(metrics: &mut Metrics, engine: &Engine, submissions: &Runner, models: &LoadedModels) {
    let (engine, submissions) = (engine.clone(), submissions.clone());
    let facts: Vec<_> = [&models.mbti, &models.big_five]
        .into_iter()
        .zip(&models.choices)
        .zip(Which::ALL)
        .map(|((model, choice), which)| {
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
        let finished = submissions.finished() as u64;
        seen.counter(metrics::SUBMISSIONS_FINISHED, "Submissions read and stored", finished)?;
        match resident() {
            Some(bytes) => seen.gauge(metrics::RESIDENT, "Memory that the process holds", bytes),
            None => Ok(()),
        }
    });
}

fn readings(seen: &mut Observed<'_>, engine: &Engine) -> fmt::Result {
    let stats = engine.stats();
    let totals = stats.totals;
    seen.gauge(metrics::READY, "Whether the models are warm", f64::from(u8::from(stats.ready)))?;
    seen.gauge(metrics::WAITING_READINGS, "Readings waiting or under way", stats.waiting_readings as f64)?;
    seen.gauge(metrics::WAITING_WINDOWS, "Windows waiting", stats.waiting_windows as f64)?;
    seen.gauge(metrics::WAITING_TOKENS, "Tokens waiting", stats.waiting_tokens as f64)?;
    seen.gauge(metrics::PACE, "Tokens read a second lately", stats.tokens_per_second)?;
    let outcomes = [
        ("admitted", totals.admitted),
        ("refused", totals.refused),
        ("completed", totals.completed),
        ("failed", totals.failed),
        ("cancelled", totals.cancelled),
        ("expired", totals.expired),
    ];
    seen.counters(metrics::READINGS, "Readings by what became of them", "outcome", &outcomes)?;
    seen.counter(metrics::WINDOWS, "Windows read by a forward pass", totals.windows)?;
    seen.counter(metrics::TOKENS, "Tokens read by a forward pass", totals.tokens)?;
    seen.counter(metrics::PANICS, "Forward passes and tokenizer steps that panicked", totals.panics)?;
    let found = [("known", totals.reused), ("read", totals.windows)];
    seen.counters(metrics::REUSE, "Windows by whether their logits were known", "logits", &found)?;
    let all = totals.reused + totals.windows;
    let ratio = if all == 0 { 0.0 } else { totals.reused as f64 / all as f64 };
    seen.gauge(metrics::REUSE_RATIO, "Share of windows whose logits were known", ratio)?;
    seen.gauge(metrics::REUSE_ENTRIES, "Windows whose logits are kept", stats.kept_windows as f64)?;
    seen.gauge(metrics::REUSE_BYTES, "Bytes that kept logits take", stats.kept_bytes as f64)
}

/// The process's resident memory in bytes, where the system tells it (Linux).
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024.0)
}

//! Counters and histograms of requests, readings and forward passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

/// Upper bounds of the buckets for durations, in seconds.
const SECONDS: [f64; 18] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0,
    120.0,
];
/// Upper bounds of the buckets for the tokens of a batch.
const BATCH_SIZES: [f64; 10] = [16.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0, 16384.0];

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn batch_sizes() -> Histogram {
    Histogram::new(BATCH_SIZES)
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RequestLabels {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RouteLabels {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StageLabels {
    model: &'static str,
    stage: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ModelLabels {
    model: &'static str,
}

pub(super) type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// Counts requests and records their durations.
#[derive(Clone, Debug)]
pub struct Requests {
    pub(super) answered: Family<RequestLabels, Counter>,
    /// All of them together: the labels' counters cannot be summed up while others count.
    total: Arc<AtomicU64>,
    pub(super) seconds: Histograms<RouteLabels>,
}

impl Default for Requests {
    fn default() -> Self {
        Requests {
            answered: Family::default(),
            total: Arc::default(),
            seconds: Family::new_with_constructor(seconds),
        }
    }
}

impl Requests {
    /// The number of requests answered so far.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Counts one response. `route` is the route's pattern, or `none`.
    pub fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        // Clients may send any method, and each value would become a time series.
        let method = match method {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            _ => "other",
        };
        let status = match status {
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            500..=599 => "5xx",
            _ => "1xx",
        };
        self.total.fetch_add(1, Ordering::Relaxed);
        self.answered.get_or_create(&RequestLabels { route: route.to_owned(), method, status }).inc();
        self.seconds.get_or_create(&RouteLabels { route: route.to_owned() }).observe(took.as_secs_f64());
    }
}

/// Records the durations of readings and forward passes. The default instance belongs to no registry.
#[derive(Clone, Debug)]
pub struct Readings {
    pub(super) stages: Histograms<StageLabels>,
    pub(super) batch_seconds: Histograms<ModelLabels>,
    pub(super) batch_tokens: Histograms<ModelLabels>,
}

impl Default for Readings {
    fn default() -> Self {
        Readings {
            stages: Family::new_with_constructor(seconds),
            batch_seconds: Family::new_with_constructor(seconds),
            batch_tokens: Family::new_with_constructor(batch_sizes),
        }
    }
}

impl Readings {
    /// Records a finished reading: the duration of each stage.
    pub fn done<const N: usize>(&self, model: &'static str, stages: [(&'static str, Duration); N]) {
        for (stage, took) in stages {
            self.stages.get_or_create(&StageLabels { model, stage }).observe(took.as_secs_f64());
        }
    }

    /// Records a forward pass.
    pub fn batch(&self, model: &'static str, tokens: usize, took: Duration) {
        self.batch_seconds.get_or_create(&ModelLabels { model }).observe(took.as_secs_f64());
        self.batch_tokens.get_or_create(&ModelLabels { model }).observe(tokens as f64);
    }
}

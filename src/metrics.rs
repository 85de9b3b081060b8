//! The names of all metrics, and the instruments behind them.
//!
//! They are served as OpenMetrics text, which appends `_total` to a counter's name. Every label has few values: a route is
//! a pattern of the route table, never a path, because a path may contain a key.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Requests answered, by route, method and status class.
pub const REQUESTS: &str = "calling_http_requests";
/// Seconds from a request's head to its response's head, by route.
pub const REQUEST_SECONDS: &str = "calling_http_request_seconds";
/// Seconds of each stage of a reading, by model and stage.
pub const READING_SECONDS: &str = "calling_reading_seconds";
/// Seconds of a forward pass, by model.
pub const BATCH_SECONDS: &str = "calling_batch_seconds";
/// Tokens of a forward pass, special tokens included, by model.
pub const BATCH_TOKENS: &str = "calling_batch_tokens";
/// Readings by outcome.
pub const READINGS: &str = "calling_readings";
/// Windows read by a forward pass.
pub const WINDOWS: &str = "calling_windows_read";
/// Tokens read by a forward pass, special tokens included.
pub const TOKENS: &str = "calling_tokens_read";
/// Forward passes and tokenizer steps that panicked.
pub const PANICS: &str = "calling_reading_panics";
/// Windows by whether their logits were cached.
pub const REUSE: &str = "calling_reuse_windows";
/// The share of windows whose logits were cached, 0 to 1, since the start.
pub const REUSE_RATIO: &str = "calling_reuse_hit_ratio";
/// Windows in the cache.
pub const REUSE_ENTRIES: &str = "calling_reuse_entries";
/// Size of the cache in bytes.
pub const REUSE_BYTES: &str = "calling_reuse_bytes";
/// Readings that wait or are in progress.
pub const WAITING_READINGS: &str = "calling_waiting_readings";
/// Windows that wait.
pub const WAITING_WINDOWS: &str = "calling_waiting_windows";
/// Tokens that wait, special tokens included.
pub const WAITING_TOKENS: &str = "calling_waiting_tokens";
/// Tokens read per second, as a recent average.
pub const PACE: &str = "calling_tokens_per_second";
/// 1 when the models are warm and every thread is alive, else 0.
pub const READY: &str = "calling_models_ready";
/// Submissions being read.
pub const SUBMISSIONS: &str = "calling_submissions_reading";
/// Submissions in the database that wait for a server; the same at every server, like the next three.
pub const QUEUE_WAITING: &str = "calling_queue_waiting";
/// Submissions in the database that a server reads.
pub const QUEUE_READING: &str = "calling_queue_reading";
/// Servers that read a submission.
pub const QUEUE_WORKERS: &str = "calling_queue_busy_servers";
/// Seconds since the oldest waiting submission was stored.
pub const QUEUE_OLDEST: &str = "calling_queue_oldest_seconds";
/// Submissions whose result was stored.
pub const SUBMISSIONS_FINISHED: &str = "calling_submissions_finished";
/// Texts deleted because their senders hung up or were cut off.
pub const SUBMISSIONS_CANCELLED: &str = "calling_submissions_cancelled";
/// 1 for each model; the labels say its name and how it is computed.
pub const MODEL: &str = "calling_model";
/// Open connections.
pub const CONNECTIONS: &str = "calling_connections";
/// Connections closed at a cap: idle ones that made way, and new ones that were refused.
pub const CONNECTIONS_CLOSED: &str = "calling_connections_closed";
/// Bytes of the bodies that are being sent.
pub const BODY_BYTES: &str = "calling_body_bytes";
/// Bodies that were given up to keep within the budget.
pub const BODIES_GIVEN_UP: &str = "calling_bodies_given_up";
/// Heads of requests that could not be understood.
pub const MALFORMED: &str = "calling_malformed_heads";
/// Resident memory of the process in bytes.
pub const RESIDENT: &str = "process_resident_memory_bytes";

/// The content type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

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
struct RequestLabels {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabels {
    model: &'static str,
    stage: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModelLabels {
    model: &'static str,
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// Counts requests and records their durations.
#[derive(Clone, Debug)]
pub struct Requests {
    answered: Family<RequestLabels, Counter>,
    seconds: Histograms<RouteLabels>,
}

impl Requests {
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
        self.answered.get_or_create(&RequestLabels { route: route.to_owned(), method, status }).inc();
        self.seconds.get_or_create(&RouteLabels { route: route.to_owned() }).observe(took.as_secs_f64());
    }
}

/// Records the durations of readings and forward passes. The default is in no registry.
#[derive(Clone, Debug)]
pub struct Readings {
    stages: Histograms<StageLabels>,
    batch_seconds: Histograms<ModelLabels>,
    batch_tokens: Histograms<ModelLabels>,
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

/// All metrics of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    pub requests: Requests,
    pub readings: Readings,
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}

impl Metrics {
    pub fn new() -> Metrics {
        let mut registry = Registry::default();
        let requests =
            Requests { answered: Family::default(), seconds: Family::new_with_constructor(seconds) };
        let readings = Readings::default();
        // The encoder adds a full stop to each help text.
        registry.register(REQUESTS, "HTTP requests answered", requests.answered.clone());
        let help = "Seconds from a request's head to its response's head";
        registry.register(REQUEST_SECONDS, help, requests.seconds.clone());
        let help = "Seconds of each stage of a reading";
        registry.register(READING_SECONDS, help, readings.stages.clone());
        registry.register(BATCH_SECONDS, "Seconds of a forward pass", readings.batch_seconds.clone());
        registry.register(BATCH_TOKENS, "Tokens of a forward pass", readings.batch_tokens.clone());
        Metrics { registry, requests, readings }
    }

    /// Adds metrics whose values are looked up at each scrape.
    pub fn watch(&mut self, look: impl Fn(&mut Observed<'_>) -> fmt::Result + Send + Sync + 'static) {
        self.registry.register_collector(Box::new(Watched(look)));
    }

    /// All metrics as OpenMetrics text.
    ///
    /// # Errors
    /// When a metric cannot be encoded.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

struct Watched<F>(F);

impl<F> fmt::Debug for Watched<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

impl<F: Fn(&mut Observed<'_>) -> fmt::Result + Send + Sync + 'static> Collector for Watched<F> {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        (self.0)(&mut Observed { encoder })
    }
}

/// Encodes the values that are looked up at a scrape.
pub struct Observed<'a> {
    encoder: DescriptorEncoder<'a>,
}

impl Observed<'_> {
    /// A value that may rise and fall.
    pub fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        let gauge = ConstGauge::new(value);
        let metric = self.encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
        gauge.encode(metric)
    }

    /// A value that only rises.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let counter = ConstCounter::new(value);
        let metric = self.encoder.encode_descriptor(name, help, None, counter.metric_type())?;
        counter.encode(metric)
    }

    /// Values that only rise, distinguished by one label.
    pub fn counters(&mut self, name: &str, help: &str, label: &str, values: &[(&str, u64)]) -> fmt::Result {
        let Some((_, first)) = values.first() else { return Ok(()) };
        let kind = ConstCounter::new(*first).metric_type();
        let mut metrics = self.encoder.encode_descriptor(name, help, None, kind)?;
        for (value, count) in values {
            ConstCounter::new(*count).encode(metrics.encode_family(&[(label, *value)])?)?;
        }
        Ok(())
    }

    /// Facts as labels: each row of labels gets the value 1.
    pub fn facts(&mut self, name: &str, help: &str, rows: &[Vec<(&str, String)>]) -> fmt::Result {
        let one = ConstGauge::new(1i64);
        let mut metrics = self.encoder.encode_descriptor(name, help, None, one.metric_type())?;
        for row in rows {
            one.encode(metrics.encode_family(row)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_encoded_as_openmetrics_text() {
        let mut metrics = Metrics::new();
        metrics.requests.answered("/results/{key}", "GET", 200, Duration::from_millis(3));
        metrics.requests.answered("/results/{key}", "GET", 204, Duration::from_millis(700));
        metrics.requests.answered("none", "BREW", 405, Duration::ZERO);
        metrics
            .readings
            .done("mbti", [("queue", Duration::from_millis(30)), ("total", Duration::from_secs(1))]);
        metrics.readings.batch("mbti", 300, Duration::from_millis(4));
        metrics.watch(|seen| {
            seen.gauge(PACE, "Tokens read a second lately", 12.5)?;
            seen.counter(TOKENS, "Tokens read", 7)?;
            seen.counters(REUSE, "Windows", "known", &[("yes", 3), ("no", 4)])?;
            seen.facts(MODEL, "The models", &[vec![("model", "mbti".into()), ("name", "a \"b\"\n".into())]])
        });
        let text = metrics.text().unwrap();
        for line in [
            "# TYPE calling_http_requests counter",
            "calling_http_requests_total{route=\"/results/{key}\",method=\"GET\",status=\"2xx\"} 2",
            "calling_http_requests_total{route=\"none\",method=\"other\",status=\"4xx\"} 1",
            "# TYPE calling_http_request_seconds histogram",
            "calling_http_request_seconds_bucket{le=\"0.005\",route=\"/results/{key}\"} 1",
            "calling_http_request_seconds_count{route=\"/results/{key}\"} 2",
            "calling_reading_seconds_sum{model=\"mbti\",stage=\"queue\"} 0.03",
            "calling_batch_tokens_bucket{le=\"512.0\",model=\"mbti\"} 1",
            "# TYPE calling_tokens_per_second gauge",
            "calling_tokens_per_second 12.5",
            "calling_tokens_read_total 7",
            "calling_reuse_windows_total{known=\"yes\"} 3",
            "calling_model{model=\"mbti\",name=\"a \\\"b\\\"\\n\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing from\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}

//! The names of all metrics, and the instruments that record them.
//!
//! Metrics are served as OpenMetrics text, which appends `_total` to a counter's name. Every label has few values: a
//! route is a pattern of the route table, never a path, because a path may contain a key.

mod instruments;
pub mod names;
mod observed;

use std::fmt;

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

pub use instruments::{Readings, Requests};
pub use observed::Observed;

use names::{BATCH_SECONDS, BATCH_TOKENS, READING_SECONDS, REQUEST_SECONDS, REQUESTS};
use observed::Watched;

/// The content type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

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
        let requests = Requests::default();
        let readings = Readings::default();
        // The encoder adds a period to each help text.
        registry.register(REQUESTS, "HTTP requests answered", requests.answered.clone());
        let help = "Seconds from a request's head to its response's head";
        registry.register(REQUEST_SECONDS, help, requests.seconds.clone());
        let help = "Seconds of each stage of a reading";
        registry.register(READING_SECONDS, help, readings.stages.clone());
        registry.register(BATCH_SECONDS, "Seconds of a forward pass", readings.batch_seconds.clone());
        registry.register(BATCH_TOKENS, "Tokens of a forward pass", readings.batch_tokens.clone());
        Metrics { registry, requests, readings }
    }

    /// Adds metrics whose values are computed at each scrape.
    pub fn watch(&mut self, look: impl Fn(&mut Observed<'_>) -> fmt::Result + Send + Sync + 'static) {
        self.registry.register_collector(Box::new(Watched(look)));
    }

    /// All metrics as OpenMetrics text.
    ///
    /// # Errors
    /// If a metric cannot be encoded.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests;

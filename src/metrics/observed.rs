//! Values that are computed at each scrape.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Computes values with a function.
pub(super) struct Watched<F>(pub(super) F);

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

/// Encodes values that are computed at a scrape.
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

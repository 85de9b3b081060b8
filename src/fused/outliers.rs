//! Outliers: inputs of a linear layer that are far larger than the others.
//!
//! Trained encoders have a few hidden dimensions that reach ten times the magnitude of the rest. In int8 such a value would
//! stretch the quantization range of its whole row, and the rounding error of its weight would count ten times. So int8
//! multiplies these inputs separately in f32. This is the mixed decomposition of Dettmers et al., "LLM.int8()" (2022), but
//! with a fixed set of inputs: a network in f32 records the magnitudes of the first tokens that it reads, and the int8 network
//! that is packed after it takes its outliers from there.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// The most inputs of a layer that are multiplied separately.
pub(super) const MOST_OUTLIERS: usize = 8;

/// An input is an outlier if its largest magnitude is more than this many times that of the input ranked [`ORDINARY`]. On the
/// bundled big-five model this selects 1.4 inputs per layer on average.
const FAR: f32 = 2.0;
const ORDINARY: usize = 16;

/// About how many tokens a network records: more than the self-check reads.
const WATCHED: usize = 1024;

/// The largest magnitude of each input of a linear layer, as the bits of a non-negative float. Such bits sort like the floats
/// themselves, so an atomic integer maximum works.
pub(super) struct Largest(Vec<AtomicU32>);

impl Largest {
    pub(super) fn new(inputs: usize) -> Largest {
        Largest((0..inputs).map(|_| AtomicU32::new(0)).collect())
    }

    pub(super) fn see(&self, row: &[f32]) {
        for (largest, x) in self.0.iter().zip(row) {
            let bits = x.abs().to_bits();
            if bits > largest.load(Ordering::Relaxed) {
                largest.fetch_max(bits, Ordering::Relaxed);
            }
        }
    }

    /// The outliers, largest first.
    pub(super) fn outliers(&self) -> Vec<u32> {
        let mut ranked: Vec<(f32, u32)> =
            self.0.iter().map(|bits| f32::from_bits(bits.load(Ordering::Relaxed))).zip(0..).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let ordinary = ranked.get(ORDINARY).map_or(0.0, |(largest, _)| *largest);
        let far = |(largest, _): &&(f32, u32)| ordinary > 0.0 && *largest > FAR * ordinary;
        let far = ranked.iter().take(MOST_OUTLIERS).take_while(far);
        far.map(|(_, input)| *input).collect()
    }
}

/// Counts down the tokens that a network still records.
pub(super) struct Watch(AtomicUsize);

impl Watch {
    pub(super) fn new() -> Watch {
        Watch(AtomicUsize::new(WATCHED))
    }

    /// Whether a pass over this many tokens is recorded.
    pub(super) fn begin(&self, tokens: usize) -> bool {
        let take = |left: usize| Some(left.saturating_sub(tokens));
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok_and(|left| left > 0)
    }
}

/// The outliers of each layer's four products.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outliers(pub(super) Vec<LayerOutliers>);

/// The outliers of one layer, as padded input indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LayerOutliers {
    pub(super) qkv: Vec<u32>,
    pub(super) attention_output: Vec<u32>,
    pub(super) intermediate: Vec<u32>,
    pub(super) output: Vec<u32>,
}

impl Outliers {
    pub(super) fn layer(&self, index: usize) -> LayerOutliers {
        self.0.get(index).cloned().unwrap_or_default()
    }

    /// The number of outliers over all layers.
    pub fn count(&self) -> usize {
        let count = |l: &LayerOutliers| {
            l.qkv.len() + l.attention_output.len() + l.intermediate.len() + l.output.len()
        };
        self.0.iter().map(count).sum()
    }
}

//! Inputs of a linear layer that grow far larger than the others.
//!
//! Trained encoders have a few: one hidden dimension of some token reaches ten times what the rest does. A row's 256 integers
//! would be spread over that one value, and its weight's rounding would count ten times. So int8 takes such inputs apart, as
//! they are (the mixed decomposition of Dettmers and others, "LLM.int8()", 2022, with a fixed choice of inputs): an f32 network
//! watches what it reads first, and what it saw chooses the outliers of the int8 network packed after it.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// The most inputs of a layer that are taken apart.
pub(super) const MOST_OUTLIERS: usize = 8;

/// An input is an outlier if it reached this many times what the input of rank [`ORDINARY`] did. On the bundled big-five
/// model this chooses 1.4 inputs of a layer on average.
const FAR: f32 = 2.0;
const ORDINARY: usize = 16;

/// How many tokens a network watches, about: more than the self-check reads.
const WATCHED: usize = 1024;

/// How large each input of a linear layer has been, by the bits of floats that are never negative: their order is the floats'.
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

    /// The outliers, the largest first.
    fn outliers(&self) -> Vec<u32> {
        let mut ranked: Vec<(f32, u32)> =
            self.0.iter().map(|bits| f32::from_bits(bits.load(Ordering::Relaxed))).zip(0..).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let ordinary = ranked.get(ORDINARY).map_or(0.0, |(largest, _)| *largest);
        let far = |(largest, _): &&(f32, u32)| ordinary > 0.0 && *largest > FAR * ordinary;
        let far = ranked.iter().take(MOST_OUTLIERS).take_while(far);
        far.map(|(_, input)| *input).collect()
    }
}

/// Counts down the tokens that a network still watches.
pub(super) struct Watch(AtomicUsize);

impl Watch {
    pub(super) fn new() -> Watch {
        Watch(AtomicUsize::new(WATCHED))
    }

    /// Whether a pass over so many tokens is to be watched.
    pub(super) fn begin(&self, tokens: usize) -> bool {
        let take = |left: usize| Some(left.saturating_sub(tokens));
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok_and(|left| left > 0)
    }
}

/// The outliers of each layer's four products.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outliers(Vec<LayerOutliers>);

/// Inputs at their padded places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LayerOutliers {
    pub(super) qkv: Vec<u32>,
    pub(super) attention_output: Vec<u32>,
    pub(super) intermediate: Vec<u32>,
    pub(super) output: Vec<u32>,
}

impl Outliers {
    /// What an f32 network's layers have seen; none before it has read anything.
    pub(super) fn of(layers: &[super::network::Layer]) -> Outliers {
        let layer = |layer: &super::network::Layer| LayerOutliers {
            qkv: layer.qkv.largest.outliers(),
            attention_output: layer.attention_output.largest.outliers(),
            intermediate: layer.intermediate.largest.outliers(),
            output: layer.output.largest.outliers(),
        };
        Outliers(layers.iter().map(layer).collect())
    }

    pub(super) fn layer(&self, index: usize) -> LayerOutliers {
        self.0.get(index).cloned().unwrap_or_default()
    }

    /// How many there are, over all layers.
    pub fn count(&self) -> usize {
        let count = |l: &LayerOutliers| {
            l.qkv.len() + l.attention_output.len() + l.intermediate.len() + l.output.len()
        };
        self.0.iter().map(count).sum()
    }
}

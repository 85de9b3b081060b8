//! Weights as a checkpoint has them, checked and packed for the kernels.

use std::f32::consts::LOG2_E;

use super::super::outliers::LayerOutliers;
use super::super::packed::{Channel, Layout, NotFinite, Packed, padded};
use super::{Affine, FusedError, Layer, LayerWeights, Norm, Shape};

pub(super) struct Packing<'a> {
    pub(super) shape: &'a Shape,
    pub(super) layout: Layout,
    pub(super) head: usize,
    pub(super) head_width: usize,
}

impl Packing<'_> {
    pub(super) fn layer(&self, w: &LayerWeights, outliers: &LayerOutliers) -> Result<Layer, FusedError> {
        let (hidden, inner) = (self.shape.hidden, self.shape.intermediate);
        Ok(Layer {
            qkv: self.qkv(w, &outliers.qkv)?,
            attention_output: self.attention_output(w.attention_output, &outliers.attention_output)?,
            attention_norm: norm("attention norm", w.attention_norm, hidden)?,
            intermediate: linear(
                "intermediate",
                w.intermediate,
                (hidden, inner),
                self.layout,
                &outliers.intermediate,
            )?,
            output: linear("output", w.output, (inner, hidden), self.layout, &outliers.output)?,
            output_norm: norm("output norm", w.output_norm, hidden)?,
        })
    }

    /// Query, key and value, each head padded. The scores' 1/√d and the exponential's base go into the query.
    fn qkv(&self, w: &LayerWeights, outliers: &[u32]) -> Result<Packed, FusedError> {
        let (hidden, heads) = (self.shape.hidden, self.shape.heads);
        let width = padded(heads * self.head_width);
        let parts = [("query", w.query), ("key", w.key), ("value", w.value)];
        for (what, affine) in parts {
            size(what, affine.weight.len(), hidden * hidden)?;
            size(what, affine.bias.len(), hidden)?;
        }
        let channel = |column: usize| {
            let (_, affine) = parts[column / width];
            let (head, lane) = (column % width / self.head_width, column % width % self.head_width);
            if head >= heads || lane >= self.head {
                return None;
            }
            let output = head * self.head + lane;
            Some(Channel {
                weights: &affine.weight[output * hidden..][..hidden],
                bias: affine.bias[output],
                factor: if column < width { LOG2_E / (self.head as f32).sqrt() } else { 1.0 },
                spread: None,
            })
        };
        Packed::new(self.layout, padded(hidden), 3 * width, outliers, channel)
            .map_err(|source| FusedError::Weights { what: "query, key or value", source })
    }

    /// Its inputs are attention's padded heads.
    fn attention_output(&self, affine: Affine, outliers: &[u32]) -> Result<Packed, FusedError> {
        let hidden = self.shape.hidden;
        size("attention output", affine.weight.len(), hidden * hidden)?;
        size("attention output", affine.bias.len(), hidden)?;
        let channel = |output: usize| {
            (output < hidden).then(|| Channel {
                weights: &affine.weight[output * hidden..][..hidden],
                bias: affine.bias[output],
                factor: 1.0,
                spread: Some((self.head, self.head_width)),
            })
        };
        let inputs = padded(self.shape.heads * self.head_width);
        Packed::new(self.layout, inputs, padded(hidden), outliers, channel)
            .map_err(|source| FusedError::Weights { what: "attention output", source })
    }
}

pub(super) fn size(what: &'static str, found: usize, expected: usize) -> Result<(), FusedError> {
    if found == expected && expected > 0 { Ok(()) } else { Err(FusedError::Size { what, found, expected }) }
}

pub(super) fn linear(
    what: &'static str,
    affine: Affine,
    (inputs, outputs): (usize, usize),
    layout: Layout,
    outliers: &[u32],
) -> Result<Packed, FusedError> {
    size(what, affine.weight.len(), inputs * outputs)?;
    size(what, affine.bias.len(), outputs)?;
    let channel = |output: usize| {
        (output < outputs).then(|| Channel {
            weights: &affine.weight[output * inputs..][..inputs],
            bias: affine.bias[output],
            factor: 1.0,
            spread: None,
        })
    };
    Packed::new(layout, padded(inputs), padded(outputs), outliers, channel)
        .map_err(|source| FusedError::Weights { what, source })
}

pub(super) fn norm(what: &'static str, affine: Affine, width: usize) -> Result<Norm, FusedError> {
    size(what, affine.weight.len(), width)?;
    size(what, affine.bias.len(), width)?;
    if affine.weight.iter().chain(affine.bias).any(|value| !value.is_finite()) {
        return Err(FusedError::Weights { what, source: NotFinite });
    }
    let pad = |values: &[f32]| {
        let mut padded_values = values.to_vec();
        padded_values.resize(padded(width), 0.0);
        padded_values
    };
    Ok(Norm { weight: pad(affine.weight), bias: pad(affine.bias), width })
}

//! The embedding tables: token ids to rows.

use std::sync::Arc;

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::error::NotFinite;

/// Word embeddings. This is by far the largest table, so networks of one checkpoint share it.
#[derive(Clone)]
pub enum Words {
    /// 32 bits, as in most checkpoints.
    F32(Arc<Vec<f32>>),
    /// 16 bits: exact for checkpoints stored as f16. Otherwise the rounding (11 significant bits) is far smaller than that of
    /// the int8 or bf16 layers that follow.
    F16(Arc<Vec<f16>>),
}

impl Words {
    pub(super) fn len(&self) -> usize {
        match self {
            Words::F32(words) => words.len(),
            Words::F16(words) => words.len(),
        }
    }

    /// Converts to 16 bits if every value is in the range of f16.
    fn compact(self) -> Words {
        match &self {
            Words::F32(words) if largest(words) < f16::MAX.to_f32() => {
                let mut halves = Vec::with_capacity(words.len());
                let mut some = [f16::ZERO; 1024];
                for words in words.chunks(some.len()) {
                    let some = &mut some[..words.len()];
                    some.convert_from_f32_slice(words);
                    halves.extend_from_slice(some);
                }
                Words::F16(Arc::new(halves))
            }
            _ => self,
        }
    }

    fn finite(&self) -> bool {
        match self {
            Words::F32(words) => largest(words).is_finite(),
            Words::F16(words) => words.iter().all(|word| word.is_finite()),
        }
    }
}

/// The largest magnitude; infinite or NaN if any value is.
fn largest(table: &[f32]) -> f32 {
    f32::from_bits(table.iter().fold(0, |largest, value| largest.max(value.abs().to_bits())))
}

/// Word, position and token type embeddings. Every token has type 0, since a window is a single text.
pub(super) struct Embedding {
    words: Words,
    /// Position and token type, already added.
    positions: Vec<f32>,
    width: usize,
}

impl Embedding {
    /// Tables with rows of `width` floats; `token_type` is one row. `compact` allows storing words in 16 bits.
    pub(super) fn new(
        words: Words,
        positions: &[f32],
        token_type: &[f32],
        width: usize,
        compact: bool,
    ) -> Result<Embedding, NotFinite> {
        if !(words.finite() && largest(positions).is_finite() && largest(token_type).is_finite()) {
            return Err(NotFinite);
        }
        let words = if compact { words.compact() } else { words };
        let rows = positions.chunks_exact(width);
        let positions = rows.flat_map(|row| row.iter().zip(token_type).map(|(p, t)| p + t)).collect();
        Ok(Embedding { words, positions, width })
    }

    pub(super) fn words(&self) -> &Words {
        &self.words
    }

    /// The number of rows of the word table.
    pub(super) fn vocabulary(&self) -> usize {
        self.words.len() / self.width
    }

    /// The most tokens that a sequence can have.
    pub(super) fn positions(&self) -> usize {
        self.positions.len() / self.width
    }

    /// Writes the sum for token `id` at `position` (both in range) to the first `width` floats of `row`, and zeros to the rest.
    pub(super) fn sum(&self, id: usize, position: usize, row: &mut [f32]) {
        let (row, padding) = row.split_at_mut(self.width);
        padding.fill(0.0);
        match &self.words {
            Words::F32(words) => row.copy_from_slice(&words[id * self.width..][..self.width]),
            Words::F16(words) => words[id * self.width..][..self.width].convert_to_f32_slice(row),
        }
        for (x, p) in row.iter_mut().zip(&self.positions[position * self.width..]) {
            *x += p;
        }
    }
}

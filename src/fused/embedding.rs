//! Token ids to rows: the embedding tables.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::packed::NotFinite;

/// Word embeddings: by far the largest table, so in 16 bits where the precision asked for allows it.
enum Words {
    F32(Vec<f32>),
    /// 11 significant bits: exact for checkpoints stored as f16, else a rounding far below what int8 or bf16 do next.
    F16(Vec<f16>),
}

/// Word, position and token type embeddings. Every token is of type 0: we read single texts.
pub(super) struct Embedding {
    words: Words,
    /// Position and token type, already added.
    positions: Vec<f32>,
    width: usize,
}

impl Embedding {
    /// Tables of rows of `width` floats; `token_type` is one row.
    pub(super) fn new(
        words: &[f32],
        positions: &[f32],
        token_type: &[f32],
        width: usize,
        compact: bool,
    ) -> Result<Embedding, NotFinite> {
        let finite = |table: &[f32]| table.iter().all(|value| value.is_finite());
        if !(finite(words) && finite(positions) && finite(token_type)) {
            return Err(NotFinite);
        }
        let in_range = words.iter().all(|value| value.abs() < f16::MAX.to_f32());
        let words = if compact && in_range {
            let mut halves = vec![f16::ZERO; words.len()];
            halves.convert_from_f32_slice(words);
            Words::F16(halves)
        } else {
            Words::F32(words.to_vec())
        };
        let rows = positions.chunks_exact(width);
        let positions = rows.flat_map(|row| row.iter().zip(token_type).map(|(p, t)| p + t)).collect();
        Ok(Embedding { words, positions, width })
    }

    /// Rows of the word table.
    pub(super) fn vocabulary(&self) -> usize {
        let floats = match &self.words {
            Words::F32(words) => words.len(),
            Words::F16(words) => words.len(),
        };
        floats / self.width
    }

    /// Tokens of the longest sequence.
    pub(super) fn positions(&self) -> usize {
        self.positions.len() / self.width
    }

    /// The sum for token `id` at `position`, both in range, into the first `width` floats of `row`; the rest becomes zero.
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

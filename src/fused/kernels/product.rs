//! The matrix product of a linear layer, with what follows it done while a tile is still in the L1 cache.

use super::super::packed::{Kind, Line, Packed};
use super::rows::{gelu, gelu_tanh};
use super::simd::Simd;

/// What becomes of a product's values.
#[derive(Clone, Copy)]
pub(super) enum Then {
    /// They are kept.
    Keep,
    /// Added to what the target holds already: the residual.
    Add,
    Gelu,
    GeluTanh,
    Relu,
}

/// Where a product's values go.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// Rows `stride` floats apart.
    F32 { at: *mut f32, stride: usize },
    /// Rows `stride` 16-bit halves apart.
    Bf16 { at: *mut u16, stride: usize },
}

/// `rows` rows of activations times some of a layer's panels.
#[derive(Clone, Copy)]
pub(super) struct Product<'a> {
    pub(super) weights: &'a Packed,
    pub(super) rows: usize,
    /// Rows `stride` words apart.
    pub(super) x: *const u32,
    pub(super) stride: usize,
    /// int8: each row's scale.
    pub(super) scales: *const f32,
    /// The panels to compute, from and to.
    pub(super) panels: (usize, usize),
    pub(super) then: Then,
    /// Column 0 of panel 0.
    pub(super) target: Target,
}

/// Room for a tile of every set.
#[repr(C, align(64))]
pub(super) struct Tile(pub(super) [u32; 12 * 32]);

pub(super) const NO_START: [Line; 2] = [Line([0; 16]); 2];

/// Tiles as equal as can be: the height of the first rows' tile is never below half of the set's.
pub(super) fn tiles(rows: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = rows.div_ceil(most);
    (0..count).map(move |tile| (rows * tile / count, rows * (tile + 1) / count))
}

#[inline(always)]
pub(super) unsafe fn product<S: Simd>(p: &Product) {
    let w = p.weights;
    let width = 2 * S::LANES;
    debug_assert_eq!(w.layout.panel, width);
    let panel_bytes = w.steps * width * w.layout.weight_bytes;
    let mut tile = Tile([0; 12 * 32]);
    let tile = tile.0.as_mut_ptr();
    for panel in p.panels.0..p.panels.1 {
        let weights = w.panels.as_ptr().cast::<u8>().add(panel * panel_bytes);
        let column = panel * width;
        let start = w.start.as_ptr().cast::<u32>().add(column);
        for (from, to) in tiles(p.rows, S::TILE_ROWS) {
            let x = p.x.add(from * p.stride);
            S::tile(w.layout.kind, to - from, w.steps, x, p.stride, weights, start, tile);
            for row in from..to {
                for half in [0, S::LANES] {
                    let raw = tile.add((row - from) * width + half);
                    finish::<S>(p, raw, row, column + half);
                }
            }
        }
    }
}

/// A vector of raw sums to values: scaled, biased, activated, stored.
#[inline(always)]
unsafe fn finish<S: Simd>(p: &Product, raw: *const u32, row: usize, column: usize) {
    let bias = S::load(p.weights.bias.as_ptr().add(column));
    let value = if p.weights.layout.kind == Kind::Int8 {
        let scale = S::mul(S::splat(p.scales.add(row).read()), S::load(p.weights.scale.as_ptr().add(column)));
        S::fma(S::load_integers(raw.cast()), scale, bias)
    } else {
        S::add(S::load(raw.cast()), bias)
    };
    let value = match p.then {
        Then::Keep => value,
        Then::Add => match p.target {
            Target::F32 { at, stride } => S::add(value, S::load(at.add(row * stride + column))),
            Target::Bf16 { .. } => unreachable!("the residual is f32"),
        },
        Then::Gelu => gelu::<S>(value),
        Then::GeluTanh => gelu_tanh::<S>(value),
        Then::Relu => S::max(S::splat(0.0), value),
    };
    match p.target {
        Target::F32 { at, stride } => S::store(at.add(row * stride + column), value),
        Target::Bf16 { at, stride } => S::store_bf16(at.add(row * stride + column), value),
    }
}

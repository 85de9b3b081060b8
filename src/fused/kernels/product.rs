//! The matrix product of a linear layer. Scaling, bias, residual and activation are applied while a tile is still in the L1
//! cache.

use super::rows::{Unit, gelu, gelu_tanh};
use super::simd::Simd;
use crate::layout::{Kind, Line};
use crate::outliers::MOST_OUTLIERS;
use crate::packed::Packed;

/// The last step of a product.
#[derive(Clone, Copy)]
pub(super) enum Then {
    /// Stores the values as they are.
    Keep,
    /// Adds them to the target's values: the residual.
    Add,
    Gelu,
    GeluTanh,
    Relu,
}

/// Where a product's values are stored.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// Rows `stride` floats apart.
    F32 { at: *mut f32, stride: usize },
    /// Rows `stride` 16-bit values apart.
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
    /// int8: each row's scale and zero point.
    pub(super) units: *const Unit,
    /// int8: the values of each row's outliers, rows [`MOST_OUTLIERS`] apart.
    pub(super) aside: *const f32,
    /// The range of panels to compute.
    pub(super) panels: (usize, usize),
    pub(super) then: Then,
    /// Points to column 0 of panel 0.
    pub(super) target: Target,
}

/// A buffer that is large enough for a tile of any instruction set.
#[repr(C, align(64))]
pub(super) struct Tile(pub(super) [u32; 12 * 32]);

/// Zeros to start a tile's sums from.
pub(super) const NO_START: [Line; 2] = [Line([0; 16]); 2];

/// Splits rows into tiles of nearly equal height, at most `most`.
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
    let start = NO_START.as_ptr().cast::<u32>();
    let mut tile = Tile([0; 12 * 32]);
    let tile = tile.0.as_mut_ptr();
    let outliers = w.outliers.len();
    let mut apart = Tile([0; 12 * 32]);
    let apart = if outliers == 0 { std::ptr::null_mut() } else { apart.0.as_mut_ptr() };
    for panel in p.panels.0..p.panels.1 {
        let weights = w.panels.as_ptr().cast::<u8>().add(panel * panel_bytes);
        let column = panel * width;
        for (from, to) in tiles(p.rows, S::TILE_ROWS) {
            let x = p.x.add(from * p.stride);
            S::tile(w.layout.kind, to - from, w.steps, x, p.stride, weights, start, tile);
            if outliers > 0 {
                let weights = w.outlier_panels.as_ptr().cast::<u8>().add(panel * outliers * width * 4);
                let x = p.aside.add(from * MOST_OUTLIERS).cast();
                S::tile(Kind::F32, to - from, outliers, x, MOST_OUTLIERS, weights, start, apart);
            }
            let sums = (tile.cast_const(), apart.cast_const().cast());
            match p.then {
                Then::Keep => finish::<S, Keep>(p, sums, from, to, column),
                Then::Add => finish::<S, Add>(p, sums, from, to, column),
                Then::Gelu => finish::<S, Gelu>(p, sums, from, to, column),
                Then::GeluTanh => finish::<S, GeluTanh>(p, sums, from, to, column),
                Then::Relu => finish::<S, Relu>(p, sums, from, to, column),
            }
        }
    }
}

/// [`Then`] as types, because a closure would not be compiled with the instruction set's target features.
trait Last {
    /// The final value, where `held` points to the target's current values (null if the target is bf16).
    unsafe fn of<S: Simd>(held: *const f32, value: S::F) -> S::F;
}

struct Keep;
struct Add;
struct Gelu;
struct GeluTanh;
struct Relu;

impl Last for Keep {
    #[inline(always)]
    unsafe fn of<S: Simd>(_: *const f32, value: S::F) -> S::F {
        value
    }
}

impl Last for Add {
    #[inline(always)]
    unsafe fn of<S: Simd>(held: *const f32, value: S::F) -> S::F {
        S::add(S::load(held), value)
    }
}

impl Last for Gelu {
    #[inline(always)]
    unsafe fn of<S: Simd>(_: *const f32, value: S::F) -> S::F {
        gelu::<S>(value)
    }
}

impl Last for GeluTanh {
    #[inline(always)]
    unsafe fn of<S: Simd>(_: *const f32, value: S::F) -> S::F {
        gelu_tanh::<S>(value)
    }
}

impl Last for Relu {
    #[inline(always)]
    unsafe fn of<S: Simd>(_: *const f32, value: S::F) -> S::F {
        S::max(S::splat(0.0), value)
    }
}

/// Turns a tile of raw sums into final values: scales them, adds the bias and the outliers' sums (a null pointer if there are
/// none), and applies [`Last`].
#[inline(always)]
unsafe fn finish<S: Simd, L: Last>(
    p: &Product,
    (tile, apart): (*const u32, *const f32),
    from: usize,
    to: usize,
    column: usize,
) {
    let width = 2 * S::LANES;
    let int8 = p.weights.layout.kind == Kind::Int8;
    for half in [0, S::LANES] {
        let column = column + half;
        let bias = S::load(p.weights.bias.as_ptr().add(column));
        let scale = S::load(p.weights.scale.as_ptr().add(column));
        let weights = S::load(p.weights.sums.as_ptr().add(column));
        for row in from..to {
            let place = (row - from) * width + half;
            let raw = tile.add(place);
            let value = if int8 {
                let unit = p.units.add(row).read();
                let sum = S::load_integers(raw.cast());
                // 8-bit activations are stored without their zero point, so add it once per weight.
                let sum =
                    if S::QUANTIZED_BYTES == 1 { S::fma(S::splat(unit.zero), weights, sum) } else { sum };
                let bias = if apart.is_null() { bias } else { S::add(bias, S::load(apart.add(place))) };
                S::fma(sum, S::mul(S::splat(unit.scale), scale), bias)
            } else {
                S::add(S::load(raw.cast()), bias)
            };
            match p.target {
                Target::F32 { at, stride } => {
                    let at = at.add(row * stride + column);
                    S::store(at, L::of::<S>(at, value));
                }
                Target::Bf16 { at, stride } => {
                    // A bf16 target is never a residual, so there is nothing to load.
                    S::store_bf16(at.add(row * stride + column), L::of::<S>(std::ptr::null(), value));
                }
            }
        }
    }
}

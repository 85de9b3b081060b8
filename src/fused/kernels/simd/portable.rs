//! Plain Rust with eight lanes, for all other processors; the compiler vectorizes it with the target's default instructions.
//! Tiles are 4 rows by 16 columns.

use super::{Simd, by_rows};
use crate::layout::Kind;

#[derive(Clone, Copy)]
pub(in super::super) struct Portable;

const LANES: usize = 8;
type Lanes = [f32; LANES];

#[inline(always)]
fn each(f: impl Fn(usize) -> f32) -> Lanes {
    std::array::from_fn(f)
}

impl Simd for Portable {
    type F = Lanes;
    const LANES: usize = LANES;
    const QUANTIZED_BYTES: usize = 2;
    const TILE_ROWS: usize = 4;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Lanes {
        [x; LANES]
    }
    #[inline(always)]
    unsafe fn load(at: *const f32) -> Lanes {
        at.cast::<Lanes>().read_unaligned()
    }
    #[inline(always)]
    unsafe fn store(at: *mut f32, x: Lanes) {
        at.cast::<Lanes>().write_unaligned(x)
    }
    #[inline(always)]
    unsafe fn add(a: Lanes, b: Lanes) -> Lanes {
        each(|i| a[i] + b[i])
    }
    #[inline(always)]
    unsafe fn sub(a: Lanes, b: Lanes) -> Lanes {
        each(|i| a[i] - b[i])
    }
    #[inline(always)]
    unsafe fn mul(a: Lanes, b: Lanes) -> Lanes {
        each(|i| a[i] * b[i])
    }
    #[inline(always)]
    unsafe fn reciprocal(x: Lanes) -> Lanes {
        each(|i| 1.0 / x[i])
    }
    #[inline(always)]
    unsafe fn fma(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        // Not `mul_add`: without an FMA instruction that is a function call per lane.
        each(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    unsafe fn fnma(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        each(|i| c[i] - a[i] * b[i])
    }
    #[inline(always)]
    unsafe fn max(a: Lanes, b: Lanes) -> Lanes {
        each(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn min(a: Lanes, b: Lanes) -> Lanes {
        each(|i| if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn abs(x: Lanes) -> Lanes {
        each(|i| x[i].abs())
    }
    #[inline(always)]
    unsafe fn round(x: Lanes) -> Lanes {
        // Adding 1.5·2^23 leaves no bits for a fraction, so the addition rounds, ties to even.
        const WHOLE: f32 = 12_582_912.0;
        each(|i| (x[i] + WHOLE) - WHOLE)
    }
    #[inline(always)]
    unsafe fn scale(x: Lanes, n: Lanes) -> Lanes {
        each(|i| x[i] * f32::from_bits(((n[i] as i32 + 127) as u32) << 23))
    }
    #[inline(always)]
    unsafe fn sum(x: Lanes) -> f32 {
        let four: [f32; 4] = std::array::from_fn(|i| x[i] + x[i + 4]);
        (four[0] + four[2]) + (four[1] + four[3])
    }
    #[inline(always)]
    unsafe fn smallest(x: Lanes) -> f32 {
        x.into_iter().fold(f32::INFINITY, f32::min)
    }
    #[inline(always)]
    unsafe fn largest(x: Lanes) -> f32 {
        x.into_iter().fold(f32::NEG_INFINITY, f32::max)
    }
    #[inline(always)]
    unsafe fn load_integers(at: *const i32) -> Lanes {
        let integers = at.cast::<[i32; LANES]>().read_unaligned();
        each(|i| integers[i] as f32)
    }
    #[inline(always)]
    unsafe fn store_bf16(at: *mut u16, x: Lanes) {
        at.cast::<[u16; LANES]>().write_unaligned(x.map(|lane| half::bf16::from_f32(lane).to_bits()))
    }
    #[inline(always)]
    unsafe fn store_quantized(at: *mut u8, x: Lanes, inverse: Lanes, _zero: Lanes) {
        let whole = Self::round(Self::mul(x, inverse));
        at.cast::<[i16; LANES]>().write_unaligned(whole.map(|lane| lane as i16))
    }
    #[inline(always)]
    unsafe fn transpose(from: *const u32, stride: usize, rows: usize, to: *mut u32, to_stride: usize) {
        for row in 0..LANES {
            for column in 0..LANES {
                let word = if row < rows { from.add(row * stride + column).read() } else { 0 };
                to.add(column * to_stride + row).write(word);
            }
        }
    }

    #[inline(always)]
    unsafe fn tile(
        kind: Kind,
        rows: usize,
        steps: usize,
        a: *const u32,
        stride: usize,
        panel: *const u8,
        start: *const u32,
        out: *mut u32,
    ) {
        match kind {
            Kind::F32 => by_rows!(rows, [1 2 3 4], tile_f32(steps, a, stride, panel, start, out)),
            Kind::Int8 => by_rows!(rows, [1 2 3 4], tile_int8(steps, a, stride, panel, start, out)),
            // `supported` refuses bf16 for this set.
            Kind::Bf16 => unreachable!("bf16 products in plain Rust"),
        }
    }
}

unsafe fn tile_f32<const ROWS: usize>(
    steps: usize,
    a: *const u32,
    stride: usize,
    panel: *const u8,
    start: *const u32,
    out: *mut u32,
) {
    let mut sums = [start.cast::<[f32; 16]>().read(); ROWS];
    let panel = panel.cast::<[f32; 16]>();
    for step in 0..steps {
        let weights = &*panel.add(step);
        for (row, sums) in sums.iter_mut().enumerate() {
            let x = a.cast::<f32>().add(row * stride + step).read();
            for (sum, w) in sums.iter_mut().zip(weights) {
                *sum += x * w;
            }
        }
    }
    out.cast::<[[f32; 16]; ROWS]>().write(sums);
}

unsafe fn tile_int8<const ROWS: usize>(
    steps: usize,
    a: *const u32,
    stride: usize,
    panel: *const u8,
    start: *const u32,
    out: *mut u32,
) {
    // Without an instruction for pairs of integers, floats multiply faster, and their sums are exact up to 2^24: that is this
    // many steps of two products of an activation (at most 255) and a weight (at most 127).
    const EXACT: usize = 256;
    let mut sums = [start.cast::<[i32; 16]>().read(); ROWS];
    let panel = panel.cast::<[[i8; 2]; 16]>();
    for from in (0..steps).step_by(EXACT) {
        let mut exact = [[0.0f32; 16]; ROWS];
        for step in from..steps.min(from + EXACT) {
            let weights = &*panel.add(step);
            let even: [f32; 16] = std::array::from_fn(|column| f32::from(weights[column][0]));
            let odd: [f32; 16] = std::array::from_fn(|column| f32::from(weights[column][1]));
            for (row, exact) in exact.iter_mut().enumerate() {
                let [x, y] = a.add(row * stride + step).cast::<[i16; 2]>().read();
                let (x, y) = (f32::from(x), f32::from(y));
                for ((sum, even), odd) in exact.iter_mut().zip(even).zip(odd) {
                    *sum += x * even + y * odd;
                }
            }
        }
        for (sums, exact) in sums.iter_mut().zip(exact) {
            for (sum, exact) in sums.iter_mut().zip(exact) {
                *sum += exact as i32;
            }
        }
    }
    out.cast::<[[i32; 16]; ROWS]>().write(sums);
}

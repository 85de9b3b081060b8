//! The peak rate of the multiply-add units, measured by loops that only touch registers. Benchmarks report the kernels' speed
//! as a share of it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::precision::{Instructions, Precision, supported};

/// Operations per second of `threads` threads (a multiply-add counts as two), measured for about `time`: the best of
/// five rounds. `None` if the processor lacks the instructions, and for the portable set, which has no instructions of
/// its own.
pub fn register_peak(
    precision: Precision,
    instructions: Instructions,
    threads: usize,
    time: Duration,
) -> Option<f64> {
    if !supported(precision, instructions) {
        return None;
    }
    let (run, operations) = register_loop(precision, instructions)?;
    let round = |rounds: usize| {
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                // SAFETY: `supported` checked that the processor has the instructions.
                scope.spawn(move || black_box(unsafe { run(rounds) }));
            }
        });
        began.elapsed().as_secs_f64()
    };
    // Find a number of rounds that takes at least a tenth of the time.
    let mut rounds = 1 << 16;
    while round(rounds) < time.as_secs_f64() / 10.0 {
        rounds *= 2;
    }
    let best = (0..5).map(|_| round(rounds)).fold(f64::INFINITY, f64::min);
    Some(operations * rounds as f64 * threads as f64 / best)
}

/// A loop over independent sums, and the number of operations in one round.
type Loop = (unsafe fn(usize) -> i32, f64);

#[cfg(not(target_arch = "x86_64"))]
fn register_loop(_: Precision, _: Instructions) -> Option<Loop> {
    None
}

#[cfg(target_arch = "x86_64")]
fn register_loop(precision: Precision, instructions: Instructions) -> Option<Loop> {
    use std::arch::x86_64::*;

    /// Enough sums to hide an instruction's latency, few enough to stay in registers.
    const SUMS: usize = 12;

    macro_rules! register_loop {
        ($name:ident, $features:literal, $set:ident, $lane:ident, |$sum:ident, $x:ident| $step:expr) => {
            #[target_feature(enable = $features)]
            unsafe fn $name(rounds: usize) -> i32 {
                let $x = $set(black_box(0x3c01_3c01));
                let mut sums = [$set(black_box(0x3f80_0101)); SUMS];
                for _ in 0..rounds {
                    for $sum in &mut sums {
                        *$sum = $step;
                    }
                }
                // Using every sum keeps the compiler from removing any of them.
                sums.into_iter().fold(0, |all, sum| all ^ $lane(sum))
            }
        };
    }
    #[target_feature(enable = "avx512f")]
    unsafe fn lane512(x: __m512i) -> i32 {
        _mm512_reduce_or_epi32(x)
    }
    #[target_feature(enable = "avx2")]
    unsafe fn lane256(x: __m256i) -> i32 {
        _mm256_extract_epi32::<0>(x)
    }
    register_loop!(f32_512, "avx512f", _mm512_set1_epi32, lane512, |sum, x| {
        let x = _mm512_castsi512_ps(x);
        _mm512_castps_si512(_mm512_fmadd_ps(x, x, _mm512_castsi512_ps(*sum)))
    });
    register_loop!(bf16_512, "avx512f,avx512bf16", _mm512_set1_epi32, lane512, |sum, x| {
        let x: __m512bh = std::mem::transmute(x);
        _mm512_castps_si512(_mm512_dpbf16_ps(_mm512_castsi512_ps(*sum), x, x))
    });
    register_loop!(int8_512, "avx512f,avx512vnni", _mm512_set1_epi32, lane512, |sum, x| {
        _mm512_dpbusd_epi32(*sum, x, x)
    });
    register_loop!(f32_256, "avx2,fma", _mm256_set1_epi32, lane256, |sum, x| {
        let x = _mm256_castsi256_ps(x);
        _mm256_castps_si256(_mm256_fmadd_ps(x, x, _mm256_castsi256_ps(*sum)))
    });
    // Inline assembly, because the compiler would move a product of loop invariants out of the loop.
    register_loop!(int8_256, "avx2", _mm256_set1_epi32, lane256, |sum, x| {
        let product: __m256i;
        std::arch::asm!(
            "vpmaddwd {0}, {1}, {1}",
            out(ymm_reg) product,
            in(ymm_reg) x,
            options(nomem, nostack, preserves_flags)
        );
        _mm256_add_epi32(*sum, product)
    });
    // Operations are lanes times two: a multiplication and an addition.
    let (run, lanes): (unsafe fn(usize) -> i32, f64) = match (precision, instructions) {
        (Precision::F32, Instructions::Avx512) => (f32_512, 16.0),
        (Precision::Bf16, Instructions::Avx512) => (bf16_512, 32.0),
        (Precision::Int8, Instructions::Avx512) => (int8_512, 64.0),
        (Precision::F32, Instructions::Avx2) => (f32_256, 8.0),
        (Precision::Int8, Instructions::Avx2) => (int8_256, 16.0),
        (_, Instructions::Portable) | (Precision::Bf16, _) => return None,
    };
    Some((run, 2.0 * lanes * SUMS as f64))
}

//! Measures linear layers of BERT's sizes on one thread, as a share of the peak of the multiply-add units:
//! `cargo bench --bench kernels`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use calling::internals::fused::{
    Affine, Execution, Instructions, Linear, Precision, register_peak, supported,
};

/// Tokens, inputs, outputs: the products of BERT base and of the bundled models, and some with few rows as in the last layer.
const SIZES: [(usize, usize, usize); 8] = [
    (512, 768, 2304),
    (512, 768, 768),
    (512, 768, 3072),
    (512, 3072, 768),
    (48, 768, 3072),
    (1, 768, 3072),
    (512, 384, 1536),
    (512, 1536, 384),
];

/// Fixed pseudo-random numbers between -1 and 1.
fn numbers(count: usize) -> Vec<f32> {
    (0..count as u64)
        .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / 8_388_608.0 - 1.0)
        .collect()
}

/// The median of at least five runs and 300 ms, in seconds.
fn median(mut run: impl FnMut()) -> f64 {
    run();
    let (began, mut times) = (Instant::now(), Vec::new());
    while times.len() < 5 || began.elapsed() < Duration::from_millis(300) {
        let began = Instant::now();
        run();
        times.push(began.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    println!("Includes the rounding of activations. Gop/s: a multiply-add counts as two.\n");
    println!("| set | precision | tokens × inputs × outputs | ms | Gop/s | of the peak |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for instructions in Instructions::ALL {
        for precision in Precision::ALL.into_iter().filter(|p| supported(*p, instructions)) {
            let peak = register_peak(precision, instructions, 1, Duration::from_millis(300));
            for (tokens, inputs, outputs) in SIZES {
                let (weight, bias) = (numbers(inputs * outputs), numbers(outputs));
                let execution = Execution::new(precision, instructions, 1);
                let affine = Affine { weight: &weight, bias: &bias };
                let mut linear = match Linear::new(affine, inputs, execution) {
                    Ok(linear) => linear,
                    Err(error) => {
                        eprintln!("{execution}: {error}");
                        std::process::exit(1);
                    }
                };
                let (x, mut y) = (numbers(tokens * inputs), vec![0.0; tokens * outputs]);
                let seconds = median(|| linear.apply(black_box(&x), black_box(&mut y)));
                let speed = 2.0 * (tokens * inputs * outputs) as f64 / seconds;
                let share = peak.map_or("".into(), |peak| format!("{:.0} %", 100.0 * speed / peak));
                println!(
                    "| {instructions} | {precision} | {tokens} × {inputs} × {outputs} | {:.3} | {:.0} | {share} |",
                    seconds * 1e3,
                    speed / 1e9,
                );
            }
        }
    }
}

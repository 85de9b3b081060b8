//! Measures whole encoders with random weights, on single windows and on packed batches:
//! `cargo bench --bench encoder [-- --threads 2 --precision int8 --instructions avx512 --network bert]`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use calling::internals::fused::{
    Activation, Affine, EmbeddingWeights, Execution, Instructions, LayerWeights, Network, Precision, Shape,
    Words, register_peak, supported,
};
use clap::Parser;

#[derive(Parser)]
struct Options {
    /// Threads that share a pass; default: all cores.
    #[arg(long)]
    threads: Option<usize>,
    /// Measure only this precision.
    #[arg(long)]
    precision: Option<Precision>,
    /// The instruction set; default: the fastest.
    #[arg(long)]
    instructions: Option<Instructions>,
    /// Measure only this network: bert, albert (base size) or small (the bundled models' size).
    #[arg(long)]
    network: Option<String>,
    /// Seconds per measurement.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Passed by Cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

const VOCABULARY: usize = 30_000;
const POSITIONS: usize = 512;

/// A random encoder. All matrices and vectors are slices of one long array of numbers.
struct Random {
    shape: Shape,
    numbers: Vec<f32>,
    ones: Vec<f32>,
}

impl Random {
    fn new(hidden: usize, embedding: usize, activation: Activation, order: Vec<usize>) -> Random {
        let (heads, intermediate) = (12, 4 * hidden);
        let shape = Shape { hidden, heads, intermediate, embedding, activation, eps: 1e-12, order };
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        };
        let longest = (VOCABULARY * embedding).max(hidden * intermediate);
        // About the spread of transformers' initialization with a standard deviation of 0.03.
        let numbers = (0..longest + 4096).map(|_| next() * 0.05).collect();
        Random { shape, numbers, ones: vec![1.0; hidden.max(embedding)] }
    }

    /// Starts at another number for each `at`.
    fn slice(&self, at: usize, count: usize) -> &[f32] {
        &self.numbers[at % 4096..][..count]
    }

    fn linear(&self, at: usize, inputs: usize, outputs: usize) -> Affine<'_> {
        Affine { weight: self.slice(at, inputs * outputs), bias: self.slice(at + 1, outputs) }
    }

    fn norm(&self, at: usize, width: usize) -> Affine<'_> {
        Affine { weight: &self.ones[..width], bias: self.slice(at, width) }
    }

    fn network(&self, execution: Execution) -> Result<Network, calling::internals::fused::FusedError> {
        let Shape { hidden: h, intermediate: f, embedding: e, .. } = self.shape;
        let embeddings = EmbeddingWeights {
            words: Words::F32(Arc::new(self.slice(0, VOCABULARY * e).to_vec())),
            positions: self.slice(7, POSITIONS * e),
            token_type: self.slice(11, e),
            norm: self.norm(13, e),
            projection: (e != h).then(|| self.linear(17, e, h)),
        };
        let count = self.shape.order.iter().max().map_or(0, |last| last + 1);
        let layers: Vec<LayerWeights> = (0..count)
            .map(|layer| {
                let at = 101 * layer;
                LayerWeights {
                    query: self.linear(at + 19, h, h),
                    key: self.linear(at + 23, h, h),
                    value: self.linear(at + 29, h, h),
                    attention_output: self.linear(at + 31, h, h),
                    attention_norm: self.norm(at + 37, h),
                    intermediate: self.linear(at + 41, h, f),
                    output: self.linear(at + 43, f, h),
                    output_norm: self.norm(at + 47, h),
                }
            })
            .collect();
        Network::new(self.shape.clone(), &embeddings, &layers, execution)
    }

    /// Operations of linear layers and attention for whole sequences of these lengths; a multiply-add counts as two.
    fn operations(&self, lengths: &[usize]) -> f64 {
        let (h, f) = (self.shape.hidden as f64, self.shape.intermediate as f64);
        let layer = |n: f64| 8.0 * n * h * h + 4.0 * n * h * f + 4.0 * n * n * h;
        lengths.iter().map(|n| layer(*n as f64)).sum::<f64>() * self.shape.order.len() as f64
    }
}

/// The median time, the shortest time and the number of runs.
fn time(seconds: f64, mut run: impl FnMut()) -> (f64, f64, usize) {
    run();
    let (began, mut times) = (Instant::now(), Vec::new());
    while times.len() < 5 || began.elapsed().as_secs_f64() < seconds {
        let began = Instant::now();
        run();
        times.push(began.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[0], times.len())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let threads =
        options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let instructions = options.instructions.unwrap_or_else(Instructions::detect);
    let networks = [
        ("bert", Random::new(768, 768, Activation::Gelu, (0..12).collect())),
        ("albert", Random::new(768, 128, Activation::GeluTanh, vec![0; 12])),
        ("small", Random::new(384, 384, Activation::Gelu, (0..6).collect())),
    ];
    let batches: [(&str, Vec<usize>); 8] = [
        ("37", vec![37]),
        ("128", vec![128]),
        ("130", vec![130]),
        ("300", vec![300]),
        ("511", vec![511]),
        ("512", vec![512]),
        ("eight of 40 to 512", (0..8).map(|i| 40 + i * 472 / 7).collect()),
        ("120 of 8 to 60", (0..120).map(|i| 8 + i * 37 % 53).collect()),
    ];
    println!(
        "{threads} threads, {instructions}. Gop/s and the share of the register peak count whole passes, although the"
    );
    println!("last layer computes only first tokens.\n");
    println!(
        "| network | precision | tokens | ms median | ms best | runs | tokens/s | Gop/s | of the peak |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, random) in &networks {
        if options.network.as_ref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        for precision in Precision::ALL {
            let left_out = options.precision.is_some_and(|wanted| wanted != precision);
            if left_out || !supported(precision, instructions) {
                continue;
            }
            let network = random.network(Execution::new(precision, instructions, threads))?;
            let peak = register_peak(precision, instructions, threads, Duration::from_millis(500));
            for (label, lengths) in &batches {
                let ids: Vec<Vec<u32>> = (lengths.iter().enumerate())
                    .map(|(w, n)| (0..*n).map(|i| ((i * 7919 + w * 104_729) % VOCABULARY) as u32).collect())
                    .collect();
                let windows: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
                network.first_states(&windows)?;
                let (median, best, runs) = time(options.seconds, || {
                    std::hint::black_box(network.first_states(&windows).is_ok());
                });
                let speed = random.operations(lengths) / median;
                let tokens: usize = lengths.iter().sum();
                let share = peak.map_or(String::new(), |peak| format!("{:.0} %", 100.0 * speed / peak));
                println!(
                    "| {name} | {precision} | {label} | {:.2} | {:.2} | {runs} | {:.0} | {:.0} | {share} |",
                    median * 1e3,
                    best * 1e3,
                    tokens as f64 / median,
                    speed / 1e9,
                );
            }
        }
    }
    Ok(())
}

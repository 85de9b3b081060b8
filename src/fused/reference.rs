//! For tests: plain f64 forward passes, random encoders, and all executions of this processor.

use std::sync::Arc;

use super::embedding::Words;
use super::precision::{Execution, Instructions, Precision, WITHOUT_BF16, supported};
use super::weights::{Activation, Affine, EmbeddingWeights, LayerWeights, Shape};

/// Runs a test with every execution that this processor supports, on one thread. If it has AVX512_BF16, AVX-512 is also tested
/// without it. Networks must be built within `test`.
pub(crate) fn each_execution(mut test: impl FnMut(Execution)) {
    /// Makes AVX512_BF16 visible again, also after a panic.
    struct Hidden;
    impl Drop for Hidden {
        fn drop(&mut self) {
            WITHOUT_BF16.set(false);
            if std::thread::panicking() {
                eprintln!("while AVX512_BF16 was hidden");
            }
        }
    }
    let mut each = |sets: &[Instructions]| {
        for &instructions in sets {
            for precision in Precision::ALL.into_iter().filter(|p| supported(*p, instructions)) {
                let usual = Execution::new(precision, instructions, 1);
                test(usual);
                let other = Execution { attention: Precision::F32, ..usual };
                if other != usual && other.supported() {
                    test(other);
                }
            }
        }
    };
    each(&Instructions::ALL);
    if Instructions::Avx512.multiplies_bf16() {
        WITHOUT_BF16.set(true);
        let _hidden = Hidden;
        each(&[Instructions::Avx512]);
    }
}

/// Pseudo-random numbers with a fixed seed (Marsaglia's xorshift64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Between -1 and 1.
    pub(crate) fn float(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit
    }

    pub(crate) fn floats(&mut self, count: usize, size: f32) -> Vec<f32> {
        (0..count).map(|_| self.float() * size).collect()
    }
}

/// Weight and bias of a linear layer or a layer norm.
pub(crate) struct Owned {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Owned {
    fn linear(n: &mut Numbers, inputs: usize, outputs: usize) -> Owned {
        let size = 1.7 / (inputs as f32).sqrt();
        Owned { weight: n.floats(inputs * outputs, size), bias: n.floats(outputs, 0.2) }
    }

    fn norm(n: &mut Numbers, width: usize) -> Owned {
        let weight = n.floats(width, 0.3).into_iter().map(|x| x + 1.0).collect();
        Owned { weight, bias: n.floats(width, 0.2) }
    }

    fn lent(&self) -> Affine<'_> {
        Affine { weight: &self.weight, bias: &self.bias }
    }
}

fn lend([q, k, v, o, n1, f1, f2, n2]: &[Owned; 8]) -> LayerWeights<'_> {
    LayerWeights {
        query: q.lent(),
        key: k.lent(),
        value: v.lent(),
        attention_output: o.lent(),
        attention_norm: n1.lent(),
        intermediate: f1.lent(),
        output: f2.lent(),
        output_norm: n2.lent(),
    }
}

/// A random encoder.
pub(crate) struct Sample {
    pub(crate) shape: Shape,
    words: Vec<f32>,
    positions: Vec<f32>,
    token_type: Vec<f32>,
    norm: Owned,
    projection: Option<Owned>,
    layers: Vec<[Owned; 8]>,
}

impl Sample {
    pub(crate) fn new(shape: Shape, vocabulary: usize, positions: usize, n: &mut Numbers) -> Sample {
        let (h, f, e) = (shape.hidden, shape.intermediate, shape.embedding);
        let count = shape.order.iter().max().map_or(0, |most| most + 1);
        let layers = (0..count).map(|_| {
            [
                Owned::linear(n, h, h),
                Owned::linear(n, h, h),
                Owned::linear(n, h, h),
                Owned::linear(n, h, h),
                Owned::norm(n, h),
                Owned::linear(n, h, f),
                Owned::linear(n, f, h),
                Owned::norm(n, h),
            ]
        });
        let layers = layers.collect();
        Sample {
            words: n.floats(vocabulary * e, 1.0),
            positions: n.floats(positions * e, 0.5),
            token_type: n.floats(e, 0.5),
            norm: Owned::norm(n, e),
            projection: (e != h).then(|| Owned::linear(n, e, h)),
            layers,
            shape,
        }
    }

    /// Multiplies some hidden dimensions of the input of a layer's feed-forward half by a factor.
    pub(crate) fn blow_up(&mut self, layer: usize, dimensions: &[usize], factor: f32) {
        let norm = &mut self.layers[layer][4];
        for dimension in dimensions {
            norm.weight[*dimension] *= factor;
            norm.bias[*dimension] *= factor;
        }
    }

    pub(crate) fn embeddings(&self) -> EmbeddingWeights<'_> {
        EmbeddingWeights {
            words: Words::F32(Arc::new(self.words.clone())),
            positions: &self.positions,
            token_type: &self.token_type,
            norm: self.norm.lent(),
            projection: self.projection.as_ref().map(Owned::lent),
        }
    }

    pub(crate) fn layers(&self) -> Vec<LayerWeights<'_>> {
        self.layers.iter().map(lend).collect()
    }

    /// The last layer's states of one window, `[tokens, hidden]`.
    pub(crate) fn states(&self, window: &[u32]) -> Vec<f64> {
        let (h, e) = (self.shape.hidden, self.shape.embedding);
        let mut x = Vec::new();
        for (position, id) in window.iter().enumerate() {
            for i in 0..e {
                let sum = self.words[*id as usize * e + i] + self.positions[position * e + i];
                x.push(f64::from(sum + self.token_type[i]));
            }
        }
        self.normalize(&mut x, &self.norm);
        if let Some(projection) = &self.projection {
            x = linear(&x, projection, e);
        }
        for &layer in &self.shape.order {
            let [q, k, v, o, n1, f1, f2, n2] = &self.layers[layer];
            let context = self.attend(&linear(&x, q, h), &linear(&x, k, h), &linear(&x, v, h));
            add(&mut x, &linear(&context, o, h));
            self.normalize(&mut x, n1);
            let mut inner = linear(&x, f1, h);
            for value in &mut inner {
                *value = self.activate(*value);
            }
            add(&mut x, &linear(&inner, f2, self.shape.intermediate));
            self.normalize(&mut x, n2);
        }
        x
    }

    fn activate(&self, x: f64) -> f64 {
        match self.shape.activation {
            Activation::Gelu => 0.5 * x * erfc(-x / 2f64.sqrt()),
            Activation::GeluTanh => {
                let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
                0.5 * x * (1.0 + u.tanh())
            }
            Activation::Relu => x.max(0.0),
        }
    }

    fn normalize(&self, x: &mut [f64], norm: &Owned) {
        let width = norm.weight.len();
        for row in x.chunks_exact_mut(width) {
            let mean = row.iter().sum::<f64>() / width as f64;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / width as f64;
            let inverse = 1.0 / (variance + f64::from(self.shape.eps)).sqrt();
            for ((value, w), b) in row.iter_mut().zip(&norm.weight).zip(&norm.bias) {
                *value = (*value - mean) * inverse * f64::from(*w) + f64::from(*b);
            }
        }
    }

    fn attend(&self, q: &[f64], k: &[f64], v: &[f64]) -> Vec<f64> {
        let (h, d) = (self.shape.hidden, self.shape.hidden / self.shape.heads);
        let tokens = q.len() / h;
        let mut out = vec![0.0; q.len()];
        for head in (0..h).step_by(d) {
            for i in 0..tokens {
                let dot = |j: usize| (0..d).map(|c| q[i * h + head + c] * k[j * h + head + c]).sum::<f64>();
                let scores: Vec<f64> = (0..tokens).map(|j| dot(j) / (d as f64).sqrt()).collect();
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let weights: Vec<f64> = scores.iter().map(|s| (s - largest).exp()).collect();
                let sum: f64 = weights.iter().sum();
                for c in 0..d {
                    let value: f64 = (0..tokens).map(|j| weights[j] * v[j * h + head + c]).sum();
                    out[i * h + head + c] = value / sum;
                }
            }
        }
        out
    }
}

fn linear(x: &[f64], layer: &Owned, inputs: usize) -> Vec<f64> {
    let mut out = Vec::with_capacity(x.len() / inputs * layer.bias.len());
    for row in x.chunks_exact(inputs) {
        for (weights, bias) in layer.weight.chunks_exact(inputs).zip(&layer.bias) {
            let sum: f64 = row.iter().zip(weights).map(|(x, w)| x * f64::from(*w)).sum();
            out.push(sum + f64::from(*bias));
        }
    }
    out
}

fn add(x: &mut [f64], y: &[f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y;
    }
}

/// 1 - erf(x): by the Taylor series near zero, by a continued fraction elsewhere.
pub(crate) fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.5 {
        let (mut term, mut sum) = (x, x);
        for n in 1..120 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return 1.0 - sum * 2.0 / std::f64::consts::PI.sqrt();
    }
    let mut fraction = 0.0;
    for n in (1..60).rev() {
        fraction = f64::from(n) / 2.0 / (x + fraction);
    }
    (-x * x).exp() / std::f64::consts::PI.sqrt() / (x + fraction)
}

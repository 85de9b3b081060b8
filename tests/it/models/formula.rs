//! The same artificial weights as in tests/references/make_references.py, computed from a tensor's name and each element's
//! index.

use std::collections::HashMap;

use calling::internals::models::Architecture;
use calling::internals::models::tensors::Expected;
use candle_core::{Device, Tensor};

/// `formula` of the script: every element is the same f32.
pub fn values(name: &str, shape: &[usize]) -> Vec<f32> {
    let mut seed = 0x811c_9dc5_u32;
    for byte in name.bytes() {
        seed = (seed ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    let norm = name.ends_with("LayerNorm.weight") || name.ends_with("layer_norm.weight");
    let (shift, scale) = if norm {
        (1.0, 0.1)
    } else if name.ends_with(".bias") {
        (0.0, 0.05)
    } else {
        (0.0, (1.7 / (shape[shape.len() - 1] as f64).sqrt()) as f32)
    };
    let count: usize = shape.iter().product();
    let mut values = vec![0.0; count];
    // A plain loop, because this runs a hundred million times in an unoptimized test.
    let mut i = 0;
    while i < count {
        let mut h = (i as u32).wrapping_mul(0x9e37_79b1).wrapping_add(seed);
        h ^= h >> 16;
        h = h.wrapping_mul(0x85eb_ca6b);
        h ^= h >> 13;
        h = h.wrapping_mul(0xc2b2_ae35);
        h ^= h >> 16;
        let unit = (h >> 8) as f32 * (1.0 / 8_388_608.0) - 1.0;
        values[i] = shift + scale * unit;
        i += 1;
    }
    values
}

/// These tensors (named without transformers' prefix), made on two threads.
pub fn tensors(architecture: Architecture, expected: &[Expected]) -> HashMap<String, Tensor> {
    let make = |half: &[Expected]| -> Vec<(String, Tensor)> {
        let of = |(name, shape): &Expected| {
            let full = match name.starts_with("classifier.") {
                true => name.clone(),
                false => format!("{}{name}", architecture.prefix()),
            };
            let tensor = Tensor::from_vec(values(&full, shape), shape.as_slice(), &Device::Cpu);
            (name.clone(), tensor.unwrap())
        };
        half.iter().map(of).collect()
    };
    let sizes: Vec<usize> = expected.iter().map(|(_, shape)| shape.iter().product()).collect();
    let total: usize = sizes.iter().sum();
    let mut seen = 0;
    let middle = sizes.iter().take_while(|size| {
        seen += **size;
        seen <= total / 2
    });
    let (first, second) = expected.split_at(middle.count());
    std::thread::scope(|scope| {
        let first = scope.spawn(|| make(first));
        let second = make(second);
        first.join().unwrap().into_iter().chain(second).collect()
    })
}

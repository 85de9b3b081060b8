//! Random numbers whose sequence must not change: the published figures and the bundled models follow from their seeds.

use rand::Rng;

/// A draw from the standard normal distribution (Box and Muller, 1958).
///
/// Not `rand_distr`: it draws other numbers from the same seed, so no published figure could be measured again.
pub fn standard_normal(random: &mut impl Rng) -> f64 {
    let radius: f64 = 1.0 - random.random::<f64>();
    let angle: f64 = random.random();
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// A seed for each step, derived from the seed of the whole run (SplitMix64). Neighboring steps get unrelated seeds.
pub fn mix(seed: u64, step: usize) -> u64 {
    let mut z = seed.wrapping_add((step as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

//! Leading directions of a set of vectors.

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::learning::numerics::standard_normal;

/// The `count` leading directions of the second moments of weighted rows, orthonormal, found by 40 steps of orthogonal
/// iteration from seeded noise.
///
/// By hand: an eigendecomposition gives vectors with other signs in a slightly different space, so that the same seed
/// would no longer train the same ALBERT.
pub fn leading_directions(rows: &[Vec<f32>], weights: &[f64], count: usize, seed: u64) -> Vec<Vec<f64>> {
    let width = rows.first().map_or(0, Vec::len);
    let mut moments = vec![vec![0f64; width]; width];
    for (row, weight) in rows.iter().zip(weights) {
        for i in 0..width {
            let scaled = weight * f64::from(row[i]);
            for (sum, value) in moments[i].iter_mut().zip(row) {
                *sum += scaled * f64::from(*value);
            }
        }
    }
    let mut random = StdRng::seed_from_u64(seed);
    let mut basis: Vec<Vec<f64>> =
        (0..count).map(|_| (0..width).map(|_| standard_normal(&mut random)).collect()).collect();
    for _ in 0..40 {
        for direction in &mut basis {
            *direction = moments
                .iter()
                .map(|row| row.iter().zip(direction.iter()).map(|(a, b)| a * b).sum())
                .collect();
        }
        for i in 0..count {
            let (before, rest) = basis.split_at_mut(i);
            let current = &mut rest[0];
            for other in before.iter() {
                let along: f64 = current.iter().zip(other).map(|(a, b)| a * b).sum();
                current.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
            }
            let length = current.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-30);
            current.iter_mut().for_each(|v| *v /= length);
        }
    }
    basis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leading_directions_are_found() {
        let rows: Vec<Vec<f32>> = (0..200)
            .map(|i| vec![0.01 * (i as f32).cos(), 3.0 * (i as f32).sin(), (i as f32 * 0.7).cos()])
            .collect();
        let basis = leading_directions(&rows, &vec![1.0; 200], 2, 3);
        assert!(basis[0][1].abs() > 0.99 && basis[1][2].abs() > 0.99, "{basis:?}");
    }
}

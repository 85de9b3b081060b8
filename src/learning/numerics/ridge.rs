//! Ridge regression on sparse rows, by conjugate gradients.
//!
//! By hand: rows have tens of thousands of features and stay sparse only if the centering is done while multiplying. We
//! know of no crate that does this.

/// The features of a row that are not zero: column and value.
pub type SparseRow = Vec<(u32, f32)>;

/// The most steps of conjugate gradients.
const STEPS: usize = 80;
/// The solution is good enough once the norm of the residual is this share of the norm of the targets.
const TOLERANCE: f64 = 1e-5;

/// A linear function of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// A weight for each column.
    pub weights: Vec<f64>,
    pub intercept: f64,
}

impl Linear {
    /// The value for a row. Columns beyond the weights are ignored.
    pub fn at(&self, row: &[(u32, f32)]) -> f64 {
        let weight = |place: u32| self.weights.get(place as usize).copied().unwrap_or(0.0);
        self.intercept + row.iter().map(|(place, value)| weight(*place) * f64::from(*value)).sum::<f64>()
    }
}

/// Minimizes `sum (w . x + b - y)^2 + penalty |w|^2` over the weights `w` and the intercept `b`, which is not
/// penalized.
///
/// The iteration begins at `start`, such as the solution for a similar penalty.
pub fn ridge(
    rows: &[SparseRow],
    targets: &[f64],
    columns: usize,
    penalty: f64,
    start: Option<&Linear>,
) -> Linear {
    let n = rows.len().max(1) as f64;
    let mut means = vec![0.0; columns];
    for (place, value) in rows.iter().flatten() {
        means[*place as usize] += f64::from(*value) / n;
    }
    let target_mean = targets.iter().sum::<f64>() / n;
    let forward = |w: &[f64]| -> Vec<f64> {
        let shift: f64 = means.iter().zip(w).map(|(m, w)| m * w).sum();
        rows.iter()
            .map(|row| row.iter().map(|(p, v)| w[*p as usize] * f64::from(*v)).sum::<f64>() - shift)
            .collect()
    };
    let backward = |u: &[f64]| -> Vec<f64> {
        let total: f64 = u.iter().sum();
        let mut sums: Vec<f64> = means.iter().map(|m| -m * total).collect();
        for (row, u) in rows.iter().zip(u) {
            for (place, value) in row {
                sums[*place as usize] += f64::from(*value) * u;
            }
        }
        sums
    };
    let mut w = start.map_or_else(|| vec![0.0; columns], |linear| linear.weights.clone());
    let errors: Vec<f64> =
        targets.iter().zip(forward(&w)).map(|(y, found)| y - target_mean - found).collect();
    let mut residual: Vec<f64> = backward(&errors).iter().zip(&w).map(|(g, w)| g - penalty * w).collect();
    let mut direction = residual.clone();
    let mut size = dot(&residual, &residual);
    let enough = TOLERANCE * TOLERANCE * dot(targets, targets).max(f64::MIN_POSITIVE);
    for _ in 0..STEPS {
        if size <= enough {
            break;
        }
        let mut curved = backward(&forward(&direction));
        curved.iter_mut().zip(&direction).for_each(|(c, d)| *c += penalty * d);
        let step = size / dot(&direction, &curved);
        w.iter_mut().zip(&direction).for_each(|(w, d)| *w += step * d);
        residual.iter_mut().zip(&curved).for_each(|(r, c)| *r -= step * c);
        let next = dot(&residual, &residual);
        let turn = next / size;
        direction.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + turn * *d);
        size = next;
    }
    let intercept = target_mean - means.iter().zip(&w).map(|(m, w)| m * w).sum::<f64>();
    Linear { weights: w, intercept }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_and_a_penalty_flattens_it() {
        let rows: Vec<SparseRow> = (0..50).map(|i| vec![(0, i as f32), (1, (i * i % 7) as f32)]).collect();
        let targets: Vec<f64> =
            rows.iter().map(|r| 2.0 * f64::from(r[0].1) - f64::from(r[1].1) + 5.0).collect();
        let exact = ridge(&rows, &targets, 2, 1e-9, None);
        assert!((exact.weights[0] - 2.0).abs() < 1e-4 && (exact.weights[1] + 1.0).abs() < 1e-4, "{exact:?}");
        assert!((exact.at(&rows[9]) - targets[9]).abs() < 1e-2);
        let flat = ridge(&rows, &targets, 2, 1e9, Some(&exact));
        assert!(flat.weights[0].abs() < 1e-3, "{flat:?}");
        let mean = targets.iter().sum::<f64>() / 50.0;
        assert!((flat.at(&[]) - mean).abs() < 1.0);
    }
}

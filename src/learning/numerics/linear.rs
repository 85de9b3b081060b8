//! The Cholesky factorization, the only linear algebra needed here.
//!
//! By hand: nalgebra would add a dozen crates for these lines. It would also turn on features of crates that candle
//! uses, so that candle would be compiled once more for builds with the feature `training`.

use super::statistics::covariance;

/// The lower triangle `L` with `L L' = A`, for a symmetric positive definite `A`.
#[derive(Clone, Debug)]
pub struct Cholesky<const N: usize> {
    lower: [[f64; N]; N],
}

impl<const N: usize> Cholesky<N> {
    /// Factors a matrix; `None` if it is not positive definite.
    pub fn new(matrix: &[[f64; N]; N]) -> Option<Cholesky<N>> {
        let factor = Cholesky::unchecked(matrix);
        (0..N).all(|i| factor.lower[i][i] > 0.0).then_some(factor)
    }

    /// Factors a matrix that is known to be positive definite; any other gives NaNs.
    pub fn unchecked(matrix: &[[f64; N]; N]) -> Cholesky<N> {
        let mut lower = [[0.0; N]; N];
        for i in 0..N {
            for j in 0..=i {
                let rest = matrix[i][j] - (0..j).map(|k| lower[i][k] * lower[j][k]).sum::<f64>();
                lower[i][j] = if i == j { rest.sqrt() } else { rest / lower[j][j] };
            }
        }
        Cholesky { lower }
    }

    pub fn lower(&self) -> &[[f64; N]; N] {
        &self.lower
    }

    /// The `x` with `A x = right`.
    pub fn solve(&self, right: &[f64; N]) -> [f64; N] {
        let mut y = *right;
        for i in 0..N {
            let known: f64 = (0..i).map(|k| self.lower[i][k] * y[k]).sum();
            y[i] = (y[i] - known) / self.lower[i][i];
        }
        self.solve_transposed(&y)
    }

    /// The `x` with `L' x = right`.
    pub fn solve_transposed(&self, right: &[f64; N]) -> [f64; N] {
        let mut x = *right;
        for i in (0..N).rev() {
            let known: f64 = (i + 1..N).map(|k| self.lower[k][i] * x[k]).sum();
            x[i] = (x[i] - known) / self.lower[i][i];
        }
        x
    }
}

/// The weights of the regression of a target on columns of the same length. It has an intercept, which is not returned.
/// There are at most `N` columns; what is missing or constant has the weight 0.
///
/// `penalties` are added to the columns' variances (ridge regression), 0 where missing, so that columns which say nearly the
/// same share their weight instead of having large ones with opposite signs. Without them, no column may be a weighted sum
/// of others.
pub fn regression<const N: usize>(columns: &[&[f64]], target: &[f64], penalties: &[f64]) -> [f64; N] {
    let matrix: [[f64; N]; N] = std::array::from_fn(|i| {
        std::array::from_fn(|j| match (columns.get(i), columns.get(j)) {
            (Some(column), Some(_)) if i == j => {
                match covariance(column, column) + penalties.get(i).unwrap_or(&0.0) {
                    0.0 => 1.0,
                    variance => variance,
                }
            }
            (Some(a), Some(b)) => covariance(a, b),
            _ => f64::from(u8::from(i == j)),
        })
    });
    let right = std::array::from_fn(|i| columns.get(i).map_or(0.0, |column| covariance(column, target)));
    Cholesky::unchecked(&matrix).solve(&right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX: [[f64; 3]; 3] = [[4.0, 2.0, -1.0], [2.0, 3.0, 0.5], [-1.0, 0.5, 2.0]];

    #[test]
    fn a_solution_solves_its_equations() {
        let x = Cholesky::new(&MATRIX).unwrap().solve(&[1.0, -2.0, 3.0]);
        for (row, right) in MATRIX.iter().zip([1.0, -2.0, 3.0]) {
            let left: f64 = row.iter().zip(x).map(|(a, x)| a * x).sum();
            assert!((left - right).abs() < 1e-12, "{x:?}");
        }
    }

    #[test]
    fn the_transposed_factor_maps_white_noise_to_the_inverse_covariance() {
        // The columns of L'^-1 times its transpose are the inverse, and `solve` must give the same first column.
        let factor = Cholesky::new(&MATRIX).unwrap();
        let unit = |i: usize| std::array::from_fn(|j| f64::from(u8::from(i == j)));
        let columns: [[f64; 3]; 3] = std::array::from_fn(|i| factor.solve_transposed(&unit(i)));
        let first = factor.solve(&unit(0));
        for (row, expected) in first.iter().enumerate() {
            let found: f64 = columns.iter().map(|column| column[row] * column[0]).sum();
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn a_regression_finds_the_weights_that_made_the_target() {
        let first: Vec<f64> = (0..50).map(|i| f64::from(i * 7 % 11)).collect();
        let second: Vec<f64> = (0..50).map(|i| f64::from(i * 5 % 13)).collect();
        let constant = vec![3.0; 50];
        let target: Vec<f64> = first.iter().zip(&second).map(|(a, b)| 2.0 * a - 0.5 * b + 4.0).collect();
        let weights: [f64; 4] = regression(&[&first, &constant, &second], &target, &[]);
        for (found, expected) in weights.iter().zip([2.0, 0.0, -0.5, 0.0]) {
            assert!((found - expected).abs() < 1e-9, "{weights:?}");
        }
        // The same column twice has half the weight each.
        let twice: [f64; 2] = regression(&[&first, &first], &first, &[1e-3; 2]);
        assert!(twice.iter().all(|weight| (weight - 0.5).abs() < 1e-3), "{twice:?}");
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_has_no_factor() {
        assert!(Cholesky::new(&[[1.0, 2.0], [2.0, 1.0]]).is_none());
        assert!(Cholesky::new(&[[f64::NAN]]).is_none());
    }
}

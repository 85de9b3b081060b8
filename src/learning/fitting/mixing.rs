//! Mixtures of a model's outputs, as calling.json states them.

use super::write::rounded;
use crate::learning::numerics::covariance;
use crate::models::evidence::Mixture;

/// The share of the largest variance among a model's outputs that is added to the variance of each. The outputs are much
/// alike within one group of rated sentences; without a penalty, small differences between them get large weights, and
/// with them the errors of a model in int8. Larger penalties made the axes' areas smaller on other simulated people.
const PENALTY: f64 = 0.005;

/// The penalties of the [`regression`](crate::learning::numerics::regression) that mixes these columns, one for each
/// output.
pub fn penalties(columns: &[&[f64]]) -> Vec<f64> {
    let largest = columns.iter().map(|column| covariance(column, column)).fold(0.0, f64::max);
    vec![PENALTY * largest; columns.len()]
}

/// The mixture with these weights of the outputs, divided by the largest of their magnitudes, which is returned too.
/// Without any weight: no mixture, and 0.
pub fn mixture(names: &[String], weights: &[f64]) -> (Mixture, f64) {
    let largest = weights.iter().map(|weight| weight.abs()).fold(0.0, f64::max);
    if largest == 0.0 {
        return (Mixture::new(), 0.0);
    }
    let shares = weights.iter().map(|weight| rounded(weight / largest));
    (names.iter().cloned().zip(shares).collect(), largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_weight_becomes_1_or_its_opposite() {
        let names = ["EI", "SN", "TF"].map(String::from);
        let (of, largest) = mixture(&names, &[1.0, -4.0, 0.0]);
        assert_eq!(largest, 4.0);
        assert_eq!(of, names.into_iter().zip([0.25, -1.0, 0.0]).collect());
        assert_eq!(mixture(&["EI".to_owned()], &[0.0]), (Mixture::new(), 0.0));
    }
}

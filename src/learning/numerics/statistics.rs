//! Covariance, correlation, area under the ROC curve, and quantiles of the normal distribution.

use crate::personality::normal_share_below;

/// The mean product of both deviations from their means.
pub fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let count = a.len().max(1) as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / count, b.iter().sum::<f64>() / count);
    a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>() / count
}

/// Pearson's correlation; 0 if one side is constant.
pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len()) as f64;
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut only_a, mut only_b) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        both += x * y;
        only_a += x * x;
        only_b += y * y;
    }
    if only_a == 0.0 || only_b == 0.0 { 0.0 } else { both / (only_a * only_b).sqrt() }
}

/// The area under the ROC curve: the chance that a positive scores higher than a negative, ties counting half. 0.5 if there
/// are only positives or only negatives.
pub fn area_under_curve(scores: &[f64], positive: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let (mut rank_sum, mut positives, mut start) = (0.0, 0.0, 0);
    while start < order.len() {
        let mut end = start;
        while end < order.len() && scores[order[end]] == scores[order[start]] {
            end += 1;
        }
        let rank = (start + end + 1) as f64 / 2.0;
        let tied = order[start..end].iter().filter(|i| positive[**i]).count() as f64;
        rank_sum += rank * tied;
        positives += tied;
        start = end;
    }
    let negatives = scores.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return 0.5;
    }
    (rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives)
}

/// The value with this share of a standard normal distribution below it, within 1e-9. The share must be above 0 and
/// below 1. By bisection, since `normal_share_below` is exact and speed does not matter here.
pub fn normal_quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-9.0, 9.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if normal_share_below(middle) < share { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_of_a_line_is_one() {
        assert!((correlation(&[1.0, 2.0, 4.0], &[-3.0, -5.0, -9.0]) + 1.0).abs() < 1e-12);
        assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
    }

    #[test]
    fn quantiles_are_where_the_share_lies_below() {
        for (share, expected) in
            [(0.5, 0.0), (0.95, 1.644_853_627), (0.025, -1.959_963_985), (1e-6, -4.753_424_309)]
        {
            assert!((normal_quantile(share) - expected).abs() < 1e-8, "{share}");
        }
    }

    #[test]
    fn area_counts_ties_half() {
        assert_eq!(area_under_curve(&[1.0, 2.0, 3.0, 4.0], &[false, false, true, true]), 1.0);
        assert_eq!(area_under_curve(&[1.0, 1.0], &[true, false]), 0.5);
        assert_eq!(area_under_curve(&[2.0, 1.0, 3.0], &[true, false, false]), 0.5);
    }
}

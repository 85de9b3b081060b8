//! The few statistics that training and evaluation need.

/// Pearson's correlation; 0 where one side does not vary.
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

/// The area under the ROC curve: the chance that a positive scores above a negative, ties counting half.
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

/// Fits `P(positive) = sigmoid(scale * score + bias)` by Newton's method; returns scale and bias.
///
/// Half a pseudo-observation on each side keeps the fit finite where the score separates the two perfectly.
pub fn fit_logistic(scores: &[f64], positive: &[bool]) -> (f64, f64) {
    let n = scores.len() as f64;
    let spread = (scores.iter().map(|s| s * s).sum::<f64>() / n).sqrt().max(1e-9);
    let (mut scale, mut bias): (f64, f64) = (0.0, 0.0);
    for _ in 0..50 {
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        let observed = scores.iter().zip(positive).map(|(s, p)| (s / spread, f64::from(u8::from(*p)), 1.0));
        let pseudo = [(1.0, 1.0, 0.5), (1.0, 0.0, 0.5), (-1.0, 1.0, 0.5), (-1.0, 0.0, 0.5)];
        for (x, y, weight) in observed.chain(pseudo) {
            let p = 1.0 / (1.0 + (-(scale * x + bias)).exp());
            g0 += weight * (y - p);
            g1 += weight * (y - p) * x;
            let w = weight * p * (1.0 - p);
            h00 += w;
            h01 += w * x;
            h11 += w * x * x;
        }
        let determinant = h00 * h11 - h01 * h01;
        let (db, ds) = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
        bias += db.clamp(-2.0, 2.0);
        scale += ds.clamp(-2.0, 2.0);
        if db.abs() + ds.abs() < 1e-10 {
            break;
        }
    }
    (scale / spread, bias)
}

/// Fits `softmax(scale * logits + bias)` with one scale for all labels and a bias for each, by gradient ascent on the
/// likelihood; returns scale and biases.
pub fn fit_softmax(logits: &[Vec<f64>], labels: &[usize]) -> (f64, Vec<f64>) {
    let count = logits.first().map_or(0, Vec::len);
    let n = logits.len() as f64;
    let spread = (logits.iter().flatten().map(|v| v * v).sum::<f64>() / (n * count as f64)).sqrt().max(1e-9);
    let (mut scale, mut bias) = (1.0, vec![0.0; count]);
    for step in 0..600 {
        let rate = 1.0 / (1.0 + step as f64 / 200.0);
        let (mut ds, mut db) = (0.0, vec![0.0; count]);
        for (row, label) in logits.iter().zip(labels) {
            let p = softmax(&(0..count).map(|k| scale * row[k] / spread + bias[k]).collect::<Vec<_>>());
            for k in 0..count {
                let miss = f64::from(u8::from(k == *label)) - p[k];
                ds += miss * row[k] / spread;
                db[k] += miss;
            }
        }
        scale = (scale + rate * ds / n).max(1e-6);
        for (bias, d) in bias.iter_mut().zip(db) {
            *bias += 4.0 * rate * d / n;
        }
    }
    (scale / spread, bias)
}

/// Softmax with the true maximum taken out first.
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|v| (v - max).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|p| p / total).collect()
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
    fn area_counts_ties_half() {
        assert_eq!(area_under_curve(&[1.0, 2.0, 3.0, 4.0], &[false, false, true, true]), 1.0);
        assert_eq!(area_under_curve(&[1.0, 1.0], &[true, false]), 0.5);
        assert_eq!(area_under_curve(&[2.0, 1.0, 3.0], &[true, false, false]), 0.5);
    }

    #[test]
    fn the_logistic_fit_finds_scale_and_bias() {
        // 1,000 people at each score, as many positive as the curve says.
        let (mut scores, mut positive) = (Vec::new(), Vec::new());
        for i in -20..=20 {
            let x = f64::from(i);
            let p = 1.0 / (1.0 + (-(0.2 * x - 0.5)).exp());
            for j in 0..1000 {
                scores.push(x);
                positive.push(f64::from(j) < p * 1000.0);
            }
        }
        let (scale, bias) = fit_logistic(&scores, &positive);
        assert!((scale - 0.2).abs() < 0.01 && (bias + 0.5).abs() < 0.02, "{scale} {bias}");
    }

    #[test]
    fn the_softmax_fit_finds_the_shares_of_labels() {
        let logits = vec![vec![0.0, 0.0, 0.0]; 100];
        let labels: Vec<usize> = (0..100)
            .map(|i| {
                if i < 70 {
                    0
                } else if i < 90 {
                    1
                } else {
                    2
                }
            })
            .collect();
        let (_, bias) = fit_softmax(&logits, &labels);
        let shares = softmax(&bias);
        assert!(shares.iter().zip([0.7, 0.2, 0.1]).all(|(a, b)| (a - b).abs() < 0.01), "{shares:?}");
    }
}

//! Whether readings stay the same when they should.

use super::super::prediction::Prediction;
use super::parts::{Predictions, Truth, axis_logit, column, figure, logits};
use crate::learning::numerics::correlation;
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::personality::{Axis, Trait};

/// For each trait and axis: its name, the correlation of two predictions of the same people, and the standard error.
fn agreement(predicted: &Predictions, a: &[Prediction], b: &[Prediction]) -> Vec<(&'static str, f64, f64)> {
    let count = a.len().min(b.len());
    let mut pairs: Vec<(&'static str, Vec<f64>, Vec<f64>)> = Vec::new();
    for trait_ in Trait::ALL {
        pairs.push((trait_.name(), logits(a, trait_.index()), logits(b, trait_.index())));
    }
    if predicted.types {
        for axis in Axis::ALL {
            let column = |predicted: &[Prediction]| predicted.iter().map(|s| axis_logit(s, axis)).collect();
            pairs.push((axis.name(), column(a), column(b)));
        }
    }
    let with_error = |(name, a, b): (&'static str, Vec<f64>, Vec<f64>)| {
        let r = correlation(&a[..count], &b[..count]);
        // The standard error of a correlation: (1 - r^2) / sqrt(n - 1).
        (name, r, (1.0 - r * r) / (count.max(2) as f64 - 1.0).sqrt())
    };
    pairs.into_iter().map(with_error).collect()
}

/// Readings of reworded text, of shuffled text, and without evidence.
pub fn stability(truth: &Truth, predicted: &Predictions, all: &mut Vec<Figure>) {
    for (kind, a, b) in [
        (Kind::Reworded, &predicted.whole, &predicted.reworded),
        (Kind::RewordedOpen, &predicted.open, &predicted.reworded_open),
        (Kind::Shuffled, &predicted.whole, &predicted.shuffled),
    ] {
        for (place, (name, r, error)) in agreement(predicted, a, b).into_iter().enumerate() {
            let mut figure = figure(kind, name, r, Some(error));
            if kind == Kind::RewordedOpen && place < 5 {
                let oracle =
                    correlation(&column(&truth.oracle, place), &column(&truth.oracle_reworded, place));
                figure.beside = vec![Beside::new("the oracle's r", oracle)];
            }
            all.push(figure);
        }
    }
    for (rating, predicted) in &predicted.uniform {
        for trait_ in Trait::ALL {
            let of = format!("{}, all {rating}", trait_.name());
            all.push(figure(Kind::UniformRatings, of, predicted.trait_probability(trait_.index()), None));
        }
    }
    let read = predicted.whole.iter().map(|s| s.share_read).filter(|s| s.is_finite());
    let read: Vec<f64> = read.collect();
    if !read.is_empty() {
        let mean = read.iter().sum::<f64>() / read.len() as f64;
        all.push(figure(Kind::ShareRead, "", mean, None));
    }
}

//! How well axes and types are predicted, compared with the best possible reader.

use super::super::prediction::{Prediction, second_letter};
use super::super::scores::{pick, top_k, with_error};
use super::parts::{Predictions, Truth, figure};
use crate::learning::numerics::area_under_curve;
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::personality::Axis;

pub fn types(truth: &Truth, predicted: &Predictions, seed: u64, all: &mut Vec<Figure>) {
    let count = truth.types.len();
    for axis in Axis::ALL {
        let name = axis.name();
        let second: Vec<bool> = truth.types.iter().map(|t| t.is_second(axis)).collect();
        let chances: Vec<f64> = predicted.whole.iter().map(|s| s.second_letter(axis)).collect();
        let bayes: Vec<f64> = truth.posterior_types.iter().map(|p| second_letter(p, axis)).collect();
        let area = |chances: &[f64], s: &[usize]| {
            let second: Vec<bool> = s.iter().map(|i| second[*i]).collect();
            area_under_curve(&pick(chances, s), &second)
        };
        let weights = truth.axes_by_traits[axis as usize];
        let along = |p: &Prediction| p.traits.iter().zip(weights).map(|(logit, w)| logit * w).sum();
        let by_traits: Vec<f64> = predicted.whole.iter().map(along).collect();
        let (value, error) = with_error(count, seed, |s| area(&chances, s) / area(&bayes, s));
        let everybody: Vec<usize> = (0..count).collect();
        let mut figure = figure(Kind::AxisArea, name, value, Some(error));
        figure.beside = vec![
            Beside::new("its area", area(&chances, &everybody)),
            Beside::new("Bayes posterior's area", area(&bayes, &everybody)),
            Beside::new("area of the five traits' reading", area(&by_traits, &everybody)),
        ];
        all.push(figure);
    }
    let read: Vec<[f64; 16]> = predicted.whole.iter().map(|s| s.types).collect();
    let mut shares = [0.0; 16];
    truth.types.iter().for_each(|t| shares[t.index()] += 1.0 / count as f64);
    shares.sort_by(|a, b| b.total_cmp(a));
    for (kind, k) in [(Kind::TypeTopOne, 1), (Kind::TypeTopThree, 3)] {
        let accuracy = |predicted: &[[f64; 16]], s: &[usize]| top_k(&truth.types, predicted, k, s);
        let bayes = &truth.posterior_types;
        let (value, error) = with_error(count, seed, |s| accuracy(&read, s) / accuracy(bayes, s));
        let everybody: Vec<usize> = (0..count).collect();
        let mut figure = figure(kind, "", value, Some(error));
        figure.beside = vec![
            Beside::new("its accuracy", accuracy(&read, &everybody)),
            Beside::new("Bayes posterior's accuracy", accuracy(bayes, &everybody)),
            Beside::new("always the commonest", shares[..k].iter().sum()),
        ];
        all.push(figure);
    }
}

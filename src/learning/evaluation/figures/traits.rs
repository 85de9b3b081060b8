//! How well each trait is predicted.

use super::super::scores::{pick, with_error};
use super::parts::{Predictions, Truth, column, figure, logits};
use crate::learning::numerics::correlation;
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::personality::Trait;

pub fn traits(truth: &Truth, predicted: &Predictions, seed: u64, all: &mut Vec<Figure>) {
    let count = truth.traits.len();
    for trait_ in Trait::ALL {
        let (t, name) = (trait_.index(), trait_.name());
        let standing = column(&truth.traits, t);
        let whole = logits(&predicted.whole, t);
        let keyed = column(&truth.keyed, t);
        let (value, error) = with_error(count, seed, |s| correlation(&pick(&whole, s), &pick(&keyed, s)));
        let mut sanity = figure(Kind::Sanity, name, value, Some(error));
        sanity.beside = vec![
            Beside::new("linear model on the sentences", correlation(&column(&truth.linear, t), &keyed)),
            Beside::new("Bayes posterior", correlation(&column(&truth.posterior_traits, t), &keyed)),
        ];
        all.push(sanity);
        for (kind, predicted, oracle) in [
            (Kind::OpenAnswers, &predicted.open, &truth.oracle),
            (Kind::UnseenQuestions, &predicted.unseen, &truth.oracle_unseen),
        ] {
            let (predicted, oracle) = (logits(predicted, t), column(oracle, t));
            let draws = (predicted.len() / count.max(1)).max(1);
            let standing: Vec<f64> = (0..predicted.len()).map(|i| standing[i / draws]).collect();
            let share = |s: &[usize]| {
                let s: Vec<usize> = s.iter().flat_map(|i| i * draws..(i + 1) * draws).collect();
                let standing = pick(&standing, &s);
                correlation(&pick(&predicted, &s), &standing) / correlation(&pick(&oracle, &s), &standing)
            };
            let (value, error) = with_error(count, seed, share);
            let mut figure = figure(kind, name, value, Some(error));
            figure.beside = vec![
                Beside::new("its r", correlation(&predicted, &standing)),
                Beside::new("the oracle's r", correlation(&oracle, &standing)),
            ];
            all.push(figure);
        }
    }
}

//! Turns the nine labels into a model's own labels.
//!
//! A model is trained to output the nine labels of a text: five traits and four axes. The outputs of a person's windows
//! are summed. The log-odds of each trait and axis are a weighted sum of the nine totals, since traits and axes are
//! correlated in people. The weights are fitted on simulated respondents of the validation split. A weighted sum of
//! sums is a sum of weighted terms. So the weights can be multiplied into the head, and the logits of windows still add
//! up.

use candle_core::{Device, Tensor};

use super::network::Transformer;
use super::reading::ReadRespondent;
use super::report::Figure;
use crate::learning::bank::LABELS;
use crate::learning::error::LearningError;
use crate::learning::numerics::{
    Observation, correlation, fit_logistic, fit_scale_and_bias, fit_scale_and_biases,
};
use crate::personality::{Axis, Mbti, Trait};

/// The ridge penalty per respondent, on totals of variance one.
const RIDGE: f64 = 1e-3;
/// The intercept's penalty: keeps Newton's matrix invertible and is too small to affect the result.
const JITTER: f64 = 1e-9;
/// The nine totals and the intercept.
const COEFFICIENTS: usize = LABELS + 1;

/// A model's label as a weighted sum of the nine totals.
pub type Weights = [f64; LABELS];

/// The weights of the nine totals in the log-odds of an event, by ridge logistic regression. The intercept is left to the
/// calibration.
fn weights(totals: &[[f64; LABELS]], happens: &[bool]) -> Weights {
    let n = totals.len() as f64;
    let spread: [f64; LABELS] =
        std::array::from_fn(|k| (totals.iter().map(|t| t[k] * t[k]).sum::<f64>() / n).sqrt().max(1e-9));
    let observations: Vec<Observation<COEFFICIENTS>> = totals
        .iter()
        .zip(happens)
        .map(|(total, happens)| Observation {
            features: std::array::from_fn(|k| if k < LABELS { total[k] / spread[k] } else { 1.0 }),
            positive: *happens,
            weight: 1.0,
        })
        .collect();
    let penalty: [f64; COEFFICIENTS] = std::array::from_fn(|k| if k < LABELS { RIDGE * n } else { JITTER });
    let found = fit_logistic(&observations, &penalty);
    std::array::from_fn(|k| found[k] / spread[k])
}

/// For each trait the weights in its log-odds, in the order of [`Trait::ALL`].
pub fn trait_weights(people: &[ReadRespondent]) -> Vec<Weights> {
    let totals: Vec<[f64; LABELS]> = people.iter().map(|p| p.whole).collect();
    Trait::ALL.into_iter().map(|t| weights(&totals, &above_mean(people, t))).collect()
}

/// For each type the weights in its logit, in the order of [`Mbti::ALL`]: half the log-odds of each second letter that it
/// has, minus half the log-odds of each that it lacks.
pub fn type_weights(people: &[ReadRespondent]) -> Vec<Weights> {
    let totals: Vec<[f64; LABELS]> = people.iter().map(|p| p.whole).collect();
    let axes = Axis::ALL.map(|axis| {
        let second: Vec<bool> = people.iter().map(|p| p.person.mbti.is_second(axis)).collect();
        weights(&totals, &second)
    });
    let of = |mbti: Mbti| {
        std::array::from_fn(|k| {
            let sign = |axis: Axis| if mbti.is_second(axis) { 0.5 } else { -0.5 };
            Axis::ALL.iter().map(|axis| sign(*axis) * axes[*axis as usize][k]).sum()
        })
    };
    Mbti::ALL.into_iter().map(of).collect()
}

fn above_mean(people: &[ReadRespondent], trait_: Trait) -> Vec<bool> {
    people.iter().map(|p| p.person.traits[trait_.index()] > 0.0).collect()
}

/// A logit for each row of weights.
fn logits(weights: &[Weights], totals: &[f64; LABELS]) -> Vec<f64> {
    weights.iter().map(|row| row.iter().zip(totals).map(|(w, t)| w * t).sum()).collect()
}

/// Multiplies the weights into the model's head: nine labels become as many as there are rows.
pub fn fold(mut model: Transformer, weights: &[Weights]) -> Result<Transformer, LearningError> {
    let rows: Vec<f32> = weights.iter().flatten().map(|w| *w as f32).collect();
    let matrix = Tensor::from_vec(rows, (weights.len(), LABELS), &Device::Cpu)?;
    let head = model.parameters.get("classifier.weight")?.detach();
    let bias = model.parameters.get("classifier.bias")?.detach().unsqueeze(1)?;
    model.parameters.insert("classifier.weight", &matrix.matmul(&head)?)?;
    model.parameters.insert("classifier.bias", &matrix.matmul(&bias)?.squeeze(1)?)?;
    Ok(model)
}

/// Scale and bias of each trait, fitted on people that the weights were not fitted on.
pub fn calibrate_traits(weights: &[Weights], people: &[ReadRespondent]) -> Vec<(f64, f64)> {
    let read: Vec<Vec<f64>> = people.iter().map(|p| logits(weights, &p.whole)).collect();
    let of = |t: Trait| {
        let scores: Vec<f64> = read.iter().map(|row| row[t.index()]).collect();
        fit_scale_and_bias(&scores, &above_mean(people, t))
    };
    Trait::ALL.into_iter().map(of).collect()
}

/// One scale for all types and a bias for each, fitted on people that the weights were not fitted on.
pub fn calibrate_types(
    weights: &[Weights],
    people: &[ReadRespondent],
) -> Result<Vec<(f64, f64)>, LearningError> {
    let read: Vec<Vec<f64>> = people.iter().map(|p| logits(weights, &p.whole)).collect();
    let types: Vec<usize> = people.iter().map(|p| p.person.mbti.index()).collect();
    let (scale, biases) = fit_scale_and_biases(&read, &types)?;
    Ok(biases.into_iter().map(|bias| (scale, bias)).collect())
}

/// How well each trait's own total, or its weighted sum of totals, correlates with the people's traits.
pub fn figures(people: &[ReadRespondent], weights: Option<&[Weights]>) -> Vec<Figure> {
    let what = if weights.is_some() { "weighted sum" } else { "sum" };
    let mut figures = Vec::new();
    let column = |f: &dyn Fn(&ReadRespondent) -> f64| people.iter().map(f).collect::<Vec<f64>>();
    for (k, trait_) in Trait::ALL.into_iter().enumerate() {
        let truth = column(&|p| p.person.traits[k]);
        let oracle = correlation(&column(&|p| p.oracle[k]), &truth);
        let score = |totals: &[f64; LABELS]| weights.map_or(totals[k], |w| logits(w, totals)[k]);
        let open = correlation(&column(&|p| score(&p.open)), &truth);
        let name = format!("{trait_}: r of the open answers' {what}, as a share of the oracle's");
        figures.push(Figure::new(name, open / oracle));
        let keyed = correlation(&column(&|p| score(&p.whole)), &column(&|p| p.keyed[k]));
        figures
            .push(Figure::new(format!("{trait_}: r of the whole text's {what} with the keyed score"), keyed));
    }
    figures
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::super::network::transformer::tests::{head_alone, head_of};
    use super::*;
    use crate::learning::numerics::{sigmoid, standard_normal};

    #[test]
    fn the_weights_of_log_odds_are_found() {
        let mut random = StdRng::seed_from_u64(4);
        let truth = [1.0, -0.5, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0];
        let totals: Vec<[f64; LABELS]> =
            (0..20_000).map(|_| std::array::from_fn(|_| standard_normal(&mut random))).collect();
        let happens: Vec<bool> = totals
            .iter()
            .map(|t| {
                let score: f64 = t.iter().zip(truth).map(|(t, w)| t * w).sum::<f64>() + 0.7;
                random.random::<f64>() < sigmoid(score)
            })
            .collect();
        for (found, wanted) in weights(&totals, &happens).into_iter().zip(truth) {
            assert!((found - wanted).abs() < 0.06, "{found} {wanted}");
        }
    }

    #[test]
    fn a_folded_head_gives_the_weighted_sums() {
        let model = head_alone(LABELS, 4);
        let state = [0.3f32, -1.0, 0.5, 2.0];
        let before: [f64; LABELS] = head_of(&model, &state).try_into().unwrap();
        let rows = [[0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -2.0], [1.0; LABELS]];
        let after = head_of(&fold(model, &rows).unwrap(), &state);
        assert_eq!(after.len(), 2);
        for (a, b) in after.iter().zip(logits(&rows, &before)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}

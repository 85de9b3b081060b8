//! From nine labels to a model's own: how far what a text says speaks for each trait or type.
//!
//! A model learns to say nine things of a text, the five traits and the four axes, in the units of the labels. What a
//! person's windows say is added up; the chance of each trait and axis is the logistic function of a weighted sum of the
//! nine totals, because traits and axes go together in people. The weights are fitted on simulated respondents who rate
//! the items and answer the open questions from the choosing split. A weighted sum of sums is a sum of weighted terms: so
//! the weights are multiplied into the head, and each window's logits are its evidence.

use std::collections::{HashMap, HashSet};

use candle_core::{Device, Tensor};

use super::LearningError;
use super::answers::{BankAnswer, Split};
use super::respondents::{Respondents, keyed_items};
use super::simulate::Respondent;
use super::statistics::{correlation, fit_logistic, fit_softmax};
use super::transformer::Transformer;
use crate::inference::window;
use crate::models::{Tokenizer, Windows};
use crate::personality::{Axis, Mbti, Trait};
use crate::survey::Questionnaire;

/// Labels that a model learns: five traits, four axes.
pub const SAID: usize = 9;
/// Simulated respondents that the weights are fitted on, and as many others that scale and bias are.
const PEOPLE: usize = 6000;
/// What of the weights' squares counts against them, per respondent, on totals of variance one.
const RIDGE: f64 = 1e-3;

/// A model of nine labels with all it takes to read a text.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The model.
    pub model: &'a Transformer,
    /// Its tokenizer.
    pub tokenizer: &'a Tokenizer,
    /// The questionnaire's rated sentences, each a window of its own.
    pub rated: &'a HashSet<String>,
    /// The most content tokens in a window.
    pub window_tokens: usize,
}

impl Reader<'_> {
    /// For each text the sum of what its windows say.
    ///
    /// # Errors
    /// As model and tokenizer report them.
    pub fn totals(&self, texts: &[&str]) -> Result<Vec<[f64; SAID]>, LearningError> {
        let (windows, owners) = self.windows(texts)?;
        let mut totals = vec![[0.0; SAID]; texts.len()];
        for (row, place) in self.model.read(&windows, 0)?.into_iter().zip(owners) {
            totals[place].iter_mut().zip(row).for_each(|(total, says)| *total += f64::from(says));
        }
        Ok(totals)
    }

    /// The windows of all texts, and for each the place of its text.
    pub(super) fn windows(&self, texts: &[&str]) -> Result<(Vec<Vec<u32>>, Vec<usize>), LearningError> {
        let (mut windows, mut owners) = (Vec::new(), Vec::new());
        for (place, text) in texts.iter().enumerate() {
            let encoding = self.tokenizer.encode(text)?;
            let cuts = window::cut(text, &encoding.offsets, Windows::Answer, self.window_tokens, self.rated);
            for range in cuts {
                windows.push(self.tokenizer.window_ids(&encoding.ids[range]));
                owners.push(place);
            }
        }
        Ok((windows, owners))
    }
}

/// A simulated respondent, and what a model makes of all that they say.
#[derive(Clone, Debug)]
pub struct ReadRespondent {
    /// Who it is.
    pub person: Respondent,
    /// The items' ratings, towards each trait.
    pub keyed: [f64; 5],
    /// The sums of the answers' labels for each trait.
    pub oracle: [f64; 5],
    /// The total of every window.
    pub whole: [f64; SAID],
    /// The total of the open answers' windows.
    pub open: [f64; SAID],
}

/// Draws respondents of the choosing split and reads them.
///
/// # Errors
/// Where the split says too little for respondents, or the model fails.
pub fn respondents(
    reader: Reader<'_>,
    questionnaire: &Questionnaire,
    bank: &[BankAnswer],
    seed: u64,
) -> Result<Vec<ReadRespondent>, LearningError> {
    let items = keyed_items(questionnaire);
    let mut known: HashMap<String, [f64; SAID]> = HashMap::new();
    let drawn: Vec<_> = Respondents::new(questionnaire, bank, Split::Choose, seed)?.take(PEOPLE).collect();
    let mut pieces: Vec<&str> = drawn
        .iter()
        .flat_map(|d| d.composed.spans.iter().map(|s| &d.composed.text[s.range.clone()]))
        .collect();
    pieces.sort_unstable();
    pieces.dedup();
    let totals = reader.totals(&pieces)?;
    known.extend(pieces.iter().map(|p| p.to_string()).zip(totals));
    let read = drawn.iter().map(|respondent| {
        let (mut whole, mut open) = ([0.0; SAID], [0.0; SAID]);
        for (place, span) in respondent.composed.spans.iter().enumerate() {
            let said = known.get(&respondent.composed.text[span.range.clone()]).copied().unwrap_or_default();
            for k in 0..SAID {
                whole[k] += said[k];
                // The ratings' sentences stand first.
                if place >= items.len() {
                    open[k] += said[k];
                }
            }
        }
        let mut keyed = [0.0; 5];
        for (item, rating) in items.iter().zip(&respondent.person.ratings) {
            keyed[item.trait_.index()] += item.key * (f64::from(*rating) - 3.0);
        }
        ReadRespondent { person: respondent.person.clone(), keyed, oracle: respondent.oracle, whole, open }
    });
    Ok(read.collect())
}

/// The weights of the nine totals in the log-odds of something, by logistic regression with an intercept (which is left
/// to the calibration) and a small ridge, by Newton's method.
fn weights(totals: &[[f64; SAID]], happens: &[bool]) -> [f64; SAID] {
    const SIZE: usize = SAID + 1;
    let n = totals.len() as f64;
    let spread: [f64; SAID] =
        std::array::from_fn(|k| (totals.iter().map(|t| t[k] * t[k]).sum::<f64>() / n).sqrt().max(1e-9));
    let mut found = [0.0; SIZE];
    for _ in 0..25 {
        let (mut gradient, mut curvature) = ([0.0; SIZE], [[0.0; SIZE]; SIZE]);
        for k in 0..SAID {
            gradient[k] = -RIDGE * n * found[k];
            curvature[k][k] = RIDGE * n;
        }
        curvature[SAID][SAID] = 1e-9;
        for (total, happens) in totals.iter().zip(happens) {
            let x: [f64; SIZE] = std::array::from_fn(|k| if k < SAID { total[k] / spread[k] } else { 1.0 });
            let score: f64 = x.iter().zip(found).map(|(x, w)| x * w).sum();
            let p = 1.0 / (1.0 + (-score).exp());
            for i in 0..SIZE {
                gradient[i] += (f64::from(u8::from(*happens)) - p) * x[i];
                for j in 0..SIZE {
                    curvature[i][j] += p * (1.0 - p) * x[i] * x[j];
                }
            }
        }
        let step = super::published::solve(curvature, gradient);
        found.iter_mut().zip(step).for_each(|(w, d)| *w += d.clamp(-2.0, 2.0));
        if step.iter().all(|d| d.abs() < 1e-9) {
            break;
        }
    }
    std::array::from_fn(|k| found[k] / spread[k])
}

/// For each trait the weights of the nine totals in its log-odds, in the order of [`Trait::ALL`].
pub fn trait_weights(people: &[ReadRespondent]) -> Vec<[f64; SAID]> {
    let totals: Vec<[f64; SAID]> = people.iter().map(|p| p.whole).collect();
    let of = |t: Trait| {
        let above: Vec<bool> = people.iter().map(|p| p.person.traits[t.index()] > 0.0).collect();
        weights(&totals, &above)
    };
    Trait::ALL.into_iter().map(of).collect()
}

/// For each type the weights of the nine totals in its logit, in the order of [`Mbti::ALL`]: half the log-odds of each of
/// its second letters, and half those against each of its first.
pub fn type_weights(people: &[ReadRespondent]) -> Vec<[f64; SAID]> {
    let totals: Vec<[f64; SAID]> = people.iter().map(|p| p.whole).collect();
    let axes = Axis::ALL.map(|axis| {
        let second: Vec<bool> = people.iter().map(|p| p.person.mbti.is_second(axis)).collect();
        weights(&totals, &second)
    });
    let of = |mbti: Mbti| {
        std::array::from_fn(|k| {
            let toward = |axis: Axis| if mbti.is_second(axis) { 0.5 } else { -0.5 };
            Axis::ALL.iter().map(|axis| toward(*axis) * axes[*axis as usize][k]).sum()
        })
    };
    Mbti::ALL.into_iter().map(of).collect()
}

/// What the weights make of nine totals.
pub fn weighed(weights: &[[f64; SAID]], totals: &[f64; SAID]) -> Vec<f64> {
    weights.iter().map(|row| row.iter().zip(totals).map(|(w, t)| w * t).sum()).collect()
}

/// Multiplies the weights into the model's head: nine labels become as many as there are rows.
///
/// # Errors
/// Where the model has no head of nine labels.
pub fn fold(model: &mut Transformer, weights: &[[f64; SAID]]) -> Result<(), LearningError> {
    let rows: Vec<f32> = weights.iter().flatten().map(|w| *w as f32).collect();
    let matrix = Tensor::from_vec(rows, (weights.len(), SAID), &Device::Cpu)?;
    let head = model.parameters.get("classifier.weight")?.detach();
    let bias = model.parameters.get("classifier.bias")?.detach().unsqueeze(1)?;
    model.parameters.insert("classifier.weight", &matrix.matmul(&head)?)?;
    model.parameters.insert("classifier.bias", &matrix.matmul(&bias)?.squeeze(1)?)
}

/// Scale and bias of each trait, on respondents that the weights were not fitted on.
pub fn calibrate_traits(weights: &[[f64; SAID]], people: &[ReadRespondent]) -> Vec<(f64, f64)> {
    let read: Vec<Vec<f64>> = people.iter().map(|p| weighed(weights, &p.whole)).collect();
    let of = |t: Trait| {
        let scores: Vec<f64> = read.iter().map(|row| row[t.index()]).collect();
        let above: Vec<bool> = people.iter().map(|p| p.person.traits[t.index()] > 0.0).collect();
        fit_logistic(&scores, &above)
    };
    Trait::ALL.into_iter().map(of).collect()
}

/// One scale for all types and a bias for each, on respondents that the weights were not fitted on.
pub fn calibrate_types(weights: &[[f64; SAID]], people: &[ReadRespondent]) -> Vec<(f64, f64)> {
    let read: Vec<Vec<f64>> = people.iter().map(|p| weighed(weights, &p.whole)).collect();
    let types: Vec<usize> = people.iter().map(|p| p.person.mbti.index()).collect();
    let (scale, bias) = fit_softmax(&read, &types);
    bias.into_iter().map(|b| (scale, b)).collect()
}

/// How well totals follow the people, on the choosing split: name and value.
pub fn figures(people: &[ReadRespondent], weights: Option<&[[f64; SAID]]>) -> Vec<(String, f64)> {
    let mut figures = Vec::new();
    let column = |f: &dyn Fn(&ReadRespondent) -> f64| people.iter().map(f).collect::<Vec<f64>>();
    for (k, trait_) in Trait::ALL.into_iter().enumerate() {
        let truth = column(&|p| p.person.traits[k]);
        let oracle = correlation(&column(&|p| p.oracle[k]), &truth);
        let score = |totals: &[f64; SAID]| weights.map_or(totals[k], |w| weighed(w, totals)[k]);
        let open = correlation(&column(&|p| score(&p.open)), &truth);
        figures.push((
            format!("{trait_}: r of the open answers' sum, as a share of the oracle's"),
            open / oracle,
        ));
        let keyed = correlation(&column(&|p| score(&p.whole)), &column(&|p| p.keyed[k]));
        figures.push((format!("{trait_}: r of the whole text's sum with the keyed score"), keyed));
    }
    figures
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::learning::parameters::{Parameters, standard_normal};
    use crate::learning::transformer::{Architecture, Sizes};

    #[test]
    fn the_weights_of_log_odds_are_found() {
        let mut random = StdRng::seed_from_u64(4);
        let truth = [1.0, -0.5, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0];
        let totals: Vec<[f64; SAID]> =
            (0..20_000).map(|_| std::array::from_fn(|_| standard_normal(&mut random))).collect();
        let happens: Vec<bool> = totals
            .iter()
            .map(|t| {
                let score: f64 = t.iter().zip(truth).map(|(t, w)| t * w).sum::<f64>() + 0.7;
                random.random::<f64>() < 1.0 / (1.0 + (-score).exp())
            })
            .collect();
        for (found, wanted) in weights(&totals, &happens).into_iter().zip(truth) {
            assert!((found - wanted).abs() < 0.06, "{found} {wanted}");
        }
    }

    #[test]
    fn a_folded_head_says_the_weighted_sum() {
        let sizes = Sizes {
            architecture: Architecture::Bert,
            vocabulary: 1,
            embedding: 4,
            hidden: 4,
            layers: 1,
            groups: 1,
            heads: 1,
            intermediate: 4,
            positions: 1,
            layer_norm_eps: 1e-12,
        };
        let mut model = Transformer { sizes, parameters: Parameters::default() };
        model.parameters.insert_noise("classifier.weight", &[SAID, 4], 1.0, 1).unwrap();
        model.parameters.insert_noise("classifier.bias", &[SAID], 1.0, 2).unwrap();
        let state = [0.3f32, -1.0, 0.5, 2.0];
        let say = |model: &Transformer| -> Vec<f64> {
            let head: Vec<Vec<f32>> = model.parameters.get("classifier.weight").unwrap().to_vec2().unwrap();
            let bias: Vec<f32> = model.parameters.get("classifier.bias").unwrap().to_vec1().unwrap();
            let row = |(w, b): (&Vec<f32>, &f32)| w.iter().zip(state).map(|(w, s)| w * s).sum::<f32>() + b;
            head.iter().zip(&bias).map(|pair| f64::from(row(pair))).collect()
        };
        let before: [f64; SAID] = say(&model).try_into().unwrap();
        let rows = [[0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -2.0], [1.0; SAID]];
        fold(&mut model, &rows).unwrap();
        let after = say(&model);
        assert_eq!(after.len(), 2);
        for (a, b) in after.iter().zip(weighed(&rows, &before)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}

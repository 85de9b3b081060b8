//! Removes the mean of the answers from the head.
//!
//! Over all people, answers do not average to zero: more of them speak for a trait than against it, or the reverse. A
//! calibration's bias could compensate for that mean, but then people who skip every question would be read as far from
//! the middle. So the mean is subtracted from the windows of answers and not from those of rated sentences. This uses
//! the direction of the pooled states that distinguishes the two, found by ridge regression. The head stays linear.

use std::collections::HashMap;

use candle_core::{Device, Tensor};

use super::material::Material;
use super::network::Transformer;
use super::options::Common;
use super::reading::{PEOPLE, Reader};
use crate::learning::bank::{Kind, LABELS};
use crate::learning::error::LearningError;
use crate::learning::numerics::{Linear, SparseRow, correlation, ridge};
use crate::learning::people::Survey;
use crate::models::Tokenizer;

/// The weight of a rated sentence: there are 300 of them and thousands of answers.
const RATED_COUNT: usize = 10;
/// The ridge penalty; pooled states are between -1 and 1.
const PENALTY: f64 = 1.0;

fn row(pooled: &[f32]) -> SparseRow {
    (0u32..).zip(pooled.iter().copied()).collect()
}

/// A model whose answers average to zero.
pub struct Centered {
    pub model: Transformer,
    /// How well the direction distinguishes answers from rated sentences, as a correlation.
    pub separation: f64,
}

/// Makes the mean of the answers' windows zero for each of the nine labels, over the respondents of `survey`. Rated
/// sentences keep their logits.
pub fn center(
    model: Transformer,
    tokenizer: &Tokenizer,
    material: &Material,
    survey: &Survey<'_>,
    options: &Common,
) -> Result<Centered, LearningError> {
    let window_tokens = options.window_tokens;
    let reader = Reader { model: &model, tokenizer, rated: &material.rated, window_tokens };
    let (direction, separation) = answer_direction(reader, material)?;
    let (mean, along) = mean_of_answers(reader, survey, options.seed, &direction)?;
    // The direction's value is `along`, about 1, for the average answer, and about 0 for a rated sentence.
    let multiples: Vec<f64> = mean.iter().map(|mean| -mean / along).collect();
    Ok(Centered { model: add_to_head(model, &direction, &multiples)?, separation })
}

/// A linear function of the pooled state that is about 1 for a window of an answer or a free text and about 0 for a rated
/// sentence, and its correlation with that target.
fn answer_direction(reader: Reader<'_>, material: &Material) -> Result<(Linear, f64), LearningError> {
    let examples = material.trained_on.iter().filter_map(|example| match example.kind {
        Kind::Rated => Some((example.composed(), RATED_COUNT, 0.0)),
        Kind::Answer | Kind::Free => Some((example.composed(), 1, 1.0)),
        _ => None,
    });
    let examples: Vec<(String, usize, f64)> = examples.collect();
    let texts: Vec<&str> = examples.iter().map(|(text, ..)| text.as_str()).collect();
    let (mut rows, mut targets) = (Vec::new(), Vec::new());
    for (window, place) in reader.windows(&texts)? {
        let (_, count, target) = examples[place];
        rows.extend(std::iter::repeat_n(row(&window.pooled), count));
        targets.extend(std::iter::repeat_n(target, count));
    }
    let found = ridge(&rows, &targets, reader.model.config.hidden_size, PENALTY, None);
    let values: Vec<f64> = rows.iter().map(|row| found.at(row)).collect();
    let separation = correlation(&values, &targets);
    Ok((found, separation))
}

/// The mean logits of an open answer's window, and the mean of the direction's value there.
fn mean_of_answers(
    reader: Reader<'_>,
    survey: &Survey<'_>,
    seed: u64,
    direction: &Linear,
) -> Result<([f64; LABELS], f64), LearningError> {
    let items = survey.questionnaire.items.len();
    let mut counts: HashMap<String, f64> = HashMap::new();
    for respondent in survey.respondents(seed).take(PEOPLE) {
        // The rated sentences come first.
        for span in &respondent.composed.spans[items..] {
            *counts.entry(respondent.composed.text[span.range.clone()].to_string()).or_default() += 1.0;
        }
    }
    let mut counts: Vec<(String, f64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| a.0.cmp(&b.0));
    let texts: Vec<&str> = counts.iter().map(|(text, _)| text.as_str()).collect();
    let (mut mean, mut along, mut total) = ([0.0; LABELS], 0.0, 0.0);
    for (window, place) in reader.windows(&texts)? {
        let count = counts[place].1;
        total += count;
        along += count * direction.at(&row(&window.pooled));
        mean.iter_mut().zip(&window.logits).for_each(|(mean, logit)| *mean += count * f64::from(*logit));
    }
    Ok((mean.map(|sum| sum / total), along / total))
}

/// Adds a multiple of a linear function to each label.
fn add_to_head(
    mut model: Transformer,
    linear: &Linear,
    multiples: &[f64],
) -> Result<Transformer, LearningError> {
    let hidden = linear.weights.len();
    let rows = multiples.iter().flat_map(|m| linear.weights.iter().map(move |w| (m * w) as f32)).collect();
    let more = Tensor::from_vec(rows, (multiples.len(), hidden), &Device::Cpu)?;
    let weight = (model.parameters.get("classifier.weight")?.detach() + more)?;
    model.parameters.insert("classifier.weight", &weight)?;
    let biases: Vec<f32> = multiples.iter().map(|m| (m * linear.intercept) as f32).collect();
    let bias = (model.parameters.get("classifier.bias")?.detach() + Tensor::new(biases, &Device::Cpu)?)?;
    model.parameters.insert("classifier.bias", &bias)?;
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::super::network::transformer::tests::{head_alone, head_of};
    use super::*;

    #[test]
    fn a_multiple_of_a_linear_function_is_added_to_each_label() {
        let model = head_alone(2, 4);
        let state = [0.3f32, -1.0, 0.5, 0.0];
        let before = head_of(&model, &state);
        let linear = Linear { weights: vec![0.5, 0.25, -1.0, 2.0], intercept: 2.0 };
        let model = add_to_head(model, &linear, &[-3.0, 0.5]).unwrap();
        let value = linear.at(&row(&state));
        for ((after, before), multiple) in head_of(&model, &state).iter().zip(before).zip([-3.0, 0.5]) {
            assert!((after - before - multiple * value).abs() < 1e-5);
        }
    }
}

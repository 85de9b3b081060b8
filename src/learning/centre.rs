//! What answers say on average, taken off the head.
//!
//! Answers do not cancel over people: more of them speak for a trait than against it, or the other way round. Left in the
//! logits, that mean would be made up for by a bias, and whoever leaves every question out would be read as far from the
//! middle. So the mean of an answer's window is taken off each such window and not off a rated sentence's: along the
//! direction of the pooled states that tells one from the other, found by ridge regression. The model stays an ordinary one
//! with a linear head.

use std::collections::HashMap;

use candle_core::{Device, Tensor};

use super::LearningError;
use super::answers::Split;
use super::evidence::{Reader, SAID};
use super::examples::{Example, Kind};
use super::material::Material;
use super::respondents::Respondents;
use super::ridge::{Linear, Row, ridge};
use super::statistics::correlation;
use super::train::Report;
use super::transformer::Transformer;
use crate::models::Tokenizer;

/// Respondents over whom the mean is taken.
const PEOPLE: usize = 6000;
/// How often each rated sentence is counted: there are 300 of them and thousands of answers.
const RATED_COUNT: usize = 10;
/// The ridge's penalty; pooled states lie between -1 and 1.
const PENALTY: f64 = 1.0;

/// A window's pooled state as the regression's row.
fn row(pooled: &[f32]) -> Row {
    (0u32..).zip(pooled.iter().copied()).collect()
}

/// Makes the mean of an answer's window zero for each of the nine labels, over respondents of the choosing split, and leaves
/// what rated sentences say.
///
/// # Errors
/// As model and tokenizer report them, and where the split makes no respondents.
pub fn centre(
    model: &mut Transformer,
    tokenizer: &Tokenizer,
    material: &Material,
    (seed, window_tokens): (u64, usize),
    report: &mut Report,
) -> Result<(), LearningError> {
    let reader = Reader { model, tokenizer, rated: &material.rated, window_tokens };
    let is_answer = told_apart(reader, &material.learned, report)?;
    let (mean, answer) = mean_of_answers(reader, material, seed, &is_answer)?;
    // On average over answers the direction gives `answer`, about 1, and nothing on rated sentences.
    let off: Vec<f64> = mean.iter().map(|mean| -mean / answer).collect();
    add_to_head(model, &is_answer, &off)
}

/// A linear function of the pooled state: 1 for a window of an answer or a free text, 0 for a rated sentence.
fn told_apart(reader: Reader<'_>, learned: &[Example], report: &mut Report) -> Result<Linear, LearningError> {
    let examples = learned.iter().filter_map(|example| match example.kind {
        Kind::Rated => Some((example.composed(), RATED_COUNT, 0.0)),
        Kind::Answer | Kind::Free => Some((example.composed(), 1, 1.0)),
        _ => None,
    });
    let examples: Vec<(String, usize, f64)> = examples.collect();
    let texts: Vec<&str> = examples.iter().map(|(text, ..)| text.as_str()).collect();
    let (windows, owners) = reader.windows(&texts)?;
    let (mut rows, mut targets) = (Vec::new(), Vec::new());
    for (pooled, place) in reader.model.read_pooled(&windows, 0)?.iter().zip(owners) {
        let (_, count, target) = examples[place];
        rows.extend(std::iter::repeat_n(row(pooled), count));
        targets.extend(std::iter::repeat_n(target, count));
    }
    let found = ridge(&rows, &targets, reader.model.sizes.hidden, PENALTY, None);
    let said: Vec<f64> = rows.iter().map(|row| found.of(row)).collect();
    report.add("r of the direction that tells answers from rated sentences", correlation(&said, &targets));
    Ok(found)
}

/// The mean of what a window of an open answer says, and of the direction's value there.
fn mean_of_answers(
    reader: Reader<'_>,
    material: &Material,
    seed: u64,
    is_answer: &Linear,
) -> Result<([f64; SAID], f64), LearningError> {
    let items = material.questionnaire.items.len();
    let mut counts: HashMap<String, f64> = HashMap::new();
    for respondent in
        Respondents::new(&material.questionnaire, &material.bank, Split::Choose, seed)?.take(PEOPLE)
    {
        // The ratings' sentences stand first.
        for span in &respondent.composed.spans[items..] {
            *counts.entry(respondent.composed.text[span.range.clone()].to_string()).or_default() += 1.0;
        }
    }
    let mut counts: Vec<(String, f64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| a.0.cmp(&b.0));
    let texts: Vec<&str> = counts.iter().map(|(text, _)| text.as_str()).collect();
    let (windows, owners) = reader.windows(&texts)?;
    let said = reader.model.read(&windows, 0)?;
    let pooled = reader.model.read_pooled(&windows, 0)?;
    let (mut mean, mut answer, mut total) = ([0.0; SAID], 0.0, 0.0);
    for ((said, pooled), place) in said.iter().zip(&pooled).zip(owners) {
        let count = counts[place].1;
        total += count;
        answer += count * is_answer.of(&row(pooled));
        mean.iter_mut().zip(said).for_each(|(mean, says)| *mean += count * f64::from(*says));
    }
    Ok((mean.map(|sum| sum / total), answer / total))
}

/// Adds a multiple of a linear function to each label.
fn add_to_head(model: &mut Transformer, linear: &Linear, multiples: &[f64]) -> Result<(), LearningError> {
    let hidden = linear.weights.len();
    let rows = multiples.iter().flat_map(|m| linear.weights.iter().map(move |w| (m * w) as f32)).collect();
    let more = Tensor::from_vec(rows, (multiples.len(), hidden), &Device::Cpu)?;
    let weight = (model.parameters.get("classifier.weight")?.detach() + more)?;
    model.parameters.insert("classifier.weight", &weight)?;
    let biases: Vec<f32> = multiples.iter().map(|m| (m * linear.intercept) as f32).collect();
    let bias = (model.parameters.get("classifier.bias")?.detach() + Tensor::new(biases, &Device::Cpu)?)?;
    model.parameters.insert("classifier.bias", &bias)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::parameters::Parameters;
    use crate::learning::transformer::{Architecture, Sizes};

    #[test]
    fn a_multiple_of_a_linear_function_is_added_to_each_label() {
        let sizes = Sizes {
            architecture: Architecture::Bert,
            vocabulary: 1,
            embedding: 3,
            hidden: 3,
            layers: 1,
            groups: 1,
            heads: 1,
            intermediate: 3,
            positions: 1,
            layer_norm_eps: 1e-12,
        };
        let mut model = Transformer { sizes, parameters: Parameters::default() };
        model.parameters.insert_noise("classifier.weight", &[2, 3], 1.0, 1).unwrap();
        model.parameters.insert_noise("classifier.bias", &[2], 1.0, 2).unwrap();
        let state = [0.3f32, -1.0, 0.5];
        let say = |model: &Transformer| -> Vec<f64> {
            let head: Vec<Vec<f32>> = model.parameters.get("classifier.weight").unwrap().to_vec2().unwrap();
            let bias: Vec<f32> = model.parameters.get("classifier.bias").unwrap().to_vec1().unwrap();
            let row = |(w, b): (&Vec<f32>, &f32)| w.iter().zip(state).map(|(w, s)| w * s).sum::<f32>() + b;
            head.iter().zip(&bias).map(|pair| f64::from(row(pair))).collect()
        };
        let before = say(&model);
        let linear = Linear { weights: vec![0.5, 0.25, -1.0], intercept: 2.0 };
        add_to_head(&mut model, &linear, &[-3.0, 0.5]).unwrap();
        let value = linear.of(&row(&state));
        for ((after, before), multiple) in say(&model).iter().zip(before).zip([-3.0, 0.5]) {
            assert!((after - before - multiple * value).abs() < 1e-5);
        }
    }
}

//! Reads simulated respondents with a model: the values of their windows.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::inference::WindowSource;
use crate::learning::evaluation::EvaluationError;
use crate::learning::evaluation::reader::ModelReader;
use crate::learning::evaluation::texts::{is_rating, only};
use crate::learning::numerics::covariance;
use crate::learning::people::{Person, Respondent, Survey};
use crate::learning::progress::Progress;
use crate::models::evidence::Outputs;
use crate::models::{Classifier, LoadedModel};
use crate::norm::Norm;
use crate::survey::ComposedText;

/// A window's weight, and its value for each output.
pub type Window = (f64, Arc<[f64]>);
/// The windows of one respondent.
pub type Windows = Vec<Window>;
/// For each rating of an item, the value of each output.
pub type Values = [Vec<f64>; 5];

/// A model's readings of the respondents. Each list has one entry per respondent unless it says otherwise.
pub struct Sample {
    pub outputs: Outputs,
    /// The trait or axis of each output, in standard scores.
    pub standings: Vec<Vec<f64>>,
    pub ratings: Vec<Vec<u8>>,
    /// One entry for each item.
    pub rated: Vec<Values>,
    /// For each item and output, the norm group's mean value.
    pub centers: Vec<Vec<f64>>,
    /// Answers as the site composes them.
    pub answers: Vec<Windows>,
    /// The same answers without their lead-ins, each read as a separate text.
    pub free: Vec<Windows>,
}

impl Sample {
    pub fn read(
        reader: &mut ModelReader<'_>,
        model: &LoadedModel,
        survey: &Survey<'_>,
        norm: &Norm,
        people: &[Respondent<'_>],
    ) -> Result<Sample, EvaluationError> {
        let outputs =
            Outputs::of(model.labels()).ok_or_else(|| EvaluationError::NoOutputs { model: model.name() })?;
        read_pieces(reader, model, people)?;
        let (rated, centers) = rated(reader, survey, norm)?;
        let mut sample = Sample {
            standings: standardized(people.iter().map(|p| standings(&outputs, &p.person)).collect()),
            ratings: people.iter().map(|p| p.person.ratings.clone()).collect(),
            answers: Vec::with_capacity(people.len()),
            free: Vec::with_capacity(people.len()),
            outputs,
            rated,
            centers,
        };
        let mut progress = Progress::new(&format!("{}: respondents", model.name()), 0, people.len());
        let mut alone: HashMap<&str, Windows> = HashMap::new();
        for (place, respondent) in people.iter().enumerate() {
            let open = only(&respondent.composed, |field| !is_rating(field));
            sample.answers.push(of_source(reader, &open.text, |s| matches!(s, WindowSource::Answer(_)))?);
            let mut free = Windows::new();
            for answer in &respondent.answers {
                let windows = match alone.get(answer.text.as_str()) {
                    Some(windows) => windows,
                    None => {
                        let read = of_source(reader, &answer.text, |s| *s == WindowSource::Free)?;
                        alone.entry(&answer.text).or_insert(read)
                    }
                };
                free.extend(windows.iter().cloned());
            }
            sample.free.push(free);
            progress.at(place + 1, people.len());
        }
        Ok(sample)
    }
}

/// Reads each distinct piece of text in batches. Afterwards every window is known.
fn read_pieces(
    reader: &mut ModelReader<'_>,
    model: &LoadedModel,
    people: &[Respondent<'_>],
) -> Result<(), EvaluationError> {
    let mut pieces: BTreeSet<&str> = BTreeSet::new();
    for respondent in people {
        let text = &respondent.composed.text;
        pieces.extend(respondent.composed.spans.iter().map(|span| &text[span.range.clone()]));
        pieces.extend(respondent.answers.iter().map(|answer| answer.text.as_str()));
    }
    let texts: Vec<ComposedText> =
        pieces.iter().map(|piece| ComposedText { text: (*piece).to_owned(), spans: Vec::new() }).collect();
    let mut progress = Progress::new(&format!("{}: pieces", model.name()), 0, texts.len());
    reader.prepare(&texts.iter().collect::<Vec<_>>(), &mut |done, total| progress.at(done, total))
}

fn standings(outputs: &Outputs, person: &Person) -> Vec<f64> {
    match outputs {
        Outputs::Traits(traits) => traits.iter().map(|trait_| person.traits[trait_.index()]).collect(),
        Outputs::Axes(_) => person.axes.to_vec(),
    }
}

/// Standard scores of these people among themselves. Of 8,000 people the variance of a trait is off by .016 (one
/// standard error), which would make the shares that are explained too large or too small by as much.
fn standardized(mut standings: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for output in 0..standings.first().map_or(0, Vec::len) {
        let column: Vec<f64> = standings.iter().map(|scores| scores[output]).collect();
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        let sd = covariance(&column, &column).sqrt();
        standings.iter_mut().for_each(|scores| scores[output] = (scores[output] - mean) / sd);
    }
    standings
}

/// The windows of one kind in a text.
fn of_source(
    reader: &mut ModelReader<'_>,
    text: &str,
    keep: impl Fn(&WindowSource) -> bool,
) -> Result<Windows, EvaluationError> {
    let windows = reader.evidence(text)?.into_iter().filter(|(window, _)| keep(&window.source));
    Ok(windows.map(|(window, values)| (window.weight, values.into())).collect())
}

/// For each item, the value of each sentence, and their mean over the ratings of the norm group.
fn rated(
    reader: &mut ModelReader<'_>,
    survey: &Survey<'_>,
    norm: &Norm,
) -> Result<(Vec<Values>, Vec<Vec<f64>>), EvaluationError> {
    let (mut rated, mut centers) = (Vec::new(), Vec::new());
    for item in &survey.questionnaire.items {
        let mut values = Values::default();
        for (sentence, values) in item.sentences.iter().zip(&mut values) {
            let windows = reader.evidence(sentence)?;
            let count = windows.len().max(1) as f64;
            for (_, read) in &windows {
                values.resize(read.len(), 0.0);
                values.iter_mut().zip(read).for_each(|(sum, value)| *sum += value / count);
            }
        }
        // `Survey::new` has found every item in the norm.
        let shares = norm.item(&item.id).map_or([0.2; 5], |item| item.shares);
        let total: f64 = shares.iter().sum();
        let center = |output: usize| {
            values.iter().zip(shares).map(|(values, share)| values[output] * share / total).sum()
        };
        centers.push((0..values[0].len()).map(center).collect());
        rated.push(values);
    }
    Ok((rated, centers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_scores_have_the_mean_0_and_the_variance_1() {
        let scores = standardized(vec![vec![1.0, 5.0], vec![2.0, 7.0], vec![6.0, 3.0]]);
        for output in 0..2 {
            let column: Vec<f64> = scores.iter().map(|scores| scores[output]).collect();
            assert!(column.iter().sum::<f64>().abs() < 1e-12, "{scores:?}");
            assert!((covariance(&column, &column) - 1.0).abs() < 1e-12, "{scores:?}");
        }
        assert!(scores[2][0] > scores[1][0] && scores[1][0] > scores[0][0]);
    }
}

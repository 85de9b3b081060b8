//! What the models find in a text: its windows before the forward pass, logits and probabilities after it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::models::evidence::{self, EvidenceWindow, OutputReading, Outputs, Source, Trust};
use crate::models::{Activation, Classifier};
use crate::personality::readout::{self, LabelError};
use crate::personality::{Estimate, Pair, Profile};

use super::error::InferenceError;
use super::plan::{Known, RatingFacts, TextFacts, WindowSource};
use super::prepared::{Cut, Planned, Prepared, ReadWindow, Readable};

/// Both models' readings of one text.
pub type Reading = Pair<ModelReading>;

impl Reading {
    /// The probability of each type and each trait.
    ///
    /// # Errors
    /// When a model's labels are not the types or the traits.
    pub fn profile(&self) -> Result<Profile, LabelError> {
        Ok(Profile {
            types: readout::type_probabilities(&self.mbti.labels, &self.mbti.probabilities)?,
            traits: readout::trait_probabilities(&self.big_five.labels, &self.big_five.probabilities)?,
        })
    }

    /// The share of the text that both models read, 0 to 1: the smaller of their two shares.
    pub fn share_read(&self) -> f64 {
        self.mbti.share_read.min(self.big_five.share_read)
    }
}

/// One model's reading of one text.
#[derive(Clone, Debug)]
pub struct ModelReading {
    /// The model's own labels, in the order of its logits.
    pub labels: Vec<String>,
    /// One for each label, 0 to 1.
    pub probabilities: Vec<f64>,
    /// One for each label: the weighted mean of the windows' logits, calibrated if calling.json says so.
    pub logits: Vec<f64>,
    /// The share of the text's visible characters that were in a window, 0 to 1, from token offsets.
    pub share_read: f64,
    /// Tokens of the text, without special tokens.
    pub tokens: usize,
    /// Windows read.
    pub windows: usize,
    /// Whether the probabilities are calibrated. If not, pages call them model scores.
    pub calibrated: bool,
    /// The evidence behind the numbers, for models whose calling.json weighs evidence.
    pub evidence: Option<EvidenceReading>,
    pub timings: Timings,
}

/// A reading on the norm group's scale, and what each part of the text adds to it.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceReading {
    /// The traits in the order of the model's labels, or the axes.
    pub outputs: Outputs,
    /// From the whole text, for each output.
    pub together: Vec<OutputReading>,
    /// From rated sentences alone, for the trait as these items measure it.
    pub rated: Vec<Estimate>,
    /// From written words alone.
    pub words: Vec<Estimate>,
    /// The windows, in the order of the shares of [`OutputReading`].
    pub windows: Vec<ReadWindow>,
    pub facts: TextFacts,
    pub ratings: RatingFacts,
    /// Each rated item once, with its rating.
    pub given: Vec<(Arc<str>, u8)>,
}

impl EvidenceReading {
    /// The places of the five traits among the outputs, by [`Trait::index`]; `None` for a model of the 16 types.
    pub fn trait_places(&self) -> Option<[usize; 5]> {
        match &self.outputs {
            Outputs::Traits(order) => {
                let mut places = [0; 5];
                order.iter().enumerate().for_each(|(place, trait_)| places[trait_.index()] = place);
                Some(places)
            }
            Outputs::Axes(_) => None,
        }
    }

    /// Whether the outputs are the four axes, in the order of [`Axis::ALL`](crate::personality::Axis::ALL).
    pub fn is_of_axes(&self) -> bool {
        matches!(self.outputs, Outputs::Axes(_))
    }

    /// Whether any written word counts.
    pub fn has_words(&self) -> bool {
        let counts =
            |window: &ReadWindow| window.weight > 0.0 && !matches!(window.source, WindowSource::Rated(_));
        self.windows.iter().any(counts)
    }
}

/// Wall time by stage. The first three add up to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Waiting for the tokenizer, for the model, and while other texts' windows are read.
    pub queue: Duration,
    /// Splitting the text into tokens and windows.
    pub tokenize: Duration,
    /// In forward passes with at least one window of this text.
    pub forward: Duration,
    /// From admission to the result.
    pub total: Duration,
}

/// Checks that the model returned one row of numbers per window.
pub(super) fn check_rows(
    model: &dyn Classifier,
    windows: usize,
    rows: &[Vec<f32>],
) -> Result<(), InferenceError> {
    let labels = model.labels().len();
    if rows.len() != windows || rows.iter().any(|row| row.len() != labels) {
        return Err(InferenceError::Shape { windows, rows: rows.len(), labels });
    }
    Ok(())
}

/// Makes the reading from each window's content tokens and logits.
///
/// # Errors
/// If a logit is not finite.
pub fn conclude(
    model: &dyn Classifier,
    rows: &[(usize, Vec<f32>)],
    cut: Cut,
    timings: Timings,
) -> Result<ModelReading, InferenceError> {
    let evidence = cut.planned.and_then(|planned| weigh(model, rows, planned));
    let logits = match &evidence {
        Some(evidence) => {
            let outputs: Vec<f64> = evidence.together.iter().map(|output| output.estimate.logit()).collect();
            evidence.outputs.label_logits(&outputs)
        }
        None => {
            let windows: Vec<(usize, &[f32])> =
                rows.iter().map(|(tokens, row)| (*tokens, row.as_slice())).collect();
            model.settings().combine(model.labels(), &windows)
        }
    };
    Ok(ModelReading {
        labels: model.labels().to_vec(),
        probabilities: match model.activation() {
            Activation::Softmax => readout::softmax(&logits)?,
            Activation::Sigmoid => readout::sigmoid(&logits)?,
        },
        logits,
        share_read: cut.share_read,
        tokens: rows.iter().map(|(tokens, _)| tokens).sum(),
        windows: rows.len(),
        calibrated: model.settings().gives_probabilities(),
        evidence,
        timings,
    })
}

/// One logit for each label, from windows of unknown source. If calling.json weighs evidence, each window counts as an
/// answer.
pub(super) fn combined(model: &dyn Classifier, windows: &[(usize, &[f32])]) -> Vec<f64> {
    let weighed = model.settings().evidence.as_ref().zip(Outputs::of(model.labels()));
    let Some((settings, outputs)) = weighed else {
        return model.settings().combine(model.labels(), windows);
    };
    let values: Vec<Vec<f64>> = windows.iter().map(|(_, row)| outputs.values(row)).collect();
    let windows: Vec<EvidenceWindow<'_>> =
        values.iter().map(|values| EvidenceWindow { source: Source::Answer, weight: 1.0, values }).collect();
    let read = evidence::read(settings, &outputs.names(), &windows, Trust::FULL);
    outputs.label_logits(&read.iter().map(|output| output.estimate.logit()).collect::<Vec<_>>())
}

/// Weighs the windows as calling.json says. `None` if it has no such part.
fn weigh(model: &dyn Classifier, rows: &[(usize, Vec<f32>)], planned: Planned) -> Option<EvidenceReading> {
    let settings = model.settings().evidence.as_ref()?;
    let outputs = Outputs::of(model.labels())?;
    let values: Vec<Vec<f64>> = rows.iter().map(|(_, row)| outputs.values(row)).collect();
    let windows: Vec<EvidenceWindow<'_>> = planned
        .windows
        .iter()
        .zip(&values)
        .map(|(window, values)| EvidenceWindow {
            source: match &window.source {
                WindowSource::Rated(id) => Source::Rated(id),
                WindowSource::Answer(_) => Source::Answer,
                WindowSource::Free => Source::Free,
            },
            weight: window.weight,
            values,
        })
        .collect();
    let rated = planned.ratings.trust();
    let read = |trust| evidence::read(settings, &outputs.names(), &windows, trust);
    let levels = |trust| read(trust).into_iter().map(|output| output.level).collect();
    Some(EvidenceReading {
        together: read(Trust { rated, ..Trust::FULL }),
        rated: levels(Trust { rated, ..Trust::RATED }),
        words: levels(Trust::WORDS),
        windows: planned.windows,
        facts: planned.facts,
        ratings: planned.ratings,
        given: planned.given,
        outputs,
    })
}

/// Reads a text on the calling thread, window by window, without an engine: for the command line, for evaluation, and
/// for checking an engine's readings.
///
/// # Errors
/// If the model returns an error, the wrong number of rows, or a number that is not finite.
pub fn read_alone(model: &dyn Classifier, text: &str, known: &Known) -> Result<ModelReading, InferenceError> {
    let start = Instant::now();
    let refused = |error| InferenceError::Model(Arc::new(error));
    let readable = Readable::new(model, text.into());
    let encoding = model.encode(readable.text()).map_err(refused)?;
    let prepared = Prepared::new(model, &readable, &encoding, known);
    let tokenize = start.elapsed();
    let mut rows = Vec::with_capacity(prepared.windows.len());
    for (ids, content) in prepared.windows.iter().zip(prepared.content) {
        let logits = model.logits(&[ids]).map_err(refused)?;
        check_rows(model, 1, &logits)?;
        rows.extend(logits.into_iter().map(|row| (content, row)));
    }
    let total = start.elapsed();
    let timings = Timings { queue: Duration::ZERO, tokenize, forward: total - tokenize, total };
    conclude(model, &rows, prepared.cut, timings)
}

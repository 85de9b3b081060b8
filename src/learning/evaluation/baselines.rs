//! The baselines that the pair is compared with: a bag of words, the untrained starting checkpoint with a trained head, and
//! the mean cosine similarity to the keyed items. All are calibrated on respondents of the validation split.

use super::error::EvaluationError;
use super::features::States;
use super::linear_reader::LinearReader;
use super::options::Options;
use super::prediction::Reader;
use super::targets::BaselineText;
use crate::learning::bank::{BankAnswer, Split, load_standalone, pool_examples};
use crate::learning::error::LearningError;
use crate::learning::people::{Respondent, Survey};
use crate::models::load_encoder;
use crate::norm::Norm;
use crate::survey::Questionnaire;

/// The number of respondents that the baselines are calibrated on.
const CALIBRATED_ON: usize = 2000;

/// A baseline with its name and a description.
pub struct NamedReader {
    pub name: &'static str,
    pub what: &'static str,
    pub reader: Box<dyn Reader>,
}

/// Trains the baselines that the options select: none, the bag of words, or with a starting checkpoint all three.
pub fn baselines(
    options: &Options,
    questionnaire: &Questionnaire,
    norm: &Norm,
    bank: &[BankAnswer],
) -> Result<Vec<NamedReader>, EvaluationError> {
    if !options.baselines {
        return Ok(Vec::new());
    }
    let standalone = load_standalone(&options.pair.answers).map_err(LearningError::from)?;
    let items = pool_examples(&options.items).map_err(LearningError::from)?;
    let survey = Survey::new(questionnaire, norm, bank, Split::Validation)?;
    let regressions = &survey.structure.regressions;
    let text = BaselineText::new(questionnaire, norm, regressions, &items, bank, &standalone);
    let text = text.map_err(LearningError::from)?;
    let people: Vec<Respondent<'_>> = survey.respondents(options.pair.seed).take(CALIBRATED_ON).collect();
    let named = |name, what, reader: LinearReader| -> Result<NamedReader, EvaluationError> {
        Ok(NamedReader { name, what, reader: Box::new(reader.calibrate(&people)?) })
    };
    let mut readers = vec![named(
        "bag of words",
        "Ridge regression on words and word pairs, weighted by how rare they are, trained on the text that the models are \
         trained on: rated sentences, items, and the training split.",
        LinearReader::bag_of_words(&text)?,
    )?];
    if let Some(start) = &options.start {
        let states = States::new(load_encoder(start)?);
        readers.push(named(
            "untrained checkpoint, trained head",
            "The starting checkpoint as published: ridge regression on the mean of its last hidden states, trained on the \
             same text.",
            LinearReader::frozen(&states, &text)?,
        )?);
        readers.push(named(
            "mean cosine to keyed items",
            "The starting checkpoint as published: the mean cosine similarity of a text's pieces with the items keyed \
             toward a trait, minus that with the items keyed away from it. It is not trained and predicts no types.",
            LinearReader::cosine(&states, &items)?,
        )?);
    }
    Ok(readers)
}

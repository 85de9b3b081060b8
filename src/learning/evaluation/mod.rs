//! `calling evaluate`: measures a pair of models on simulated respondents with answers that were not used for training,
//! compared with the best possible reader and simple baselines, and on labeled texts.
//!
//! [`test_set`] draws the respondents, and [`texts`] makes variants of their texts. [`reader`] and [`baselines`]
//! predict from them, [`bayes`] is the upper bound, [`judged`] are more people without one, [`raters`] only rate, and [`figures`]
//! compares predictions with the truth. [`labeled`]
//! does the same for texts from other sources, [`responses`] for real people's ratings. [`report`] and [`card`] print
//! the figures.

mod baselines;
mod bayes;
pub mod card;
mod error;
mod features;
mod figures;
mod judged;
mod labeled;
mod linear_reader;
mod options;
pub mod prediction;
mod raters;
pub mod reader;
pub mod report;
mod responses;
mod scores;
mod targets;
mod test_set;
pub mod texts;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use self::baselines::{NamedReader, baselines};
use self::figures::{assessed, calibrated, figures};
use self::judged::Judged;
use self::raters::raters;
use self::reader::ModelReader;
use self::test_set::{SHUFFLED, TestSet};
use super::bank::{BankAnswer, Split, load_answers};
use super::error::LearningError;
use super::people::{RespondentsError, Structure, Survey};
use crate::assessment::{Assessor, known};
use crate::models::evaluation::{Bank, Baseline, Evaluation, Figure, Measured, People};
use crate::models::{Classifier, Execution, Instructions, LoadedModel, Windows, load_kind};
use crate::norm::Norm;
use crate::personality::{ModelKind, Pair};
use crate::survey::Questionnaire;

pub use error::EvaluationError;
pub use options::Options;

/// The default number of respondents if both models read answer by answer, since each distinct answer is read once.
const RESPONDENTS: usize = 4000;
/// The default number of respondents if a model reads packed windows, since each window has to be read.
const RESPONDENTS_PACKED: usize = 100;
/// The number of respondents whose logits are compared with the site's own reading.
const COMPARED: usize = 2;
/// The largest accepted difference between these logits.
const CLOSE: f64 = 1e-2;

/// Loads everything, measures, and returns the figures.
pub fn evaluate(options: &Options) -> Result<Evaluation, EvaluationError> {
    for file in options.labeled.iter().chain(&options.responses) {
        // Report a missing file now, not after the respondents were measured.
        File::open(file).map_err(|source| EvaluationError::file(file, source))?;
    }
    let questionnaire = Questionnaire::load(&options.pair.questionnaire).map_err(LearningError::from)?;
    let bank = load_answers(&options.pair.answers, &questionnaire).map_err(LearningError::from)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let execution = Execution::new(options.precision, Instructions::detect(), threads);
    let big_five = load_kind(&options.pair.big_five, ModelKind::BigFive, Some(execution))?;
    let mbti = load_kind(&options.pair.mbti, ModelKind::Mbti, Some(execution))?;
    let norm = Arc::new(Norm::load(&options.pair.norm)?);
    let known = known(&questionnaire, &norm);
    let mut pair =
        Pair { mbti: ModelReader::new(&mbti, &known), big_five: ModelReader::new(&big_five, &known) };
    let mut baselines = baselines(options, &questionnaire, &norm, &bank)?;
    let mut evaluation = Evaluation {
        calling: env!("CARGO_PKG_VERSION").to_owned(),
        questionnaire: questionnaire.hash.clone(),
        precision: options.precision.to_string(),
        bank: describe_bank(&options.pair.answers, &bank, &questionnaire)?,
        people: People::default(),
        big_five: Measured::of(&big_five)?,
        mbti: Measured::of(&mbti)?,
        figures: Vec::new(),
        baselines: Vec::new(),
        labelled: Vec::new(),
        responses: Vec::new(),
    };
    let structure = Structure::new(&questionnaire, &norm).map_err(RespondentsError::from)?;
    if !options.labeled_only {
        let count = options.respondents.map(|count| count as usize);
        let count = count.unwrap_or_else(|| default_respondents([&big_five, &mbti]));
        let survey = Survey::new(&questionnaire, &norm, &bank, Split::Test)?;
        let test_set = TestSet::draw(&survey, &bank, count, options.pair.seed)?;
        evaluation.people = test_set.described(options.pair.seed);
        for respondent in test_set.people.iter().take(COMPARED) {
            for (reader, model) in [(&mut pair.big_five, &big_five), (&mut pair.mbti, &mbti)] {
                let difference = reader.largest_difference(&respondent.composed)?;
                if difference > CLOSE {
                    return Err(EvaluationError::PiecesDiffer { model: model.name(), difference });
                }
            }
        }
        let mut predictions = test_set.predictions(&mut pair, "the pair")?;
        for (prediction, respondent) in predictions.whole.iter_mut().zip(&test_set.people).take(SHUFFLED) {
            let text = &respondent.composed.text;
            prediction.share_read = pair.big_five.share_read(text)?.min(pair.mbti.share_read(text)?);
        }
        evaluation.figures = figures(&test_set.truth, &predictions, options.pair.seed);
        let assessor = Assessor::new(&questionnaire, Arc::clone(&norm));
        let judged = Judged::draw(&survey, &mut pair, &assessor, count, options.pair.seed)?;
        evaluation.people.judged = judged.predictions.len();
        let all = &mut evaluation.figures;
        calibrated(&judged.truth, &judged.predictions, true, options.pair.seed, all);
        if !judged.assessments.is_empty() {
            let raters = raters(&questionnaire, &norm, &structure, options.pair.seed);
            assessed(&judged.truth, &judged.assessments, &raters, options.pair.seed, all);
        }
        all.sort_by_key(|figure| figure.kind);
        for NamedReader { name, what, reader } in &mut baselines {
            let predictions = test_set.predictions(&mut **reader, name)?;
            let mut figures = figures(&test_set.truth, &predictions, options.pair.seed);
            let types = predictions.types;
            calibrated(&test_set.truth, &predictions.whole, types, options.pair.seed, &mut figures);
            figures.sort_by_key(|figure| figure.kind);
            evaluation.baselines.push(Baseline {
                name: (*name).to_owned(),
                what: (*what).to_owned(),
                figures,
            });
        }
    }
    let seed = options.pair.seed;
    for file in &options.responses {
        let of_file = responses::measure(file, &mut pair.big_five, &questionnaire, &structure, seed)?;
        evaluation.responses.push(of_file);
    }
    for file in &options.labeled {
        let of_file = labeled::measure(file, &mut pair, &mut baselines, &structure.regressions, seed)?;
        evaluation.labelled.push(of_file);
    }
    refuse_non_finite(&evaluation)?;
    Ok(evaluation)
}

fn default_respondents(models: [&LoadedModel; 2]) -> usize {
    let by_answer = models.iter().all(|model| model.settings().windows == Windows::Answer);
    if by_answer { RESPONDENTS } else { RESPONDENTS_PACKED }
}

/// JSON has no NaN, and a NaN is of no use to a reader.
fn refuse_non_finite(evaluation: &Evaluation) -> Result<(), EvaluationError> {
    fn of<'a>(figures: &'a [Figure], baselines: &'a [Baseline]) -> impl Iterator<Item = &'a Figure> {
        figures.iter().chain(baselines.iter().flat_map(|b| &b.figures))
    }
    let labeled = evaluation.labelled.iter().flat_map(|l| of(&l.figures, &l.baselines));
    let ratings = evaluation.responses.iter().flat_map(|r| &r.figures);
    for figure in of(&evaluation.figures, &evaluation.baselines).chain(labeled).chain(ratings) {
        let beside = figure.beside.iter().map(|b| b.value);
        if !beside.chain([figure.value]).chain(figure.standard_error).all(f64::is_finite) {
            return Err(EvaluationError::NotFiniteFigure(format!("{:?} {}", figure.kind, figure.of)));
        }
    }
    Ok(())
}

fn describe_bank(
    folder: &Path,
    bank: &[BankAnswer],
    questionnaire: &Questionnaire,
) -> Result<Bank, EvaluationError> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect())
        .map_err(|source| EvaluationError::file(folder, source))?;
    files.retain(|file| file.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let mut digest = Sha256::new();
    for file in &files {
        let content = std::fs::read(file).map_err(|source| EvaluationError::file(file, source))?;
        digest.update(file.file_name().unwrap_or_default().as_encoded_bytes());
        digest.update([0]);
        digest.update(content.len().to_le_bytes());
        digest.update(content);
    }
    let asked = |a: &&BankAnswer| questionnaire.questions.iter().any(|q| q.id == a.question);
    let answers: Vec<&BankAnswer> = bank.iter().filter(asked).collect();
    let is_unseen = |a: &&&BankAnswer| a.is_of_unseen_question() && a.split() != Split::Validation;
    Ok(Bank {
        sha256: hex::encode(digest.finalize()),
        answers: answers.len(),
        tested_with: answers.iter().filter(|a| a.split() == Split::Test).count(),
        unseen: answers.iter().filter(is_unseen).count(),
    })
}

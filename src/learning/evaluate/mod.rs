//! `calling evaluate`: what a pair of models makes of simulated respondents whose answers nobody learned from, beside the
//! best that can be made of them and beside simpler readers; and of labelled texts.
//!
//! [`crowd`] draws the respondents and [`people`] makes their texts, [`reader`] and [`baselines`] (from [`features`]) read
//! them, [`bayes`] is the ceiling, [`measure`] makes figures of it all, [`labelled`] does so for texts from outside,
//! [`report`] and [`card`] say them; [`scores`] are the statistics behind.

mod baselines;
mod bayes;
pub mod card;
mod crowd;
mod error;
mod features;
mod labelled;
mod measure;
mod people;
pub mod reader;
pub mod report;
mod scores;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::answers::{BankAnswer, Split, load_bank, load_loose};
use super::respondents::{Respondents, SimulatedRespondent};
use super::{Example, LearningError, pool_items};
use crate::models::evaluation::{Bank, Baseline, Evaluation, Measured, People};
use crate::models::{Execution, Instructions, LoadedModel, Precision, Windows, load_encoder, load_kind};
use crate::personality::{Axis, ModelKind, Pair};
use crate::survey::Questionnaire;

use baselines::{Lessons, LinearReader};
use crowd::{Crowd, SHUFFLED};
pub use error::EvaluationError;
use features::States;
use measure::figures;
use reader::{ModelReader, Reader};

/// Respondents for a model that reads answers, whose texts are sums of pieces that were read once.
pub const RESPONDENTS: usize = 4000;
/// Respondents for a model that reads packed windows, each of which has to be read.
pub const RESPONDENTS_PACKED: usize = 100;
/// Respondents from the choosing split that the baselines are calibrated on.
const CALIBRATED_ON: usize = 2000;
/// Respondents whose sums are compared with the site's own reading of the whole text.
const COMPARED: usize = 2;
/// The most that a logit may differ between the two.
const CLOSE: f64 = 1e-2;

/// What to measure, with what, on whom.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of the model that reads the five traits.
    pub big_five: PathBuf,
    /// The folder of the model that reads the 16 types.
    pub mbti: PathBuf,
    /// datasets/questionnaire.toml.
    pub questionnaire: PathBuf,
    /// The folder of the bank of answers.
    pub answers: PathBuf,
    /// The keyed items of the item pool, a CSV file; the baselines alone need it.
    pub items: PathBuf,
    /// The numbers that the models are computed in.
    pub precision: Precision,
    /// Respondents; [`RESPONDENTS`] or [`RESPONDENTS_PACKED`] without it.
    pub respondents: Option<usize>,
    /// Decides who they are.
    pub seed: u64,
    /// Whether the baselines are measured too.
    pub baselines: bool,
    /// The starting checkpoint; two of the baselines need it.
    pub start: Option<PathBuf>,
    /// Files of labelled text.
    pub labelled: Vec<PathBuf>,
    /// Whether to leave the simulated respondents out and measure on labelled text alone.
    pub labelled_only: bool,
}

/// A baseline with its name and what it is.
struct Named<'a> {
    name: String,
    what: String,
    reader: Box<dyn Reader + 'a>,
}

/// Loads everything, measures, and returns what was found.
///
/// # Errors
/// Where a file cannot be used, a model fails, or a figure comes out as no number.
pub fn evaluate(options: &Options) -> Result<Evaluation, EvaluationError> {
    let questionnaire = Questionnaire::load(&options.questionnaire).map_err(LearningError::from)?;
    let bank = load_bank(&options.answers, &questionnaire).map_err(LearningError::from)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let execution = Execution { precision: options.precision, instructions: Instructions::detect(), threads };
    let big_five = load_kind(&options.big_five, ModelKind::BigFive, Some(execution))?;
    let mbti = load_kind(&options.mbti, ModelKind::Mbti, Some(execution))?;
    let rated = questionnaire.rated_sentences();
    let mut pair =
        Pair { mbti: ModelReader::new(&mbti, &rated), big_five: ModelReader::new(&big_five, &rated) };
    let mut baselines = baselines_of(options, &questionnaire, &bank)?;
    let mut evaluation = Evaluation {
        calling: env!("CARGO_PKG_VERSION").to_owned(),
        questionnaire: questionnaire.hash.clone(),
        precision: options.precision.to_string(),
        bank: describe_bank(&options.answers, &bank, &questionnaire)?,
        people: People::default(),
        big_five: Measured::of(&big_five)?,
        mbti: Measured::of(&mbti)?,
        figures: Vec::new(),
        baselines: Vec::new(),
        labelled: Vec::new(),
    };
    if !options.labelled_only {
        let count = options.respondents.unwrap_or_else(|| respondents_for([&big_five, &mbti]));
        let crowd = Crowd::draw(&questionnaire, &bank, count, options.seed)?;
        evaluation.people = crowd.described(options.seed);
        for respondent in crowd.people.iter().take(COMPARED) {
            for (reader, model) in [(&mut pair.big_five, &big_five), (&mut pair.mbti, &mbti)] {
                let difference = reader.furthest(&respondent.composed)?;
                if difference > CLOSE {
                    return Err(EvaluationError::PiecesDiffer { model: model.name(), difference });
                }
            }
        }
        let mut said = crowd.heard(&mut pair, &questionnaire, "the pair")?;
        for (said, respondent) in said.whole.iter_mut().zip(&crowd.people).take(SHUFFLED) {
            let text = &respondent.composed.text;
            said.share_read = pair.big_five.share_read(text)?.min(pair.mbti.share_read(text)?);
        }
        evaluation.figures = figures(&crowd.truth, &said, options.seed);
        for Named { name, what, reader } in &mut baselines {
            let said = crowd.heard(&mut **reader, &questionnaire, name)?;
            let figures = figures(&crowd.truth, &said, options.seed);
            evaluation.baselines.push(Baseline { name: name.clone(), what: what.clone(), figures });
        }
    }
    for file in &options.labelled {
        evaluation.labelled.push(labelled::measure(file, &mut pair, &mut baselines, options.seed)?);
    }
    refuse_no_numbers(&evaluation)?;
    Ok(evaluation)
}

fn respondents_for(models: [&LoadedModel; 2]) -> usize {
    use crate::models::Classifier;
    let by_answer = models.iter().all(|model| model.settings().windows == Windows::Answer);
    if by_answer { RESPONDENTS } else { RESPONDENTS_PACKED }
}

/// JSON has no NaN, and a reader of the report no use for one.
fn refuse_no_numbers(evaluation: &Evaluation) -> Result<(), EvaluationError> {
    let labelled = evaluation.labelled.iter();
    let of_labelled =
        labelled.flat_map(|l| l.figures.iter().chain(l.baselines.iter().flat_map(|b| &b.figures)));
    let all = evaluation.figures.iter();
    let all = all.chain(evaluation.baselines.iter().flat_map(|b| &b.figures)).chain(of_labelled);
    for figure in all {
        let beside = figure.beside.iter().map(|b| b.value);
        if !beside.chain([figure.value]).chain(figure.standard_error).all(f64::is_finite) {
            return Err(EvaluationError::NoFigure(format!("{:?} {}", figure.kind, figure.of)));
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
    let tested = || answers.iter().filter(|a| a.split() == Split::Test);
    Ok(Bank {
        sha256: hex::encode(digest.finalize()),
        answers: answers.len(),
        tested_with: tested().count(),
        unseen: answers.iter().filter(|a| a.is_of_unseen_question() && a.split() != Split::Choose).count(),
    })
}

fn baselines_of<'a>(
    options: &Options,
    questionnaire: &Questionnaire,
    bank: &[BankAnswer],
) -> Result<Vec<Named<'a>>, EvaluationError> {
    if !options.baselines {
        return Ok(Vec::new());
    }
    let loose = load_loose(&options.answers).map_err(LearningError::from)?;
    let items: Vec<Example> = pool_items(&options.items)?;
    let lessons = Lessons::new(questionnaire, &items, bank, &loose);
    let calibrated: Vec<SimulatedRespondent<'_>> =
        Respondents::new(questionnaire, bank, Split::Choose, options.seed)?.take(CALIBRATED_ON).collect();
    let second = |p: &SimulatedRespondent<'_>, axis: Axis| p.person.mbti.is_second(axis);
    let mut readers = Vec::new();
    let mut add = |name: &str, what: &str, reader: LinearReader| -> Result<(), EvaluationError> {
        let reader = reader.calibrate(&calibrated, &second)?;
        readers.push(Named { name: name.to_owned(), what: what.to_owned(), reader: Box::new(reader) });
        Ok(())
    };
    add(
        "bag of words",
        "Ridge regression on words and pairs of words, weighted by how rare they are, learned from what the models \
         learn from: rated sentences, items, and the training split.",
        LinearReader::bag_of_words(&lessons)?,
    )?;
    if let Some(start) = &options.start {
        let states = States::new(load_encoder(start)?);
        add(
            "untrained checkpoint, trained head",
            "The starting checkpoint as it comes: the mean of its last hidden states, and ridge regression on it, \
             learned from the same text.",
            LinearReader::frozen(&states, &lessons)?,
        )?;
        add(
            "mean cosine to keyed items",
            "The starting checkpoint as it comes: the mean cosine similarity of a text's pieces with the items keyed \
             towards a trait, less that with the items keyed away from it. It learns nothing and reads no types.",
            LinearReader::cosine(&states, &items)?,
        )?;
    }
    Ok(readers)
}

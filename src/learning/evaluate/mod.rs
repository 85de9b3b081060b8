//! `calling evaluate`: what a pair of models makes of simulated respondents whose answers nobody learned from, beside the
//! best that can be made of them and beside simpler readers; and of labelled texts.
//!
//! [`people`] makes the texts, [`reader`] and [`baselines`] read them, [`bayes`] is the ceiling, [`measure`] makes figures
//! of it all, [`labelled`] does so for texts from outside, [`report`] and [`card`] say them.

mod baselines;
mod bayes;
pub mod card;
mod labelled;
mod measure;
mod people;
mod reader;
pub mod report;
mod ridge;

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::answering::Choices;
use super::answers::{BankAnswer, Split, load_bank, load_loose};
use super::progress::Progress;
use super::respondents::{Respondents, SimulatedRespondent, composed, keyed_items};
use super::{Example, LearningError, pool_items};
use crate::inference::InferenceError;
use crate::models::evaluation::{Bank, Baseline, Evaluation, Measured, People};
use crate::models::{
    Execution, Instructions, Kind, LoadedModel, ModelError, Precision, Windows, load_encoder, load_kind_with,
};
use crate::personality::readout::{LabelError, NotFinite};
use crate::personality::{Axis, Trait};
use crate::survey::{ComposedText, FieldError, Questionnaire};

use baselines::{Lessons, LinearReader, States};
use bayes::{Bayes, DRAWS, Posterior};
use measure::{RESAMPLES, Sayings, Truth, figures};
use reader::{ModelReader, PairReader, Reader};

/// Respondents for a model that reads answers, whose texts are sums of pieces that were read once.
pub const RESPONDENTS: usize = 4000;
/// Respondents for a model that reads packed windows, each of which has to be read.
pub const RESPONDENTS_PACKED: usize = 100;
/// How many of them are read again with shuffled answers, window by window as the site does.
const SHUFFLED: usize = 200;
/// Draws of two answers to the questions never trained on, for each respondent: two answers say little, one draw would leave
/// the figures to chance.
const UNSEEN_DRAWS: usize = 8;
/// The ratings that all 60 items get where nothing speaks for or against a trait.
const UNIFORM: [u8; 3] = [1, 3, 5];
/// Respondents from the choosing split that the baselines are calibrated on.
const CALIBRATED_ON: usize = 2000;
/// Respondents whose ratings the linear model on the sentences learns from.
const LINEAR_ON: usize = 1000;
/// Respondents whose sums are compared with the site's own reading of the whole text.
const COMPARED: usize = 2;
/// The most that a logit may differ between the two.
const CLOSE: f64 = 1e-2;

/// Why an evaluation cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// Questionnaire, bank or items cannot be used.
    #[error(transparent)]
    Learning(#[from] LearningError),
    /// A model does not load or does not read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A reading failed.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// A model's labels are neither traits nor types.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// A model's output is no finite number.
    #[error(transparent)]
    Readout(#[from] NotFinite),
    /// A model's window has a logit that is no finite number.
    #[error("{model} gives logits that are no finite numbers")]
    NotFinite {
        /// Which model.
        model: String,
    },
    /// A figure is no number, so that nothing can be said of it.
    #[error("the figure {0} is no finite number: are there too few respondents or texts?")]
    NoFigure(String),
    /// Nobody to measure on.
    #[error("the bank makes no respondents")]
    Respondents(#[from] super::respondents::RespondentsError),
    /// The form would refuse what a respondent says.
    #[error("a respondent's field {} would be refused: {}", .0.field, .0.message)]
    Refused(FieldError),
    /// Adding up pieces does not give what reading the whole text gives.
    #[error("{model} reads a text's pieces otherwise than the text: a logit differs by {difference:.4}")]
    PiecesDiffer {
        /// Which model.
        model: String,
        /// By how much.
        difference: f64,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of labelled text is broken.
    #[error("{}, line {line}: {problem}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl EvaluationError {
    fn file(path: &Path, source: std::io::Error) -> EvaluationError {
        EvaluationError::File { path: path.to_path_buf(), source }
    }
}

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
    /// The keyed items of the item pool, a CSV file; the cosine baseline alone needs it.
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
    let big_five = load_kind_with(&options.big_five, Kind::BigFive, Some(execution))?;
    let mbti = load_kind_with(&options.mbti, Kind::Mbti, Some(execution))?;
    let rated = questionnaire.rated_sentences();
    let mut pair =
        PairReader { big_five: ModelReader::new(&big_five, &rated), mbti: ModelReader::new(&mbti, &rated) };
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
        sha256: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
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
    let lessons = Lessons::new(questionnaire, bank, &loose);
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
        "Ridge regression on words and pairs of words, weighted by how rare they are, learned from the rated sentences \
         and the training split.",
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
        let items: Vec<Example> = pool_items(&options.items)?;
        add(
            "mean cosine to keyed items",
            "The starting checkpoint as it comes: the mean cosine similarity of a text's pieces with the items keyed \
             towards a trait, less that with the items keyed away from it. It learns nothing and reads no types.",
            LinearReader::cosine(&states, &items)?,
        )?;
    }
    Ok(readers)
}

/// The respondents, with what is known of them and the texts that they make.
struct Crowd<'a> {
    people: Vec<SimulatedRespondent<'a>>,
    reworded: Vec<ComposedText>,
    shuffled: Vec<ComposedText>,
    /// Answers to the questions never trained on, [`UNSEEN_DRAWS`] texts a respondent.
    unseen: Vec<ComposedText>,
    truth: Truth,
    effective: f64,
    exact: f64,
}

impl<'a> Crowd<'a> {
    fn draw(
        questionnaire: &'a Questionnaire,
        bank: &'a [BankAnswer],
        count: usize,
        seed: u64,
    ) -> Result<Crowd<'a>, EvaluationError> {
        let respondents = Respondents::new(questionnaire, bank, Split::Test, seed)?;
        let choices = respondents.choices().clone();
        let sharpness = *respondents.sharpness();
        // Of these two questions no answer was learned from; by those of the choosing split the model was chosen.
        let unseen = Choices::new(bank, |a| a.is_of_unseen_question() && a.split() != Split::Choose);
        let bayes = Bayes::new(keyed_items(questionnaire), &choices, sharpness);
        let linear = Linear::learn(questionnaire, seed);
        let people: Vec<SimulatedRespondent<'a>> = respondents.take(count).collect();
        let posteriors: Vec<Posterior> = people
            .par_iter()
            .enumerate()
            .map(|(i, p)| bayes.posterior(&p.person.ratings, &p.answers, seed ^ (i as u64) << 20))
            .collect();
        let mut crowd = Crowd {
            effective: posteriors.iter().map(|p| p.effective).sum::<f64>() / count.max(1) as f64,
            exact: 0.0,
            reworded: Vec::new(),
            shuffled: Vec::new(),
            unseen: Vec::new(),
            truth: Truth::default(),
            people,
        };
        let truth = &mut crowd.truth;
        let (mut exact, mut answers) = (0, 0);
        for (place, (p, posterior)) in crowd.people.iter().zip(posteriors).enumerate() {
            let mut random = people::random_of(seed, place);
            let other =
                people::reword(questionnaire, p, &choices, &mut random).map_err(EvaluationError::Refused)?;
            exact += other.exact;
            answers += other.answers.len();
            truth.oracle_reworded.push(other.oracle);
            crowd.reworded.push(other.composed);
            if place < SHUFFLED {
                crowd.shuffled.push(people::shuffled(&p.composed, &mut random));
            }
            truth.traits.push(p.person.traits);
            truth.types.push(p.person.mbti);
            truth.keyed.push(keyed(questionnaire, &p.person.ratings));
            truth.linear.push(linear.of(&p.person.ratings));
            truth.oracle.push(p.oracle);
            for _ in 0..UNSEEN_DRAWS {
                let answers = unseen.choose(&p.person, &sharpness, &mut random);
                let whole = composed(questionnaire, &p.person, &answers).map_err(EvaluationError::Refused)?;
                crowd.unseen.push(people::only(&whole, |field| !people::is_rating(field)));
                truth.oracle_unseen.push(super::answering::oracle(&answers));
            }
            truth.posterior_traits.push(posterior.traits);
            truth.posterior_types.push(posterior.types);
        }
        crowd.exact = exact as f64 / answers.max(1) as f64;
        Ok(crowd)
    }

    fn described(&self, seed: u64) -> People {
        let oracle = Trait::ALL.map(|trait_| {
            let column = |rows: &[[f64; 5]]| rows.iter().map(|row| row[trait_.index()]).collect::<Vec<_>>();
            super::statistics::correlation(&column(&self.truth.oracle), &column(&self.truth.traits))
        });
        People {
            respondents: self.people.len(),
            seed,
            shuffled: self.shuffled.len(),
            resamples: RESAMPLES,
            oracle,
            posterior_draws: DRAWS,
            posterior_effective: self.effective,
            reworded_exactly: self.exact,
        }
    }

    /// What a reader makes of all of it.
    fn heard(
        &self,
        reader: &mut dyn Reader,
        questionnaire: &Questionnaire,
        name: &str,
    ) -> Result<Sayings, EvaluationError> {
        let texts: Vec<&ComposedText> =
            self.people.iter().map(|p| &p.composed).chain(&self.reworded).chain(&self.unseen).collect();
        let mut progress = Progress::new(&format!("{name}: pieces"), 0, texts.len());
        reader.prepare(&texts, &mut |done, total| progress.at(done, total))?;
        let mut progress = Progress::new(&format!("{name}: respondents"), 0, self.people.len());
        let mut said = Sayings { types: reader.reads_types(), ..Sayings::default() };
        let open = |field: &str| !people::is_rating(field);
        for (place, (person, reworded)) in self.people.iter().zip(&self.reworded).enumerate() {
            said.whole.push(reader.read(&person.composed)?);
            said.open.push(reader.read(&people::only(&person.composed, open))?);
            for unseen in &self.unseen[place * UNSEEN_DRAWS..(place + 1) * UNSEEN_DRAWS] {
                said.unseen.push(reader.read(unseen)?);
            }
            said.reworded.push(reader.read(reworded)?);
            said.reworded_open.push(reader.read(&people::only(reworded, open))?);
            if let Some(shuffled) = self.shuffled.get(place) {
                said.shuffled.push(reader.read(shuffled)?);
            }
            progress.at(place + 1, self.people.len());
        }
        for rating in UNIFORM {
            let text = people::uniform(questionnaire, rating).map_err(EvaluationError::Refused)?;
            said.uniform.push((rating, reader.read(&text)?));
        }
        Ok(said)
    }
}

/// The mean of the keyed ratings of each trait, as the site counts them.
fn keyed(questionnaire: &Questionnaire, ratings: &[u8]) -> [f64; 5] {
    let (mut sums, mut counts) = ([0.0; 5], [0.0; 5]);
    for (item, rating) in keyed_items(questionnaire).iter().zip(ratings) {
        sums[item.trait_.index()] += 3.0 + item.key * (f64::from(*rating) - 3.0);
        counts[item.trait_.index()] += 1.0;
    }
    std::array::from_fn(|t| sums[t] / counts[t])
}

/// The keyed score predicted from which of the 300 sentences a text holds: how well the row can be done by counting.
struct Linear(Vec<ridge::Linear>);

impl Linear {
    fn learn(questionnaire: &Questionnaire, seed: u64) -> Linear {
        let mut population = super::simulate::Population::new(keyed_items(questionnaire), seed ^ 0x11EA);
        let ratings: Vec<Vec<u8>> = (0..LINEAR_ON).map(|_| population.draw().ratings).collect();
        let rows: Vec<ridge::Row> = ratings.iter().map(|r| Linear::row(r)).collect();
        let scores: Vec<[f64; 5]> = ratings.iter().map(|r| keyed(questionnaire, r)).collect();
        let size = 5 * questionnaire.items.len();
        Linear(
            (0..5)
                .map(|t| {
                    let targets: Vec<f64> = scores.iter().map(|s| s[t]).collect();
                    ridge::ridge(&rows, &targets, size, 1.0, None)
                })
                .collect(),
        )
    }

    fn row(ratings: &[u8]) -> ridge::Row {
        (0u32..).zip(ratings).map(|(item, rating)| (5 * item + u32::from(*rating) - 1, 1.0)).collect()
    }

    fn of(&self, ratings: &[u8]) -> [f64; 5] {
        let row = Linear::row(ratings);
        std::array::from_fn(|t| self.0[t].of(&row))
    }
}

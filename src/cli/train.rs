//! `calling train`: trains the bundled models anew, or others like them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{failed, wrong_setting};
use crate::learning::LearningError;
use crate::learning::answers::{load_bank, load_loose};
use crate::learning::bank_check::check;
use crate::learning::train::{self, Options, Report};
use crate::survey::Questionnaire;

/// What to train.
#[derive(Subcommand, Debug)]
pub enum Train {
    /// The BERT that reads the five traits
    BigFive(Material),
    /// The ALBERT that reads the 16 types
    Mbti(Material),
    /// Check the bank of labelled text: rules, balance, near-duplicates, lengths, vocabulary
    CheckAnswers(Bank),
}

/// Where the bank of answers is.
#[derive(Args, Debug)]
pub struct Bank {
    /// Folder of the answers, a q01.jsonl for each question; free.jsonl and statements.jsonl beside them
    #[arg(long, value_name = "DIR", default_value = "datasets/answers")]
    answers: PathBuf,
    /// The questionnaire that they answer
    #[arg(long, value_name = "FILE", default_value = "datasets/questionnaire.toml")]
    questionnaire: PathBuf,
}

/// What to train from, where to, and how long.
#[derive(Args, Debug)]
pub struct Material {
    /// Folder of the starting checkpoint: sentence-transformers/all-MiniLM-L6-v2
    #[arg(long, value_name = "DIR")]
    start: PathBuf,
    /// Folder with the spiece.model of albert/albert-base-v2; mbti alone needs it
    #[arg(long, value_name = "DIR", default_value = "models/mbti")]
    albert_tokenizer: PathBuf,
    /// The questionnaire whose sentences are learned
    #[arg(long, value_name = "FILE", default_value = "datasets/questionnaire.toml")]
    questionnaire: PathBuf,
    /// The keyed items of the item pool
    #[arg(long, value_name = "FILE", default_value = "datasets/sources/ipip_items.csv")]
    items: PathBuf,
    /// Folder of the bank of labelled text: answers, free texts, statements
    #[arg(long, value_name = "DIR", default_value = "datasets/answers")]
    answers: PathBuf,
    /// Folder of the model of nine labels that big-five writes and mbti learns from
    #[arg(long, value_name = "DIR", default_value = "training/teacher")]
    teacher: PathBuf,
    /// Folder for checkpoints; a training that was stopped goes on from there
    #[arg(long, value_name = "DIR", default_value = "training")]
    work: PathBuf,
    /// Folder to write the finished model to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Decides every random choice
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Pieces kept of the BERT's 30,522
    #[arg(long, default_value_t = 8000)]
    pieces: usize,
    /// Hold out every so-many-th item and measure on it; 0 learns from all
    #[arg(long, default_value_t = 0)]
    hold_out: usize,
    /// Layers of the ALBERT; mbti alone
    #[arg(long, default_value_t = 3)]
    layers: usize,
    /// Layers of the ALBERT with weights of their own; divides --layers
    #[arg(long, default_value_t = 3)]
    groups: usize,
    /// Steps of distillation, word by word, before the labels are learned; mbti alone
    #[arg(long, default_value_t = 500)]
    distil_steps: usize,
    /// Steps of training on labelled text; without it 1600 for big-five, 1500 for mbti
    #[arg(long)]
    steps: Option<usize>,
    /// The highest learning rate; without it 1.5e-4 for big-five, 3e-4 for mbti
    #[arg(long)]
    rate: Option<f64>,
    /// Each layer learns at this fraction of the rate of the layer above it; without it 0.9 for big-five, 0.95 for mbti
    #[arg(long)]
    layer_decay: Option<f64>,
    /// Texts in a step
    #[arg(long, default_value_t = 32)]
    rows: usize,
    /// The most tokens in a window, special ones not counted
    #[arg(long, default_value_t = 128)]
    window_tokens: usize,
}

/// How long and how fast a model learns unless it is told otherwise.
struct Pace {
    steps: usize,
    rate: f64,
    layer_decay: f64,
}

/// Six trained layers, each a little surer of itself than the one above.
const BIG_FIVE: Pace = Pace { steps: 1600, rate: 1.5e-4, layer_decay: 0.9 };
/// Three layers that have more to change: they stand for six, and their embeddings are new.
const MBTI: Pace = Pace { steps: 1500, rate: 3e-4, layer_decay: 0.95 };

/// The allocator gives large tensors back to the system after each step, and takes them again with a fault for every page:
/// nearly half of the processor's time. Starts the program again with an environment that tells it to keep them.
#[cfg(unix)]
fn keep_pages() {
    use std::os::unix::process::CommandExt;
    const SETTING: &str = "MIMALLOC_PURGE_DELAY";
    if std::env::var_os(SETTING).is_some() {
        return;
    }
    if let Ok(program) = std::env::current_exe() {
        let error =
            std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SETTING, "-1").exec();
        eprintln!("The program could not be started again with {SETTING}=-1, so this takes longer: {error}");
    }
}

#[cfg(not(unix))]
fn keep_pages() {}

/// Runs a training and prints what it measured.
pub fn run(what: Train) -> ExitCode {
    type Training = fn(&Options) -> Result<Report, LearningError>;
    let (material, pace, train): (Material, Pace, Training) = match what {
        Train::BigFive(material) => (material, BIG_FIVE, train::big_five),
        Train::Mbti(material) => (material, MBTI, train::mbti),
        Train::CheckAnswers(bank) => return check_answers(&bank),
    };
    for (option, path) in [("--start", &material.start), ("--questionnaire", &material.questionnaire)] {
        if !path.exists() {
            return wrong_setting(format!("{option} is {}: there is nothing of that name", path.display()));
        }
    }
    keep_pages();
    let options = Options {
        start: material.start,
        albert_tokenizer: material.albert_tokenizer,
        questionnaire: material.questionnaire,
        items: material.items,
        answers: material.answers,
        work: material.work,
        out: material.out,
        seed: material.seed,
        pieces: material.pieces,
        hold_out: material.hold_out,
        layers: material.layers,
        groups: material.groups,
        distil_steps: material.distil_steps,
        teacher: material.teacher,
        steps: material.steps.unwrap_or(pace.steps),
        rate: material.rate.unwrap_or(pace.rate),
        layer_decay: material.layer_decay.unwrap_or(pace.layer_decay),
        rows: material.rows,
        window_tokens: material.window_tokens,
    };
    match train(&options) {
        Ok(report) => {
            for (name, value) in report.figures {
                println!("{value:10.3}  {name}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => failed(with_causes(&error)),
    }
}

/// Prints the bank's report; six shared words or a broken line are failures.
fn check_answers(bank: &Bank) -> ExitCode {
    let questionnaire = match Questionnaire::load(&bank.questionnaire) {
        Ok(questionnaire) => questionnaire,
        Err(error) => return wrong_setting(with_causes(&error)),
    };
    let answers = match load_bank(&bank.answers, &questionnaire) {
        Ok(answers) => answers,
        Err(error) => return failed(with_causes(&error)),
    };
    let loose = match load_loose(&bank.answers) {
        Ok(loose) => loose,
        Err(error) => return failed(with_causes(&error)),
    };
    let report = check(&answers, &loose, &questionnaire);
    print!("{report}");
    match report.shared.len() {
        0 => ExitCode::SUCCESS,
        count => failed(format!("{count} pairs of texts share six words in a row")),
    }
}

/// An error and what caused it, in one sentence.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        sentence = format!("{sentence}: {cause}");
        source = cause.source();
    }
    sentence
}

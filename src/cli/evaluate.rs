//! `calling evaluate`: what a pair of models makes of people whom nobody showed it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{failed, print, shown, wrong_setting};
use crate::learning::evaluate::card::with_evaluation;
use crate::learning::evaluate::{Options, evaluate, report};
use crate::models::Precision;
use crate::models::evaluation::Evaluation;
use crate::personality::ModelKind;
use crate::telemetry::sentence;

/// Which pair, on whom, and where the figures go.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Folder of the model that reads the five traits
    #[arg(long, value_name = "DIR", default_value = "models/big-five")]
    big_five: PathBuf,
    /// Folder of the model that reads the 16 types
    #[arg(long, value_name = "DIR", default_value = "models/mbti")]
    mbti: PathBuf,
    /// The questionnaire that the respondents answer
    #[arg(long, value_name = "FILE", default_value = "datasets/questionnaire.toml")]
    questionnaire: PathBuf,
    /// Folder of the bank of answers that they choose from
    #[arg(long, value_name = "DIR", default_value = "datasets/answers")]
    answers: PathBuf,
    /// The numbers that the models are computed in: f32, bf16 or int8, the last two where the processor has them
    #[arg(long, default_value = "f32")]
    precision: Precision,
    /// Simulated respondents; without it 4000, or 100 where a model reads packed windows
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(10..))]
    respondents: Option<u32>,
    /// Decides who they are
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Measure the baselines on the same respondents
    #[arg(long)]
    baselines: bool,
    /// Folder of the starting checkpoint, which two of the three baselines need
    #[arg(long, value_name = "DIR", requires = "baselines")]
    start: Option<PathBuf>,
    /// The keyed items of the item pool, for the baselines
    #[arg(long, value_name = "FILE", default_value = "datasets/sources/ipip_items.csv")]
    items: PathBuf,
    /// Measure on labelled texts too: a line of JSON each with "text" and "labels", which hold traits (E, N, A, C, O or
    /// their names) and axes (EI, SN, TF, JP, towards the second letter) as numbers or booleans, or "type": "INFP"
    #[arg(long, value_name = "FILE")]
    labelled: Vec<PathBuf>,
    /// Measure on the labelled texts and on no simulated respondents
    #[arg(long, requires = "labelled")]
    labelled_only: bool,
    /// Write everything that was measured to this file; models/evaluation.json is what the site's page shows
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the figures into the card (README.md) of each model
    #[arg(long, conflicts_with = "labelled_only")]
    cards: bool,
}

/// Measures, prints the report, and writes what was asked for.
pub fn run(arguments: Arguments) -> ExitCode {
    let there = [
        ("--big-five", &arguments.big_five),
        ("--mbti", &arguments.mbti),
        ("--questionnaire", &arguments.questionnaire),
        ("--answers", &arguments.answers),
    ];
    let files = arguments.labelled.iter().map(|file| ("--labelled", file));
    let start = arguments.start.iter().map(|start| ("--start", start));
    for (option, path) in there.into_iter().chain(files).chain(start) {
        if !path.exists() {
            return wrong_setting(format!("{option} is {}: there is nothing of that name", path.display()));
        }
    }
    let options = Options {
        big_five: arguments.big_five,
        mbti: arguments.mbti,
        questionnaire: arguments.questionnaire,
        answers: arguments.answers,
        items: arguments.items,
        precision: arguments.precision,
        respondents: arguments.respondents.map(|count| count as usize),
        seed: arguments.seed,
        baselines: arguments.baselines,
        start: arguments.start,
        labelled: arguments.labelled,
        labelled_only: arguments.labelled_only,
    };
    let evaluation = match evaluate(&options) {
        Ok(evaluation) => evaluation,
        Err(error) => return failed(sentence(&error)),
    };
    let printed = print(report::report(&evaluation).trim_end());
    if let Some(file) = &arguments.json
        && let Err(problem) = write_json(file, &evaluation)
    {
        return failed(problem);
    }
    if arguments.cards {
        for (folder, which) in [(&options.big_five, ModelKind::BigFive), (&options.mbti, ModelKind::Mbti)] {
            if let Err(problem) = write_card(&folder.join("README.md"), which, &evaluation) {
                return failed(problem);
            }
        }
    }
    shown(printed)
}

fn write_json(file: &Path, evaluation: &Evaluation) -> Result<(), String> {
    let text = serde_json::to_string_pretty(evaluation).map_err(|error| sentence(&error))?;
    std::fs::write(file, text + "\n")
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))
}

fn write_card(file: &Path, which: ModelKind, evaluation: &Evaluation) -> Result<(), String> {
    let card = match std::fs::read_to_string(file) {
        Ok(card) => card,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
    };
    std::fs::write(file, with_evaluation(&card, which, evaluation))
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))
}

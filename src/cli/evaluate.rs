//! `calling evaluate`: measures a pair of models.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::outcome::{failed, print, shown};
use crate::learning::evaluation::card::with_evaluation;
use crate::learning::evaluation::{Options, evaluate, report};
use crate::models::evaluation::Evaluation;
use crate::personality::ModelKind;
use crate::telemetry::sentence;

/// What to measure, and where the figures go.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Write all figures to this file; the site shows those in models/evaluation.json
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the figures into the card (README.md) of each model
    #[arg(long, conflicts_with = "labeled_only")]
    cards: bool,
}

/// Measures, prints the report, and writes the files that the options name.
pub fn run(arguments: &Arguments) -> ExitCode {
    let options = &arguments.options;
    let evaluation = match evaluate(options) {
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
        for (folder, which) in
            [(&options.pair.big_five, ModelKind::BigFive), (&options.pair.mbti, ModelKind::Mbti)]
        {
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

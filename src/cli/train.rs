//! `calling train`: trains the bundled models again, or models like them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::outcome::{failed, print, shown, wrong_setting};
use crate::learning::bank::check::check;
use crate::learning::bank::{load_answers, load_standalone};
use crate::learning::fitting::{self, FitOptions};
use crate::learning::training::{self, BigFiveOptions, MbtiOptions};
use crate::survey::Questionnaire;
use crate::telemetry::sentence;

/// What to train.
#[derive(Subcommand, Debug)]
pub enum Train {
    /// The BERT that reads the five traits
    BigFive(BigFiveOptions),
    /// The ALBERT that reads the 16 types
    Mbti(MbtiOptions),
    /// Fit both calling.json files to simulated respondents: how the models' windows count as evidence
    Fit(FitOptions),
    /// Check the bank of labeled text: rules, duplicates, balance, lengths, vocabulary
    CheckAnswers(Bank),
}

/// Where the bank of labeled text is.
#[derive(Args, Debug)]
pub struct Bank {
    /// Folder of the answers, q01.jsonl and so on, with free.jsonl and statements.jsonl
    #[arg(long, value_name = "DIR", default_value = "datasets/answers")]
    answers: PathBuf,
    /// The questionnaire that they answer
    #[arg(long, value_name = "FILE", default_value = "datasets/questionnaire.toml")]
    questionnaire: PathBuf,
}

/// Restarts the program with an environment that makes the allocator keep its pages. Otherwise it returns large tensors
/// to the system after each step. Getting the pages back costs nearly half of the processor time in page faults.
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
        eprintln!("The training is slower than it could be: restarting with {SETTING}=-1 failed: {error}");
    }
}

#[cfg(not(unix))]
fn keep_pages() {}

/// Trains and prints what was measured.
pub fn run(what: &Train) -> ExitCode {
    if matches!(what, Train::BigFive(_) | Train::Mbti(_)) {
        keep_pages();
    }
    let report = match what {
        Train::BigFive(options) => training::big_five(options),
        Train::Mbti(options) => training::mbti(options),
        Train::Fit(options) => {
            return match fitting::fit(options) {
                Ok(report) => shown(print(report.to_string().trim_end())),
                Err(error) => failed(sentence(&error)),
            };
        }
        Train::CheckAnswers(bank) => return check_answers(bank),
    };
    match report {
        Ok(report) => shown(print(report.to_string().trim_end())),
        Err(error) => failed(sentence(&error)),
    }
}

/// Prints what the check found. Texts that share six words in a row, and invalid lines, are failures.
fn check_answers(bank: &Bank) -> ExitCode {
    let questionnaire = match Questionnaire::load(&bank.questionnaire) {
        Ok(questionnaire) => questionnaire,
        Err(error) => return wrong_setting(sentence(&error)),
    };
    let answers = match load_answers(&bank.answers, &questionnaire) {
        Ok(answers) => answers,
        Err(error) => return failed(sentence(&error)),
    };
    let standalone = match load_standalone(&bank.answers) {
        Ok(standalone) => standalone,
        Err(error) => return failed(sentence(&error)),
    };
    let report = check(&answers, &standalone, &questionnaire);
    let printed = print(report.to_string().trim_end());
    match report.shared.len() {
        0 => shown(printed),
        count => failed(format!("{count} pairs of texts share six words in a row")),
    }
}

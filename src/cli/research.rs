//! `calling research export`: writes what visitors chose to give, without keys, times and accounts.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::admin::connect;
use super::outcome::{failed, print, shown, wrong_setting};
use crate::accounts::Email;
use crate::assessment::KeyedResult;
use crate::config::{Database, Datasets, locate, option_name};
use crate::norm::Word;
use crate::records::{Account, Act, Conflict, Given, RecordsError, Role, Store};
use crate::survey::{Question, Questionnaire, QuestionnaireError, masked};
use crate::telemetry::sentence;

#[derive(Subcommand, Debug)]
pub enum Work {
    /// Write the ratings and answers that visitors give into a new folder. Answers are masked, and labeled with the levels of
    /// their writer where both are given. The audit log notes who exports
    Export(Box<Arguments>),
}

#[derive(Args, Debug)]
pub struct Arguments {
    /// Folder that does not exist yet
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Address of the administrator who exports. The audit log notes the random id of their account
    #[arg(long, value_name = "EMAIL")]
    by: Email,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    datasets: Datasets,
}

#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(
        "--by is {email}, {found}; expected the address of an administrator whose account is enabled (calling admin create \
         makes one)"
    )]
    NotAdministrator { email: String, found: &'static str },
    #[error("the database cannot be read")]
    Records(#[from] RecordsError),
    #[error("the questionnaire cannot be read")]
    Questionnaire(#[from] QuestionnaireError),
    #[error("the folder cannot be written")]
    Write(#[from] io::Error),
    #[error("a line cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// Lines of one file. They are sorted when they are written, so that their order does not show which belong together.
type Lines = Vec<String>;

/// What is written, and how much of it.
#[derive(Default)]
struct Export {
    /// Of those who give their ratings.
    ratings: Lines,
    /// Of those who give their answers.
    answers: Lines,
    /// In the format of the answer bank, by question, of those who give both.
    bank: BTreeMap<String, Lines>,
    /// Answers in scripts in which names cannot be masked.
    left_out: usize,
}

#[derive(Serialize)]
struct RatingsLine<'a> {
    id: &'a str,
    ratings: &'a Value,
}

#[derive(Serialize)]
struct AnswersLine<'a> {
    id: &'a str,
    answers: &'a BTreeMap<&'a str, String>,
}

/// A line of datasets/answers.
#[derive(Serialize)]
struct BankLine<'a> {
    text: &'a str,
    labels: BTreeMap<char, i8>,
}

pub fn run(work: &Work) -> ExitCode {
    let Work::Export(arguments) = work;
    let datasets =
        locate(arguments.datasets.datasets.as_deref(), "datasets", || option_name!(Datasets, datasets));
    let datasets = match datasets {
        Ok(folder) => folder,
        Err(error) => return wrong_setting(error),
    };
    let store = match connect(&arguments.database) {
        Ok(store) => store,
        Err(error) => return wrong_setting(error.sentence()),
    };
    let exported = export(&store, &datasets, &arguments.folder, &arguments.by);
    match actix_web::rt::System::new().block_on(exported) {
        Ok(lines) => shown(print(&lines)),
        Err(error @ ExportError::NotAdministrator { .. }) => wrong_setting(error),
        Err(error) => failed(sentence(&error)),
    }
}

/// Returns what to print.
async fn export(store: &Store, datasets: &Path, folder: &Path, by: &Email) -> Result<String, ExportError> {
    let questionnaire = Questionnaire::load(&datasets.join("questionnaire.toml"))?;
    let administrator = administrator(store, by).await?;
    match store.note_by(&administrator, Act::Export, "what is given to research").await {
        // Disabled or removed meanwhile.
        Err(RecordsError::Conflict(Conflict::NotAdministrator)) => {
            return Err(refusal(by, "which is no longer an administrator's"));
        }
        noted => noted?,
    }
    // For the operator alone, and never over an earlier export.
    DirBuilder::new().mode(0o700).create(folder)?;
    let mut export = Export::default();
    let mut after = 0;
    loop {
        let page = store.given_after(after).await?;
        let Some(last) = page.last() else { break };
        after = last.record;
        for given in &page {
            export.add(given, &questionnaire)?;
        }
    }
    export.write(folder)?;
    let labeled: usize = export.bank.values().map(Vec::len).sum();
    Ok(format!(
        "{} give their ratings and {} their answers; {labeled} answers are labeled, and {} were left out, since names in \
         their scripts cannot be masked",
        export.ratings.len(),
        export.answers.len(),
        export.left_out
    ))
}

/// The account of the administrator with this address.
async fn administrator(store: &Store, by: &Email) -> Result<Account, ExportError> {
    let known = store.account_by_email(&by.key()).await?;
    let account = known.ok_or_else(|| refusal(by, "which has no account"))?.account;
    match account.role {
        Role::Visitor => Err(refusal(by, "which is the address of a visitor's account")),
        Role::Administrator if account.disabled => Err(refusal(by, "whose account is disabled")),
        Role::Administrator => Ok(account),
    }
}

fn refusal(by: &Email, found: &'static str) -> ExportError {
    ExportError::NotAdministrator { email: by.as_str().to_owned(), found }
}

impl Export {
    fn add(&mut self, given: &Given, questionnaire: &Questionnaire) -> Result<(), serde_json::Error> {
        let id = given.id.as_str();
        if let Some(ratings) = &given.ratings {
            self.ratings.push(serde_json::to_string(&RatingsLine { id, ratings })?);
        }
        let Some(answers) = given.answers.as_ref().and_then(Value::as_object) else {
            return Ok(());
        };
        let levels = given.keyed_scores.as_ref().and_then(|stored| KeyedResult::deserialize(stored).ok());
        let mut all = BTreeMap::new();
        for question in &questionnaire.questions {
            let typed = answers.get(&question.id).and_then(Value::as_str).unwrap_or_default().trim();
            if typed.is_empty() {
                continue;
            }
            let Some(text) = masked(typed) else {
                self.left_out += 1;
                continue;
            };
            if let Some(levels) = &levels {
                let line = BankLine { text: &text, labels: labels(levels, question) };
                self.bank.entry(question.id.clone()).or_default().push(serde_json::to_string(&line)?);
            }
            all.insert(question.id.as_str(), text);
        }
        self.answers.push(serde_json::to_string(&AnswersLine { id, answers: &all })?);
        Ok(())
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        write_sorted(&folder.join("ratings.jsonl"), &self.ratings)?;
        write_sorted(&folder.join("answers.jsonl"), &self.answers)?;
        let bank = folder.join("bank");
        DirBuilder::new().mode(0o700).create(&bank)?;
        for (question, lines) in &self.bank {
            write_sorted(&bank.join(format!("{question}.jsonl")), lines)?;
        }
        Ok(())
    }
}

fn write_sorted(path: &Path, lines: &Lines) -> io::Result<()> {
    let mut sorted: Vec<&String> = lines.iter().collect();
    sorted.sort();
    let mut file = io::BufWriter::new(File::create_new(path)?);
    for line in sorted {
        writeln!(file, "{line}")?;
    }
    file.flush()
}

/// How the writer's own ratings label an answer, for the traits that its question is about: -2 for a low level to 2 for a high one.
/// Without those that are average, as in the bank.
fn labels(levels: &KeyedResult, question: &Question) -> BTreeMap<char, i8> {
    let label = |word: Word| match word {
        Word::Low => -2,
        Word::BelowAverage => -1,
        Word::Average => 0,
        Word::AboveAverage => 1,
        Word::High => 2,
    };
    let of = |trait_: &crate::personality::Trait| {
        Some((trait_.name().chars().next()?, label(levels.of(*trait_).statements.level.word())))
    };
    question.traits.iter().filter_map(of).filter(|(_, label)| *label != 0).collect()
}

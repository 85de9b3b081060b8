//! The bank of labelled text: datasets/answers/*.jsonl, its labels and its splits.
//!
//! Answers to the open questions (`q01.jsonl` and so on), and beside them texts that answer no question: free ones
//! (`free.jsonl`: diaries, streams of consciousness, forum posts) and single statements (`statements.jsonl`).

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::published::Evidence;
use crate::personality::{Axis, Trait};
use crate::survey::Questionnaire;

/// The two questions to which no answer is learned from, and none used to fit or calibrate anything. What stands before such
/// an answer, the question's lead-in, is learned as saying nothing, as that of every question is. Together the two are
/// tagged with all five traits and all four axes.
pub const UNSEEN_QUESTIONS: [&str; 2] = ["q01", "q22"];

/// What an answer tells about its writer, each from -2 to 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Indexed by [`Trait::index`].
    pub traits: [i8; 5],
    /// Positive towards the second letter; in the order of [`Axis::ALL`].
    pub axes: [i8; 4],
}

/// The labels' names in the files: the traits, then the axes.
pub const LABEL_NAMES: [&str; 9] = ["E", "N", "A", "C", "O", "EI", "SN", "TF", "JP"];

impl Labels {
    /// All nine, in the order of [`LABEL_NAMES`].
    pub fn all(&self) -> [i8; 9] {
        let mut all = [0; 9];
        all[..5].copy_from_slice(&self.traits);
        all[5..].copy_from_slice(&self.axes);
        all
    }

    /// The labels as log-odds: 2 is as much as a sentence that says a trait outright.
    pub fn evidence(&self) -> Evidence {
        let scale = |label: i8| super::published::GAIN * f64::from(label) / 2.0;
        Evidence { traits: self.traits.map(scale), axes: self.axes.map(scale) }
    }
}

/// What a counter-example shows: how a text may look like evidence and say something else, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A mood or state of the day. Never labelled.
    Mood,
    /// A warm topic told coldly, a cold one told warmly.
    Tone,
    /// A way of writing that goes with other traits than the writer's: length, order, spelling, calm.
    Style,
    /// About other people or things.
    Others,
    /// Quoted or copied matter. Never labelled.
    Copied,
    /// A few words that say little.
    Short,
    /// A negation or contrast: the keyword says the opposite of the sense.
    Turned,
    /// Speaks to an axis that is hard to read.
    Axes,
    /// Everyday English of some region, age or first language.
    Voice,
}

impl Kind {
    /// All of them, in the order of the README.
    pub const ALL: [Kind; 9] = [
        Kind::Mood,
        Kind::Tone,
        Kind::Style,
        Kind::Others,
        Kind::Copied,
        Kind::Short,
        Kind::Turned,
        Kind::Axes,
        Kind::Voice,
    ];
}

/// One answer of the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAnswer {
    /// The question's id, "q07".
    pub question: String,
    /// Its line in the question's file, from 1.
    pub line: usize,
    /// The answer as typed.
    pub text: String,
    /// What it tells.
    pub labels: Labels,
    /// For a counter-example: what it shows.
    pub kind: Option<Kind>,
}

/// What an answer is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// Learned from.
    Train,
    /// Calibrated on and chosen by.
    Choose,
    /// Measured on, once.
    Test,
}

impl BankAnswer {
    /// The answer's split: by a hash of its text, 70, 15 and 15 in a hundred, so that adding answers moves none.
    pub fn split(&self) -> Split {
        split_by(&self.text)
    }

    /// Whether its question is one of [`UNSEEN_QUESTIONS`].
    pub fn is_of_unseen_question(&self) -> bool {
        UNSEEN_QUESTIONS.contains(&self.question.as_str())
    }
}

/// 70, 15 and 15 in a hundred, by a hash of `key`.
fn split_by(key: &str) -> Split {
    let digest = Sha256::digest(key.as_bytes());
    let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    match number % 100 {
        0..70 => Split::Train,
        70..85 => Split::Choose,
        _ => Split::Test,
    }
}

/// What kind of text answers no question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Genre {
    /// A text of its own, of a few sentences to a page: `free.jsonl`.
    Free,
    /// A single sentence about oneself: `statements.jsonl`.
    Statement,
}

impl Genre {
    /// The name of its file.
    pub fn file(self) -> &'static str {
        match self {
            Genre::Free => "free.jsonl",
            Genre::Statement => "statements.jsonl",
        }
    }
}

/// A labelled text that answers no question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooseText {
    /// Which kind.
    pub genre: Genre,
    /// Its line in its file, from 1.
    pub line: usize,
    /// The text as typed.
    pub text: String,
    /// What it tells.
    pub labels: Labels,
    /// For a statement that paraphrases a keyed item: that item.
    pub group: Option<String>,
    /// For a counter-example: what it shows.
    pub kind: Option<Kind>,
}

impl LooseText {
    /// Its split. Free texts are split as answers are. Paraphrases of one item stay together, and statements are never
    /// in the test split: nothing is measured on them there, so what would be its share is learned from.
    pub fn split(&self) -> Split {
        match (self.genre, split_by(self.group.as_deref().unwrap_or(&self.text))) {
            (Genre::Statement, Split::Test) => Split::Train,
            (_, split) => split,
        }
    }
}

/// What is wrong with the bank.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// A file or the folder cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is named after no question.
    #[error("{} is named after no question of the questionnaire", path.display())]
    UnknownQuestion {
        /// Which one.
        path: PathBuf,
    },
    /// A line is no answer.
    #[error("{}, line {line}: not an answer with text and labels", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A line breaks a rule.
    #[error("{}, line {line}: {rule}", path.display())]
    Rule {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The rule that it breaks.
        rule: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    text: String,
    labels: LineLabels,
    /// Only statements have one.
    group: Option<String>,
    kind: Option<Kind>,
}

/// A line whose labels have been checked.
struct Parsed {
    text: String,
    labels: Labels,
    group: Option<String>,
    kind: Option<Kind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "UPPERCASE")]
struct LineLabels {
    e: Option<i8>,
    n: Option<i8>,
    a: Option<i8>,
    c: Option<i8>,
    o: Option<i8>,
    ei: Option<i8>,
    sn: Option<i8>,
    tf: Option<i8>,
    jp: Option<i8>,
}

/// Reads every `*.jsonl` of the folder but those of [`load_loose`], in the order of the file names.
///
/// # Errors
/// The first broken line, with file and line; a file that is named after no question; a file that cannot be read.
pub fn load_bank(folder: &Path, questionnaire: &Questionnaire) -> Result<Vec<BankAnswer>, BankError> {
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |source| BankError::Read { path, source }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let loose = |genre: Genre| path.file_name().is_some_and(|name| name == genre.file());
        if path.extension().is_some_and(|e| e == "jsonl") && !loose(Genre::Free) && !loose(Genre::Statement) {
            files.push(path);
        }
    }
    files.sort();
    let mut bank = Vec::new();
    for path in files {
        let question = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_string();
        if !questionnaire.questions.iter().any(|q| q.id == question) {
            return Err(BankError::UnknownQuestion { path });
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
        for (place, line) in text.lines().enumerate() {
            let Parsed { text, labels, group, kind } = parse(line, &path, place + 1)?;
            if group.is_some() {
                let rule = "an answer has no group; only statements have one";
                return Err(BankError::Rule { path, line: place + 1, rule });
            }
            bank.push(BankAnswer { question: question.clone(), line: place + 1, text, labels, kind });
        }
    }
    Ok(bank)
}

/// Reads the folder's free texts and statements, where it has such files.
///
/// # Errors
/// The first broken line, with file and line; a file that cannot be read.
pub fn load_loose(folder: &Path) -> Result<Vec<LooseText>, BankError> {
    let mut texts = Vec::new();
    for genre in [Genre::Free, Genre::Statement] {
        let path = folder.join(genre.file());
        let content = match std::fs::read_to_string(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => return Err(BankError::Read { path, source }),
        };
        for (place, line) in content.lines().enumerate() {
            let Parsed { text, labels, group, kind } = parse(line, &path, place + 1)?;
            texts.push(LooseText { genre, line: place + 1, text, labels, group, kind });
        }
    }
    Ok(texts)
}

fn parse(line: &str, path: &Path, number: usize) -> Result<Parsed, BankError> {
    let Line { text, labels, group, kind } = serde_json::from_str(line)
        .map_err(|source| BankError::Line { path: path.to_path_buf(), line: number, source })?;
    let broken = |rule| Err(BankError::Rule { path: path.to_path_buf(), line: number, rule });
    if text.trim().is_empty() || text.trim() != text {
        return broken("the text is empty, or begins or ends with white space");
    }
    let traits = [labels.e, labels.n, labels.a, labels.c, labels.o];
    let axes = [labels.ei, labels.sn, labels.tf, labels.jp];
    if traits.iter().chain(&axes).flatten().any(|l| *l == 0 || l.abs() > 2) {
        return broken("a label is not one of -2, -1, 1 and 2; labels of 0 are left out");
    }
    let plain = |label: Option<i8>| label.unwrap_or(0);
    let labels = Labels { traits: traits.map(plain), axes: axes.map(plain) };
    if matches!(kind, Some(Kind::Mood | Kind::Copied)) && labels != Labels::default() {
        return broken("a mood of the day and copied matter say nothing of their writer");
    }
    Ok(Parsed { text, labels, group, kind })
}

/// The label's place in [`LABEL_NAMES`] for each trait and axis that a question is tagged with.
pub(super) fn tagged(traits: &[Trait], axes: &[Axis]) -> Vec<usize> {
    traits.iter().map(|t| t.index()).chain(axes.iter().map(|a| 5 + *a as usize)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<BankAnswer, BankError> {
        let Parsed { text, labels, kind, .. } = parse(line, Path::new("q03.jsonl"), 7)?;
        Ok(BankAnswer { question: "q03".to_string(), line: 7, text, labels, kind })
    }

    #[test]
    fn a_line_is_text_and_the_labels_that_are_not_zero() {
        let answer = read(r#"{"text": "I stayed by the door.", "labels": {"E": -2, "EI": 2}}"#).unwrap();
        assert_eq!(answer.labels.traits, [-2, 0, 0, 0, 0]);
        assert_eq!(answer.labels.axes, [2, 0, 0, 0]);
        assert_eq!(answer.labels.all(), [-2, 0, 0, 0, 0, 2, 0, 0, 0]);
        let evidence = answer.labels.evidence();
        assert_eq!((evidence.traits[0], evidence.axes[0]), (-3.0, 3.0));
    }

    #[test]
    fn a_counter_example_says_of_which_kind_it_is() {
        let answer = read(r#"{"text": "I cut the hay.", "labels": {"O": -1}, "kind": "turned"}"#).unwrap();
        assert_eq!((answer.kind, answer.labels.traits[4]), (Some(Kind::Turned), -1));
        assert_eq!(
            read(r#"{"text": "Soup.", "labels": {}, "kind": "copied"}"#).unwrap().kind,
            Some(Kind::Copied)
        );
        assert_eq!(read(r#"{"text": "Soup.", "labels": {}}"#).unwrap().kind, None);
    }

    #[test]
    fn broken_lines_are_named() {
        for line in [
            r#"{"text": "a", "labels": {"X": 1}}"#,
            r#"{"text": "a", "labels": {"E": 3}}"#,
            r#"{"text": "a", "labels": {"E": 0}}"#,
            r#"{"text": " a", "labels": {}}"#,
            r#"{"text": "a"}"#,
            r#"{"text": "a", "labels": {}, "kind": "odd"}"#,
            r#"{"text": "a", "labels": {"N": 1}, "kind": "mood"}"#,
            r#"{"text": "a", "labels": {"O": -2}, "kind": "copied"}"#,
            "",
        ] {
            let message = read(line).unwrap_err().to_string();
            assert!(message.starts_with("q03.jsonl, line 7"), "{line}: {message}");
        }
    }

    #[test]
    fn splits_have_their_shares_and_do_not_move() {
        let answers: Vec<BankAnswer> = (0..4000)
            .map(|i| read(&format!(r#"{{"text": "answer {i}", "labels": {{}}}}"#)).unwrap())
            .collect();
        let count = |split| answers.iter().filter(|a| a.split() == split).count();
        assert!((2700..2900).contains(&count(Split::Train)));
        assert!((520..680).contains(&count(Split::Choose)) && (520..680).contains(&count(Split::Test)));
    }

    #[test]
    fn paraphrases_of_an_item_stay_together_and_statements_are_not_tested_on() {
        let folder = tempfile::tempdir().unwrap();
        let lines: Vec<String> = (0..300)
            .map(|i| {
                format!(r#"{{"text": "statement {i}", "labels": {{"N": 2}}, "group": "item {}"}}"#, i / 3)
            })
            .collect();
        std::fs::write(folder.path().join("statements.jsonl"), lines.join("\n")).unwrap();
        let free: Vec<String> =
            (0..300).map(|i| format!(r#"{{"text": "page {i}", "labels": {{}}}}"#)).collect();
        std::fs::write(folder.path().join("free.jsonl"), free.join("\n")).unwrap();
        let texts = load_loose(folder.path()).unwrap();
        let of = |genre: Genre| texts.iter().filter(move |t| t.genre == genre).map(LooseText::split);
        let splits: Vec<Split> = of(Genre::Statement).collect();
        assert!(splits.len() == 300 && splits.chunks(3).all(|c| c[0] == c[1] && c[1] == c[2]));
        assert!(splits.contains(&Split::Choose) && !splits.contains(&Split::Test));
        assert!(of(Genre::Free).any(|s| s == Split::Test));
        // The loader of answers leaves both files alone.
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        let questionnaire = Questionnaire::load(Path::new(path)).unwrap();
        assert!(load_bank(folder.path(), &questionnaire).unwrap().is_empty());
        std::fs::write(folder.path().join("q02.jsonl"), lines[0].clone()).unwrap();
        let error = load_bank(folder.path(), &questionnaire).unwrap_err().to_string();
        assert!(error.contains("q02.jsonl, line 1: an answer has no group"), "{error}");
    }
}

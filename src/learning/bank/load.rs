//! Reads the bank's files and refuses invalid lines.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::text::{BankAnswer, CounterExample, Genre, Labels, StandaloneText};
use crate::survey::Questionnaire;

/// Why the bank cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} is not named after a question of the questionnaire", path.display())]
    UnknownQuestion { path: PathBuf },
    #[error("{}, line {line}: expected an object with text and labels", path.display())]
    Line { path: PathBuf, line: usize, source: serde_json::Error },
    #[error("{}, line {line}: {rule}", path.display())]
    Rule { path: PathBuf, line: usize, rule: &'static str },
    #[error("{} is not a table of items", path.display())]
    Table { path: PathBuf, source: csv::Error },
    #[error("{} names {found:?}, which is not a scale or key of the five traits", path.display())]
    UnknownScale { path: PathBuf, found: String },
    #[error(
        "the norm has no item {item} of the questionnaire, so that it is not known who chooses its sentences"
    )]
    NotInNorm { item: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    text: String,
    labels: LineLabels,
    /// Allowed for statements only.
    group: Option<String>,
    kind: Option<CounterExample>,
}

/// A line whose labels have been checked.
struct Parsed {
    text: String,
    labels: Labels,
    group: Option<String>,
    kind: Option<CounterExample>,
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

/// Reads the answers to every question: each `*.jsonl` of the folder in the order of their names, except those that
/// [`load_standalone`] reads. Stops at the first invalid line.
pub fn load_answers(folder: &Path, questionnaire: &Questionnaire) -> Result<Vec<BankAnswer>, BankError> {
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |source| BankError::Read { path, source }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let standalone = Genre::ALL.iter().any(|genre| path.file_name().is_some_and(|n| n == genre.file()));
        if path.extension().is_some_and(|e| e == "jsonl") && !standalone {
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
                let rule = "an answer cannot have a group; only statements can";
                return Err(BankError::Rule { path, line: place + 1, rule });
            }
            bank.push(BankAnswer { question: question.clone(), line: place + 1, text, labels, kind });
        }
    }
    Ok(bank)
}

/// Reads the free texts and the statements; a missing file counts as an empty one. Stops at the first invalid line.
pub fn load_standalone(folder: &Path) -> Result<Vec<StandaloneText>, BankError> {
    let mut texts = Vec::new();
    for genre in Genre::ALL {
        let path = folder.join(genre.file());
        let content = match std::fs::read_to_string(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => return Err(BankError::Read { path, source }),
        };
        for (place, line) in content.lines().enumerate() {
            let Parsed { text, labels, group, kind } = parse(line, &path, place + 1)?;
            texts.push(StandaloneText { genre, line: place + 1, text, labels, group, kind });
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
        return broken("a label must be -2, -1, 1 or 2; leave out labels of 0");
    }
    let plain = |label: Option<i8>| label.unwrap_or(0);
    let labels = Labels { traits: traits.map(plain), axes: axes.map(plain) };
    if matches!(kind, Some(CounterExample::Mood | CounterExample::Copied)) && labels != Labels::default() {
        return broken(
            "a text about a mood, or a copied text, says nothing about its writer, so it cannot have labels",
        );
    }
    Ok(Parsed { text, labels, group, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::bank::text::Split;

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
    }

    #[test]
    fn a_counter_example_has_a_kind() {
        let answer = read(r#"{"text": "I cut the hay.", "labels": {"O": -1}, "kind": "turned"}"#).unwrap();
        assert_eq!((answer.kind, answer.labels.traits[4]), (Some(CounterExample::Turned), -1));
        let copied = read(r#"{"text": "Soup.", "labels": {}, "kind": "copied"}"#).unwrap();
        assert_eq!(copied.kind, Some(CounterExample::Copied));
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
        assert!((520..680).contains(&count(Split::Validation)) && (520..680).contains(&count(Split::Test)));
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
        let texts = load_standalone(folder.path()).unwrap();
        let of = |genre: Genre| texts.iter().filter(move |t| t.genre == genre).map(StandaloneText::split);
        let splits: Vec<Split> = of(Genre::Statement).collect();
        assert!(splits.len() == 300 && splits.chunks(3).all(|c| c[0] == c[1] && c[1] == c[2]));
        assert!(splits.contains(&Split::Validation) && !splits.contains(&Split::Test));
        assert!(of(Genre::Free).any(|s| s == Split::Test));
        // The loader of answers skips both files.
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        let questionnaire = Questionnaire::load(Path::new(path)).unwrap();
        assert!(load_answers(folder.path(), &questionnaire).unwrap().is_empty());
        std::fs::write(folder.path().join("q02.jsonl"), lines[0].clone()).unwrap();
        let error = load_answers(folder.path(), &questionnaire).unwrap_err().to_string();
        assert!(error.contains("q02.jsonl, line 1: an answer cannot have a group"), "{error}");
    }
}

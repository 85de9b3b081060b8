//! Texts of the bank, their labels and their splits.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::personality::{Axis, Trait};

/// The questions whose answers are never used for training, fitting or calibration. Their lead-ins are training text
/// without labels, like those of every question. Together the two questions are tagged with all five traits and all
/// four axes.
pub const UNSEEN_QUESTIONS: [&str; 2] = ["q01", "q22"];

/// The number of labels of a text.
pub const LABELS: usize = 9;
/// The labels' names in the files: the traits, then the axes.
pub const LABEL_NAMES: [&str; LABELS] = ["E", "N", "A", "C", "O", "EI", "SN", "TF", "JP"];

/// How strongly a text speaks for each trait and axis of its writer, from -2 to 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Indexed by [`Trait::index`].
    pub traits: [i8; 5],
    /// In the order of [`Axis::ALL`], positive toward the second letter.
    pub axes: [i8; 4],
}

impl Labels {
    /// In the order of [`LABEL_NAMES`].
    pub fn all(&self) -> [i8; LABELS] {
        let mut all = [0; LABELS];
        all[..5].copy_from_slice(&self.traits);
        all[5..].copy_from_slice(&self.axes);
        all
    }
}

/// The positions in [`LABEL_NAMES`] of the traits and axes that a question is tagged with.
pub(super) fn tagged(traits: &[Trait], axes: &[Axis]) -> Vec<usize> {
    traits.iter().map(|t| t.index()).chain(axes.iter().map(|a| 5 + *a as usize)).collect()
}

/// What a counter-example shows: how a text can look like evidence and mean something else, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CounterExample {
    /// A mood or state of the day. Never labeled.
    Mood,
    /// A warm topic told coldly, or a cold one told warmly.
    Tone,
    /// A style that usually goes with other traits than the writer's: length, order, spelling, calm.
    Style,
    /// About other people or things.
    Others,
    /// Quoted or copied text. Never labeled.
    Copied,
    /// A few words that say little.
    Short,
    /// A negation or contrast: the keyword says the opposite of the sentence.
    Turned,
    /// Speaks to an axis that is hard to read.
    Axes,
    /// Everyday English of a region, an age or a first language.
    Voice,
}

impl CounterExample {
    /// In the order of datasets/answers/README.md.
    pub const ALL: [CounterExample; 9] = [
        CounterExample::Mood,
        CounterExample::Tone,
        CounterExample::Style,
        CounterExample::Others,
        CounterExample::Copied,
        CounterExample::Short,
        CounterExample::Turned,
        CounterExample::Axes,
        CounterExample::Voice,
    ];
}

/// What a text is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    Train,
    /// For choosing between models, fitting and calibrating.
    Validation,
    /// For the evaluation alone.
    Test,
}

impl Split {
    /// 70, 15 and 15 percent, by a hash of `key`, so that adding texts moves none to another split.
    fn of(key: &str) -> Split {
        let digest = Sha256::digest(key.as_bytes());
        let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        match number % 100 {
            0..70 => Split::Train,
            70..85 => Split::Validation,
            _ => Split::Test,
        }
    }
}

/// An answer to an open question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAnswer {
    /// The question's id, such as "q07".
    pub question: String,
    /// The line in the question's file, counted from 1.
    pub line: usize,
    pub text: String,
    pub labels: Labels,
    /// The kind of counter-example, if it is one.
    pub kind: Option<CounterExample>,
}

impl BankAnswer {
    pub fn split(&self) -> Split {
        Split::of(&self.text)
    }

    /// Whether its question is one of [`UNSEEN_QUESTIONS`].
    pub fn is_of_unseen_question(&self) -> bool {
        UNSEEN_QUESTIONS.contains(&self.question.as_str())
    }
}

/// A kind of text that does not answer a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Genre {
    /// A few sentences to a page.
    Free,
    /// A single sentence about oneself.
    Statement,
}

impl Genre {
    pub const ALL: [Genre; 2] = [Genre::Free, Genre::Statement];

    /// The name of its file in the bank's folder.
    pub fn file(self) -> &'static str {
        match self {
            Genre::Free => "free.jsonl",
            Genre::Statement => "statements.jsonl",
        }
    }
}

/// A text that does not answer a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandaloneText {
    pub genre: Genre,
    /// The line in its file, counted from 1.
    pub line: usize,
    pub text: String,
    pub labels: Labels,
    /// The keyed item that a statement paraphrases, if any.
    pub group: Option<String>,
    /// The kind of counter-example, if it is one.
    pub kind: Option<CounterExample>,
}

impl StandaloneText {
    /// Free texts are split like answers. Paraphrases of one item stay together. The test split has no statements:
    /// statements are not evaluated, so those that would be in it are used for training.
    pub fn split(&self) -> Split {
        match (self.genre, Split::of(self.group.as_deref().unwrap_or(&self.text))) {
            (Genre::Statement, Split::Test) => Split::Train,
            (_, split) => split,
        }
    }
}

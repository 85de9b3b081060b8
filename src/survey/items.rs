//! The parts of a questionnaire, and the reasons for refusing one.

use std::path::PathBuf;

use serde::Deserialize;

use crate::personality::{Axis, Trait};

/// Rated items: 40 statements and 20 adjectives.
pub const ITEM_COUNT: usize = 60;
pub const QUESTION_COUNT: usize = 26;
/// Items on each of the six rating pages.
pub const RATING_PAGE_SIZE: usize = 10;
/// Questions on each of the six open pages.
pub const OPEN_PAGE_SIZES: [usize; 6] = [4, 4, 4, 4, 5, 5];

/// Why a questionnaire file is refused.
#[derive(Debug, thiserror::Error)]
pub enum QuestionnaireError {
    #[error("the questionnaire {} cannot be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// Not TOML, or an entry with a missing, unknown or ill-typed field; the source names the line.
    #[error("the questionnaire has the wrong format: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("questionnaire, entry {entry}: {problem}")]
    Entry { entry: String, problem: String },
    /// Each entry is valid, but not the whole.
    #[error("questionnaire: {0}")]
    Whole(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// "Make friends easily."
    Statement,
    /// "Outgoing"
    Adjective,
}

/// The direction in which an item counts toward its trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keyed {
    /// A high rating means more of the trait.
    Plus,
    /// A high rating means less of the trait: the item counts as 6 minus the rating.
    Minus,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// "r01" to "r60", in order; also the form field's name.
    pub id: String,
    pub kind: ItemKind,
    /// What the visitor rates, in the wording of the International Personality Item Pool.
    pub text: String,
    #[serde(rename = "trait")]
    pub trait_: Trait,
    pub keyed: Keyed,
    /// The number in the International Personality Item Pool; "H1157;X5" where the pool lists the item twice.
    #[serde(rename = "ipip")]
    pub ipip_id: Option<String>,
    /// What the composed text says for each rating, from 1 (totally inaccurate) to 5.
    pub sentences: [String; 5],
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// "q01" to "q26", in order; also the form field's name. The skip flag's name is "q01-skip".
    pub id: String,
    pub prompt: String,
    /// Help under the prompt.
    pub hint: String,
    /// First-person words, ending in a colon, that precede the answer in the composed text.
    pub lead_in: String,
    /// The traits that an answer may show.
    pub traits: Vec<Trait>,
    /// The type axes that an answer may show.
    pub axes: Vec<Axis>,
}

impl Question {
    /// The name of the form field that marks the question as skipped.
    pub fn skip_field(&self) -> String {
        format!("{}-skip", self.id)
    }
}

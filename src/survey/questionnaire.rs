//! The questionnaire: parsed from TOML, validated, hashed.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::items::{
    ITEM_COUNT, Item, ItemKind, Keyed, OPEN_PAGE_SIZES, Question, QuestionnaireError, RATING_PAGE_SIZE,
};
use super::rules::{check_items, check_questions};

/// A valid questionnaire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Questionnaire {
    pub version: String,
    /// SHA-256 in lower-case hex over what a respondent answers and a model reads: the version; id, kind, text, trait,
    /// key and sentences of each item; id, prompt and lead-in of each question. Hints, tags, pool numbers, comments and
    /// layout do not affect it.
    pub hash: String,
    /// The 60 items, in the order in which they are asked.
    pub items: Vec<Item>,
    /// The 26 questions, in the order in which they are asked.
    pub questions: Vec<Question>,
    fields: HashMap<String, Field>,
}

/// The item or question that a form field belongs to, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Item(usize),
    Question(usize),
    Skip(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    item: Vec<Item>,
    question: Vec<Question>,
}

impl Questionnaire {
    /// Reads and validates a file.
    ///
    /// # Errors
    /// [`QuestionnaireError::Read`] if it cannot be read, otherwise as [`Questionnaire::parse`].
    pub fn load(path: &Path) -> Result<Self, QuestionnaireError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| QuestionnaireError::Read { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// Parses and validates TOML.
    ///
    /// # Errors
    /// Names the first broken rule and the entry that breaks it. The rules: ids in order; no empty or padded text; 300
    /// distinct sentences; 40 statements before 20 adjectives; for each trait eight statements and four adjectives,
    /// half of them keyed each way, and balanced on each rating page too; lead-ins that end in a colon; at least four
    /// questions for each trait and each axis.
    pub fn parse(toml: &str) -> Result<Self, QuestionnaireError> {
        let File { version, item: items, question: questions } = toml::from_str(toml)?;
        if version.trim().is_empty() {
            return Err(QuestionnaireError::Whole("version is empty; expected for example \"1\"".to_owned()));
        }
        check_items(&items)?;
        check_questions(&questions)?;
        let hash = hash(&version, &items, &questions);
        let mut fields = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            fields.insert(item.id.clone(), Field::Item(index));
        }
        for (index, question) in questions.iter().enumerate() {
            fields.insert(question.id.clone(), Field::Question(index));
            fields.insert(question.skip_field(), Field::Skip(index));
        }
        Ok(Questionnaire { version, hash, items, questions, fields })
    }

    /// The 300 sentences, one for each item and rating.
    pub fn rated_sentences(&self) -> HashSet<String> {
        self.items.iter().flat_map(|item| item.sentences.iter().cloned()).collect()
    }

    pub fn rating_pages(&self) -> Vec<&[Item]> {
        self.items.chunks(RATING_PAGE_SIZE).collect()
    }

    pub fn open_pages(&self) -> Vec<&[Question]> {
        let mut rest = self.questions.as_slice();
        OPEN_PAGE_SIZES
            .iter()
            .map(|&size| {
                let (page, after) = rest.split_at(size.min(rest.len()));
                rest = after;
                page
            })
            .collect()
    }

    pub(super) fn field(&self, name: &str) -> Option<Field> {
        self.fields.get(name).copied()
    }

    /// Whether the name is that of an item, a question or a skip flag.
    pub fn is_field(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The number of the field's item or question among all 86, from 1. A skip flag has its question's number.
    pub fn number(&self, field: &str) -> Option<usize> {
        self.fields.get(field).map(|field| match field {
            Field::Item(index) => index + 1,
            Field::Question(index) | Field::Skip(index) => ITEM_COUNT + index + 1,
        })
    }
}

/// Hashes each value with its length, so that two different lists of values never give the same bytes.
fn hash(version: &str, items: &[Item], questions: &[Question]) -> String {
    let mut digest = Sha256::new();
    let mut field = |value: &str| {
        digest.update(value.len().to_string());
        digest.update(b":");
        digest.update(value);
    };
    field("calling questionnaire");
    field(version);
    for item in items {
        field(&item.id);
        field(match item.kind {
            ItemKind::Statement => "statement",
            ItemKind::Adjective => "adjective",
        });
        field(&item.text);
        field(item.trait_.name());
        field(match item.keyed {
            Keyed::Plus => "plus",
            Keyed::Minus => "minus",
        });
        for sentence in &item.sentences {
            field(sentence);
        }
    }
    for question in questions {
        field(&question.id);
        field(&question.prompt);
        field(&question.lead_in);
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
pub(crate) mod tests;

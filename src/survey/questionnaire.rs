//! The 60 rated items and 26 open questions: read from TOML, checked whole, hashed.
//!
//! A questionnaire that breaks one of its rules does not load, and the error names the entry and the rule.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::rules::{check_items, check_questions};
use crate::personality::{Axis, Trait};

/// Statements and adjectives together.
pub const ITEM_COUNT: usize = 60;
/// Open questions.
pub const QUESTION_COUNT: usize = 26;
/// Items on a rating page; six pages hold all of them.
pub const RATING_PAGE_SIZE: usize = 10;
/// Questions on each of the six open pages, in order.
pub const OPEN_PAGE_SIZES: [usize; 6] = [4, 4, 4, 4, 5, 5];
/// What a questionnaire file can be wrong about.
#[derive(Debug, thiserror::Error)]
pub enum QuestionnaireError {
    /// The file cannot be read.
    #[error("the questionnaire {} cannot be read", path.display())]
    Read {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no TOML, or an entry lacks a field or has one of the wrong kind; the source names the line.
    #[error("the questionnaire is not written as expected: {0}")]
    Syntax(#[from] toml::de::Error),
    /// One entry breaks a rule.
    #[error("questionnaire, entry {entry}: {problem}")]
    Entry {
        /// The entry's id as it stands in the file.
        entry: String,
        /// The rule and what was found.
        problem: String,
    },
    /// The entries are well one by one but not together.
    #[error("questionnaire: {0}")]
    Whole(String),
}

/// How an item is put: a statement to agree with, or a single trait word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// "Make friends easily."
    Statement,
    /// "Outgoing"
    Adjective,
}

/// Which way an item counts towards its trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keyed {
    /// A high rating speaks for the trait.
    Plus,
    /// A high rating speaks against the trait: the rating counts as 6 minus itself.
    Minus,
}

/// One rated item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// "r01" to "r60", in order; also the name of the form field.
    pub id: String,
    /// Statement or adjective.
    pub kind: ItemKind,
    /// What the visitor rates, as it stands in the item pool.
    pub text: String,
    /// The trait that it measures.
    #[serde(rename = "trait")]
    pub trait_: Trait,
    /// Which way it counts.
    pub keyed: Keyed,
    /// Its number in the International Personality Item Pool ("H1157;X5" where the pool has it twice).
    #[serde(rename = "ipip")]
    pub ipip_id: Option<String>,
    /// The sentence for each rating, 1 (totally inaccurate) first.
    pub sentences: [String; 5],
}

/// One open question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// "q01" to "q26", in order; also the name of the form field ("q01-skip" is its skip flag).
    pub id: String,
    /// What is asked.
    pub prompt: String,
    /// A short line of help under the prompt.
    pub hint: String,
    /// The first-person words, ending in a colon, that the composed text puts before the answer.
    pub lead_in: String,
    /// The traits that an answer gives a chance to show.
    pub traits: Vec<Trait>,
    /// The type axes that an answer gives a chance to show.
    pub axes: Vec<Axis>,
}

impl Question {
    /// The name of the form field that says the question was skipped on purpose.
    pub fn skip_field(&self) -> String {
        format!("{}-skip", self.id)
    }
}

/// A questionnaire that keeps all of its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Questionnaire {
    /// The file's own version.
    pub version: String,
    /// SHA-256 in lower-case hex over what a respondent answers and what a model reads: version; id, kind, text,
    /// trait, key and sentences of each item; id, prompt and lead-in of each question. Hints, tags, pool numbers,
    /// comments and layout may change without changing it.
    pub hash: String,
    /// The 60 items in the order in which they are asked.
    pub items: Vec<Item>,
    /// The 26 questions in the order in which they are asked.
    pub questions: Vec<Question>,
    places: HashMap<String, Field>,
}

/// What a form field belongs to.
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
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`QuestionnaireError::Read`] if it cannot be read, otherwise as [`Questionnaire::parse`].
    pub fn load(path: &Path) -> Result<Self, QuestionnaireError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| QuestionnaireError::Read { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// Reads and checks a questionnaire in TOML.
    ///
    /// # Errors
    /// The first rule that is broken, with the entry that breaks it: ids in order; nothing empty or padded; five
    /// distinct sentences an item, all 300 distinct; 40 statements before 20 adjectives; of each trait eight statements
    /// and four adjectives, half keyed each way; each rating page balanced likewise; lead-ins ending in a colon; at
    /// least four questions for each trait and each axis.
    pub fn parse(toml: &str) -> Result<Self, QuestionnaireError> {
        let File { version, item: items, question: questions } = toml::from_str(toml)?;
        if version.trim().is_empty() {
            return Err(QuestionnaireError::Whole("version is empty; expected for example \"1\"".to_owned()));
        }
        check_items(&items)?;
        check_questions(&questions)?;
        let hash = hash(&version, &items, &questions);
        let mut places = HashMap::new();
        for (place, item) in items.iter().enumerate() {
            places.insert(item.id.clone(), Field::Item(place));
        }
        for (place, question) in questions.iter().enumerate() {
            places.insert(question.id.clone(), Field::Question(place));
            places.insert(question.skip_field(), Field::Skip(place));
        }
        Ok(Questionnaire { version, hash, items, questions, places })
    }

    /// The sentences of every item and rating, 300 different ones.
    pub fn rated_sentences(&self) -> HashSet<String> {
        self.items.iter().flat_map(|item| item.sentences.iter().cloned()).collect()
    }

    /// The six rating pages of ten items each, in order.
    pub fn rating_pages(&self) -> Vec<&[Item]> {
        self.items.chunks(RATING_PAGE_SIZE).collect()
    }

    /// The six open pages of four or five questions each, in order.
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

    pub(super) fn place(&self, field: &str) -> Option<Field> {
        self.places.get(field).copied()
    }

    /// Whether a posted field name is one of the questionnaire's: an item, a question or a skip flag.
    pub fn is_field(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The place of a field's item or question among all 86, counted from 1; a skip flag has its question's.
    pub fn number(&self, field: &str) -> Option<usize> {
        self.places.get(field).map(|place| match place {
            Field::Item(place) => place + 1,
            Field::Question(place) | Field::Skip(place) => ITEM_COUNT + place + 1,
        })
    }
}

/// Each field is written as its length in bytes, a colon and itself, so that no two contents run together.
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
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const BUNDLED: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml"));

    pub(crate) fn bundled() -> Questionnaire {
        Questionnaire::parse(BUNDLED).unwrap()
    }

    /// The error after one replacement in the bundled file; the replaced words must be there.
    fn broken(from: &str, to: &str) -> String {
        assert!(BUNDLED.contains(from), "{from}");
        Questionnaire::parse(&BUNDLED.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn the_bundled_questionnaire_keeps_its_rules() {
        let questionnaire = bundled();
        assert_eq!(questionnaire.rating_pages().iter().map(|p| p.len()).collect::<Vec<_>>(), [10; 6]);
        let open = questionnaire.open_pages();
        assert_eq!(open.iter().map(|p| p.len()).collect::<Vec<_>>(), OPEN_PAGE_SIZES);
        assert_eq!(open.concat(), questionnaire.questions);
        assert_eq!(questionnaire.number("r01"), Some(1));
        assert_eq!(questionnaire.number("q26-skip"), Some(86));
        assert!(!questionnaire.is_field("q27") && !questionnaire.is_field("r01-skip"));
    }

    #[test]
    fn an_error_names_the_entry_and_the_rule() {
        assert!(broken("id = \"r07\"", "id = \"r70\"").contains("entry r70: stands where r07"));
        assert!(
            broken("lead_in = \"This is how I spend a day with nothing to do:\"", "lead_in = \"Well\"")
                .contains("entry q01: lead_in ends with a colon")
        );
        assert!(broken("\"I trust nobody.\"", "\"I never speak first.\"").contains("stands at r12 already"));
        assert!(
            broken("\"I trust nobody.\"", "\"i trust nobody\"").contains("sentence 1 starts with a capital")
        );
        assert!(broken("\"I trust nobody.\"", "\"\"").contains("sentence 1 is empty"));
        assert!(broken("text = \"Outgoing\"", "text = \"Very outgoing\"").contains("single word"));
        assert!(broken("ipip = \"H29\"\n", "").contains("entry r01: a statement names its number"));
    }

    #[test]
    fn a_missing_or_unknown_field_is_named_with_its_line() {
        let missing = broken("hint = \"Start in the morning and tell us how the day goes.\"\n", "");
        assert!(missing.contains("hint") && missing.contains("line"), "{missing}");
        let unknown = broken("keyed = \"plus\"", "keyed = \"sideways\"");
        assert!(unknown.contains("sideways") && unknown.contains("line"), "{unknown}");
    }

    #[test]
    fn an_unbalanced_key_is_refused() {
        let message = broken("keyed = \"plus\"", "keyed = \"minus\"");
        assert!(message.contains("Extraversion keyed Plus; expected 4"), "{message}");
    }

    #[test]
    fn every_trait_and_axis_has_its_chances() {
        let toml = BUNDLED.replace("\"EI\", ", "").replace("\"EI\"", "");
        let message = Questionnaire::parse(&toml).unwrap_err().to_string();
        assert!(message.contains("0 questions give E/I a chance"), "{message}");
        let questionnaire = bundled();
        for axis in Axis::ALL {
            assert!(questionnaire.questions.iter().filter(|q| q.axes.contains(&axis)).count() >= 6);
        }
    }

    #[test]
    fn the_hash_follows_the_words_and_nothing_else() {
        let hash = bundled().hash;
        assert_eq!(hash.len(), 64);
        let reparsed = |from: &str, to: &str| {
            assert!(BUNDLED.contains(from), "{from}");
            Questionnaire::parse(&BUNDLED.replacen(from, to, 1)).unwrap().hash
        };
        assert_eq!(hash, reparsed("# The questionnaire", "# This questionnaire"));
        assert_eq!(hash, reparsed("Start in the morning and", "Begin in the morning and"));
        assert_ne!(hash, reparsed("I trust nobody.", "I trust no one."));
        assert_ne!(hash, reparsed("Here is a promise that I kept", "Here is a vow that I kept"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Questionnaire::load(Path::new("no/such/file.toml")).unwrap_err();
        assert!(error.to_string().contains("no/such/file.toml"));
    }
}

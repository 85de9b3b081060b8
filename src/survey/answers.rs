//! Turns posted form fields into valid answers, or an error for each wrong field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::questionnaire::{Field, Questionnaire};

/// The longest open answer in characters (Unicode scalar values; a line break counts as one).
///
/// That is about 900 English words. A text with 26 such answers is still read within seconds. A browser's `maxlength`
/// counts UTF-16 units, which are never fewer.
pub const MAX_ANSWER_CHARS: usize = 5_000;

/// A rating from 1, "totally inaccurate", to 5, "totally accurate".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rating(u8);

impl Rating {
    pub const ALL: [Rating; 5] = [Rating(1), Rating(2), Rating(3), Rating(4), Rating(5)];

    /// Parses "1" to "5", with or without spaces around.
    pub fn parse(text: &str) -> Option<Rating> {
        match text.trim().as_bytes() {
            [digit @ b'1'..=b'5'] => Some(Rating(digit - b'0')),
            _ => None,
        }
    }

    pub fn value(self) -> u8 {
        self.0
    }

    pub fn label(self) -> &'static str {
        match self.0 {
            1 => "totally inaccurate",
            2 => "rather inaccurate",
            3 => "neither accurate nor inaccurate",
            4 => "rather accurate",
            _ => "totally accurate",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenAnswer {
    /// The visitor's words after [`posted_text`]; never blank.
    Given(String),
    Skipped,
}

/// Form fields as posted or stored, by name. A rating is "1" to "5", a skip flag "1".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawAnswers(pub BTreeMap<String, String>);

impl RawAnswers {
    /// How many of the 86 items and questions have a valid rating or answer, or are skipped.
    pub fn answered(&self, questionnaire: &Questionnaire) -> usize {
        questionnaire.fields().filter(|field| questionnaire.check_field(self, field).is_none()).count()
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The form field's name, "r07" or "q03".
    pub field: String,
    /// Its number among all 86, from 1.
    pub number: usize,
    /// What the visitor should do.
    pub message: String,
}

/// A complete set of answers: every item rated, every question answered or skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    ratings: Vec<Rating>,
    open: Vec<OpenAnswer>,
}

impl Answers {
    /// Validates every item and question. Ignores other fields.
    ///
    /// # Errors
    /// One [`FieldError`] for each item without a rating from 1 to 5, and for each question that is neither answered
    /// nor skipped, or both, or has an answer of more than [`MAX_ANSWER_CHARS`]. In the questionnaire's order.
    pub fn parse(questionnaire: &Questionnaire, raw: &RawAnswers) -> Result<Answers, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut answers = Answers { ratings: Vec::new(), open: Vec::new() };
        for item in &questionnaire.items {
            match rating(raw, &item.id) {
                Ok(rating) => answers.ratings.push(rating),
                Err(message) => errors.push(questionnaire.field_error(&item.id, message)),
            }
        }
        for question in &questionnaire.questions {
            match open_answer(raw, &question.id, &question.skip_field()) {
                Ok(answer) => answers.open.push(answer),
                Err(message) => errors.push(questionnaire.field_error(&question.id, message)),
            }
        }
        if errors.is_empty() { Ok(answers) } else { Err(errors) }
    }

    /// In the order of the items.
    pub fn ratings(&self) -> &[Rating] {
        &self.ratings
    }

    /// In the order of the questions.
    pub fn open(&self) -> &[OpenAnswer] {
        &self.open
    }
}

impl Questionnaire {
    /// The field names of all items and questions in order, without the skip flags.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|item| item.id.as_str()).chain(self.questions.iter().map(|q| q.id.as_str()))
    }

    /// The error that [`Answers::parse`] would report for this field, if any. A skip flag is checked with its question.
    pub fn check_field(&self, raw: &RawAnswers, field: &str) -> Option<FieldError> {
        let found = match self.field(field)? {
            Field::Item(index) => {
                rating(raw, &self.items[index].id).err().map(|m| (&self.items[index].id, m))
            }
            Field::Question(index) | Field::Skip(index) => {
                let question = &self.questions[index];
                open_answer(raw, &question.id, &question.skip_field()).err().map(|m| (&question.id, m))
            }
        };
        found.map(|(id, message)| self.field_error(id, message))
    }

    fn field_error(&self, field: &str, message: String) -> FieldError {
        FieldError { field: field.to_owned(), number: self.number(field).unwrap_or(0), message }
    }
}

/// The text without U+0000, which PostgreSQL cannot store, and with line feeds for all line breaks, since browsers post
/// CR LF.
pub fn posted_text(text: &str) -> Cow<'_, str> {
    if text.contains(['\0', '\r']) {
        Cow::Owned(text.replace('\0', "").replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The characters besides white space and control characters of which nothing can be seen: those that Unicode 16 lists as
/// Default_Ignorable_Code_Point or draws blank. Ranges, both ends included.
const UNSEEN: [(char, char); 18] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether nothing of the text can be seen: only white space, control characters, and [`UNSEEN`].
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            || UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&c))
    })
}

/// A regular expression (ECMA-262 with the flag u) that finds a character in every text that is not [blank](is_blank).
/// White space is written out, because programs disagree on what `\s` is.
pub fn seen_pattern() -> String {
    let unseen = UNSEEN.iter().map(|(first, last)| format!("{first}-{last}")).collect::<String>();
    format!(
        "[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000{unseen}]"
    )
}

fn rating(raw: &RawAnswers, field: &str) -> Result<Rating, String> {
    match raw.0.get(field) {
        Some(value) if !is_blank(value) => Rating::parse(value).ok_or_else(|| {
            "This rating is not a number from 1 to 5. Choose one of the five steps.".to_owned()
        }),
        _ => Err("You have not rated this one yet. Choose one of the five steps.".to_owned()),
    }
}

/// An answer together with a skip is an error, because only the visitor knows which one is meant.
fn open_answer(raw: &RawAnswers, field: &str, skip_field: &str) -> Result<OpenAnswer, String> {
    let skipped = raw.0.get(skip_field).is_some_and(|flag| flag.trim() == "1");
    let text = raw.0.get(field).map(|text| posted_text(text)).unwrap_or_default();
    if is_blank(&text) {
        if skipped {
            return Ok(OpenAnswer::Skipped);
        }
        return Err(
            "You have not answered this one yet. Write a few words, or say that you would rather not."
                .to_owned(),
        );
    }
    if skipped {
        return Err(
            "You wrote an answer and ticked that you would rather not. Untick the box, or clear what you wrote."
                .to_owned(),
        );
    }
    let length = text.chars().count();
    if length > MAX_ANSWER_CHARS {
        return Err(format!(
            "Your answer is {length} characters long and there is room for {MAX_ANSWER_CHARS}. Shorten it by {}.",
            length - MAX_ANSWER_CHARS
        ));
    }
    Ok(OpenAnswer::Given(text.into_owned()))
}

#[cfg(test)]
pub(crate) mod tests;

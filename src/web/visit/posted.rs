//! Turns a posted page into changes of a draft. Pure.
//!
//! A browser posts every field of a page, even those that the visitor did not change. So the page has a mark for each
//! field, a short hash of the value that it showed. A field that still has that value is not changed. A page that was
//! opened before another tab saved therefore does not undo what the other tab saved.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::survey::{MAX_ANSWER_CHARS, Question, Questionnaire, Rating, RawAnswers, posted_text};
use crate::web::error::WebError;
use crate::web::numbers::grouped;

pub use crate::web::form::Form as Posted;

/// The value of the button that posted a form; "next" if Enter did.
pub fn button(form: &Posted) -> &str {
    form.iter().find(|(field, _)| field == "go").map_or("next", |(_, value)| value.as_str())
}

/// The suffix of the hidden field that carries a field's mark.
const MARK: &str = "-was";

/// The hidden field with the time at which a page of ratings was served, in milliseconds since 1970. A visitor who
/// changes it in the browser affects only the notice of hurry in their own result.
const SHOWN: &str = "shown";

/// When the posted page was served, if it says so.
pub fn shown_at(posted: &[(String, String)]) -> Option<DateTime<Utc>> {
    let (_, value) = posted.iter().find(|(field, _)| field == SHOWN)?;
    DateTime::from_timestamp_millis(value.parse().ok()?)
}

/// The changes of a save, by field: a new value, or `None` to remove the answer.
pub type Changes = BTreeMap<String, Option<String>>;

/// A short hash of a value as a page shows it: 16 hex digits, or nothing for an empty value.
pub fn mark(value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    hex::encode(&Sha256::digest(value)[..8])
}

/// The marks of the saved values, for a page that stays open after saving.
pub fn marks(changes: &Changes) -> BTreeMap<&str, String> {
    changes
        .iter()
        .map(|(field, value)| (field.as_str(), mark(value.as_deref().unwrap_or_default())))
        .collect()
}

/// A posted field that cannot be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadField {
    /// The field's name.
    pub field: String,
    /// Its place among all 86, from 1.
    number: usize,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// A value that the form does not offer.
    NotOffered,
    /// More characters than an answer may have.
    TooLong {
        /// How many it has.
        length: usize,
    },
}

impl From<BadField> for WebError {
    fn from(BadField { number, fault, .. }: BadField) -> WebError {
        match fault {
            Fault::NotOffered => {
                WebError::BadRequest(format!("Number {number} has a value that its page does not offer."))
            }
            Fault::TooLong { length } => WebError::AnswerTooLong(format!(
                "The answer to number {number} is {} characters long and there is room for {}. Shorten it by {}.",
                grouped(length as u64),
                grouped(MAX_ANSWER_CHARS as u64),
                grouped((length - MAX_ANSWER_CHARS) as u64)
            )),
        }
    }
}

/// The changes in a posted form. Fields outside the questionnaire, such as the button, are ignored. An empty value removes
/// the answer.
///
/// # Errors
/// A rating that is not a whole number from 1 to 5, a skip flag that is not "1", or an answer of more than [`MAX_ANSWER_CHARS`].
pub fn changes(survey: &Questionnaire, posted: &[(String, String)]) -> Result<Changes, BadField> {
    let mut changes = Changes::new();
    for (field, value) in posted {
        let Some(number) = survey.number(field) else { continue };
        let kept =
            kept(survey, field, value).map_err(|fault| BadField { field: field.clone(), number, fault })?;
        changes.insert(field.clone(), kept);
    }
    Ok(changes)
}

/// Takes the answers to these questions that are too long out of a posted page, with their marks: the others can be saved,
/// and these are shown again.
pub fn take_too_long(
    questions: &[Question],
    posted: &[(String, String)],
) -> (RawAnswers, Vec<(String, String)>) {
    let too_long = |field: &str, value: &str| {
        questions.iter().any(|question| question.id == field)
            && posted_text(value).chars().count() > MAX_ANSWER_CHARS
    };
    let taken: BTreeMap<String, String> = posted
        .iter()
        .filter(|(field, value)| too_long(field, value))
        .map(|(field, value)| (field.clone(), posted_text(value).into_owned()))
        .collect();
    let is_taken = |name: &str| taken.contains_key(name.strip_suffix(MARK).unwrap_or(name));
    let rest = posted.iter().filter(|(name, _)| !is_taken(name)).cloned().collect();
    (RawAnswers(taken), rest)
}

/// The value to store for one posted value.
fn kept(survey: &Questionnaire, field: &str, value: &str) -> Result<Option<String>, Fault> {
    if value.is_empty() {
        return Ok(None);
    }
    if survey.questions.iter().any(|question| question.id == field) {
        let text = posted_text(value);
        let length = text.chars().count();
        if length > MAX_ANSWER_CHARS {
            return Err(Fault::TooLong { length });
        }
        return Ok(Some(text.into_owned()));
    }
    let offered = if field.ends_with("-skip") { value == "1" } else { Rating::parse(value).is_some() };
    if offered { Ok(Some(value.to_owned())) } else { Err(Fault::NotOffered) }
}

/// The changes of a whole page: those of [`changes`], without the fields that still have the value that the page
/// showed. Browsers do not post an unchecked box, so a missing skip box of this page's questions counts as unchecked. A
/// field without a mark counts as changed.
///
/// # Errors
/// As [`changes`].
pub fn page_changes(
    survey: &Questionnaire,
    questions: &[Question],
    posted: &[(String, String)],
) -> Result<Changes, BadField> {
    let mut changes = changes(survey, posted)?;
    for question in questions {
        changes.entry(question.skip_field()).or_insert(None);
    }
    for (name, shown) in posted {
        let Some(field) = name.strip_suffix(MARK) else { continue };
        if changes.get(field).is_some_and(|value| mark(value.as_deref().unwrap_or_default()) == *shown) {
            changes.remove(field);
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey() -> Questionnaire {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        Questionnaire::load(std::path::Path::new(file)).unwrap()
    }

    fn posted(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_carries_its_answers_and_nothing_else() {
        let changes =
            changes(&survey(), &posted(&[("r01", "5"), ("go", "next"), ("q02", "a\r\nb"), ("q03", "")]));
        let expected: Changes = [
            ("r01".to_owned(), Some("5".to_owned())),
            ("q02".to_owned(), Some("a\nb".to_owned())),
            ("q03".to_owned(), None),
        ]
        .into();
        assert_eq!(changes.unwrap(), expected);
    }

    #[test]
    fn what_no_form_offers_is_refused() {
        for (field, value) in [("r01", "6"), ("r01", "yes"), ("q01-skip", "on")] {
            let refused = changes(&survey(), &posted(&[(field, value)])).unwrap_err();
            assert_eq!((refused.field.as_str(), refused.fault), (field, Fault::NotOffered));
        }
    }

    #[test]
    fn only_a_time_is_a_time() {
        let shown = |value: &str| shown_at(&posted(&[("r01", "1"), ("shown", value)]));
        assert_eq!(shown("1764493200000").unwrap().to_rfc3339(), "2025-11-30T09:00:00+00:00");
        for value in ["", "now", "1e99", "99999999999999999999", "9223372036854775807"] {
            assert_eq!(shown(value), None, "{value}");
        }
    }

    #[test]
    fn an_answer_is_kept_up_to_what_can_be_sent() {
        let fits = "é".repeat(MAX_ANSWER_CHARS);
        assert!(changes(&survey(), &posted(&[("q01", &fits)])).is_ok());
        let refused = changes(&survey(), &posted(&[("q02", "tea"), ("q01", &(fits + "xx"))])).unwrap_err();
        assert_eq!((refused.field.as_str(), refused.number), ("q01", 61));
        let said = WebError::from(refused).message();
        assert!(
            said.contains("number 61 is 5,002 characters long") && said.ends_with("Shorten it by 2."),
            "{said}"
        );
    }

    #[test]
    fn what_is_too_long_is_taken_out_and_the_rest_can_be_saved() {
        let survey = survey();
        let long = "x\r\n".repeat(MAX_ANSWER_CHARS);
        let page =
            posted(&[("q01", "tea"), ("q01-was", "1"), ("q02", &long), ("q02-was", "2"), ("q26", &long)]);
        let (taken, rest) = take_too_long(&survey.questions[..3], &page);
        assert_eq!(
            taken.0.into_iter().collect::<Vec<_>>(),
            [("q02".to_owned(), "x\n".repeat(MAX_ANSWER_CHARS))]
        );
        assert_eq!(rest, posted(&[("q01", "tea"), ("q01-was", "1"), ("q26", &long)]));
    }

    #[test]
    fn a_box_that_comes_back_unchecked_is_unchecked_on_its_own_page_only() {
        let survey = survey();
        let changes = page_changes(&survey, survey.open_pages()[0], &posted(&[("q01-skip", "1")])).unwrap();
        assert_eq!(changes["q01-skip"], Some("1".to_owned()));
        assert_eq!(changes["q02-skip"], None);
        assert!(!changes.contains_key("q26-skip"));
    }

    #[test]
    fn only_what_differs_from_what_the_page_showed_is_a_change() {
        let survey = survey();
        let (tea, four, ticked) = (mark("tea\nor coffee"), mark("4"), mark("1"));
        let left_alone = [
            ("r01", "4"),
            ("r01-was", four.as_str()),
            ("q01", "tea\r\nor coffee"),
            ("q01-was", tea.as_str()),
            ("q01-skip-was", ""),
            ("q02", ""),
            ("q02-was", ""),
            ("q02-skip", "1"),
            ("q02-skip-was", ticked.as_str()),
        ];
        let page = &survey.open_pages()[0][..2];
        assert_eq!(page_changes(&survey, page, &posted(&left_alone)).unwrap(), Changes::new());
        let changed = [
            ("r01", "5"),
            ("r01-was", four.as_str()),
            ("q01", ""),
            ("q01-was", tea.as_str()),
            ("q01-skip", "1"),
            ("q01-skip-was", ""),
            ("q02", "milk"),
            ("q02-was", ""),
            ("q02-skip-was", ticked.as_str()),
        ];
        let expected: Changes = [
            ("r01".to_owned(), Some("5".to_owned())),
            ("q01".to_owned(), None),
            ("q01-skip".to_owned(), Some("1".to_owned())),
            ("q02".to_owned(), Some("milk".to_owned())),
            ("q02-skip".to_owned(), None),
        ]
        .into();
        assert_eq!(page_changes(&survey, page, &posted(&changed)).unwrap(), expected);
    }
}

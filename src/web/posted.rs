//! How a posted page turns into changes of a draft, and which of its words can be shown again. Pure.
//!
//! A page is posted whole, also what nobody touched on it. Beside each field it brings back a mark of the value that it
//! showed there: a field that still has that value is left alone, so that a page which was opened before another tab
//! saved does not undo what the other tab saved.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::records::ANSWER_BYTES;
use crate::survey::{Question, Questionnaire, Rating, posted_text};

/// What the name of a field's mark ends in.
const MARK: &str = "-was";

/// What a save changes: a value, or none where there was one.
pub type Changes = BTreeMap<String, Option<String>>;

/// A short mark of a value as a page shows it; empty for none.
pub fn mark(value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    hex::encode(&Sha256::digest(value)[..8])
}

/// The marks of fields as a save leaves them, for the page that saved them and stays open.
pub fn marks(changes: &Changes) -> BTreeMap<&str, String> {
    changes
        .iter()
        .map(|(field, value)| (field.as_str(), mark(value.as_deref().unwrap_or_default())))
        .collect()
}

/// A posted field that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadField {
    /// Not what its form could send.
    #[error("the field {field} has a value that its form does not offer")]
    NotOffered {
        /// Its name.
        field: String,
    },
    /// Longer than the records take; far longer than an answer that can be sent.
    #[error("the field {field} is too long to be kept")]
    TooLong {
        /// Its name.
        field: String,
    },
}

impl BadField {
    /// The field's name.
    pub fn field(&self) -> &str {
        match self {
            BadField::NotOffered { field } | BadField::TooLong { field } => field,
        }
    }
}

/// The changes that a posted form carries. Fields that are none of the questionnaire's are not answers (the button, for
/// one) and are passed over; an empty value takes the answer away.
///
/// # Errors
/// A rating that is no whole number from 1 to 5, a skip flag that is not "1", or an answer beyond [`ANSWER_BYTES`].
pub fn changes(survey: &Questionnaire, posted: &[(String, String)]) -> Result<Changes, BadField> {
    let mut changes = Changes::new();
    for (field, value) in posted {
        if !survey.is_field(field) {
            continue;
        }
        let kept = if value.is_empty() {
            None
        } else if is_question(survey, field) {
            let text = posted_text(value);
            if text.len() > ANSWER_BYTES {
                return Err(BadField::TooLong { field: field.clone() });
            }
            Some(text.into_owned())
        } else {
            let offered =
                if field.ends_with("-skip") { value == "1" } else { Rating::parse(value).is_some() };
            if !offered {
                return Err(BadField::NotOffered { field: field.clone() });
            }
            Some(value.clone())
        };
        changes.insert(field.clone(), kept);
    }
    Ok(changes)
}

/// The changes of a whole page: as [`changes`], and a box of the page's questions that came back unticked is unticked.
/// A field whose mark says that its page showed the same is no change; one without a mark is taken as it is.
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

/// What was typed into a page that was posted, for an answer that has to say that it may not be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed(pub Vec<TypedAnswer>);

/// One open answer as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedAnswer {
    /// The form field.
    pub id: String,
    /// What was asked.
    pub prompt: String,
    /// What was typed.
    pub text: String,
}

impl Typed {
    /// The open answers among the posted fields that are not blank.
    pub fn of(survey: &Questionnaire, posted: &[(String, String)]) -> Typed {
        let typed =
            posted.iter().filter(|(_, value)| !value.trim().is_empty()).filter_map(|(field, value)| {
                let question = survey.questions.iter().find(|question| question.id == *field)?;
                Some(TypedAnswer { id: field.clone(), prompt: question.prompt.clone(), text: value.clone() })
            });
        Typed(typed.collect())
    }
}

fn is_question(survey: &Questionnaire, field: &str) -> bool {
    survey.questions.iter().any(|question| question.id == field)
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
            assert_eq!(refused, BadField::NotOffered { field: field.to_owned() });
        }
    }

    #[test]
    fn an_answer_is_refused_only_where_it_cannot_be_kept() {
        let fits = "x".repeat(ANSWER_BYTES);
        assert!(changes(&survey(), &posted(&[("q01", &fits)])).is_ok());
        let refused = changes(&survey(), &posted(&[("q02", "tea"), ("q01", &(fits + "x"))])).unwrap_err();
        assert_eq!(refused, BadField::TooLong { field: "q01".to_owned() });
    }

    #[test]
    fn a_box_that_comes_back_unticked_is_unticked_on_its_own_page_only() {
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

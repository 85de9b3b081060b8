//! Validation of posted answers.

use super::*;
use crate::survey::questionnaire::tests::bundled;

/// The same rating for every item, the same answer to every question.
pub(crate) fn uniform(questionnaire: &Questionnaire, rating: u8, answer: &str) -> RawAnswers {
    let mut raw = RawAnswers::default();
    for item in &questionnaire.items {
        raw.0.insert(item.id.clone(), rating.to_string());
    }
    for question in &questionnaire.questions {
        raw.0.insert(question.id.clone(), answer.to_owned());
    }
    raw
}

fn only_error(raw: &RawAnswers) -> FieldError {
    let mut errors = Answers::parse(&bundled(), raw).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

#[test]
fn an_empty_form_has_86_errors_in_order() {
    let questionnaire = bundled();
    let errors = Answers::parse(&questionnaire, &RawAnswers::default()).unwrap_err();
    assert_eq!(errors.iter().map(|e| e.number).collect::<Vec<_>>(), (1..=86).collect::<Vec<_>>());
    assert!(errors.iter().map(|e| e.field.as_str()).eq(questionnaire.fields()));
    assert_eq!(RawAnswers::default().answered(&questionnaire), 0);
}

#[test]
fn a_complete_form_parses_unchanged() {
    let questionnaire = bundled();
    let mut raw = uniform(&questionnaire, 4, "  i like  tea");
    raw.0.insert("q26".to_owned(), " \n".to_owned());
    raw.0.insert("q26-skip".to_owned(), "1".to_owned());
    raw.0.insert("csrf".to_owned(), "whatever".to_owned());
    let answers = Answers::parse(&questionnaire, &raw).unwrap();
    assert_eq!(answers.ratings(), [Rating(4); 60]);
    assert_eq!(answers.open()[0], OpenAnswer::Given("  i like  tea".to_owned()));
    assert_eq!(answers.open()[25], OpenAnswer::Skipped);
    assert_eq!(raw.answered(&questionnaire), 86);
}

#[test]
fn a_rating_is_one_of_five_digits() {
    for wrong in ["0", "6", "12", "3.0", "+3", "three", "-1", "٣"] {
        let mut raw = uniform(&bundled(), 3, "Tea");
        raw.0.insert("r07".to_owned(), wrong.to_owned());
        let error = only_error(&raw);
        assert_eq!((error.field.as_str(), error.number), ("r07", 7));
        assert!(error.message.contains("not a number from 1 to 5"), "{wrong}");
    }
    for blank in ["", " ", "\0"] {
        let mut raw = uniform(&bundled(), 3, "Tea");
        raw.0.insert("r07".to_owned(), blank.to_owned());
        assert!(only_error(&raw).message.contains("not rated"));
    }
    assert_eq!(Rating::parse(" 5 "), Some(Rating(5)));
}

#[test]
fn a_blank_answer_is_missing_and_only_the_flag_1_skips() {
    for blank in ["", " \r\n\t", "\0\0", "\u{200b}\u{feff}", "\u{ad}\u{2800}\u{fe0f}\u{e0020}"] {
        let mut raw = uniform(&bundled(), 3, "Tea");
        raw.0.insert("q02".to_owned(), blank.to_owned());
        raw.0.insert("q02-skip".to_owned(), "0".to_owned());
        let error = only_error(&raw);
        assert_eq!((error.field.as_str(), error.number), ("q02", 62));
        assert!(error.message.contains("not answered"));
    }
}

#[test]
fn an_answer_is_limited_in_length() {
    let questionnaire = bundled();
    let mut raw = uniform(&questionnaire, 3, "Tea");
    raw.0.insert("q01".to_owned(), "é\r\n".repeat(MAX_ANSWER_CHARS / 2) + "\0");
    assert!(Answers::parse(&questionnaire, &raw).is_ok());
    raw.0.insert("q01".to_owned(), "é".repeat(MAX_ANSWER_CHARS + 3));
    assert!(only_error(&raw).message.contains("5003 characters long"));
    assert!(only_error(&raw).message.ends_with("Shorten it by 3."));
}

#[test]
fn an_answer_together_with_a_skip_is_an_error() {
    let questionnaire = bundled();
    let mut raw = uniform(&questionnaire, 3, "Tea");
    raw.0.insert("q01-skip".to_owned(), "1".to_owned());
    assert!(only_error(&raw).message.contains("Untick the box, or clear what you wrote"));
    assert_eq!(raw.answered(&questionnaire), 85);
    raw.0.remove("q01");
    assert_eq!(Answers::parse(&questionnaire, &raw).unwrap().open()[0], OpenAnswer::Skipped);
}

#[test]
fn only_nul_and_carriage_returns_are_removed() {
    assert_eq!(posted_text("a\0b\r\nc\rd\n\u{1}  e "), "ab\nc\nd\n\u{1}  e ");
    assert!(matches!(posted_text("plain"), Cow::Borrowed(_)));
}

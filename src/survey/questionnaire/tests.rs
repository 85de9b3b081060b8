//! The rules of a questionnaire, each broken in turn in the bundled file.

use super::*;
use crate::personality::Axis;

pub(crate) const BUNDLED: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml"));

pub(crate) fn bundled() -> Questionnaire {
    Questionnaire::parse(BUNDLED).unwrap()
}

/// The error after one replacement in the bundled file.
fn broken(from: &str, to: &str) -> String {
    assert!(BUNDLED.contains(from), "{from}");
    Questionnaire::parse(&BUNDLED.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn the_bundled_questionnaire_is_valid() {
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
    assert!(broken("id = \"r07\"", "id = \"r70\"").contains("entry r70: expected r07 here"));
    assert!(
        broken("lead_in = \"This is how I spend a day with nothing to do:\"", "lead_in = \"Well\"")
            .contains("entry q01: lead_in must end with a colon")
    );
    assert!(broken("\"I trust nobody.\"", "\"I never speak first.\"").contains("is the same as at r12"));
    assert!(broken("\"I trust nobody.\"", "\"i trust nobody\"").contains("sentence 1 starts with a capital"));
    assert!(broken("\"I trust nobody.\"", "\"\"").contains("sentence 1 is empty"));
    assert!(broken("text = \"Outgoing\"", "text = \"Very outgoing\"").contains("single word"));
    assert!(broken("ipip = \"H29\"\n", "").contains("entry r01: a statement needs ipip"));
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
fn every_trait_and_axis_has_enough_questions() {
    let toml = BUNDLED.replace("\"EI\", ", "").replace("\"EI\"", "");
    let message = Questionnaire::parse(&toml).unwrap_err().to_string();
    assert!(message.contains("0 questions may show E/I"), "{message}");
    let questionnaire = bundled();
    for axis in Axis::ALL {
        assert!(questionnaire.questions.iter().filter(|q| q.axes.contains(&axis)).count() >= 6);
    }
}

#[test]
fn the_hash_depends_on_the_words_only() {
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
fn a_missing_file_is_named() {
    let error = Questionnaire::load(Path::new("no/such/file.toml")).unwrap_err();
    assert!(error.to_string().contains("no/such/file.toml"));
}

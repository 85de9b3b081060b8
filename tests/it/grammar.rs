//! Every sentence of the questionnaire, and texts composed of them, read by a grammar checker.

use harper_core::linting::LintGroup;
use harper_core::parsers::PlainEnglish;
use harper_core::spell::FstDictionary;
use harper_core::{Dialect, Document};

use calling::survey::Questionnaire;

fn bundled() -> Questionnaire {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
    Questionnaire::load(path.as_ref()).unwrap_or_else(|error| panic!("{error}"))
}

/// Harper with its whole curated rule set, as a reader of American English has it.
fn checker() -> LintGroup {
    LintGroup::new_curated(FstDictionary::curated(), Dialect::American)
}

/// What the checker finds in a text: each rule's name, the words, and its message.
fn findings(checker: &mut LintGroup, text: &str) -> Vec<String> {
    let document = Document::new_curated(text, &PlainEnglish);
    let mut found = Vec::new();
    for (rule, lints) in checker.organized_lints(&document) {
        for lint in lints {
            let words = lint.get_str(document.get_source());
            found.push(format!("{rule}: \"{words}\" in \"{text}\": {}", lint.message));
        }
    }
    found
}

#[test]
fn no_sentence_has_a_slip() {
    let mut checker = checker();
    let questionnaire = bundled();
    let mut found = Vec::new();
    for item in &questionnaire.items {
        for sentence in &item.sentences {
            found.extend(findings(&mut checker, sentence));
        }
        found.extend(findings(&mut checker, &item.sentences.join(" ")));
        found.extend(findings(&mut checker, &item.text));
    }
    for question in &questionnaire.questions {
        for words in [&question.prompt, &question.hint, &question.lead_in] {
            found.extend(findings(&mut checker, words));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Neighbours change with the ratings: a rule that looks across a full stop must find nothing there either.
#[test]
fn no_sequence_of_sentences_has_a_slip() {
    let mut checker = checker();
    let questionnaire = bundled();
    let mut found = Vec::new();
    for shift in 0..25 {
        let sentences: Vec<&str> = (questionnaire.items.iter().enumerate())
            .map(|(place, item)| item.sentences[(shift + place * (1 + shift / 5)) % 5].as_str())
            .collect();
        found.extend(findings(&mut checker, &sentences.join(" ")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

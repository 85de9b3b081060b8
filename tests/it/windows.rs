//! Composed texts cut into windows: the boundaries of answers are found in the text alone.

use std::collections::BTreeMap;
use std::ops::Range;

use calling::internals::inference::window::cut;
use calling::internals::models::Windows;
use calling::internals::survey::{Answers, ComposedText, Questionnaire, RawAnswers, compose};

/// A respondent with their own pattern of ratings, who answers every second question with these words.
fn composed(questionnaire: &Questionnaire, respondent: usize, words: &str) -> ComposedText {
    let ratings = questionnaire.items.iter().enumerate().map(|(i, item)| {
        let rating = 1 + (i * (respondent + 1) + respondent) % 5;
        (item.id.clone(), rating.to_string())
    });
    let answers = questionnaire.questions.iter().enumerate().map(|(i, question)| match i % 2 {
        0 => (question.id.clone(), words.to_owned()),
        _ => (format!("{}-skip", question.id), "1".to_owned()),
    });
    let raw = RawAnswers(ratings.chain(answers).collect::<BTreeMap<_, _>>());
    compose(questionnaire, &Answers::parse(questionnaire, &raw).unwrap())
}

/// The text of each window, with words as tokens.
fn windows<'a>(questionnaire: &Questionnaire, text: &'a str, rule: Windows, capacity: usize) -> Vec<&'a str> {
    let base = text.as_ptr() as usize;
    let tokens: Vec<Range<usize>> = text
        .split_whitespace()
        .map(|word| {
            let start = word.as_ptr() as usize - base;
            start..start + word.len()
        })
        .collect();
    let bytes = |w: Range<usize>| tokens[w.start].start..tokens[w.end - 1].end;
    let rated = questionnaire.rated_sentences();
    cut(text, &tokens, rule, capacity, &rated).into_iter().map(|w| &text[bytes(w)]).collect()
}

fn bundled() -> Questionnaire {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
    Questionnaire::load(path.as_ref()).unwrap()
}

#[test]
fn every_answer_is_a_window_of_its_own() {
    let questionnaire = bundled();
    let words = "I cry, and then I laugh about it. \"Why?\" says my sister.\n- no idea\n- really";
    for (respondent, words) in
        ["kind, I hope", "I sleep. Then I eat!", words, "Tea", "好。我很好。"].iter().enumerate()
    {
        let composed = composed(&questionnaire, respondent, words);
        let windows = windows(&questionnaire, &composed.text, Windows::Answer, 128);
        // Together the five respondents give all five sentences of each item.
        for (window, span) in windows.iter().zip(&composed.spans) {
            assert_eq!(*window, &composed.text[span.range.clone()], "{}", span.field);
        }
        assert_eq!(windows.len(), composed.spans.len());
    }
}

#[test]
fn the_same_answer_makes_the_same_windows_whatever_surrounds_it() {
    let questionnaire = bundled();
    let words = "I cry, and then I laugh about it. \"Why?\" says my sister. No idea".repeat(3);
    let last = |respondent| {
        let composed = composed(&questionnaire, respondent, &words);
        let all = windows(&questionnaire, &composed.text, Windows::Answer, 30);
        all[60..].iter().map(|window| (*window).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(last(0), last(3));
    assert!(last(0).len() > 13);
}

#[test]
fn no_window_joins_two_answers_or_splits_a_sentence_that_fits() {
    let questionnaire = bundled();
    let composed =
        composed(&questionnaire, 2, "I look for the quiet one in the corner. iPhone out, head down");
    for window in windows(&questionnaire, &composed.text, Windows::Answer, 20) {
        let start = window.as_ptr() as usize - composed.text.as_ptr() as usize;
        let inside = start..start + window.len();
        let holds = |span: &Range<usize>| span.start <= inside.start && inside.end <= span.end;
        assert!(composed.spans.iter().any(|span| holds(&span.range)), "{window}");
    }
    let packed = windows(&questionnaire, &composed.text, Windows::Packed, 100);
    for window in &packed[..packed.len() - 1] {
        assert!(window.ends_with(['.', '!', '?', ':', '"']), "{window}");
    }
}

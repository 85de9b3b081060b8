//! Composes answers into one first-person English text, with the span of each answer.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::answers::{Answers, OpenAnswer};
use super::items::RATING_PAGE_SIZE;
use super::mending::{is_latin, mend};
use super::questionnaire::Questionnaire;

/// The part of a composed text that belongs to one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The answer's form field, "r07" or "q03".
    pub field: String,
    /// In bytes: a rating's sentence, or an open answer's lead-in and words.
    pub range: Range<usize>,
}

/// A respondent's answers as one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposedText {
    /// Paragraphs separated by empty lines: six of ten sentences each, then at least one for each open answer.
    pub text: String,
    /// In order, disjoint, on character boundaries. Only white space is outside them. A skipped question has none.
    pub spans: Vec<Span>,
}

/// Composes the text: the sentence of each of the 60 ratings, then each open answer after its question's lead-in.
///
/// Lead-ins end in a colon, so that sentences, a fragment, a list or another language can follow. An answer of several
/// lines, or in another script, starts on a new line. `answers` must have been parsed with this `questionnaire`.
pub fn compose(questionnaire: &Questionnaire, answers: &Answers) -> ComposedText {
    let mut composed = ComposedText { text: String::new(), spans: Vec::new() };
    for (index, (item, rating)) in questionnaire.items.iter().zip(answers.ratings()).enumerate() {
        let sentence = &item.sentences[usize::from(rating.value()) - 1];
        let gap = if index % RATING_PAGE_SIZE == 0 { "\n\n" } else { " " };
        composed.push(&item.id, gap, &[sentence]);
    }
    for (question, answer) in questionnaire.questions.iter().zip(answers.open()) {
        if let OpenAnswer::Given(words) = answer {
            let words = mend(words);
            let gap = if starts_on_new_line(&words) { "\n" } else { " " };
            composed.push(&question.id, "\n\n", &[&question.lead_in, gap, &words]);
        }
    }
    composed
}

impl ComposedText {
    fn push(&mut self, field: &str, gap: &str, parts: &[&str]) {
        if !self.text.is_empty() {
            self.text.push_str(gap);
        }
        let start = self.text.len();
        for part in parts {
            self.text.push_str(part);
        }
        self.spans.push(Span { field: field.to_owned(), range: start..self.text.len() });
    }
}

fn starts_on_new_line(words: &str) -> bool {
    words.contains('\n') || words.chars().find(|c| c.is_alphabetic()).is_some_and(|c| !is_latin(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::super::answers::tests::uniform;
    use super::super::answers::{RawAnswers, posted_text};
    use super::super::questionnaire::tests::bundled;
    use super::*;

    fn composed(raw: &RawAnswers) -> ComposedText {
        let questionnaire = bundled();
        compose(&questionnaire, &Answers::parse(&questionnaire, raw).unwrap())
    }

    fn slice<'a>(composed: &'a ComposedText, field: &str) -> &'a str {
        let span = composed.spans.iter().find(|s| s.field == field).unwrap();
        &composed.text[span.range.clone()]
    }

    /// Spans are ordered, disjoint, on character boundaries, with only white space between them.
    fn check_spans(composed: &ComposedText) {
        let mut end = 0;
        for span in &composed.spans {
            assert!(span.range.start >= end && span.range.end > span.range.start, "{span:?}");
            let between = composed.text.get(end..span.range.start).unwrap();
            assert!(between.trim().is_empty(), "{between:?}");
            assert!(composed.text.get(span.range.clone()).is_some(), "{span:?}");
            end = span.range.end;
        }
        assert_eq!(end, composed.text.len());
    }

    #[test]
    fn each_rating_becomes_its_sentence() {
        let questionnaire = bundled();
        for rating in 1..=5_u8 {
            let composed = composed(&uniform(&questionnaire, rating, "Tea."));
            for item in &questionnaire.items {
                assert_eq!(slice(&composed, &item.id), item.sentences[usize::from(rating) - 1]);
            }
            check_spans(&composed);
        }
    }

    #[test]
    fn a_fragment_and_a_sentence_follow_the_lead_in() {
        let mut raw = uniform(&bundled(), 3, "I go for a walk.");
        raw.0.insert("q04".to_owned(), "kind, I hope".to_owned());
        let composed = composed(&raw);
        assert_eq!(
            slice(&composed, "q04"),
            "Asked how a good friend would describe me, I would say: Kind, I hope."
        );
        assert_eq!(slice(&composed, "q01"), "This is how I spend a day with nothing to do: I go for a walk.");
    }

    #[test]
    fn a_skipped_question_is_left_out() {
        let mut raw = uniform(&bundled(), 3, "Tea.");
        raw.0.remove("q04");
        raw.0.insert("q04-skip".to_owned(), "1".to_owned());
        let composed = composed(&raw);
        assert_eq!(composed.spans.len(), 85);
        assert!(composed.spans.iter().all(|s| s.field != "q04"));
        assert!(!composed.text.contains("Asked how a good friend"));
        check_spans(&composed);
    }

    #[test]
    fn several_lines_and_other_scripts_start_on_a_new_line() {
        let mut raw = uniform(&bundled(), 3, "- tea\r\n- a book\r\n\r\nThen I sleep.");
        raw.0.insert("q02".to_owned(), "אני אוהב מוזיקה".to_owned());
        raw.0.insert("q03".to_owned(), "家で本を読みます。".to_owned());
        let composed = composed(&raw);
        assert_eq!(
            slice(&composed, "q01"),
            "This is how I spend a day with nothing to do:\n- tea\n- a book\n\nThen I sleep."
        );
        assert!(slice(&composed, "q02").ends_with(":\nאני אוהב מוזיקה"));
        assert!(slice(&composed, "q03").ends_with(":\n家で本を読みます。"));
        check_spans(&composed);
    }

    #[test]
    fn ratings_alone_make_six_paragraphs_of_ten() {
        let mut raw = uniform(&bundled(), 2, "");
        for question in &bundled().questions {
            raw.0.insert(question.skip_field(), "1".to_owned());
        }
        let composed = composed(&raw);
        assert_eq!(composed.text.split("\n\n").count(), 6);
        assert_eq!(composed.spans.len(), 60);
    }

    #[test]
    fn random_answers_are_complete_and_compose() {
        let questionnaire = bundled();
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        let first = questionnaire.random_answers(&mut rng);
        assert_ne!(first, questionnaire.random_answers(&mut rng));
        check_spans(&composed(&first));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn spans_hold_for_any_answer(answers in prop::collection::vec("\\PC{0,80}|(?s).{0,60}|[ i'.,\"\n)-]{0,40}", 26)) {
            let questionnaire = bundled();
            let mut raw = uniform(&questionnaire, 3, "");
            for (question, answer) in questionnaire.questions.iter().zip(&answers) {
                raw.0.insert(question.id.clone(), answer.clone());
            }
            for error in Answers::parse(&questionnaire, &raw).err().unwrap_or_default() {
                raw.0.insert(format!("{}-skip", error.field), "1".to_owned());
            }
            let composed = composed(&raw);
            check_spans(&composed);
            prop_assert!(!composed.text.contains('\0'));
            for span in composed.spans.iter().skip(60) {
                let question = questionnaire.questions.iter().find(|q| q.id == span.field).unwrap();
                let whole = &composed.text[span.range.clone()];
                let words = whole.strip_prefix(&question.lead_in).unwrap();
                prop_assert!(words.len() > 1);
                prop_assert_eq!(&words[1..], mend(&posted_text(&raw.0[&question.id])));
            }
        }
    }
}

//! The parts of a visitor's text, with what each added to the reading. Pure.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;

use crate::assessment::{Logits, Shares};
use crate::survey::{Questionnaire, Rating};

/// The most characters of an answer that is quoted as a reason.
const QUOTED: usize = 140;

/// A rating, an answer or a passage of free text.
#[derive(Clone, Debug)]
pub struct Part {
    /// The statement that was rated or the question that was answered; empty for free text.
    pub asked: String,
    /// The rating in words, or the beginning of the visitor's own words.
    pub said: String,
    pub is_rating: bool,
    pub adds: Logits,
    /// Its position in the text, if known.
    pub bytes: Option<Range<usize>>,
}

impl Part {
    /// How much it counted for all traits and axes together.
    pub fn amount(&self) -> f64 {
        self.adds.traits.iter().chain(&self.adds.axes).map(|added| added.abs()).sum()
    }
}

/// The visitor's ratings and answers, as a record stores them.
pub struct Given<'a> {
    pub survey: &'a Questionnaire,
    pub answers: Option<&'a Value>,
    pub text: &'a str,
    /// The position of each field in the text: the record's column.
    pub spans: Option<&'a Value>,
}

/// In the order of the shares. Fields that this version of the questionnaire does not have keep their words, without
/// the question.
pub fn parts(shares: &Shares, given: &Given<'_>) -> Vec<Part> {
    let spans = places(given.spans);
    let bytes = |field: &str| spans.get(field).cloned();
    let rated = shares.ratings.iter().map(|share| {
        let item = given.survey.items.iter().find(|item| item.id == share.item);
        Part {
            asked: item.map(|item| item.text.clone()).unwrap_or_default(),
            said: Rating::parse(&share.rating.to_string())
                .map(|rating| format!("{}, {} of 5", rating.label(), rating.value()))
                .unwrap_or_default(),
            is_rating: true,
            adds: share.adds,
            bytes: bytes(&share.item),
        }
    });
    let answered = shares.answers.iter().map(|share| {
        let question = given.survey.questions.iter().find(|question| question.id == share.question);
        let words = given.answers.and_then(|answers| answers.get(&share.question)?.as_str());
        Part {
            asked: question.map(|question| question.prompt.clone()).unwrap_or_default(),
            said: words.map(quoted).unwrap_or_default(),
            is_rating: false,
            adds: share.adds,
            bytes: bytes(&share.question),
        }
    });
    let passages = shares.passages.iter().map(|share| Part {
        asked: String::new(),
        said: given.text.get(share.start..share.end).map(quoted).unwrap_or_default(),
        is_rating: false,
        adds: share.adds,
        bytes: Some(share.start..share.end),
    });
    rated.chain(answered).chain(passages).collect()
}

/// The bytes of each field.
fn places(spans: Option<&Value>) -> HashMap<&str, Range<usize>> {
    let place = |span: &'_ Value| -> Option<Range<usize>> {
        let end = |name| usize::try_from(span.get(name)?.as_u64()?).ok();
        Some(end("start")?..end("end")?)
    };
    let spans = spans.and_then(Value::as_array).into_iter().flatten();
    spans.filter_map(|span| Some((span.get("field")?.as_str()?, place(span)?))).collect()
}

/// The beginning of a text, cut between words, with an ellipsis if something was left out.
fn quoted(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= QUOTED {
        return text;
    }
    let cut: String = text.chars().take(QUOTED).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_answer_is_cut_between_words() {
        let long = "word ".repeat(60);
        let cut = quoted(&long);
        assert!(cut.ends_with("word…") && cut.chars().count() <= QUOTED + 1, "{cut}");
        assert_eq!(quoted(" two\n lines "), "two lines");
    }
}

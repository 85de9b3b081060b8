//! The rules of a questionnaire. The first broken rule is the error.

use std::collections::HashMap;

use super::items::{
    ITEM_COUNT, Item, ItemKind, Keyed, QUESTION_COUNT, Question, QuestionnaireError, RATING_PAGE_SIZE,
};
use crate::personality::{Axis, Trait};

/// Statements among the items; they come first.
const STATEMENT_COUNT: usize = 40;
/// The minimum number of questions for each trait and each axis.
const FEWEST_QUESTIONS: usize = 4;

fn entry(id: &str, problem: impl Into<String>) -> QuestionnaireError {
    QuestionnaireError::Entry { entry: id.to_owned(), problem: problem.into() }
}

fn check_words(id: &str, what: &str, words: &str) -> Result<(), QuestionnaireError> {
    if words.is_empty() || words.trim() != words {
        return Err(entry(id, format!("{what} is empty or has spaces at an end")));
    }
    if words.chars().any(char::is_control) {
        return Err(entry(id, format!("{what} has a line break or control character; expected one line")));
    }
    Ok(())
}

/// Checks each item, then their balance.
pub(super) fn check_items(items: &[Item]) -> Result<(), QuestionnaireError> {
    if items.len() != ITEM_COUNT {
        return Err(QuestionnaireError::Whole(format!("{} items; expected {ITEM_COUNT}", items.len())));
    }
    let mut texts: HashMap<String, &str> = HashMap::new();
    let mut sentences: HashMap<String, &str> = HashMap::new();
    for (place, item) in items.iter().enumerate() {
        let expected = format!("r{:02}", place + 1);
        if item.id != expected {
            return Err(entry(&item.id, format!("expected {expected} here")));
        }
        check_words(&item.id, "text", &item.text)?;
        if let Some(other) = texts.insert(item.text.to_lowercase(), &item.id) {
            return Err(entry(&item.id, format!("has the same text as {other}")));
        }
        let kind = if place < STATEMENT_COUNT { ItemKind::Statement } else { ItemKind::Adjective };
        if item.kind != kind {
            return Err(entry(&item.id, "r01 to r40 are statements, the others adjectives"));
        }
        match kind {
            ItemKind::Statement if !item.text.ends_with('.') => {
                return Err(entry(&item.id, "a statement ends with a period"));
            }
            ItemKind::Statement if item.ipip_id.is_none() => {
                return Err(entry(&item.id, "a statement needs ipip, its number in the item pool"));
            }
            ItemKind::Adjective if item.text.contains(char::is_whitespace) || item.text.ends_with('.') => {
                return Err(entry(&item.id, "an adjective is a single word without a period"));
            }
            _ => {}
        }
        for (step, sentence) in item.sentences.iter().enumerate() {
            let rating = step + 1;
            check_words(&item.id, &format!("sentence {rating}"), sentence)?;
            if !sentence.starts_with(char::is_uppercase) || !sentence.ends_with('.') {
                return Err(entry(
                    &item.id,
                    format!("sentence {rating} starts with a capital and ends with a period"),
                ));
            }
            if let Some(other) = sentences.insert(sentence.to_lowercase(), &item.id) {
                return Err(entry(&item.id, format!("sentence {rating} is the same as at {other}")));
            }
        }
    }
    check_balance(items)
}

/// Half of each trait's items are keyed each way: among the statements, the adjectives, and on each rating page.
fn check_balance(items: &[Item]) -> Result<(), QuestionnaireError> {
    let (statements, adjectives) = items.split_at(STATEMENT_COUNT);
    let mut groups =
        vec![("the statements".to_owned(), statements, 4), ("the adjectives".to_owned(), adjectives, 2)];
    for (page, chunk) in items.chunks(RATING_PAGE_SIZE).enumerate() {
        groups.push((format!("rating page {}", page + 1), chunk, 1));
    }
    for (name, group, expected) in groups {
        for trait_ in Trait::ALL {
            for keyed in [Keyed::Plus, Keyed::Minus] {
                let found = group.iter().filter(|i| i.trait_ == trait_ && i.keyed == keyed).count();
                if found != expected {
                    return Err(QuestionnaireError::Whole(format!(
                        "{name}: {found} items of {trait_} keyed {keyed:?}; expected {expected}"
                    )));
                }
            }
        }
    }
    match items.windows(2).find(|pair| pair[0].trait_ == pair[1].trait_) {
        Some(pair) => Err(entry(&pair[1].id, format!("measures the same trait as {} before it", pair[0].id))),
        None => Ok(()),
    }
}

/// Checks each question, then that every trait and axis has enough of them.
pub(super) fn check_questions(questions: &[Question]) -> Result<(), QuestionnaireError> {
    if questions.len() != QUESTION_COUNT {
        let found = questions.len();
        return Err(QuestionnaireError::Whole(format!("{found} questions; expected {QUESTION_COUNT}")));
    }
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (place, question) in questions.iter().enumerate() {
        let id = &question.id;
        let expected = format!("q{:02}", place + 1);
        if *id != expected {
            return Err(entry(id, format!("expected {expected} here")));
        }
        for (what, words) in
            [("prompt", &question.prompt), ("hint", &question.hint), ("lead_in", &question.lead_in)]
        {
            check_words(id, what, words)?;
            if let Some(other) = seen.insert(words, id) {
                return Err(entry(id, format!("{what} is the same as at {other}")));
            }
        }
        if !question.lead_in.ends_with(':') {
            return Err(entry(id, "lead_in must end with a colon, so that any answer can follow"));
        }
        if question.traits.is_empty() {
            return Err(entry(id, "traits is empty; expected at least one"));
        }
        for (i, trait_) in question.traits.iter().enumerate() {
            if question.traits[..i].contains(trait_) {
                return Err(entry(id, format!("traits names {trait_} twice")));
            }
        }
        for (i, axis) in question.axes.iter().enumerate() {
            if question.axes[..i].contains(axis) {
                return Err(entry(id, format!("axes names {axis} twice")));
            }
        }
    }
    for trait_ in Trait::ALL {
        let count = questions.iter().filter(|q| q.traits.contains(&trait_)).count();
        if count < FEWEST_QUESTIONS {
            return Err(too_few(trait_.name(), count));
        }
    }
    for axis in Axis::ALL {
        let count = questions.iter().filter(|q| q.axes.contains(&axis)).count();
        if count < FEWEST_QUESTIONS {
            return Err(too_few(axis.name(), count));
        }
    }
    Ok(())
}

fn too_few(what: &str, count: usize) -> QuestionnaireError {
    QuestionnaireError::Whole(format!(
        "{count} questions may show {what}; expected at least {FEWEST_QUESTIONS}"
    ))
}

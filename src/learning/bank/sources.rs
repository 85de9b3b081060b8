//! Training examples from their sources: the questionnaire, the item pool, and the bank.

use std::path::Path;

use serde::Deserialize;

use super::examples::{Example, Kind, Targets};
use super::load::BankError;
use super::text::{BankAnswer, Genre, LABELS, StandaloneText};
use crate::norm::Norm;
use crate::personality::Trait;
use crate::survey::{Keyed, Questionnaire};

/// Scales the targets of rated sentences: the target for each standard deviation between those who choose the sentence
/// and the norm group's mean. An answer that names a trait outright has the target 2. The sentences of the ratings 1
/// and 5 are about one such deviation from the middle. Twelve ratings say more about a trait than twelve answers: a
/// rating of 5 moves the log-likelihood by about 1.5 per standard deviation of the trait, an answer labeled 2 by about
/// .7.
pub const RATED_STRENGTH: f32 = 3.75;
/// The target of an item of the International Personality Item Pool.
pub const POOL_STRENGTH: f32 = 2.0;

fn of_trait(trait_: Trait, strength: f32) -> Targets {
    let mut targets = [0.0; LABELS];
    targets[trait_.index()] = strength;
    targets
}

/// The five sentences of each rated item. The target is [`RATED_STRENGTH`] times the mean standard score of the people
/// in the norm group who choose the sentence. So agreement that nearly everybody gives says little, and disagreement
/// with it much.
///
/// # Errors
/// If the norm lacks an item.
pub fn rated_examples(questionnaire: &Questionnaire, norm: &Norm) -> Result<Vec<Example>, BankError> {
    let mut examples = Vec::new();
    for item in &questionnaire.items {
        let key = if item.keyed == Keyed::Plus { 1.0 } else { -1.0 };
        let known = norm.item(&item.id).ok_or_else(|| BankError::NotInNorm { item: item.id.clone() })?;
        for (standing, sentence) in known.standings().into_iter().zip(&item.sentences) {
            let standing = key * standing as f32;
            // The same group as the pool's wording of the item.
            let group = normal_form(&item.text);
            examples.push(Example::plain(
                Kind::Rated,
                sentence,
                of_trait(item.trait_, RATED_STRENGTH * standing),
                group,
            ));
        }
    }
    Ok(examples)
}

#[derive(Deserialize)]
struct PoolRow {
    item: String,
    scale: String,
    key: String,
}

/// The keyed items of the International Personality Item Pool, each as published and in the first person.
///
/// # Errors
/// If the file cannot be read or names an unknown scale or key.
pub fn pool_examples(file: &Path) -> Result<Vec<Example>, BankError> {
    let mut reader = csv::Reader::from_path(file)
        .map_err(|source| BankError::Table { path: file.to_path_buf(), source })?;
    let mut examples: Vec<Example> = Vec::new();
    for row in reader.deserialize() {
        let row: PoolRow = row.map_err(|source| BankError::Table { path: file.to_path_buf(), source })?;
        let (trait_, direction) = match row.scale.as_str() {
            "Emotional Stability" => (Trait::Neuroticism, -1.0),
            "Intellect/Imagination" => (Trait::Openness, 1.0),
            other => match Trait::parse(other) {
                Some(trait_) => (trait_, 1.0),
                None => {
                    return Err(BankError::UnknownScale { path: file.to_path_buf(), found: row.scale });
                }
            },
        };
        let degree = match row.key.as_str() {
            "+" => direction,
            "-" => -direction,
            _ => return Err(BankError::UnknownScale { path: file.to_path_buf(), found: row.key }),
        };
        let group = normal_form(&row.item);
        if examples.iter().any(|e| e.group == group) {
            // The instruments share items; each is used once.
            continue;
        }
        let targets = of_trait(trait_, POOL_STRENGTH * degree);
        examples.push(Example::plain(Kind::Pool, &first_person(&row.item), targets, group.clone()));
        examples.push(Example::plain(Kind::Pool, &row.item, targets, group));
    }
    Ok(examples)
}

/// Everyday sentences and the questions' lead-ins, which say nothing about personality.
pub fn neutral_examples(questionnaire: &Questionnaire) -> Vec<Example> {
    let lines = include_str!("neutral.txt").lines();
    let lead_ins = questionnaire.questions.iter().map(|q| q.lead_in.as_str());
    let plain = |line: &str| Example::plain(Kind::Neutral, line, [0.0; LABELS], normal_form(line));
    lines.chain(lead_ins).map(plain).collect()
}

/// Answers with their questions' lead-ins. Skips answers to questions that the questionnaire does not have.
pub fn answer_examples<'a>(
    bank: impl Iterator<Item = &'a BankAnswer>,
    questionnaire: &Questionnaire,
) -> Vec<Example> {
    let example = |answer: &BankAnswer| {
        let question = questionnaire.questions.iter().find(|q| q.id == answer.question)?;
        Some(Example {
            lead_in: question.lead_in.clone(),
            text: answer.text.clone(),
            targets: answer.labels.all().map(f32::from),
            kind: Kind::Answer,
            group: format!("{}:{}", answer.question, answer.line),
        })
    };
    bank.filter_map(example).collect()
}

pub fn standalone_examples<'a>(texts: impl Iterator<Item = &'a StandaloneText>) -> Vec<Example> {
    let example = |standalone: &StandaloneText| {
        let kind = match standalone.genre {
            Genre::Free => Kind::Free,
            Genre::Statement => Kind::Statement,
        };
        let group = match &standalone.group {
            Some(item) => normal_form(item),
            None => format!("{}:{}", standalone.genre.file(), standalone.line),
        };
        Example::plain(kind, &standalone.text, standalone.labels.all().map(f32::from), group)
    };
    texts.map(example).collect()
}

/// "Make friends easily." as "I make friends easily."
fn first_person(item: &str) -> String {
    let mut letters = item.chars();
    match letters.next() {
        Some(first) => format!("I {}{}", first.to_lowercase(), letters.as_str()),
        None => String::new(),
    }
}

/// Lower case without punctuation, so that "Love to daydream" and "Love to daydream." are one item.
fn normal_form(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;

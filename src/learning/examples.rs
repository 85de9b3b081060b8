//! The text that the models learn from, each piece with what it says about its writer.

use std::path::Path;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::Deserialize;

use super::LearningError;
use super::answers::BankAnswer;
use super::published::Evidence;
use crate::personality::Trait;
use crate::survey::{Keyed, Questionnaire};

/// One piece of text and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// A sentence or a few.
    pub text: String,
    /// What it says of its writer, as log-odds.
    pub evidence: Evidence,
    /// Pieces that say the same thing in other degrees or words share a group, and a split keeps groups whole.
    pub group: String,
}

/// The five sentences of each rated item: a rating of 5 says the item's trait fully, 3 says nothing, 1 the opposite.
pub fn rated_sentences(questionnaire: &Questionnaire) -> Vec<Example> {
    let mut examples = Vec::new();
    for item in &questionnaire.items {
        let key = if item.keyed == Keyed::Plus { 1.0 } else { -1.0 };
        for (place, sentence) in item.sentences.iter().enumerate() {
            let degree = key * (place as f64 - 2.0) / 2.0;
            examples.push(Example {
                text: sentence.clone(),
                evidence: Evidence::of_trait(item.trait_, degree),
                // The pool's own wording of the item belongs to the same group.
                group: normal_form(&item.text),
            });
        }
    }
    examples
}

#[derive(Deserialize)]
struct PoolRow {
    item: String,
    scale: String,
    key: String,
}

/// The keyed items of the International Personality Item Pool, as they stand and in the first person.
///
/// # Errors
/// Where the file cannot be read, or a row names a scale or key that is not known.
pub fn pool_items(file: &Path) -> Result<Vec<Example>, LearningError> {
    let mut reader = csv::Reader::from_path(file)
        .map_err(|source| LearningError::Table { path: file.to_path_buf(), source })?;
    let mut examples: Vec<Example> = Vec::new();
    for row in reader.deserialize() {
        let row: PoolRow = row.map_err(|source| LearningError::Table { path: file.to_path_buf(), source })?;
        let (trait_, direction) = match row.scale.as_str() {
            "Emotional Stability" => (Trait::Neuroticism, -1.0),
            "Intellect/Imagination" => (Trait::Openness, 1.0),
            other => match Trait::parse(other) {
                Some(trait_) => (trait_, 1.0),
                None => {
                    return Err(LearningError::UnknownScale { path: file.to_path_buf(), found: row.scale });
                }
            },
        };
        let degree = match row.key.as_str() {
            "+" => direction,
            "-" => -direction,
            _ => return Err(LearningError::UnknownScale { path: file.to_path_buf(), found: row.key }),
        };
        let group = normal_form(&row.item);
        if examples.iter().any(|e| e.group == group) {
            continue; // the instruments share items
        }
        let evidence = Evidence::of_trait(trait_, degree);
        examples.push(Example { text: first_person(&row.item), evidence, group: group.clone() });
        examples.push(Example { text: row.item, evidence, group });
    }
    Ok(examples)
}

/// Everyday sentences that say nothing about a personality.
pub fn neutral_sentences() -> Vec<Example> {
    let lines = include_str!("neutral.txt").lines();
    let plain = |line: &str| Example {
        text: line.to_string(),
        evidence: Evidence::default(),
        group: normal_form(line),
    };
    lines.map(plain).collect()
}

/// Answers of the bank after their questions' lead-ins, as the composed text has them, each with what its labels say.
///
/// Answers to a question that the questionnaire does not have are left out; the bank's loader lets none through.
pub fn answers<'a>(
    bank: impl Iterator<Item = &'a BankAnswer>,
    questionnaire: &Questionnaire,
) -> Vec<Example> {
    let example = |answer: &BankAnswer| {
        let question = questionnaire.questions.iter().find(|q| q.id == answer.question)?;
        Some(Example {
            text: format!("{} {}", question.lead_in, answer.text),
            evidence: answer.labels.evidence(),
            group: format!("{}:{}", answer.question, answer.line),
        })
    };
    bank.filter_map(example).collect()
}

/// "Make friends easily." as "I make friends easily."
fn first_person(item: &str) -> String {
    let mut letters = item.chars();
    match letters.next() {
        Some(first) => format!("I {}{}", first.to_lowercase(), letters.as_str()),
        None => String::new(),
    }
}

/// Letters and single spaces only, so that "Love to daydream" and "Love to daydream." are one item.
fn normal_form(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Splits by group: every `every`-th group (in an order that `random` shuffles) is held out. 0 holds out nothing.
pub fn split(examples: Vec<Example>, every: usize, random: &mut StdRng) -> (Vec<Example>, Vec<Example>) {
    let mut groups: Vec<String> = examples.iter().map(|e| e.group.clone()).collect();
    groups.sort();
    groups.dedup();
    groups.shuffle(random);
    let held: std::collections::HashSet<String> =
        groups.into_iter().enumerate().filter(|(i, _)| every > 0 && i % every == 0).map(|(_, g)| g).collect();
    examples.into_iter().partition(|e| !held.contains(&e.group))
}

/// A batch of training texts: places of examples to be read one after the other, as in an answer of several sentences.
///
/// Each row begins with the next example of a shuffled round, so that in every round each example comes first once; the
/// further sentences are drawn at random. All rows of a batch have the same number of sentences, which keeps padding low.
pub fn draw_rows(
    count: usize,
    rows: usize,
    round_order: &[usize],
    step: usize,
    random: &mut StdRng,
) -> Vec<Vec<usize>> {
    let sentences = match random.random_range(0..10) {
        0..6 => 1,
        6..9 => 2,
        _ => 3,
    };
    (0..rows)
        .map(|row| {
            let first = round_order[(step * rows + row) % count];
            let more = (1..sentences).map(|_| random.random_range(0..count));
            std::iter::once(first).chain(more).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn items_are_put_in_the_first_person() {
        assert_eq!(first_person("Am the life of the party."), "I am the life of the party.");
        assert_eq!(normal_form("Love to daydream"), normal_form("Love to daydream."));
    }

    #[test]
    fn an_answer_is_read_after_its_lead_in() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        let questionnaire = Questionnaire::load(Path::new(path)).unwrap();
        let labels = crate::learning::answers::Labels { traits: [-2, 0, 0, 0, 0], axes: [2, 0, 0, 0] };
        let text = "I stayed by the door.".to_string();
        let answer = BankAnswer { question: "q03".to_string(), line: 7, text, labels };
        let examples = answers([&answer].into_iter(), &questionnaire);
        assert_eq!(examples[0].text, format!("{} I stayed by the door.", questionnaire.questions[2].lead_in));
        assert_eq!((examples[0].evidence.traits[0], examples[0].evidence.axes[0]), (-3.0, 3.0));
    }

    #[test]
    fn a_split_keeps_groups_whole() {
        let examples: Vec<Example> = (0..100)
            .map(|i| Example {
                text: i.to_string(),
                evidence: Evidence::default(),
                group: (i / 5).to_string(),
            })
            .collect();
        let (kept, held) = split(examples, 5, &mut StdRng::seed_from_u64(1));
        assert_eq!((kept.len(), held.len()), (80, 20));
        assert!(held.iter().all(|h| kept.iter().all(|k| k.group != h.group)));
    }

    #[test]
    fn neutral_sentences_say_nothing_and_none_comes_twice() {
        let sentences = neutral_sentences();
        let texts: std::collections::HashSet<_> = sentences.iter().map(|e| &e.group).collect();
        assert!(texts.len() == sentences.len() && sentences.len() >= 50);
        assert!(sentences.iter().all(|e| e.evidence == Evidence::default()));
    }

    #[test]
    fn a_round_brings_every_example_first_once() {
        let order: Vec<usize> = (0..60).rev().collect();
        let mut random = StdRng::seed_from_u64(2);
        let mut firsts: Vec<usize> =
            (0..6).flat_map(|step| draw_rows(60, 10, &order, step, &mut random)).map(|row| row[0]).collect();
        firsts.sort_unstable();
        assert_eq!(firsts, (0..60).collect::<Vec<_>>());
    }
}

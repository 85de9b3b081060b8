//! Training examples: text with target values for the nine labels.

use std::path::Path;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::Deserialize;

use super::load::BankError;
use super::text::{BankAnswer, Genre, LABELS, StandaloneText};
use crate::norm::Norm;
use crate::personality::Trait;
use crate::survey::{Keyed, Questionnaire};

/// What a model should output for a text, in the units of the bank's labels and the order of
/// [`LABEL_NAMES`](super::text::LABEL_NAMES).
pub type Targets = [f32; LABELS];

/// The target of a rated sentence for each standard deviation by which those who choose it stand above the norm group's
/// mean; an answer that names a trait outright has 2. The sentences of the ratings 1 and 5 lie about one such deviation from
/// the middle. Twelve ratings of a trait tell more of it than twelve answers: a rating of 5 moves the log-likelihood by about
/// 1.5 per standard deviation of the trait, an answer labeled 2 by about .7.
pub const RATED_STRENGTH: f32 = 3.75;
/// The target of an item of the pool.
pub const POOL_STRENGTH: f32 = 2.0;

/// Where an example comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A sentence for one of the five ratings of an item of the questionnaire.
    Rated,
    /// A keyed item of the International Personality Item Pool.
    Pool,
    /// A statement of the bank.
    Statement,
    /// An answer of the bank.
    Answer,
    /// A free text of the bank.
    Free,
    /// An everyday sentence or a question's lead-in, with targets of 0.
    Neutral,
}

impl Kind {
    pub const ALL: [Kind; 6] =
        [Kind::Rated, Kind::Pool, Kind::Statement, Kind::Answer, Kind::Free, Kind::Neutral];

    /// The weight of an example in the loss.
    pub fn weight(self) -> f32 {
        match self {
            Kind::Answer | Kind::Free => 1.0,
            Kind::Statement | Kind::Rated => 0.7,
            Kind::Pool | Kind::Neutral => 0.4,
        }
    }

    /// How often an epoch shows each example. Rated sentences are few, every submission holds 60 of them, and the five
    /// sentences of an item are much alike: shown once an epoch they were not learned (mean r with the targets .75 after
    /// six epochs).
    pub fn repeats(self) -> usize {
        match self {
            Kind::Rated => 6,
            _ => 1,
        }
    }
}

/// A text with its targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The words that a composed text puts before an answer; empty for every other kind.
    pub lead_in: String,
    pub text: String,
    pub targets: Targets,
    pub kind: Kind,
    /// Paraphrases, and the five sentences of one item, share a group. [`split_off`] keeps groups whole.
    pub group: String,
}

impl Example {
    fn plain(kind: Kind, text: &str, targets: Targets, group: String) -> Example {
        Example { lead_in: String::new(), text: text.to_string(), targets, kind, group }
    }

    /// Lead-in and text, as the site composes them.
    pub fn composed(&self) -> String {
        if self.lead_in.is_empty() { self.text.clone() } else { format!("{} {}", self.lead_in, self.text) }
    }
}

fn of_trait(trait_: Trait, strength: f32) -> Targets {
    let mut targets = [0.0; LABELS];
    targets[trait_.index()] = strength;
    targets
}

/// The five sentences of each rated item. The target is [`RATED_STRENGTH`] times the mean standard score of those in the norm
/// group who choose the sentence, so that nearly everybody's agreement says little, and a refusal of it much.
///
/// # Errors
/// When the norm lacks an item.
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
/// Where the file cannot be read or names an unknown scale or key.
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
            // The instruments share items.
            continue;
        }
        let targets = of_trait(trait_, POOL_STRENGTH * degree);
        examples.push(Example::plain(Kind::Pool, &first_person(&row.item), targets, group.clone()));
        examples.push(Example::plain(Kind::Pool, &row.item, targets, group));
    }
    Ok(examples)
}

/// Everyday sentences and the questions' lead-ins, which say nothing about a personality.
pub fn neutral_examples(questionnaire: &Questionnaire) -> Vec<Example> {
    let lines = include_str!("neutral.txt").lines();
    let lead_ins = questionnaire.questions.iter().map(|q| q.lead_in.as_str());
    let plain = |line: &str| Example::plain(Kind::Neutral, line, [0.0; LABELS], normal_form(line));
    lines.chain(lead_ins).map(plain).collect()
}

/// Answers with their questions' lead-ins. Answers to a question that the questionnaire does not have are left out.
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

/// Splits into what is kept and what is held out: every `every`-th group, after shuffling. 0 holds out nothing.
pub fn split_off(examples: Vec<Example>, every: usize, random: &mut StdRng) -> (Vec<Example>, Vec<Example>) {
    let mut groups: Vec<String> = examples.iter().map(|e| e.group.clone()).collect();
    groups.sort();
    groups.dedup();
    groups.shuffle(random);
    let held: std::collections::HashSet<String> =
        groups.into_iter().enumerate().filter(|(i, _)| every > 0 && i % every == 0).map(|(_, g)| g).collect();
    examples.into_iter().partition(|e| !held.contains(&e.group))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::learning::bank::text::Labels;

    #[test]
    fn items_are_rewritten_in_the_first_person() {
        assert_eq!(first_person("Am the life of the party."), "I am the life of the party.");
        assert_eq!(normal_form("Love to daydream"), normal_form("Love to daydream."));
    }

    fn norm() -> Norm {
        Norm::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/norm"))).unwrap()
    }

    fn questionnaire() -> Questionnaire {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        Questionnaire::load(Path::new(path)).unwrap()
    }

    #[test]
    fn an_answer_follows_its_lead_in() {
        let questionnaire = questionnaire();
        let labels = Labels { traits: [-2, 0, 0, 0, 0], axes: [2, 0, 0, 0] };
        let text = "I stayed by the door.".to_string();
        let answer = BankAnswer { question: "q03".to_string(), line: 7, text, labels, kind: None };
        let examples = answer_examples([&answer].into_iter(), &questionnaire);
        let lead_in = &questionnaire.questions[2].lead_in;
        assert_eq!(examples[0].composed(), format!("{lead_in} I stayed by the door."));
        assert_eq!((examples[0].targets[0], examples[0].targets[5]), (-2.0, 2.0));
    }

    #[test]
    fn a_rated_sentences_target_is_where_those_who_choose_it_stand() {
        let (questionnaire, norm) = (questionnaire(), norm());
        let sentences = rated_examples(&questionnaire, &norm).unwrap();
        assert_eq!(sentences.len(), 300);
        for (item, of_item) in questionnaire.items.iter().zip(sentences.chunks(5)) {
            let place = item.trait_.index();
            let targets: Vec<f32> = of_item.iter().map(|e| e.targets[place]).collect();
            let rises = targets.is_sorted_by(|a, b| a < b);
            assert!(if item.keyed == Keyed::Plus { rises } else { targets.is_sorted_by(|a, b| a > b) });
            assert!(of_item.iter().all(|e| e.targets.iter().filter(|t| **t != 0.0).count() <= 1));
            // Over the group an item says nothing.
            let shares = norm.item(&item.id).unwrap().shares;
            let mean: f64 = targets.iter().zip(shares).map(|(t, share)| f64::from(*t) * share).sum();
            assert!(mean.abs() < 0.15, "{}: {mean}", item.id);
        }
        let strength = sentences.iter().flat_map(|e| e.targets).map(f32::abs).sum::<f32>() / 300.0;
        assert!((1.9..2.3).contains(&strength), "{strength}");
    }

    #[test]
    fn a_split_keeps_groups_whole() {
        let examples: Vec<Example> = (0..100)
            .map(|i| Example::plain(Kind::Statement, &i.to_string(), [0.0; LABELS], (i / 5).to_string()))
            .collect();
        let (kept, held) = split_off(examples, 5, &mut StdRng::seed_from_u64(1));
        assert_eq!((kept.len(), held.len()), (80, 20));
        assert!(held.iter().all(|h| kept.iter().all(|k| k.group != h.group)));
    }

    #[test]
    fn neutral_examples_have_targets_of_zero_and_differ() {
        let sentences = neutral_examples(&questionnaire());
        let texts: std::collections::HashSet<_> = sentences.iter().map(|e| &e.group).collect();
        assert!(texts.len() == sentences.len() && sentences.len() >= 76);
        assert!(sentences.iter().all(|e| e.targets == [0.0; LABELS]));
    }
}

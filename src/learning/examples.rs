//! The text that the models learn from, each piece with what it says about its writer.

use std::path::Path;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::Deserialize;

use super::LearningError;
use super::answers::{BankAnswer, Genre, LooseText};
use super::published::{Evidence, GAIN};
use crate::personality::Trait;
use crate::survey::{Keyed, Questionnaire};

/// What a text says about its writer, in the labels' units (2 says it outright): the traits, then the axes, as
/// [`super::answers::LABEL_NAMES`] counts.
pub type Says = [f32; 9];

/// What a fully endorsed rated sentence says, where an answer that says the same outright says 2. Twelve ratings of a
/// trait, given with loadings near .58, tell more of it than as many answers: a rating of 5 moves the log-likelihood about
/// 1.5 per standard deviation of the trait, an answer labelled 2 about .7.
pub const RATED: f32 = 3.5;
/// What a keyed item of the pool says that nobody rated.
pub const POOL: f32 = 2.0;

/// Where a piece of text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One of the questionnaire's rated sentences.
    Rated,
    /// A keyed item of the pool.
    Pool,
    /// A statement that we wrote.
    Statement,
    /// An answer to an open question.
    Answer,
    /// A text that answers no question.
    Free,
    /// An everyday sentence, or a question's lead-in: it says nothing.
    Neutral,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] =
        [Kind::Rated, Kind::Pool, Kind::Statement, Kind::Answer, Kind::Free, Kind::Neutral];

    /// How much a piece of this kind counts in the loss.
    pub fn weight(self) -> f32 {
        match self {
            Kind::Answer | Kind::Free => 1.0,
            Kind::Statement | Kind::Rated => 0.7,
            Kind::Pool | Kind::Neutral => 0.4,
        }
    }

    /// How often a round of the training brings each piece of this kind. The rated sentences are few, every questionnaire
    /// holds 60 of them, and their five degrees lie close together: read once a round they were not learned (mean r with
    /// the labels .75 after six rounds).
    pub fn places(self) -> usize {
        match self {
            Kind::Rated => 6,
            _ => 1,
        }
    }
}

/// One piece of text and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The words that the composed text puts before an answer; empty for everything else.
    pub lead_in: String,
    /// A sentence or a few.
    pub text: String,
    /// What it says of its writer.
    pub says: Says,
    /// Where it is from.
    pub kind: Kind,
    /// Pieces that say the same thing in other degrees or words share a group, and a split keeps groups whole.
    pub group: String,
}

impl Example {
    fn plain(kind: Kind, text: &str, says: Says, group: String) -> Example {
        Example { lead_in: String::new(), text: text.to_string(), says, kind, group }
    }

    /// The same as log-odds, as [`super::answers::Labels::evidence`] counts; what an item says of its trait with what follows
    /// from it for the axes.
    pub fn evidence(&self) -> Evidence {
        let full = match self.kind {
            Kind::Rated => RATED,
            Kind::Pool => POOL,
            _ => {
                let scaled = |says: f32| GAIN * f64::from(says) / 2.0;
                return Evidence {
                    traits: std::array::from_fn(|k| scaled(self.says[k])),
                    axes: std::array::from_fn(|k| scaled(self.says[5 + k])),
                };
            }
        };
        let degrees = Trait::ALL.map(|t| Evidence::of_trait(t, f64::from(self.says[t.index()] / full)));
        degrees.into_iter().fold(Evidence::default(), Evidence::plus)
    }

    /// Lead-in and text as the site composes them.
    pub fn composed(&self) -> String {
        if self.lead_in.is_empty() { self.text.clone() } else { format!("{} {}", self.lead_in, self.text) }
    }
}

fn of_trait(trait_: Trait, degree: f32) -> Says {
    let mut says = [0.0; 9];
    says[trait_.index()] = degree;
    says
}

/// The five sentences of each rated item: a rating of 5 says the item's trait fully, 3 says nothing, 1 the opposite.
pub fn rated_sentences(questionnaire: &Questionnaire) -> Vec<Example> {
    let mut examples = Vec::new();
    for item in &questionnaire.items {
        let key = if item.keyed == Keyed::Plus { 1.0 } else { -1.0 };
        for (place, sentence) in item.sentences.iter().enumerate() {
            let degree = key * (place as f32 - 2.0) / 2.0;
            // The pool's own wording of the item belongs to the same group.
            let group = normal_form(&item.text);
            examples.push(Example::plain(
                Kind::Rated,
                sentence,
                of_trait(item.trait_, RATED * degree),
                group,
            ));
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
        let says = of_trait(trait_, POOL * degree);
        examples.push(Example::plain(Kind::Pool, &first_person(&row.item), says, group.clone()));
        examples.push(Example::plain(Kind::Pool, &row.item, says, group));
    }
    Ok(examples)
}

/// Everyday sentences that say nothing about a personality, and the questions' lead-ins, which say nothing either.
pub fn neutral_sentences(questionnaire: &Questionnaire) -> Vec<Example> {
    let lines = include_str!("neutral.txt").lines();
    let lead_ins = questionnaire.questions.iter().map(|q| q.lead_in.as_str());
    let plain = |line: &str| Example::plain(Kind::Neutral, line, [0.0; 9], normal_form(line));
    lines.chain(lead_ins).map(plain).collect()
}

/// Answers of the bank, each with its question's lead-in.
///
/// Answers to a question that the questionnaire does not have are left out; the bank's loader lets none through.
pub fn answers<'a>(
    bank: impl Iterator<Item = &'a BankAnswer>,
    questionnaire: &Questionnaire,
) -> Vec<Example> {
    let example = |answer: &BankAnswer| {
        let question = questionnaire.questions.iter().find(|q| q.id == answer.question)?;
        Some(Example {
            lead_in: question.lead_in.clone(),
            text: answer.text.clone(),
            says: answer.labels.all().map(f32::from),
            kind: Kind::Answer,
            group: format!("{}:{}", answer.question, answer.line),
        })
    };
    bank.filter_map(example).collect()
}

/// Texts of the bank that answer no question.
pub fn loose<'a>(texts: impl Iterator<Item = &'a LooseText>) -> Vec<Example> {
    let example = |loose: &LooseText| {
        let kind = match loose.genre {
            Genre::Free => Kind::Free,
            Genre::Statement => Kind::Statement,
        };
        let group = match &loose.group {
            Some(item) => normal_form(item),
            None => format!("{}:{}", loose.genre.file(), loose.line),
        };
        Example::plain(kind, &loose.text, loose.labels.all().map(f32::from), group)
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

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn items_are_put_in_the_first_person() {
        assert_eq!(first_person("Am the life of the party."), "I am the life of the party.");
        assert_eq!(normal_form("Love to daydream"), normal_form("Love to daydream."));
    }

    fn questionnaire() -> Questionnaire {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        Questionnaire::load(Path::new(path)).unwrap()
    }

    #[test]
    fn an_answer_is_read_after_its_lead_in() {
        let questionnaire = questionnaire();
        let labels = crate::learning::answers::Labels { traits: [-2, 0, 0, 0, 0], axes: [2, 0, 0, 0] };
        let text = "I stayed by the door.".to_string();
        let answer = BankAnswer { question: "q03".to_string(), line: 7, text, labels, kind: None };
        let examples = answers([&answer].into_iter(), &questionnaire);
        let lead_in = &questionnaire.questions[2].lead_in;
        assert_eq!(examples[0].composed(), format!("{lead_in} I stayed by the door."));
        assert_eq!((examples[0].says[0], examples[0].says[5]), (-2.0, 2.0));
    }

    #[test]
    fn the_sentences_of_an_item_say_its_trait_by_degrees_that_sum_to_nothing() {
        let sentences = rated_sentences(&questionnaire());
        assert_eq!(sentences.len(), 300);
        for item in sentences.chunks(5) {
            let sum: f32 = item.iter().flat_map(|e| e.says).sum();
            assert!(sum == 0.0 && item[0].says.iter().map(|s| s.abs()).sum::<f32>() == RATED);
        }
    }

    #[test]
    fn a_split_keeps_groups_whole() {
        let examples: Vec<Example> = (0..100)
            .map(|i| Example::plain(Kind::Statement, &i.to_string(), [0.0; 9], (i / 5).to_string()))
            .collect();
        let (kept, held) = split(examples, 5, &mut StdRng::seed_from_u64(1));
        assert_eq!((kept.len(), held.len()), (80, 20));
        assert!(held.iter().all(|h| kept.iter().all(|k| k.group != h.group)));
    }

    #[test]
    fn neutral_sentences_say_nothing_and_none_comes_twice() {
        let sentences = neutral_sentences(&questionnaire());
        let texts: std::collections::HashSet<_> = sentences.iter().map(|e| &e.group).collect();
        assert!(texts.len() == sentences.len() && sentences.len() >= 76);
        assert!(sentences.iter().all(|e| e.says == [0.0; 9]));
    }
}

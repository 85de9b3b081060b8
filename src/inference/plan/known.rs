//! What the engine knows about the questionnaire: which sentences are ratings, and which openings lead into answers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::inference::typography::Plain;
use crate::personality::Trait;

/// One rated item.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownItem {
    /// "r07".
    pub id: Arc<str>,
    pub trait_: Trait,
    /// Whether agreement counts toward the trait.
    pub toward: bool,
    /// The norm group's mean rating, 1 to 5.
    pub mean: f64,
    /// The sentences of the ratings 1 to 5.
    pub sentences: [String; 5],
}

/// The sentences of a questionnaire.
#[derive(Clone, Debug, Default)]
pub struct Known {
    items: Vec<KnownItem>,
    /// The rated sentences with their typography, for models that read it.
    sentences: HashSet<String>,
    /// Item number and rating, by the plain text of a rated sentence.
    ratings: HashMap<String, (usize, u8)>,
    /// Question codes with the plain text of their lead-ins.
    lead_ins: Vec<(Arc<str>, String)>,
}

impl Known {
    /// From the items, and the code and lead-in of each question.
    pub fn new<'a>(items: Vec<KnownItem>, lead_ins: impl IntoIterator<Item = (&'a str, &'a str)>) -> Known {
        let mut ratings = HashMap::new();
        for (number, item) in items.iter().enumerate() {
            for (rating, sentence) in (1..).zip(&item.sentences) {
                ratings.insert(Plain::new(sentence).text, (number, rating));
            }
        }
        let lead_ins = lead_ins.into_iter().map(|(id, lead_in)| (Arc::from(id), Plain::new(lead_in).text));
        Known {
            sentences: items.iter().flat_map(|item| item.sentences.clone()).collect(),
            ratings,
            lead_ins: lead_ins.filter(|(_, lead_in)| !lead_in.is_empty()).collect(),
            items,
        }
    }

    /// The rated sentences with their typography.
    pub fn sentences(&self) -> &HashSet<String> {
        &self.sentences
    }

    /// The item and rating of a plain sentence, if it is a rated one.
    pub(super) fn rating(&self, sentence: &str) -> Option<(&KnownItem, u8)> {
        let (number, rating) = self.ratings.get(sentence)?;
        Some((self.items.get(*number)?, *rating))
    }

    /// Question codes and plain lead-ins.
    pub(super) fn lead_ins(&self) -> impl Iterator<Item = (&Arc<str>, &str)> {
        self.lead_ins.iter().map(|(id, lead_in)| (id, lead_in.as_str()))
    }
}

//! Whether a person's ratings are consistent, compared with the norm group's.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::known::KnownItem;
use crate::personality::Trait;

/// With fewer ratings than this, consistency is not judged.
const LEAST_JUDGED: usize = 30;
/// Ratings count as all alike if this share of them has one value. One in 1,000 simulated people of the norm group
/// reaches .68.
const ALIKE: f64 = 0.72;
/// Ratings contradict each other from this mean distance, in steps, between ratings keyed toward a trait and away from
/// it. One in 100 simulated people reaches 1.17.
const CONTRADICTING: f64 = 1.25;
/// Ratings also contradict each other from this variance of keyed ratings within a trait, in squared steps. One in 200
/// simulated people reaches 2.38; random ratings of 1 or 5 have 4.2.
const SCATTERED: f64 = 2.4;

/// Facts about the ratings of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RatingFacts {
    /// Number of rated items.
    pub items: usize,
    /// Share of the most common of the five ratings.
    pub commonest: f64,
    /// The distance between the mean ratings of items keyed toward a trait and of items keyed away from it, averaged
    /// over the traits, in steps. Ratings are keyed alike and counted from the norm group's means.
    pub contradiction: f64,
    /// Variance of these ratings within a trait, averaged over the traits, in squared steps.
    pub scatter: f64,
}

impl RatingFacts {
    /// From items with their ratings.
    pub fn of<'a>(rated: impl IntoIterator<Item = (&'a KnownItem, u8)>) -> RatingFacts {
        let mut ratings = Ratings::default();
        for (item, rating) in rated {
            ratings.add(item, rating);
        }
        ratings.facts()
    }

    pub fn are_alike(&self) -> bool {
        self.items >= LEAST_JUDGED && self.commonest >= ALIKE
    }

    pub fn contradict(&self) -> bool {
        self.items >= LEAST_JUDGED && (self.contradiction >= CONTRADICTING || self.scatter >= SCATTERED)
    }

    /// How much rated sentences are trusted as evidence, 0 to 1.
    pub fn trust(&self) -> f64 {
        if self.are_alike() {
            0.1
        } else if self.contradict() {
            0.4
        } else {
            1.0
        }
    }
}

/// The ratings that a text holds, by item.
#[derive(Default)]
pub(super) struct Ratings<'a> {
    rated: BTreeMap<&'a str, (&'a KnownItem, u8)>,
}

impl<'a> Ratings<'a> {
    /// If an item is rated twice, the last rating counts.
    pub fn add(&mut self, item: &'a KnownItem, rating: u8) {
        self.rated.insert(&item.id, (item, rating));
    }

    /// Each item once with its rating, by code.
    pub fn given(&self) -> Vec<(Arc<str>, u8)> {
        self.rated.values().map(|(item, rating)| (item.id.clone(), *rating)).collect()
    }

    pub fn facts(&self) -> RatingFacts {
        let items = self.rated.len();
        if items == 0 {
            return RatingFacts::default();
        }
        let count = |rating| self.rated.values().filter(|(_, found)| *found == rating).count();
        let commonest = (1..=5).map(count).max().unwrap_or(0) as f64 / items as f64;
        let (mut contradictions, mut scatters) = (Vec::new(), Vec::new());
        for trait_ in Trait::ALL {
            let (toward, away) = (self.keyed(trait_, true), self.keyed(trait_, false));
            if let Some((toward, away)) = mean(&toward).zip(mean(&away)) {
                contradictions.push((toward - away).abs());
            }
            let all = [toward, away].concat();
            if let Some(middle) = mean(&all).filter(|_| all.len() > 1) {
                let squares: f64 = all.iter().map(|value| (value - middle).powi(2)).sum();
                scatters.push(squares / (all.len() - 1) as f64);
            }
        }
        RatingFacts {
            items,
            commonest,
            contradiction: mean(&contradictions).unwrap_or(0.0),
            scatter: mean(&scatters).unwrap_or(0.0),
        }
    }

    /// The trait's ratings minus the norm group's means, with the sign of the key.
    fn keyed(&self, trait_: Trait, toward: bool) -> Vec<f64> {
        let sign = if toward { 1.0 } else { -1.0 };
        self.rated
            .values()
            .filter(|(item, _)| item.trait_ == trait_ && item.toward == toward)
            .map(|(item, rating)| sign * (f64::from(*rating) - item.mean))
            .collect()
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

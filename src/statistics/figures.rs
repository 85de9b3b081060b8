//! The stored figures, and a person's place among the visitors of this site.

use serde::{Deserialize, Serialize};

use super::hidden::{LEAST_PEOPLE, rounded_down};
use crate::assessment::NormGroup;
use crate::personality::Trait;

/// From so many people on, results say where somebody stands among them.
pub const NORM_FROM: u64 = 300;

/// The version of [`Figures`] in JSON.
pub(super) const VERSION: u32 = 1;
/// Whole percentiles, from 0 to 100.
pub(super) const PERCENTILES: usize = 101;

/// The sums over everybody, from which every shown figure follows. Not to be shown as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub(super) version: u32,
    /// The group whose percentiles these are.
    pub norm: NormGroup,
    /// Finished questionnaires with an assessment by this norm.
    pub(super) people: u64,
    /// By [`Trait::index`].
    pub(super) traits: [TraitSums; 5],
    /// The sum of each type's probabilities, in the order of [`crate::personality::Mbti::ALL`].
    pub(super) types: [f64; 16],
}

/// The sums of one trait's percentiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TraitSums {
    pub sum: f64,
    pub squares: f64,
    /// How many people stand at each whole percentile.
    pub at: Vec<u64>,
}

/// A place among the visitors of this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// How many of 100 stand lower, in whole numbers.
    Percentile(u8),
    /// Fewer than 20 people stand lower, which is less than this percentile.
    Under(u8),
    /// Fewer than 20 people stand higher, who are above this percentile.
    Over(u8),
}

impl Figures {
    /// The figures in a stored text; `None` if another release wrote it.
    pub fn parse(text: &str) -> Option<Figures> {
        let figures: Figures = serde_json::from_str(text).ok()?;
        let whole = figures.traits.iter().all(|sums| sums.at.len() == PERCENTILES);
        (figures.version == VERSION && whole).then_some(figures)
    }

    /// The number of people, rounded down to a multiple of 20.
    pub fn people(&self) -> u64 {
        rounded_down(self.people)
    }

    /// Where a percentile of the norm group stands among the visitors of this site; `None` while they are fewer than
    /// [`NORM_FROM`].
    pub fn among(&self, trait_: Trait, percentile: f64) -> Option<Among> {
        if self.people < NORM_FROM {
            return None;
        }
        let place = whole(percentile);
        let at = &self.traits[trait_.index()].at;
        let below: u64 = at.iter().take(place).sum();
        let equal = at.get(place).copied().unwrap_or_default();
        // Half of those at the same place count as lower.
        let rank = below as f64 + equal as f64 / 2.0;
        let (people, least) = (self.people as f64, LEAST_PEOPLE as f64);
        let share = |rank: f64| 100.0 * rank / people;
        // At most 100 after division.
        Some(if rank < least {
            Among::Under(share(least).ceil() as u8)
        } else if people - rank < least {
            Among::Over(share(people - least).floor() as u8)
        } else {
            Among::Percentile(share(rank).round() as u8)
        })
    }
}

/// A percentile as a whole number from 0 to 100.
pub(super) fn whole(percentile: f64) -> usize {
    percentile.clamp(0.0, 100.0).round() as usize
}

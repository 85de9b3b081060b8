//! The norm group: real people's answers to the items, so that a score can be compared with theirs.
//!
//! datasets/norm/README.md says who they are and which figures are observed.

mod error;
mod level;
mod read;
mod scale;

pub use error::NormError;
pub use level::{Level, Word};
pub use scale::{ItemSet, Scale};

use crate::personality::{Trait, normal_share_below};

/// A norm group and the statistics of its answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm {
    /// The short name, "open-psychometrics 2012".
    pub name: String,
    pub version: String,
    /// Who they are, as the middle part of a sentence.
    pub people: String,
    pub source: String,
    pub respondents: RespondentModel,
    /// In the order of the questionnaire.
    pub items: Vec<NormItem>,
    /// By [`Trait::index`]: the score of the eight statements, then that of all twelve items.
    scales: [[Scale; 2]; 5],
}

/// How people of the group rate items: a one-factor model for each trait with two response habits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RespondentModel {
    /// Correlations between the latent traits.
    pub correlations: [[f64; 5]; 5],
    /// Variance of acquiescence (agreeing with everything), in squared latent standard deviations.
    pub agreement_variance: f64,
    /// Standard deviation of the logarithm by which a person stretches the scale about an item's neutral point.
    pub extremes_sd: f64,
}

/// How well the group's answers to an item are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The group itself rated these words.
    Observed,
    /// Other people rated them; the answers are moved to the group's scale through shared items.
    Linked,
    /// No answers are known; estimated from similar items.
    Imputed,
}

/// The group's answers to one item.
#[derive(Clone, Debug, PartialEq)]
pub struct NormItem {
    /// The item's code in the questionnaire, "r07".
    pub id: String,
    pub status: Status,
    /// Shares of the ratings 1 to 5; they sum to 1 within rounding.
    pub shares: [f64; 5],
    /// Standardized loading on the trait, above 0; the questionnaire's key gives the sign.
    pub loading: f64,
    /// The latent values at which a rating changes from k to k + 1, ascending.
    pub thresholds: [f64; 4],
}

impl NormItem {
    /// The group's mean rating, 1 to 5.
    pub fn mean(&self) -> f64 {
        (1..).zip(&self.shares).map(|(rating, share)| f64::from(rating) * share).sum()
    }

    /// For each rating, 1 to 5, the mean standard score on the trait of those who give it, for an item keyed toward
    /// the trait. For an item keyed against it, the sign is the opposite.
    ///
    /// With a standard normal latent answer y and the loading l, the mean is l times the mean of y between two
    /// thresholds a and b, which is (density(a) - density(b)) / (share below b - share below a). Response habits are
    /// left out.
    pub fn standings(&self) -> [f64; 5] {
        let density = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let edge = |k: usize| match k {
            0 => (0.0, 0.0),
            5 => (0.0, 1.0),
            _ => (density(self.thresholds[k - 1]), normal_share_below(self.thresholds[k - 1])),
        };
        std::array::from_fn(|rating| {
            let ((low_density, below_low), (high_density, below_high)) = (edge(rating), edge(rating + 1));
            self.loading * (low_density - high_density) / (below_high - below_low).max(1e-9)
        })
    }
}

impl Norm {
    pub fn scale(&self, trait_: Trait, items: ItemSet) -> &Scale {
        &self.scales[trait_.index()][items as usize]
    }

    pub fn item(&self, id: &str) -> Option<&NormItem> {
        self.items.iter().find(|item| item.id == id)
    }
}

#[cfg(test)]
mod tests;

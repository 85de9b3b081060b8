//! Turns the logits of a text's windows into an estimate of each trait or axis. docs/MODELS.md explains it on one page.
//!
//! A text has three sources of evidence: rated sentences, answers to the questionnaire's questions, and free text. Each
//! window's value is its logits, mixed for the output, minus the source's center. Each source is averaged, and the
//! average counts by its reliability. More windows make it more reliable, up to a limit that no length exceeds. Sources
//! are combined as measurements of a standard score whose prior is the norm group.

mod check;
mod outputs;
mod reading;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use outputs::Outputs;
pub use reading::{EvidenceWindow, OutputReading, Source, Trust, read};

use crate::personality::Trait;

/// The share of the common variance of a trait's twelve items that other items of the trait would share as well. A
/// judgment: the logit should hold for the trait as other statements measure it, and scales of one trait by different
/// authors correlate .85 to .95 after correction for their errors.
pub const GENERALITY: f64 = 0.9;

/// The part of calling.json that turns window values into estimates. Outputs are named "Extraversion" to "Openness" for
/// a model of the five traits, and "EI", "SN", "TF" and "JP" (toward the second letter) for a model of the 16 types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSettings {
    pub rated: RatedSettings,
    pub answers: BTreeMap<String, WordSettings>,
    pub free: BTreeMap<String, WordSettings>,
}

/// How rated sentences count. They are grouped by the trait that their item is keyed to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatedSettings {
    pub items: BTreeMap<String, RatedItem>,
    /// For each group, the number of items at which its mean has half of its highest reliability; above 0.
    pub half: BTreeMap<Trait, f64>,
    /// For each output, the gain of each group's mean. A group that is left out adds nothing.
    pub outputs: BTreeMap<String, BTreeMap<Trait, Gain>>,
}

/// One item of the questionnaire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatedItem {
    #[serde(rename = "trait")]
    pub trait_: Trait,
    /// For each output the mean logit of the item's five sentences, each weighted by the share of the norm group that
    /// gives this rating.
    pub centers: BTreeMap<String, f64>,
}

/// The weight of each output's value in a mixed value. Empty: one output's own value.
pub type Mixture = BTreeMap<String, f64>;

/// What the mean of one group of items adds to one output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gain {
    /// An item's value is mixed of its centered logits for these outputs.
    #[serde(default, skip_serializing_if = "Mixture::is_empty")]
    pub of: Mixture,
    /// Regression weight of the group's mean on the standard score, at unlimited reliability.
    pub weight: f64,
    /// Covariance of the group's mean with the standard score.
    pub covariance: f64,
}

/// How windows of written words count for one output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordSettings {
    /// A window's value is mixed of its logits for these outputs.
    #[serde(default, skip_serializing_if = "Mixture::is_empty")]
    pub of: Mixture,
    /// The mean value of such windows.
    pub center: f64,
    /// How much the mean value rises with one standard deviation of the trait or axis; above 0.
    pub slope: f64,
    /// The number of full windows at which the mean has half of its highest reliability; above 0.
    pub half: f64,
    /// The highest squared correlation with the trait or axis, for unlimited text; from 0 and below 1.
    pub limit: f64,
    /// How much of what these words say the ratings say too: the rise of the mean value with the ratings' estimate,
    /// divided by its rise with the trait or axis itself. 1 if words and ratings agree only because both are about this
    /// trait or axis, above 1 if they agree for other reasons as well.
    #[serde(default = "independent", skip_serializing_if = "is_independent")]
    pub overlap: f64,
}

fn independent() -> f64 {
    1.0
}

fn is_independent(overlap: &f64) -> bool {
    *overlap == independent()
}

#[cfg(test)]
mod tests;

//! Computes an estimate, and the share of each window in it, from window values. Pure.

use std::collections::BTreeMap;

use super::{EvidenceSettings, GENERALITY, WordSettings};
use crate::personality::{Estimate, LOGISTIC, Trait};

/// Where a window's words come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// One of the questionnaire's rated sentences, by its item's code.
    Rated(&'a str),
    /// An answer to one of the questionnaire's questions.
    Answer,
    Free,
}

/// One window as evidence.
#[derive(Clone, Copy, Debug)]
pub struct EvidenceWindow<'a> {
    pub source: Source<'a>,
    /// How much it counts compared with a full window, 0 to 1. Rated sentences always count fully.
    pub weight: f64,
    /// One logit for each output, in the order of the outputs.
    pub values: &'a [f64],
}

/// How much each source is trusted, from 0 (not at all) to 1 (fully). Evidence is multiplied by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trust {
    pub rated: f64,
    pub answers: f64,
    pub free: f64,
}

impl Trust {
    pub const FULL: Trust = Trust { rated: 1.0, answers: 1.0, free: 1.0 };
    /// Written words alone.
    pub const WORDS: Trust = Trust { rated: 0.0, ..Trust::FULL };
    /// Rated sentences alone.
    pub const RATED: Trust = Trust { answers: 0.0, free: 0.0, ..Trust::FULL };
}

/// The estimate of one output, and what each window adds to its logit.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputReading {
    /// For the trait as other statements would measure it. Its logit is the model's.
    pub estimate: Estimate,
    /// For the trait as the rated items measure it. Percentiles and bands are made from this.
    pub level: Estimate,
    /// In the order of the windows. The shares sum to [`Estimate::logit`]. There is no intercept, because values are
    /// counted from their center.
    pub shares: Vec<f64>,
}

/// The limit of a set of items' squared correlation with a trait.
const MOST_RELIABLE: f64 = 0.99;

/// What one source says about one output: the estimate from this source alone, and each window's part in it.
#[derive(Clone, Default)]
struct Said {
    /// The mean of the estimate from this source alone.
    mean: f64,
    /// Squared correlation of that mean with the standard score, below 1.
    reliability: f64,
    /// The indices of the windows and what each adds to `mean`.
    parts: Vec<(usize, f64)>,
}

/// One reading for each of `outputs`.
///
/// R is a source's squared correlation with the standard score and m the estimate from that source alone. Its evidence
/// is h = trust R / (1 - R). The combined estimate has the mean `sum trust m / (1 - R) / (1 + sum h)` and the variance
/// `1 / (1 + sum h)`: the posterior of a normal prior and independent normal measurements.
pub fn read(
    settings: &EvidenceSettings,
    outputs: &[String],
    windows: &[EvidenceWindow<'_>],
    trust: Trust,
) -> Vec<OutputReading> {
    let one = |place: usize, output: &String| {
        let sources = [
            (trust.rated, rated(settings, place, output, windows)),
            (trust.answers, words(settings.answers.get(output), place, windows, Source::Answer)),
            (trust.free, words(settings.free.get(output), place, windows, Source::Free)),
        ];
        let estimate = combined(&sources);
        let mut shares = vec![0.0; windows.len()];
        for (trust, said) in &sources {
            for (window, part) in &said.parts {
                let weight = trust / (1.0 - said.reliability) * estimate.sd * estimate.sd;
                shares[*window] = LOGISTIC / estimate.sd * weight * part;
            }
        }
        let [rated, answers, free] = sources;
        let level = combined(&[(rated.0, rated.1.of_these_items()), answers, free]);
        OutputReading { estimate, level, shares }
    };
    outputs.iter().enumerate().map(|(place, output)| one(place, output)).collect()
}

fn combined(sources: &[(f64, Said); 3]) -> Estimate {
    let evidence: f64 =
        sources.iter().map(|(trust, said)| trust * said.reliability / (1.0 - said.reliability)).sum();
    let variance = (1.0 + evidence).recip();
    let mean: f64 =
        sources.iter().map(|(trust, said)| trust * said.mean / (1.0 - said.reliability) * variance).sum();
    Estimate { mean, sd: variance.sqrt() }
}

impl Said {
    /// The same for what the rated items themselves have in common. The settings shrink their squared correlation with
    /// it by [`GENERALITY`] and the mean by its root; this reverses that.
    fn of_these_items(self) -> Said {
        Said {
            mean: self.mean / GENERALITY.sqrt(),
            reliability: (self.reliability / GENERALITY).min(MOST_RELIABLE),
            parts: Vec::new(),
        }
    }
}

/// Rated sentences: the mean of each group of items, weighted by gain and reliability. An item that is rated twice
/// counts once, with the mean of its sentences.
fn rated(settings: &EvidenceSettings, place: usize, output: &str, windows: &[EvidenceWindow<'_>]) -> Said {
    let mut said = Said::default();
    let Some(gains) = settings.rated.outputs.get(output) else { return said };
    // By group, then by item: the windows and their centered values.
    type Items<'a> = BTreeMap<&'a str, Vec<(usize, f64)>>;
    let mut groups: BTreeMap<Trait, Items<'_>> = BTreeMap::new();
    for (number, window) in windows.iter().enumerate() {
        if let Source::Rated(id) = window.source
            && let Some(item) = settings.rated.items.get(id)
            && let Some(center) = item.centers.get(output)
        {
            let value = window.values[place] - center;
            groups.entry(item.trait_).or_default().entry(id).or_default().push((number, value));
        }
    }
    for (trait_, items) in groups {
        let (Some(gain), Some(half)) = (gains.get(&trait_), settings.rated.half.get(&trait_)) else {
            continue;
        };
        let count = items.len() as f64;
        let known = count / (count + half);
        said.reliability += gain.weight * gain.covariance * known;
        for sentences in items.values() {
            let weight = gain.weight * known / count / sentences.len() as f64;
            for (number, value) in sentences {
                said.mean += weight * value;
                said.parts.push((*number, weight * value));
            }
        }
    }
    said
}

/// Written words of one source: their weighted mean, shrunk by the reliability of that many windows.
fn words(
    settings: Option<&WordSettings>,
    place: usize,
    windows: &[EvidenceWindow<'_>],
    source: Source<'_>,
) -> Said {
    let mut said = Said::default();
    let of_source = || windows.iter().enumerate().filter(|(_, window)| window.source == source);
    let amount: f64 = of_source().map(|(_, window)| window.weight).sum();
    let Some(settings) = settings.filter(|_| amount > 0.0) else { return said };
    said.reliability = settings.limit * amount / (amount + settings.half);
    for (number, window) in of_source() {
        let value = window.values[place] - settings.center;
        let part = said.reliability / settings.slope * window.weight / amount * value;
        said.mean += part;
        said.parts.push((number, part));
    }
    said
}

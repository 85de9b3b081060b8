//! The arithmetic: window values in, a belief and the share of each window out. Pure.

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
    /// How much of a full window it counts, 0 to 1. Rated sentences count fully whatever it is.
    pub weight: f64,
    /// One logit for each output, in the order of the outputs.
    pub values: &'a [f64],
}

/// How far each source is believed: 1 fully, 0 not at all. Evidence is multiplied by it.
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

/// The belief about one output and what each window adds to its logit.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputReading {
    /// About the trait as other statements would measure it, too. Its logit is the model's.
    pub estimate: Estimate,
    /// About the trait as the rated items themselves measure it: what percentiles and bands are made of.
    pub level: Estimate,
    /// In the order of the windows. They sum to [`Estimate::logit`]; there is no intercept, because every value is
    /// counted from its center.
    pub shares: Vec<f64>,
}

/// No set of items is believed to measure more of a trait's variance than this.
const MOST_RELIABLE: f64 = 0.99;

/// What one source says of one output: the belief that it alone would give, and each window's part in its mean.
#[derive(Clone, Default)]
struct Said {
    /// Mean of the belief on this source alone.
    mean: f64,
    /// Squared correlation of that mean with the standard score, below 1.
    reliability: f64,
    /// The windows that take part and what each adds to `mean`.
    parts: Vec<(usize, f64)>,
}

/// One reading for each of `outputs`.
///
/// With R for a source's squared correlation with the standard score and m for the belief on that source alone,
/// h = trust R / (1 - R) is its evidence. The combined belief has the mean `sum trust m / (1 - R) / (1 + sum h)` and the
/// variance `1 / (1 + sum h)`: the posterior of a normal prior and independent normal measurements.
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
    /// What the rated items say of the trait that they themselves have in common. The settings shrink their squared
    /// correlation with it by [`GENERALITY`], and the mean by its root.
    fn of_these_items(self) -> Said {
        Said {
            mean: self.mean / GENERALITY.sqrt(),
            reliability: (self.reliability / GENERALITY).min(MOST_RELIABLE),
            parts: Vec::new(),
        }
    }
}

/// Rated sentences: the mean of each group of items, weighted by gain and reliability. An item that is rated twice counts
/// once, with the mean of its sentences.
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

/// Written words of one source: their weighted mean, shrunk by how reliable that many windows are.
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

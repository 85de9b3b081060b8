//! Computes an estimate, and the share of each window in it, from window values. Pure.

use std::collections::BTreeMap;

use super::{EvidenceSettings, GENERALITY, Mixture, RatedSettings, WordSettings};
use crate::personality::{Estimate, LOGISTIC};

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
pub(super) const MOST_RELIABLE: f64 = 0.99;

/// What one source says about one output: the estimate from this source alone, and each window's part in it.
#[derive(Clone)]
struct Said {
    /// The mean of the estimate from this source alone.
    mean: f64,
    /// Squared correlation of that mean with the standard score, below 1.
    reliability: f64,
    /// For written words: see [`WordSettings::overlap`].
    overlap: f64,
    /// The indices of the windows and what each adds to `mean`.
    parts: Vec<(usize, f64)>,
}

/// One reading for each of `outputs`.
///
/// R is a source's squared correlation with the standard score and z the estimate from that source alone, whose variance
/// is R as well. Trust multiplies the source's evidence R / (1 - R). The combined estimate is the regression on the
/// estimates of all sources, see [`combined`].
pub fn read(
    settings: &EvidenceSettings,
    outputs: &[String],
    windows: &[EvidenceWindow<'_>],
    trust: Trust,
) -> Vec<OutputReading> {
    let one = |place: usize| {
        let output = Output { names: outputs, place };
        let rated = rated(&settings.rated, output, windows);
        let level = rated.of_these_items().trusted(trust.rated);
        let sources = [
            rated.trusted(trust.rated),
            words(&settings.answers, output, windows, Source::Answer).trusted(trust.answers),
            words(&settings.free, output, windows, Source::Free).trusted(trust.free),
        ];
        let (estimate, weights) = combined(&sources);
        let mut shares = vec![0.0; windows.len()];
        for (said, weight) in sources.iter().zip(weights) {
            for (window, part) in &said.parts {
                shares[*window] = LOGISTIC / estimate.sd * weight * part;
            }
        }
        let [_, answers, free] = sources;
        let (level, _) = combined(&[level, answers, free]);
        OutputReading { estimate, level, shares }
    };
    (0..outputs.len()).map(one).collect()
}

/// One of a model's outputs.
#[derive(Clone, Copy)]
struct Output<'a> {
    names: &'a [String],
    place: usize,
}

impl Output<'_> {
    fn name(&self) -> &str {
        &self.names[self.place]
    }

    /// The weight of each output's value in a mixture for this output.
    fn weights(&self, of: &Mixture) -> Vec<f64> {
        let weight = |(place, name)| match of.is_empty() {
            true => f64::from(u8::from(place == self.place)),
            false => of.get(name).copied().unwrap_or(0.0),
        };
        self.names.iter().enumerate().map(weight).collect()
    }
}

/// The regression of the standard score on the estimates of the three sources, and each source's weight in it.
///
/// Answers and free text are independent measurements. Their regression on each other is that of [`regression`] with the
/// overlap 1. The overlap of both with the ratings is the mean of theirs, weighted by what each explains.
fn combined([rated, answers, free]: &[Said; 3]) -> (Estimate, [f64; 3]) {
    let [of_answers, of_free] = regression(answers.reliability, free.reliability, 1.0);
    let (by_answers, by_free) = (of_answers * answers.reliability, of_free * free.reliability);
    let words = by_answers + by_free;
    let overlap =
        if words > 0.0 { (by_answers * answers.overlap + by_free * free.overlap) / words } else { 1.0 };
    let [of_rated, of_words] = regression(rated.reliability, words, overlap);
    let weights = [of_rated, of_words * of_answers, of_words * of_free];
    let mean = weights[0] * rated.mean + weights[1] * answers.mean + weights[2] * free.mean;
    let explained = of_rated * rated.reliability + of_words * words;
    (Estimate { mean, sd: (1.0 - explained).sqrt() }, weights)
}

/// The weights of two estimates of a standard score in the regression on both. Each has the variance R, which is also
/// its covariance with the score; the covariance of the two is the overlap times the product of both R.
fn regression(first: f64, second: f64, overlap: f64) -> [f64; 2] {
    let rest = 1.0 - overlap * overlap * first * second;
    [(1.0 - overlap * second) / rest, (1.0 - overlap * first) / rest]
}

impl Said {
    fn nothing() -> Said {
        Said { mean: 0.0, reliability: 0.0, overlap: 1.0, parts: Vec::new() }
    }

    /// With its evidence R / (1 - R) multiplied by `trust`.
    fn trusted(mut self, trust: f64) -> Said {
        let share = trust / (1.0 + (trust - 1.0) * self.reliability);
        self.mean *= share;
        self.reliability *= share;
        self.parts.iter_mut().for_each(|(_, part)| *part *= share);
        self
    }

    /// The same for what the rated items themselves have in common. The settings shrink their squared correlation with
    /// it by [`GENERALITY`] and the mean by its root; this reverses that.
    fn of_these_items(&self) -> Said {
        Said {
            mean: self.mean / GENERALITY.sqrt(),
            reliability: (self.reliability / GENERALITY).min(MOST_RELIABLE),
            overlap: self.overlap,
            parts: Vec::new(),
        }
    }
}

/// Rated sentences: the mean of each group of items, weighted by gain and reliability. An item that is rated twice
/// counts once, with the mean of its sentences.
fn rated(settings: &RatedSettings, output: Output<'_>, windows: &[EvidenceWindow<'_>]) -> Said {
    let mut said = Said::nothing();
    let Some(gains) = settings.outputs.get(output.name()) else { return said };
    for (trait_, gain) in gains {
        let Some(half) = settings.half.get(trait_) else { continue };
        let weights = output.weights(&gain.of);
        // By item: the windows and their values.
        let mut items: BTreeMap<&str, Vec<(usize, f64)>> = BTreeMap::new();
        for (number, window) in windows.iter().enumerate() {
            if let Source::Rated(id) = window.source
                && let Some(item) = settings.items.get(id).filter(|item| item.trait_ == *trait_)
            {
                let centered = |(name, value): (&String, &f64)| {
                    value - item.centers.get(name).copied().unwrap_or_default()
                };
                let values = output.names.iter().zip(window.values).map(centered);
                let value = values.zip(&weights).map(|(value, weight)| weight * value).sum();
                items.entry(id).or_default().push((number, value));
            }
        }
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
    // Some groups say nothing without others.
    if said.reliability > 0.0 { said } else { Said::nothing() }
}

/// Written words of one source: their weighted mean, shrunk by the reliability of that many windows.
fn words(
    settings: &BTreeMap<String, WordSettings>,
    output: Output<'_>,
    windows: &[EvidenceWindow<'_>],
    source: Source<'_>,
) -> Said {
    let mut said = Said::nothing();
    let of_source = || windows.iter().enumerate().filter(|(_, window)| window.source == source);
    let amount: f64 = of_source().map(|(_, window)| window.weight).sum();
    let Some(settings) = settings.get(output.name()).filter(|_| amount > 0.0) else { return said };
    said.reliability = settings.limit * amount / (amount + settings.half);
    said.overlap = settings.overlap;
    let weights = output.weights(&settings.of);
    for (number, window) in of_source() {
        let mixed: f64 = window.values.iter().zip(&weights).map(|(value, weight)| weight * value).sum();
        let value = mixed - settings.center;
        let part = said.reliability / settings.slope * window.weight / amount * value;
        said.mean += part;
        said.parts.push((number, part));
    }
    said
}

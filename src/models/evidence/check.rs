//! The rules that the evidence part of calling.json must keep.

use std::collections::BTreeMap;

use super::reading::MOST_RELIABLE;
use super::{EvidenceSettings, GENERALITY, Gain, Mixture, WordSettings};
use crate::personality::Trait;

impl EvidenceSettings {
    /// The first fault for a model with these outputs: what is wrong and what was expected.
    pub fn fault(&self, outputs: &[String]) -> Option<(String, &'static str)> {
        for trait_ in Trait::ALL {
            match self.rated.half.get(&trait_) {
                Some(half) if half.is_finite() && *half > 0.0 => {}
                found => {
                    let found = found.map_or("missing".to_owned(), f64::to_string);
                    return Some((format!("evidence.rated.half of {trait_} is {found}"), "a number above 0"));
                }
            }
        }
        for (id, item) in &self.rated.items {
            if let Some(output) =
                outputs.iter().find(|o| !item.centers.get(*o).is_some_and(|c| c.is_finite()))
            {
                return Some((
                    format!("evidence.rated.items.{id} has no center for {output}"),
                    "a finite number",
                ));
            }
        }
        outputs.iter().find_map(|output| self.fault_of(output, outputs))
    }

    fn fault_of(&self, output: &str, outputs: &[String]) -> Option<(String, &'static str)> {
        let Some(gains) = self.rated.outputs.get(output) else {
            return Some((format!("evidence.rated.outputs leaves out {output}"), "each output once"));
        };
        let reliability: f64 = gains.values().map(|gain| gain.weight * gain.covariance).sum();
        if !(0.0..1.0).contains(&reliability) {
            return Some((
                format!("the gains of {output} explain {reliability} of its variance"),
                "weights and covariances whose products sum to 0 or more and less than 1",
            ));
        }
        for (name, words) in [("answers", &self.answers), ("free", &self.free)] {
            let sound = words.get(output).is_some_and(WordSettings::is_sound);
            if !sound {
                return Some((
                    format!("evidence.{name} of {output} is {:?}", words.get(output)),
                    "a finite center, slope and half above 0, limit from 0 and below 1, overlap 1 or more",
                ));
            }
            let known = (self.reliability_of_all(gains) / GENERALITY).min(MOST_RELIABLE);
            let overlap = words.get(output).map_or(1.0, |words| words.overlap * words.limit.max(known));
            if overlap >= 1.0 {
                return Some((
                    format!("the overlap of evidence.{name} with the ratings of {output} is too large"),
                    "less than 1 when multiplied by limit, and by what all rated items explain, divided by .9",
                ));
            }
        }
        let mixtures = gains.values().map(|gain| &gain.of);
        let words = [&self.answers, &self.free].map(|words| words.get(output).map(|words| &words.of));
        mixtures.chain(words.into_iter().flatten()).find_map(|of| fault_of_mixture(of, output, outputs))
    }

    /// The squared correlation of all rated items with an output that has these gains.
    fn reliability_of_all(&self, gains: &BTreeMap<Trait, Gain>) -> f64 {
        let of_group = |(trait_, gain): (&Trait, &Gain)| {
            let items = self.rated.items.values().filter(|item| item.trait_ == *trait_).count() as f64;
            let half = self.rated.half.get(trait_).copied().unwrap_or(f64::INFINITY);
            gain.weight * gain.covariance * items / (items + half)
        };
        gains.iter().map(of_group).sum()
    }
}

impl WordSettings {
    fn is_sound(&self) -> bool {
        self.center.is_finite()
            && self.slope.is_finite()
            && self.slope > 0.0
            && self.half.is_finite()
            && self.half > 0.0
            && (0.0..1.0).contains(&self.limit)
            && self.overlap.is_finite()
            && self.overlap >= 1.0
    }
}

fn fault_of_mixture(of: &Mixture, output: &str, outputs: &[String]) -> Option<(String, &'static str)> {
    let (name, weight) = of.iter().find(|(name, weight)| !(outputs.contains(name) && weight.is_finite()))?;
    Some((
        format!("evidence for {output} mixes in {weight} times {name}"),
        "a finite weight for outputs of this model",
    ))
}

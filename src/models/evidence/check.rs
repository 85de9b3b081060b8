//! The rules that the evidence part of calling.json must keep.

use super::{EvidenceSettings, WordSettings};
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
        outputs.iter().find_map(|output| self.fault_of(output))
    }

    fn fault_of(&self, output: &str) -> Option<(String, &'static str)> {
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
                    "a finite center, slope and half above 0, limit from 0 and below 1",
                ));
            }
        }
        None
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
    }
}

//! From an occupation's figures to the traits that its workers are expected to have.

use serde::{Deserialize, Serialize};

use super::evidence::ELEMENTS;
use super::figures::{Figures, Scale};
use super::occupation::Occupation;
use crate::personality::Trait;

/// The part of a predicted trait that preparation (the job zone) explains is subtracted by this share. Predicted
/// openness rises steeply with schooling, which a questionnaire does not ask about. A choice; docs/CAREERS.md says why.
const PREPARATION_SUBTRACTED: f64 = 0.5;

/// How figures predict traits. Computed by `datasets::weighting`, stored in the catalog file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitLinks {
    pub scale: Scale,
    /// The weight of each figure for each trait, by [`Trait::index`]. All 0 for neuroticism.
    pub weight: [[f64; ELEMENTS]; 5],
    /// The correlation of the weighted figures with the measured trait means, as the published correlations imply it. 0
    /// for neuroticism.
    pub validity: [f64; 5],
    /// Mean predicted traits of the occupations in job zones 1 and 2, 3, 4, and 5.
    pub preparation: [[f64; 5]; 4],
    /// The standard deviation of each predicted trait after preparation is subtracted; 1 for neuroticism.
    pub spread: [f64; 5],
    /// The median of the occupations' median wages, US dollars a year.
    pub median_wage: u32,
}

/// An occupation's figures, and the traits that they predict.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub figures: Figures,
    /// The expected mean of its workers, in standard deviations between occupations, by [`Trait::index`]. Its standard
    /// deviation over the catalog is the trait's validity. 0 for neuroticism.
    pub traits: [f64; 5],
}

/// The index in [`TraitLinks::preparation`]. Zones 1 and 2 share a band, because zone 1 has too few occupations.
pub fn preparation_band(job_zone: u8) -> usize {
    usize::from(job_zone.clamp(2, 5)) - 2
}

impl TraitLinks {
    /// The weighted figures before preparation is subtracted.
    pub fn predict(&self, figures: &Figures) -> [f64; 5] {
        Trait::ALL.map(|t| self.weight[t.index()].iter().zip(figures).map(|(w, z)| w * z).sum())
    }

    /// The weighted figures after preparation is subtracted.
    pub fn predict_prepared(&self, figures: &Figures, job_zone: u8) -> [f64; 5] {
        let mut traits = self.predict(figures);
        for (value, mean) in traits.iter_mut().zip(&self.preparation[preparation_band(job_zone)]) {
            *value -= PREPARATION_SUBTRACTED * mean;
        }
        traits
    }

    pub fn place(&self, occupation: &Occupation) -> Placed {
        let figures = self.scale.figures(occupation);
        let mut traits = self.predict_prepared(&figures, occupation.job_zone);
        for (t, value) in traits.iter_mut().enumerate() {
            *value *= self.per_prediction(t);
        }
        Placed { figures, traits }
    }

    /// The expected trait, in standard deviations between occupations, for each unit of the weighted figures: a regression
    /// with the correlation `validity`.
    pub fn per_prediction(&self, trait_index: usize) -> f64 {
        self.validity[trait_index] / self.spread[trait_index]
    }

    /// The error of an expected trait profile: the length of the vector of errors sqrt(1 − validity²), over the traits
    /// that figures predict.
    pub fn profile_error(&self) -> f64 {
        self.validity.iter().filter(|v| **v > 0.0).map(|v| 1.0 - v * v).sum::<f64>().sqrt()
    }
}

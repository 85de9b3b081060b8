//! From an occupation's ratings to what they say of each trait: standardised ratings, weights, and single links.

use serde::{Deserialize, Serialize};

use super::evidence::ELEMENTS;
use super::occupation::Occupation;
use crate::personality::Trait;

/// A rating further than this many standard deviations from the mean counts as this many: no single rating decides.
const CLIP: f64 = 3.0;

/// The share of what preparation (the job zone) explains of a predicted trait that is taken out of it. Openness rises
/// steeply with schooling; a questionnaire says nothing about schooling. A choice, stated in docs/CAREERS.md.
const PREPARATION_TAKEN_OUT: f64 = 0.5;

/// How the ratings are standardised and weighed. Computed by `datasets::weighting`, stored in the catalogue file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitLinks {
    /// Mean of each rating over the catalogue.
    pub mean: [f64; ELEMENTS],
    /// Its standard deviation.
    pub sd: [f64; ELEMENTS],
    /// Weight of each standardised rating for each trait, by [`Trait::index`]; all 0 for neuroticism.
    pub weight: [[f64; ELEMENTS]; 5],
    /// Correlation of the weighed ratings with the measured trait means, as the published tables imply it; 0 for
    /// neuroticism.
    pub validity: [f64; 5],
    /// Mean predicted traits of the occupations in each preparation band: zones 1 and 2, then 3, 4, 5.
    pub preparation: [[f64; 5]; 4],
    /// Mean and standard deviation of the surveyed importance of stress tolerance.
    pub stress_tolerance: [f64; 2],
    /// The middle of the occupations' median wages, US dollars a year.
    pub median_wage: u32,
}

/// An occupation on the scales that matching works with.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardised {
    /// Each rating in standard deviations from the catalogue's mean, at most 3 either way.
    pub ratings: [f64; ELEMENTS],
    /// How far the people in the occupation are expected to stand from the average occupation on each trait, in
    /// standard deviations between occupations; half of what preparation explains taken out. 0 for neuroticism.
    pub traits: [f64; 5],
    /// How calm the work is: minus the standardised importance of stress tolerance; 0 where it was not surveyed.
    pub calm: f64,
}

/// The preparation band of a job zone: zone 1 has too few occupations to stand alone.
pub fn preparation_band(job_zone: u8) -> usize {
    usize::from(job_zone.clamp(2, 5)) - 2
}

impl TraitLinks {
    /// Ratings in standard deviations.
    pub fn standardise(&self, ratings: &[f64]) -> [f64; ELEMENTS] {
        let mut z = [0.0; ELEMENTS];
        for (i, (z, rating)) in z.iter_mut().zip(ratings).enumerate() {
            *z = ((rating - self.mean[i]) / self.sd[i]).clamp(-CLIP, CLIP);
        }
        z
    }

    /// What the standardised ratings predict for each trait, before preparation is taken out.
    pub fn predict(&self, ratings: &[f64; ELEMENTS]) -> [f64; 5] {
        Trait::ALL.map(|t| self.weight[t.index()].iter().zip(ratings).map(|(w, z)| w * z).sum())
    }

    /// The occupation on matching's scales.
    pub fn place(&self, occupation: &Occupation) -> Standardised {
        let ratings = self.standardise(&occupation.ratings);
        let mut traits = self.predict(&ratings);
        let band = &self.preparation[preparation_band(occupation.job_zone)];
        for (value, mean) in traits.iter_mut().zip(band) {
            *value -= PREPARATION_TAKEN_OUT * mean;
        }
        let [mean, sd] = self.stress_tolerance;
        let calm =
            occupation.stress_tolerance.map_or(0.0, |importance| (mean - importance) / sd).clamp(-CLIP, CLIP);
        Standardised { ratings, traits, calm }
    }
}

//! Adds assessments up.

use super::figures::{Figures, PERCENTILES, TraitSums, VERSION, whole};
use crate::assessment::{Assessment, AxisStanding, NormGroup};
use crate::personality::Mbti;

/// The sums so far.
#[derive(Clone, Debug)]
pub struct Tally(Figures);

impl Tally {
    /// For assessments by this norm.
    pub fn new(norm: NormGroup) -> Tally {
        let nothing = || TraitSums { sum: 0.0, squares: 0.0, at: vec![0; PERCENTILES] };
        Tally(Figures {
            version: VERSION,
            norm,
            people: 0,
            traits: std::array::from_fn(|_| nothing()),
            types: [0.0; 16],
        })
    }

    /// Adds one person. One who was compared with another norm is left out, since the percentiles mean something else.
    pub fn add(&mut self, assessment: &Assessment) {
        let Tally(figures) = self;
        if assessment.norm != figures.norm {
            return;
        }
        figures.people += 1;
        for (sums, standing) in figures.traits.iter_mut().zip(&assessment.traits) {
            let percentile = standing.together.level.percentile.clamp(0.0, 100.0);
            sums.sum += percentile;
            sums.squares += percentile * percentile;
            if let Some(count) = sums.at.get_mut(whole(percentile)) {
                *count += 1;
            }
        }
        for (sum, mbti) in figures.types.iter_mut().zip(Mbti::ALL) {
            *sum += probability(&assessment.axes, mbti);
        }
    }

    pub fn figures(self) -> Figures {
        self.0
    }
}

/// A type's probability: the product of its four letters' chances.
fn probability(axes: &[AxisStanding; 4], mbti: Mbti) -> f64 {
    let letter = |axis: &AxisStanding| {
        let second = axis.together.above.clamp(0.0, 1.0);
        if mbti.is_second(axis.axis) { second } else { 1.0 - second }
    };
    axes.iter().map(letter).product()
}

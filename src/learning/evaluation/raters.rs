//! Simulated people who only rate, and where their keyed scores stand in the norm group.
//!
//! They cost little, so there are more of them than of respondents: how often a band holds has a standard error of .002
//! with them.

use crate::learning::people::{Population, Structure};
use crate::norm::{ItemSet, Level, Norm};
use crate::personality::Trait;
use crate::survey::{ItemKind, Keyed, Questionnaire};

/// The number of people who only rate.
const RATERS: usize = 20_000;
/// Makes them other people than the respondents of the same seed.
const OTHER_PEOPLE: u64 = 0x4A7E_5000;

/// One of them.
pub struct Rater {
    /// Standard scores, by [`Trait::index`].
    pub traits: [f64; 5],
    /// By [`Trait::index`]: from the eight statements, by key and norm.
    pub levels: [Level; 5],
}

/// Draws them; the same seed draws the same ones.
pub fn raters(questionnaire: &Questionnaire, norm: &Norm, structure: &Structure, seed: u64) -> Vec<Rater> {
    let mut population = Population::new(structure.clone(), seed ^ OTHER_PEOPLE);
    let draw = |_| {
        let person = population.draw();
        let level = |trait_: Trait| {
            let rated = questionnaire.items.iter().zip(&person.ratings);
            let own = rated.filter(|(item, _)| item.trait_ == trait_ && item.kind == ItemKind::Statement);
            let (mut sum, mut count) = (0.0, 0.0);
            for (item, rating) in own {
                let steps = f64::from(*rating) - 1.0;
                sum += if item.keyed == Keyed::Plus { steps } else { 4.0 - steps };
                count += 1.0;
            }
            norm.scale(trait_, ItemSet::Statements).level(25.0 * sum / count)
        };
        Rater { traits: person.traits, levels: Trait::ALL.map(level) }
    };
    (0..RATERS).map(draw).collect()
}

//! Profile × occupation → fit. Pure, and a total order: equal fits are told apart by name, then by code.

use super::evidence::{self, ELEMENTS};
use super::links::{Standardised, TraitLinks};
use crate::personality::{Mbti, Profile, Trait};

/// What calm work counts for someone high on neuroticism, beside the measured links. A choice of values, not a finding:
/// the ratings hold no usable signal for this trait.
pub const CALM_WEIGHT: f64 = 0.25;

/// A trait probability becomes at most this many standard deviations.
const FURTHEST: f64 = 2.0;

/// Where a person stands on the five traits, in standard deviations from the mean of all people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing(pub [f64; 5]);

impl Standing {
    /// What is to be expected of a type; 0 on neuroticism.
    pub fn of_type(mbti: Mbti) -> Self {
        Standing(evidence::type_traits(mbti))
    }

    /// One standard deviation up on one trait, and in the middle of the others.
    pub fn of_trait(t: Trait) -> Self {
        let mut standing = [0.0; 5];
        standing[t.index()] = 1.0;
        Standing(standing)
    }

    /// A whole profile: for each trait the mean of what its own probability says and what the 16 type probabilities
    /// lead to expect; neuroticism from its own probability alone.
    pub fn of_profile(profile: &Profile) -> Self {
        let mut from_types = [0.0; 5];
        for mbti in Mbti::ALL {
            let p = profile.types[mbti.index()];
            for (sum, expected) in from_types.iter_mut().zip(evidence::type_traits(mbti)) {
                *sum += p * expected;
            }
        }
        Standing(Trait::ALL.map(|t| {
            let own = deviations(profile.traits[t.index()]);
            if t == Trait::Neuroticism { own } else { (own + from_types[t.index()]) / 2.0 }
        }))
    }
}

/// The probability of standing above the middle, as standard deviations from it: the logistic approximation of the
/// normal quantile (logit divided by 1.702).
fn deviations(probability: f64) -> f64 {
    let p = probability.clamp(1e-6, 1.0 - 1e-6);
    ((p / (1.0 - p)).ln() / 1.702).clamp(-FURTHEST, FURTHEST)
}

/// What a link between a person and an occupation runs through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// A rating, by its place in [`evidence::ELEMENT`].
    Rating(usize),
    /// The surveyed importance of stress tolerance.
    Calm,
}

/// One link: how much a rating, seen through one trait, speaks for the occupation (or against it, below 0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// What it runs through.
    pub through: Through,
    /// The trait it runs through.
    pub by: Trait,
    /// Its part of the fit, before that is divided by the fits' spread.
    pub strength: f64,
    /// Whether the occupation has much of it (or little).
    pub much: bool,
}

/// The fit before it is divided by the fits' spread: each trait's standing times what the occupation's people are
/// expected to have of it, and calm work for those high on neuroticism.
pub fn raw_fit(standing: &Standing, occupation: &Standardised) -> f64 {
    let traits: f64 = standing.0.iter().zip(&occupation.traits).map(|(person, work)| person * work).sum();
    traits + calm_part(standing, occupation)
}

fn calm_part(standing: &Standing, occupation: &Standardised) -> f64 {
    standing.0[Trait::Neuroticism.index()].max(0.0) * CALM_WEIGHT * occupation.calm
}

/// Every link between a person and an occupation, strongest support first, strongest objection last; ties in the order
/// of the elements. Links of no strength are left out.
pub fn links(standing: &Standing, occupation: &Standardised, weights: &TraitLinks) -> Vec<Link> {
    let mut links = Vec::with_capacity(4 * ELEMENTS);
    for element in 0..ELEMENTS {
        for by in Trait::ALL {
            let strength =
                standing.0[by.index()] * weights.weight[by.index()][element] * occupation.ratings[element];
            if strength != 0.0 {
                let much = occupation.ratings[element] > 0.0;
                links.push(Link { through: Through::Rating(element), by, strength, much });
            }
        }
    }
    let strength = calm_part(standing, occupation);
    if strength != 0.0 {
        let much = occupation.calm > 0.0;
        links.push(Link { through: Through::Calm, by: Trait::Neuroticism, strength, much });
    }
    links.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    links
}

/// The fits' spread: their standard deviation around 0, the average occupation. 1 where nothing differs.
pub fn spread(fits: &[f64]) -> f64 {
    let sum: f64 = fits.iter().map(|fit| fit * fit).sum();
    let spread = (sum / fits.len().max(1) as f64).sqrt();
    if spread > 1e-9 { spread } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undecided_profile_stands_in_the_middle() {
        let profile = Profile { types: [1.0 / 16.0; 16], traits: [0.5; 5] };
        for value in Standing::of_profile(&profile).0 {
            assert!(value.abs() < 1e-12);
        }
    }

    #[test]
    fn certainty_moves_a_standing_by_a_bounded_amount() {
        let mut profile = Profile { types: [0.0; 16], traits: [1.0; 5] };
        profile.types[Mbti::parse("ENFP").unwrap().index()] = 1.0;
        for value in Standing::of_profile(&profile).0 {
            assert!((-FURTHEST..=FURTHEST).contains(&value));
        }
        assert_eq!(Standing::of_profile(&profile).0[Trait::Neuroticism.index()], FURTHEST);
    }
}

//! The person that occupations are matched to.

use super::evidence;
use super::occupation::WorkValue;
use crate::personality::{Estimate, InterestScores, LOGISTIC, Mbti, Profile, Trait};

/// The standard deviation assumed for an estimate that is known only as a probability. A choice.
const SD_OF_A_PROBABILITY: f64 = 0.5;
/// Limits how far such an estimate is from the middle.
const FARTHEST: f64 = 2.5;

/// What matching knows about a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub about: About,
    /// By [`Trait::index`].
    pub traits: [Estimate; 5],
    pub interests: Option<InterestScores>,
    pub wishes: Wishes,
}

/// Whom the reasons are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The visitor.
    You,
    /// People of one type.
    Type(Mbti),
    /// People high on one trait.
    Trait(Trait),
}

/// What a visitor wants from work, besides a fit to themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The most important first.
    pub values: Vec<WorkValue>,
    pub pay: bool,
    pub growth: bool,
}

impl Person {
    /// The person behind a profile of probabilities, without interests or wishes. Each probability becomes the estimate
    /// with [`SD_OF_A_PROBABILITY`] that has this chance of being above the middle.
    pub fn of_profile(profile: &Profile) -> Person {
        Person::you(profile.traits.map(|probability| {
            let p = probability.clamp(1e-6, 1.0 - 1e-6);
            let mean = SD_OF_A_PROBABILITY * (p / (1.0 - p)).ln() / LOGISTIC;
            Estimate { mean: mean.clamp(-FARTHEST, FARTHEST), sd: SD_OF_A_PROBABILITY }
        }))
    }

    pub fn you(traits: [Estimate; 5]) -> Person {
        Person { about: About::You, traits, interests: None, wishes: Wishes::default() }
    }

    /// The average person of this type.
    pub fn of_type(mbti: Mbti) -> Person {
        let traits = evidence::type_traits(mbti).map(|mean| Estimate { mean, sd: 0.0 });
        Person { about: About::Type(mbti), ..Person::you(traits) }
    }

    /// A person one standard deviation up on this trait and average on the others.
    pub fn of_trait(t: Trait) -> Person {
        let mut traits = [Estimate { mean: 0.0, sd: 0.0 }; 5];
        traits[t.index()].mean = 1.0;
        Person { about: About::Trait(t), ..Person::you(traits) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_becomes_a_bounded_estimate_with_that_chance() {
        let profile = Profile { types: [1.0 / 16.0; 16], traits: [0.5, 0.9, 0.1, 0.8, 1.0] };
        let traits = Person::of_profile(&profile).traits;
        assert_eq!(traits[0].mean, 0.0);
        for (estimate, chance) in traits[..4].iter().zip(profile.traits) {
            assert!((estimate.chance() - chance).abs() < 1e-9, "{estimate:?}");
        }
        assert_eq!(traits[4].mean, FARTHEST);
    }
}

//! Simulated people, drawn from the published structure of traits, and their ratings of the 60 items.
//!
//! A person has five standardized traits with the published correlations ([`published::TRAIT_CORRELATIONS`]) and four type
//! axes, each the sum of its regression on the traits and an independent rest. The type follows from the axes by thresholds
//! that give each letter its published share. A rating is
//! `y = loading * key * trait + sqrt(1 - loading^2) * noise + agreement`, multiplied by the person's preference for
//! extremes and cut at four thresholds. Loadings lie between .48 and .68, so that twelve items have reliabilities between
//! .8 and .9, as published for the IPIP's scales of 10 to 20 items (Goldberg's markers: .79 to .91). The spread of the two
//! habits, agreeing and preferring extremes, is not published; it is our choice.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::published;
use crate::learning::numerics::{Cholesky, normal_quantile, standard_normal};
use crate::personality::{Axis, Mbti, Trait};

/// A simulated person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Standardized, indexed by [`Trait::index`].
    pub traits: [f64; 5],
    /// Standardized, positive towards the second letter, in the order of [`Axis::ALL`].
    pub axes: [f64; 4],
    pub mbti: Mbti,
    /// A rating from 1 to 5 for each item.
    pub ratings: Vec<u8>,
}

/// What an item measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyedItem {
    pub trait_: Trait,
    /// 1 if agreeing speaks for the trait, -1 if it speaks against it.
    pub key: f64,
}

/// Draws people; the same seed draws the same people.
#[derive(Debug)]
pub struct Population {
    items: Vec<KeyedItem>,
    /// Turns independent draws into correlated traits.
    factor: Cholesky<5>,
    regressions: [published::AxisRegression; 4],
    thresholds: [f64; 4],
    random: StdRng,
}

/// The thresholds between the five ratings on the latent scale.
pub const CUTS: [f64; 4] = [-1.35, -0.5, 0.4, 1.25];
/// The standard deviation of the habit of agreeing, on the latent scale.
pub const AGREEMENT: f64 = 0.25;
/// The standard deviation of the logarithm of the preference for extremes.
pub const EXTREMES: f64 = 0.25;

impl Population {
    pub fn new(items: Vec<KeyedItem>, seed: u64) -> Population {
        Population {
            items,
            factor: published::trait_factor(),
            regressions: Axis::ALL.map(published::axis_regression),
            thresholds: Axis::ALL.map(|axis| normal_quantile(1.0 - published::second_letter_share(axis))),
            random: StdRng::seed_from_u64(seed),
        }
    }

    /// The loading of the item at this place, spread evenly over .48 to .68 by the golden ratio.
    pub fn loading(item: usize) -> f64 {
        0.48 + 0.2 * (item as f64 * 0.618_033_988_749_895).fract()
    }

    pub fn draw(&mut self) -> Person {
        let independent: [f64; 5] = std::array::from_fn(|_| standard_normal(&mut self.random));
        let traits: [f64; 5] =
            std::array::from_fn(|i| (0..=i).map(|j| self.factor.lower()[i][j] * independent[j]).sum());
        let axes: [f64; 4] = std::array::from_fn(|a| {
            let regression = &self.regressions[a];
            let expected: f64 = regression.weights.iter().zip(traits).map(|(w, z)| w * z).sum();
            expected + (1.0 - regression.explained).sqrt() * standard_normal(&mut self.random)
        });
        let letters: String = Axis::ALL
            .iter()
            .map(|axis| {
                let (first, second) = axis.letters();
                if axes[*axis as usize] > self.thresholds[*axis as usize] { second } else { first }
            })
            .collect();
        // One letter from each axis always names a type.
        let mbti = Mbti::parse(&letters).unwrap_or(Mbti::ALL[0]);
        let agreement = AGREEMENT * standard_normal(&mut self.random);
        let stretch = (EXTREMES * standard_normal(&mut self.random)).exp();
        let ratings = self
            .items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                let loading = Population::loading(i);
                let noise = (1.0 - loading * loading).sqrt() * standard_normal(&mut self.random);
                let latent = loading * item.key * traits[item.trait_.index()] + noise + agreement;
                1 + CUTS.iter().filter(|cut| latent * stretch > **cut).count() as u8
            })
            .collect();
        Person { traits, axes, mbti, ratings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::numerics::correlation;

    fn items() -> Vec<KeyedItem> {
        let keys = [1.0, -1.0];
        (0..60).map(|i| KeyedItem { trait_: Trait::ALL[i % 5], key: keys[i / 5 % 2] }).collect()
    }

    fn people(count: usize) -> Vec<Person> {
        let mut population = Population::new(items(), 11);
        (0..count).map(|_| population.draw()).collect()
    }

    fn score(person: &Person, trait_: usize) -> f64 {
        let rated = items().into_iter().zip(&person.ratings);
        rated
            .filter(|(item, _)| item.trait_.index() == trait_)
            .map(|(i, r)| i.key * (f64::from(*r) - 3.0))
            .sum()
    }

    #[test]
    fn people_have_the_published_structure() {
        let people = people(20_000);
        let column = |t: usize| people.iter().map(|p| p.traits[t]).collect::<Vec<_>>();
        for i in 0..5 {
            for j in 0..i {
                let r = correlation(&column(i), &column(j));
                assert!((r - published::TRAIT_CORRELATIONS[i][j]).abs() < 0.03, "{i} {j}: {r}");
            }
            for axis in Axis::ALL {
                let scores: Vec<f64> = people.iter().map(|p| p.axes[axis as usize]).collect();
                let r = correlation(&column(i), &scores);
                assert!(
                    (r - published::AXIS_CORRELATIONS[axis as usize][i]).abs() < 0.03,
                    "{axis:?} {i}: {r}"
                );
            }
        }
        for axis in Axis::ALL {
            let share = people.iter().filter(|p| p.mbti.is_second(axis)).count() as f64 / people.len() as f64;
            assert!((share - published::second_letter_share(axis)).abs() < 0.02, "{axis:?}: {share}");
        }
    }

    #[test]
    fn twelve_ratings_measure_a_trait_as_reliably_as_published() {
        let people = people(20_000);
        for t in 0..5 {
            let scores: Vec<f64> = people.iter().map(|p| score(p, t)).collect();
            let traits: Vec<f64> = people.iter().map(|p| p.traits[t]).collect();
            // Reliability is the squared correlation of a score with what it measures.
            let reliability = correlation(&scores, &traits).powi(2);
            assert!((0.8..=0.9).contains(&reliability), "trait {t}: {reliability}");
        }
    }

    #[test]
    fn a_seed_draws_the_same_people() {
        assert_eq!(people(5), people(5));
    }
}

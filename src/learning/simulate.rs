//! Simulated respondents: people drawn from the published structure of traits, who rate the 60 items.
//!
//! A person is five standardised traits with the published correlations ([`published::TRAIT_CORRELATIONS`]) and four type
//! axes that follow from the traits by regression on the published correlations, plus what the traits do not explain. The
//! type is read off the axes at the thresholds that give each letter its share of the population. A rating is
//! `y = loading * key * trait + sqrt(1 - loading^2) * noise + agreement`, stretched by the person's liking for extremes
//! and cut at four thresholds. Loadings lie between .48 and .68, so that twelve items give reliabilities between .8 and
//! .9, as published for the IPIP's scales of 10 to 20 items (Goldberg's markers: .79 to .91). How strongly people agree
//! with everything, or stick to the ends or the middle, is our choice: the spread of these habits below is not published.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::parameters::standard_normal;
use super::published;
use crate::personality::{Axis, Mbti, Trait};

/// One simulated person.
#[derive(Clone, Debug, PartialEq)]
pub struct Respondent {
    /// Standardised traits, indexed by [`Trait::index`].
    pub traits: [f64; 5],
    /// Standardised axes, positive towards the second letter, in the order of [`Axis::ALL`].
    pub axes: [f64; 4],
    /// The type that the axes give.
    pub mbti: Mbti,
    /// A rating from 1 to 5 for each item.
    pub ratings: Vec<u8>,
}

/// What an item measures, as far as a simulated rating depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyedItem {
    /// The trait.
    pub trait_: Trait,
    /// 1 if a high rating speaks for the trait, -1 if against it.
    pub key: f64,
}

/// Draws people one after the other; the same seed draws the same people.
#[derive(Debug)]
pub struct Population {
    items: Vec<KeyedItem>,
    lower: [[f64; 5]; 5],
    regressions: [published::AxisRegression; 4],
    thresholds: [f64; 4],
    random: StdRng,
}

/// Where the latent answer is cut into five ratings.
pub(super) const CUTS: [f64; 4] = [-1.35, -0.5, 0.4, 1.25];
/// Standard deviation of a person's habit of agreeing, in units of the latent answer.
pub(super) const AGREEMENT: f64 = 0.25;
/// Standard deviation of the logarithm of a person's liking for the ends of the scale.
pub(super) const EXTREMES: f64 = 0.25;

impl Population {
    /// People who rate these items.
    pub fn new(items: Vec<KeyedItem>, seed: u64) -> Population {
        Population {
            items,
            lower: published::trait_cholesky(),
            regressions: Axis::ALL.map(published::axis_regression),
            thresholds: Axis::ALL.map(|axis| normal_quantile(1.0 - published::second_letter_share(axis))),
            random: StdRng::seed_from_u64(seed),
        }
    }

    /// The loading of the item at this place: spread evenly over .48 to .68 by the golden ratio.
    pub fn loading(item: usize) -> f64 {
        0.48 + 0.2 * (item as f64 * 0.618_033_988_749_895).fract()
    }

    /// Draws the next person.
    pub fn draw(&mut self) -> Respondent {
        let independent: [f64; 5] = std::array::from_fn(|_| standard_normal(&mut self.random));
        let traits: [f64; 5] =
            std::array::from_fn(|i| (0..=i).map(|j| self.lower[i][j] * independent[j]).sum());
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
        // Four letters, one from each axis, always name a type.
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
        Respondent { traits, axes, mbti, ratings }
    }

    /// A random number from the same stream, for what is drawn beside the ratings.
    pub fn uniform(&mut self) -> f64 {
        self.random.random()
    }
}

/// The x with Phi(x) = p, for p strictly between 0 and 1, by bisection on a series for the distribution function.
pub(super) fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if normal_cdf(middle) < p { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The normal distribution function: `1/2 + phi(x) (x + x^3/3 + x^5/15 + …)` (Abramowitz and Stegun 26.2.11).
pub(super) fn normal_cdf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for i in 1..200 {
        term *= x * x / (2 * i + 1) as f64;
        sum += term;
        if term.abs() < 1e-17 * sum.abs() {
            break;
        }
    }
    (0.5 + sum * (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::statistics::correlation;

    fn items() -> Vec<KeyedItem> {
        let keys = [1.0, -1.0];
        (0..60).map(|i| KeyedItem { trait_: Trait::ALL[i % 5], key: keys[i / 5 % 2] }).collect()
    }

    fn people(count: usize) -> Vec<Respondent> {
        let mut population = Population::new(items(), 11);
        (0..count).map(|_| population.draw()).collect()
    }

    fn score(person: &Respondent, trait_: usize) -> f64 {
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
            // The squared correlation of a score with what it measures is its reliability.
            let reliability = correlation(&scores, &traits).powi(2);
            assert!((0.8..=0.9).contains(&reliability), "trait {t}: {reliability}");
        }
    }

    #[test]
    fn a_seed_draws_the_same_people() {
        assert_eq!(people(5), people(5));
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        assert!((normal_quantile(0.975) - 1.959_964).abs() < 1e-5 && normal_quantile(0.5).abs() < 1e-9);
    }
}

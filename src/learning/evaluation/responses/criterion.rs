//! Scores on some items of a trait, on the norm group's scale.

use crate::learning::numerics::{correlation, normal_quantile};
use crate::learning::people::{KeyedItem, Person};
use crate::personality::{Estimate, normal_share_below};

/// Rated items of one trait, and the norm group's scores on them.
///
/// A score becomes a standard score by its rank among simulated people of the norm group: the standard normal value
/// with the same share below it. This makes no assumption about the distribution of scores.
pub struct Criterion {
    items: Vec<usize>,
    keys: Vec<f64>,
    /// The scores of the simulated people, ascending.
    scores: Vec<f64>,
    /// Each distinct score with its standard score.
    steps: Vec<(f64, f64)>,
    /// The correlation of the standard score with the trait.
    correlation: f64,
    /// Standard scores come in steps. A standard normal number is above this value as often as a standard score is
    /// above 0.
    edge: f64,
}

impl Criterion {
    /// The items at these indices, scored for `people` of the norm group.
    pub fn new(items: &[usize], all: &[KeyedItem], people: &[Person]) -> Criterion {
        let keys = items.iter().map(|place| all[*place].key).collect();
        let mut criterion = Criterion {
            items: items.to_vec(),
            keys,
            scores: Vec::new(),
            steps: Vec::new(),
            correlation: 0.0,
            edge: 0.0,
        };
        let trait_ = items.first().map_or(0, |place| all[*place].trait_.index());
        let raw: Vec<f64> =
            people.iter().filter_map(|p| criterion.score(|place| Some(p.ratings[place]))).collect();
        criterion.scores.clone_from(&raw);
        criterion.scores.sort_by(f64::total_cmp);
        // Scores come in few steps.
        let mut steps = criterion.scores.clone();
        steps.dedup();
        criterion.steps = steps.iter().map(|score| (*score, criterion.by_rank(*score))).collect();
        let standard: Vec<f64> = raw.iter().map(|score| criterion.standard(*score)).collect();
        let truth: Vec<f64> = people.iter().map(|p| p.traits[trait_]).collect();
        criterion.correlation = correlation(&standard, &truth);
        let above = standard.iter().filter(|z| **z > 0.0).count() as f64 / standard.len().max(1) as f64;
        criterion.edge = normal_quantile(1.0 - above);
        criterion
    }

    /// The indices of the items in the questionnaire.
    pub fn items(&self) -> &[usize] {
        &self.items
    }

    /// The mean keyed rating, from -2 to 2; none if an item has no rating.
    pub fn score(&self, rating: impl Fn(usize) -> Option<u8>) -> Option<f64> {
        let keyed = |(place, key): (&usize, &f64)| Some(key * (f64::from(rating(*place)?) - 3.0));
        let sum: Option<f64> = self.items.iter().zip(&self.keys).map(keyed).sum();
        Some(sum? / self.items.len() as f64)
    }

    /// A score as a standard score. Half of the equal scores count as below.
    pub fn standard(&self, score: f64) -> f64 {
        let step = self.steps.partition_point(|(known, _)| *known < score - 1e-9);
        match self.steps.get(step) {
            Some((known, standard)) if (known - score).abs() <= 1e-9 => *standard,
            _ => self.by_rank(score),
        }
    }

    fn by_rank(&self, score: f64) -> f64 {
        let below = self.scores.partition_point(|other| *other < score - 1e-9) as f64;
        let up_to = self.scores.partition_point(|other| *other <= score + 1e-9) as f64;
        let count = self.scores.len() as f64;
        // Clamped, so that no share is 0 or 1.
        normal_quantile(((below + up_to) / 2.0).clamp(0.5, count - 0.5) / count)
    }

    /// The distribution of the standard score on these items, given an estimate of the trait. The error of the items
    /// widens it.
    pub fn predicted(&self, trait_: Estimate) -> Estimate {
        let r = self.correlation;
        Estimate { mean: r * trait_.mean, sd: (r * r * trait_.sd.powi(2) + 1.0 - r * r).sqrt() }
    }

    /// The chance of a standard score above 0, given [`Criterion::predicted`].
    pub fn chance(&self, predicted: Estimate) -> f64 {
        normal_share_below((predicted.mean - self.edge) / predicted.sd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::people::Population;
    use crate::learning::people::structure_tests::structure;

    fn people(seed: u64, count: usize) -> Vec<Person> {
        let mut population = Population::new(structure(), seed);
        (0..count).map(|_| population.draw()).collect()
    }

    #[test]
    fn other_people_of_the_group_have_standard_scores_and_are_predicted_as_they_are() {
        let items = structure().items;
        // Six items of the first trait.
        let criterion = Criterion::new(&[0, 5, 10, 15, 20, 25], &items, &people(1, 8000));
        let others = people(2, 8000);
        let z: Vec<f64> = others
            .iter()
            .map(|p| criterion.standard(criterion.score(|i| Some(p.ratings[i])).unwrap()))
            .collect();
        let mean = z.iter().sum::<f64>() / z.len() as f64;
        let sd = (z.iter().map(|z| z * z).sum::<f64>() / z.len() as f64).sqrt();
        assert!(mean.abs() < 0.04 && (sd - 1.0).abs() < 0.05, "{mean} {sd}");
        // An estimate with an error of one half must predict the score as well as its band says.
        let mut held = 0;
        let (mut expected, mut above) = (0.0, 0);
        for (person, z) in others.iter().zip(&z) {
            let precision = 1.0 + 4.0;
            let error = 0.5 * crate::learning::numerics::standard_normal(&mut noise(person));
            let believed =
                Estimate { mean: (person.traits[0] + error) * 4.0 / precision, sd: precision.sqrt().recip() };
            let predicted = criterion.predicted(believed);
            held += usize::from((z - predicted.mean).abs() <= 1.645 * predicted.sd);
            expected += criterion.chance(predicted);
            above += usize::from(*z > 0.0);
        }
        let count = others.len() as f64;
        assert!((0.88..0.92).contains(&(held as f64 / count)), "{held}");
        assert!((expected / count - above as f64 / count).abs() < 0.02, "{expected} {above}");
    }

    fn noise(person: &Person) -> rand::rngs::StdRng {
        rand::SeedableRng::seed_from_u64(person.traits[1].to_bits())
    }

    #[test]
    fn an_open_item_leaves_no_score() {
        let criterion = Criterion::new(&[0, 5], &structure().items, &people(1, 100));
        assert_eq!(criterion.score(|place| (place == 0).then_some(5)), None);
    }
}

//! Simulated people, drawn from a norm group's structure of traits, and their ratings of the questionnaire's items.
//!
//! A person has five standardized traits with the group's correlations, and four type axes. An axis is the sum of its
//! regression on the traits and an independent residual. A letter says on which side of the group's middle the axis is,
//! since the distribution of types in this group is not known. Ratings follow datasets/norm/README.md: the latent
//! answer is `y = key * loading * trait + agreement + noise`, stretched about the item's neutral point by the person's
//! preference for extremes, and cut at the item's four thresholds.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::structure::Structure;
use crate::learning::numerics::standard_normal;
use crate::personality::{Axis, Mbti};

/// A simulated person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Standardized, indexed by [`Trait::index`](crate::personality::Trait::index).
    pub traits: [f64; 5],
    /// Standardized, positive toward the second letter, in the order of [`Axis::ALL`].
    pub axes: [f64; 4],
    pub mbti: Mbti,
    /// A rating from 1 to 5 for each item.
    pub ratings: Vec<u8>,
}

impl Person {
    /// A person of whom only the ratings matter.
    pub fn rating(ratings: Vec<u8>) -> Person {
        Person { traits: [0.0; 5], axes: [0.0; 4], mbti: type_of(&[0.0; 4]), ratings }
    }
}

/// The type with the second letter of each axis that is above zero.
pub fn type_of(axes: &[f64; 4]) -> Mbti {
    let matches = |t: &Mbti| Axis::ALL.into_iter().all(|a| t.is_second(a) == (axes[a as usize] > 0.0));
    // Some type has the letters, since every combination is a type.
    Mbti::ALL.into_iter().find(matches).unwrap_or(Mbti::ALL[0])
}

/// Draws people; the same seed draws the same people.
#[derive(Debug)]
pub struct Population {
    structure: Structure,
    random: StdRng,
}

impl Population {
    pub fn new(structure: Structure, seed: u64) -> Population {
        Population { structure, random: StdRng::seed_from_u64(seed) }
    }

    pub fn draw(&mut self) -> Person {
        let Population { structure, random } = self;
        let independent: [f64; 5] = std::array::from_fn(|_| standard_normal(random));
        let lower = structure.factor.lower();
        let traits: [f64; 5] = std::array::from_fn(|i| (0..=i).map(|j| lower[i][j] * independent[j]).sum());
        let axes: [f64; 4] = std::array::from_fn(|a| {
            let regression = &structure.regressions[a];
            let expected: f64 = regression.weights.iter().zip(traits).map(|(w, z)| w * z).sum();
            expected + (1.0 - regression.explained).sqrt() * standard_normal(random)
        });
        let agreement = structure.agreement * standard_normal(random);
        let stretch = (structure.extremes * standard_normal(random)).exp();
        let rate = |item| {
            let noise = structure.noise(item) * standard_normal(random);
            let latent = item.loading * item.key * traits[item.trait_.index()] + agreement + noise;
            let neutral = item.neutral();
            let stretched = neutral + (latent - neutral) * stretch;
            1 + item.thresholds.iter().filter(|threshold| stretched > **threshold).count() as u8
        };
        let ratings = structure.items.iter().map(rate).collect();
        Person { traits, axes, mbti: type_of(&axes), ratings }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::structure::tests::{MODEL, structure};
    use super::*;
    use crate::learning::numerics::correlation;
    use crate::learning::people::published;
    use crate::norm::{ItemSet, Norm};
    use crate::personality::Trait;
    use crate::survey::{ItemKind, Questionnaire};

    fn people(structure: Structure, count: usize) -> Vec<Person> {
        let mut population = Population::new(structure, 11);
        (0..count).map(|_| population.draw()).collect()
    }

    #[test]
    fn people_have_the_given_structure_and_each_letter_is_as_likely_as_the_other() {
        let people = people(structure().unrated(), 20_000);
        let column = |t: usize| people.iter().map(|p| p.traits[t]).collect::<Vec<_>>();
        for i in 0..5 {
            for j in 0..i {
                let r = correlation(&column(i), &column(j));
                assert!((r - MODEL.correlations[i][j]).abs() < 0.03, "{i} {j}: {r}");
            }
            for axis in Axis::ALL {
                let scores: Vec<f64> = people.iter().map(|p| p.axes[axis as usize]).collect();
                let r = correlation(&column(i), &scores);
                let published = published::AXIS_CORRELATIONS[axis as usize][i];
                assert!((r - published).abs() < 0.03, "{axis:?} {i}: {r}");
            }
        }
        for axis in Axis::ALL {
            let share = people.iter().filter(|p| p.mbti.is_second(axis)).count() as f64 / people.len() as f64;
            assert!((share - 0.5).abs() < 0.02, "{axis:?}: {share}");
        }
    }

    #[test]
    fn a_seed_draws_the_same_people() {
        assert_eq!(people(structure(), 5), people(structure(), 5));
    }

    #[test]
    fn people_of_the_bundled_norm_rate_and_score_as_the_norm_group_does() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets"));
        let questionnaire = Questionnaire::load(&folder.join("questionnaire.toml")).unwrap();
        let norm = Norm::load(&folder.join("norm")).unwrap();
        let structure = Structure::new(&questionnaire, &norm).unwrap();
        let people = people(structure.clone(), 30_000);
        let share =
            |holds: &dyn Fn(&Person) -> f64| people.iter().map(holds).sum::<f64>() / people.len() as f64;
        // The table of docs/EVALUATION.md, with --nocapture.
        println!(
            "| code | statement | known | real mean | simulated | real sd | simulated | largest gap of a share |"
        );
        for (place, item) in questionnaire.items.iter().enumerate() {
            let known = norm.item(&item.id).unwrap();
            let found: [f64; 5] = std::array::from_fn(|rating| {
                share(&|person| f64::from(u8::from(usize::from(person.ratings[place]) == rating + 1)))
            });
            let gaps = found.iter().zip(known.shares).map(|(found, expected)| (found - expected).abs());
            let largest = gaps.fold(0.0, f64::max);
            let mean = |shares: &[f64; 5]| (1..).zip(shares).map(|(k, s)| f64::from(k) * s).sum::<f64>();
            let sd = |shares: &[f64; 5]| {
                let square = |(k, s): (i32, &f64)| (f64::from(k) - mean(shares)).powi(2) * s;
                (1..).zip(shares).map(square).sum::<f64>().sqrt()
            };
            println!(
                "| {} | {} | {:?} | {:.2} | {:.2} | {:.2} | {:.2} | {largest:.3} |",
                item.id,
                item.text,
                known.status,
                mean(&known.shares),
                mean(&found),
                sd(&known.shares),
                sd(&found),
            );
            assert!(largest < 0.01, "{}: {found:?} {:?}", item.id, known.shares);
        }
        for set in [ItemSet::Statements, ItemSet::All] {
            for trait_ in Trait::ALL {
                let scored: Vec<usize> = (0..questionnaire.items.len())
                    .filter(|place| {
                        let item = &questionnaire.items[*place];
                        item.trait_ == trait_ && (set == ItemSet::All || item.kind == ItemKind::Statement)
                    })
                    .collect();
                let score = |person: &Person| {
                    let keyed = scored
                        .iter()
                        .map(|place| structure.items[*place].key * (f64::from(person.ratings[*place]) - 3.0));
                    50.0 + 25.0 * keyed.sum::<f64>() / scored.len() as f64
                };
                let scores: Vec<f64> = people.iter().map(score).collect();
                for at in [30.0, 45.0, 60.0, 75.0] {
                    let below = |score: &f64| match score.partial_cmp(&at) {
                        Some(std::cmp::Ordering::Less) => 1.0,
                        Some(std::cmp::Ordering::Equal) => 0.5,
                        _ => 0.0,
                    };
                    let found = 100.0 * scores.iter().map(below).sum::<f64>() / scores.len() as f64;
                    let (expected, _) = norm.scale(trait_, set).percentile(at);
                    assert!((found - expected).abs() < 3.0, "{set:?} {trait_} {at}: {found} {expected}");
                }
            }
        }
    }
}

//! Finds the mode, draws around it, and averages.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::density::{Chosen, Model, Point, Square, UNKNOWNS, identity};
use crate::learning::bank::{BankAnswer, LABELS};
use crate::learning::numerics::{Cholesky, standard_normal};
use crate::learning::people::{AnswerPool, Sharpness, Structure, type_of};

/// Draws for each respondent.
pub const DRAWS: usize = 4000;
/// The proposal's standard deviations as a multiple of those of the expected posterior, so that it covers the tails.
const WIDER: f64 = 1.15;
/// The most steps of Fisher scoring.
const STEPS: usize = 30;

/// The posterior of a respondent.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// The mean of each standardized trait.
    pub traits: [f64; 5],
    /// The probability of each type, indexed by [`Mbti::index`](crate::personality::Mbti::index).
    pub types: [f64; 16],
    /// How many independent draws the weighted ones are worth.
    pub effective: f64,
}

/// Computes posteriors.
pub struct Bayes {
    pub(super) model: Model,
    /// For each question's id the labels of every answer that can be chosen.
    pub(super) questions: Vec<(String, Vec<[f64; LABELS]>)>,
    draws: usize,
}

impl Bayes {
    /// For respondents of this structure who choose among these answers.
    pub fn new(structure: Structure, pool: &AnswerPool<'_>, sharpness: Sharpness) -> Bayes {
        let labels = |answers: &Vec<&BankAnswer>| -> Vec<[f64; LABELS]> {
            answers.iter().map(|a| a.labels.all().map(f64::from)).collect()
        };
        let questions = pool.questions().iter();
        Bayes {
            model: Model::new(structure, sharpness),
            questions: questions.map(|answers| (answers[0].question.clone(), labels(answers))).collect(),
            draws: DRAWS,
        }
    }

    /// The posterior given ratings and answers, either of which may be empty. `seed` determines the draws.
    pub fn posterior(&self, ratings: &[u8], answers: &[&BankAnswer], seed: u64) -> Posterior {
        let answers: Vec<Chosen<'_>> = answers
            .iter()
            .filter_map(|answer| {
                let (_, among) = self.questions.iter().find(|(id, _)| *id == answer.question)?;
                Some(Chosen { labels: answer.labels.all().map(f64::from), among })
            })
            .collect();
        let answers = answers.as_slice();
        let density = |point: &Point| self.model.log_density(point, ratings, answers);
        let mut mode = [0.0; UNKNOWNS];
        let mut highest = density(&mode);
        let mut information = identity();
        for _ in 0..STEPS {
            let (gradient, expected) = self.model.slope(&mode, ratings, answers);
            information = expected;
            let Some(factor) = Cholesky::new(&information) else { break };
            let step = factor.solve(&gradient);
            // Halve the step until the density rises.
            let lengths = std::iter::successors(Some(1.0), |length| Some(length / 2.0));
            let risen = lengths.take_while(|length| *length > 1e-3).find_map(|length| {
                let next: Point = std::array::from_fn(|i| mode[i] + length * step[i]);
                let there = density(&next);
                (there > highest).then_some((next, there))
            });
            let Some(risen) = risen else { break };
            (mode, highest) = risen;
            if step.iter().all(|s| s.abs() < 1e-4) {
                break;
            }
        }
        self.sample(&mode, highest, &information, density, seed)
    }

    fn sample(
        &self,
        mode: &Point,
        highest: f64,
        information: &Square,
        density: impl Fn(&Point) -> f64,
        seed: u64,
    ) -> Posterior {
        // The prior adds the identity, so the information is positive definite.
        let factor = Cholesky::unchecked(information);
        let mut random = StdRng::seed_from_u64(seed);
        let (mut total, mut squares) = (0.0, 0.0);
        let mut posterior = Posterior { traits: [0.0; 5], types: [0.0; 16], effective: 0.0 };
        for _ in 0..self.draws {
            let noise: Point = std::array::from_fn(|_| standard_normal(&mut random));
            let along = factor.solve_transposed(&noise);
            let point: Point = std::array::from_fn(|i| mode[i] + WIDER * along[i]);
            let proposal = -0.5 * noise.iter().map(|n| n * n).sum::<f64>();
            let weight = (density(&point) - highest - proposal).exp();
            let (traits, axes) = self.model.standings(&point);
            total += weight;
            squares += weight * weight;
            posterior.traits.iter_mut().zip(traits).for_each(|(sum, z)| *sum += weight * z);
            posterior.types[type_of(&axes).index()] += weight;
        }
        posterior.traits.iter_mut().chain(&mut posterior.types).for_each(|sum| *sum /= total);
        posterior.effective = total * total / squares;
        posterior
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::learning::bank::text::Labels;
    use crate::learning::numerics::correlation;
    use crate::learning::people::structure_tests::structure;
    use crate::learning::people::{Person, Population};
    use crate::personality::Mbti;

    /// Few draws, but enough for these tests.
    const FEW: usize = 400;

    /// Ten questions. Each has one answer toward and one away from every trait and axis, and one without labels.
    pub fn bank() -> Vec<BankAnswer> {
        let mut bank = Vec::new();
        for question in 0..10 {
            for label in 0..19 {
                let mut labels = Labels::default();
                let sign = if label % 2 == 0 { 2 } else { -2 };
                match label / 2 {
                    trait_ @ 0..5 => labels.traits[trait_] = sign,
                    axis @ 5..9 => labels.axes[axis - 5] = sign,
                    _ => {}
                }
                let text = format!("{question} {label}");
                let question = format!("q{question:02}");
                bank.push(BankAnswer { question, line: label, text, labels, kind: None });
            }
        }
        bank
    }

    pub fn bayes(bank: &[BankAnswer]) -> (Bayes, AnswerPool<'_>, Sharpness) {
        let pool = AnswerPool::new(bank, |_| true);
        let sharpness = Sharpness::of_traits([0.7; 5]);
        (Bayes { draws: FEW, ..Bayes::new(structure(), &pool, sharpness) }, pool, sharpness)
    }

    #[test]
    fn without_ratings_and_answers_the_posterior_is_the_population() {
        let bank = bank();
        let (bayes, ..) = bayes(&bank);
        let draws: Vec<Posterior> = (0..20).map(|seed| bayes.posterior(&[], &[], seed)).collect();
        let mut population = Population::new(structure().unrated(), 5);
        let people: Vec<Person> = (0..20_000).map(|_| population.draw()).collect();
        for mbti in Mbti::ALL {
            let found = draws.iter().map(|d| d.types[mbti.index()]).sum::<f64>() / draws.len() as f64;
            let share = people.iter().filter(|p| p.mbti == mbti).count() as f64 / people.len() as f64;
            assert!((found - share).abs() < 0.02, "{mbti:?}: {found} {share}");
        }
        assert!(draws.iter().all(|d| d.traits.iter().all(|z| z.abs() < 0.3)));
        assert!(draws.iter().all(|d| d.effective > 0.6 * FEW as f64), "{}", draws[0].effective);
    }

    #[test]
    fn ratings_and_answers_together_tell_more_than_ratings() {
        let bank = bank();
        let (bayes, pool, sharpness) = bayes(&bank);
        let mut population = Population::new(structure(), 3);
        let mut random = StdRng::seed_from_u64(4);
        let (mut truth, mut both, mut rated) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 0..60 {
            let person = population.draw();
            let answers = pool.choose(&person, &sharpness, &mut random);
            let posterior = bayes.posterior(&person.ratings, &answers, seed);
            assert!((posterior.types.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            assert!(posterior.effective > 0.3 * FEW as f64, "{}", posterior.effective);
            let own = |p: &Posterior| p.types[person.mbti.index()].max(1e-3).ln();
            both.push(own(&posterior));
            rated.push(own(&bayes.posterior(&person.ratings, &[], seed)));
            truth.push((person.traits[1], posterior.traits[1]));
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        assert!(mean(&both) > mean(&rated) + 0.2, "{} {}", mean(&both), mean(&rated));
        let (traits, found): (Vec<f64>, Vec<f64>) = truth.into_iter().unzip();
        let r = correlation(&traits, &found);
        assert!(r > 0.9, "{r}");
    }
}

//! The ceiling: what the Bayes posterior makes of a respondent's ratings and answers, by Monte Carlo.
//!
//! A reader who knew how the respondents are drawn (their traits, axes and habits of rating), how each rating comes about
//! and with what chance each answer is chosen, and who read every label of an answer exactly, could do no better than the
//! posterior. Unknown are 11 numbers, independent and standard normal beforehand: five from which the correlated traits
//! follow, four that the traits leave unexplained of the axes, the habit of agreeing and the liking for extremes. Fisher
//! scoring finds where the posterior is densest; from a normal distribution there, with the inverse of the expected
//! information (widened by [`WIDER`]) as covariance, [`DRAWS`] points are drawn and weighted by the posterior's density
//! over the proposal's (importance sampling; Robert and Casella 2004, *Monte Carlo Statistical Methods*, chapter 3). What
//! is approximate is the number of draws alone; how many independent ones they are worth is reported (Kish's effective
//! sample size).

mod density;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::learning::answering::{Choices, Sharpness};
use crate::learning::answers::BankAnswer;
use crate::learning::parameters::standard_normal;
use crate::learning::published::{self, AxisRegression};
use crate::learning::simulate::{KeyedItem, normal_quantile};
use crate::personality::{Axis, Mbti};

/// Draws for each respondent.
pub const DRAWS: usize = 4000;
/// The proposal's standard deviations as a multiple of the expected posterior's, so that its tails are covered.
const WIDER: f64 = 1.15;
const UNKNOWNS: usize = 11;
type Point = [f64; UNKNOWNS];
type Square = [[f64; UNKNOWNS]; UNKNOWNS];

/// What the posterior says of a respondent.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// The mean of each standardised trait.
    pub traits: [f64; 5],
    /// The probability of each type, indexed by [`Mbti::index`].
    pub types: [f64; 16],
    /// The independent draws that the weighted ones are worth.
    pub effective: f64,
}

/// Knows how respondents come about.
pub struct Bayes {
    items: Vec<KeyedItem>,
    sharpness: Sharpness,
    /// For each question's id the labels of each answer that could be chosen.
    questions: Vec<(String, Vec<[f64; 9]>)>,
    draws: usize,
    lower: [[f64; 5]; 5],
    regressions: [AxisRegression; 4],
    thresholds: [f64; 4],
}

/// An answer's labels, and those of every answer that could have been chosen instead.
struct Chosen<'a> {
    labels: [f64; 9],
    among: &'a [[f64; 9]],
}

impl Bayes {
    /// For respondents who rate these items and choose among these answers.
    pub fn new(items: Vec<KeyedItem>, choices: &Choices<'_>, sharpness: Sharpness) -> Bayes {
        let labels = |answers: &Vec<&BankAnswer>| -> Vec<[f64; 9]> {
            answers.iter().map(|a| a.labels.all().map(f64::from)).collect()
        };
        Bayes {
            items,
            sharpness,
            questions: choices
                .questions()
                .iter()
                .filter(|answers| !answers.is_empty())
                .map(|answers| (answers[0].question.clone(), labels(answers)))
                .collect(),
            draws: DRAWS,
            lower: published::trait_cholesky(),
            regressions: Axis::ALL.map(published::axis_regression),
            thresholds: Axis::ALL.map(|axis| normal_quantile(1.0 - published::second_letter_share(axis))),
        }
    }

    /// The posterior from ratings and answers; either may be empty. `seed` decides the draws.
    pub fn posterior(&self, ratings: &[u8], answers: &[&BankAnswer], seed: u64) -> Posterior {
        let answers: Vec<Chosen<'_>> = answers
            .iter()
            .filter_map(|answer| {
                let (_, among) = self.questions.iter().find(|(id, _)| *id == answer.question)?;
                Some(Chosen { labels: answer.labels.all().map(f64::from), among })
            })
            .collect();
        let answers = answers.as_slice();
        let mut mode = [0.0; UNKNOWNS];
        let mut density = self.log_density(&mode, ratings, answers);
        let mut information = self.slope(&mode, ratings, answers).1;
        for _ in 0..30 {
            let (gradient, expected) = self.slope(&mode, ratings, answers);
            information = expected;
            let Some(lower) = cholesky(&information) else { break };
            let step = solve(&lower, &gradient);
            let mut length = 1.0;
            let mut moved = false;
            while length > 1e-3 {
                let next: Point = std::array::from_fn(|i| mode[i] + length * step[i]);
                let there = self.log_density(&next, ratings, answers);
                if there > density {
                    (mode, density, moved) = (next, there, true);
                    break;
                }
                length /= 2.0;
            }
            if !moved || step.iter().all(|s| s.abs() < 1e-4) {
                break;
            }
        }
        self.sample(&mode, density, &information, ratings, answers, seed)
    }

    fn sample(
        &self,
        mode: &Point,
        highest: f64,
        information: &Square,
        ratings: &[u8],
        answers: &[Chosen<'_>],
        seed: u64,
    ) -> Posterior {
        // The prior alone makes the information's diagonal at least one, so that it has a factor.
        let lower = cholesky(information).unwrap_or_else(identity);
        let mut random = StdRng::seed_from_u64(seed);
        let (mut total, mut squares) = (0.0, 0.0);
        let mut posterior = Posterior { traits: [0.0; 5], types: [0.0; 16], effective: 0.0 };
        for _ in 0..self.draws {
            let noise: Point = std::array::from_fn(|_| standard_normal(&mut random));
            let along = back_substitute(&lower, &noise);
            let point: Point = std::array::from_fn(|i| mode[i] + WIDER * along[i]);
            let proposal = -0.5 * noise.iter().map(|n| n * n).sum::<f64>();
            let weight = (self.log_density(&point, ratings, answers) - highest - proposal).exp();
            let (traits, axes) = self.standings(&point);
            total += weight;
            squares += weight * weight;
            posterior.traits.iter_mut().zip(traits).for_each(|(sum, z)| *sum += weight * z);
            posterior.types[self.type_of(&axes).index()] += weight;
        }
        posterior.traits.iter_mut().chain(&mut posterior.types).for_each(|sum| *sum /= total);
        posterior.effective = total * total / squares;
        posterior
    }

    /// Traits and axes at a point.
    fn standings(&self, point: &Point) -> ([f64; 5], [f64; 4]) {
        let traits: [f64; 5] = std::array::from_fn(|i| (0..=i).map(|j| self.lower[i][j] * point[j]).sum());
        let axes = std::array::from_fn(|a| {
            let regression = &self.regressions[a];
            let expected: f64 = regression.weights.iter().zip(traits).map(|(w, z)| w * z).sum();
            expected + (1.0 - regression.explained).sqrt() * point[5 + a]
        });
        (traits, axes)
    }

    fn type_of(&self, axes: &[f64; 4]) -> Mbti {
        let second = |t: &Mbti| {
            Axis::ALL.into_iter().all(|a| t.is_second(a) == (axes[a as usize] > self.thresholds[a as usize]))
        };
        // Four letters, one from each axis, always name a type.
        Mbti::ALL.into_iter().find(second).unwrap_or(Mbti::ALL[0])
    }
}

fn identity() -> Square {
    std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))))
}

/// The lower triangle L with L L' = matrix, if it is positive definite.
fn cholesky(matrix: &Square) -> Option<Square> {
    let mut lower = [[0.0; UNKNOWNS]; UNKNOWNS];
    for i in 0..UNKNOWNS {
        for j in 0..=i {
            let rest = matrix[i][j] - (0..j).map(|k| lower[i][k] * lower[j][k]).sum::<f64>();
            lower[i][j] = if i == j { (rest > 0.0).then(|| rest.sqrt())? } else { rest / lower[j][j] };
        }
    }
    Some(lower)
}

/// x with L' x = right.
fn back_substitute(lower: &Square, right: &Point) -> Point {
    let mut x = *right;
    for i in (0..UNKNOWNS).rev() {
        let known: f64 = (i + 1..UNKNOWNS).map(|k| lower[k][i] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i][i];
    }
    x
}

/// x with L L' x = right.
fn solve(lower: &Square, right: &Point) -> Point {
    let mut y = *right;
    for i in 0..UNKNOWNS {
        let known: f64 = (0..i).map(|k| lower[i][k] * y[k]).sum();
        y[i] = (y[i] - known) / lower[i][i];
    }
    back_substitute(lower, &y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::answers::Labels;
    use crate::learning::simulate::{Population, Respondent};
    use crate::learning::statistics::correlation;
    use crate::personality::Trait;

    /// Draws that are enough for what is tested here.
    const FEW: usize = 400;

    pub(super) fn items() -> Vec<KeyedItem> {
        (0..60).map(|i| KeyedItem { trait_: Trait::ALL[i % 5], key: [1.0, -1.0][i / 5 % 2] }).collect()
    }

    /// Ten questions with one answer towards and one away from each trait and axis, and one that says nothing.
    pub(super) fn bank() -> Vec<BankAnswer> {
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
                bank.push(BankAnswer {
                    question: format!("q{question:02}"),
                    line: label,
                    text,
                    labels,
                    kind: None,
                });
            }
        }
        bank
    }

    pub(super) fn bayes(bank: &[BankAnswer]) -> (Bayes, Choices<'_>, Sharpness) {
        let choices = Choices::new(bank, |_| true);
        let sharpness = Sharpness::of_traits([0.7; 5]);
        (Bayes { draws: FEW, ..Bayes::new(items(), &choices, sharpness) }, choices, sharpness)
    }

    #[test]
    fn without_ratings_and_answers_the_posterior_is_the_population() {
        let bank = bank();
        let (bayes, ..) = bayes(&bank);
        let draws: Vec<Posterior> = (0..20).map(|seed| bayes.posterior(&[], &[], seed)).collect();
        let mut population = Population::new(Vec::new(), 5);
        let people: Vec<Respondent> = (0..20_000).map(|_| population.draw()).collect();
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
        let (bayes, choices, sharpness) = bayes(&bank);
        let mut population = Population::new(items(), 3);
        let mut random = StdRng::seed_from_u64(4);
        let (mut truth, mut both, mut rated) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 0..60 {
            let person = population.draw();
            let answers = choices.choose(&person, &sharpness, &mut random);
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

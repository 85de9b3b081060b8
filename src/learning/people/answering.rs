//! Chooses the answers of the bank that a simulated person gives.
//!
//! A person chooses an answer with a probability proportional to `exp(fit)`. The fit is the sum of the answer's labels,
//! each times the person's standing on it and its sharpness. The oracle is the sum of a trait's labels over all answers
//! of a person: it reads every answer exactly as its writer meant it. (A reader that also uses the correlations between
//! traits can do a little better.) Each trait's sharpness is tuned so that its oracle correlates [`ORACLE`] with the
//! trait. One sharpness for all would not work: some traits have more labels in the bank than others, and correlated
//! traits support each other. The axes have no such target and get the mean of the five.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::population::Person;
use crate::learning::bank::{BankAnswer, LABELS};
use crate::learning::numerics::correlation;
use crate::personality::Trait;

/// The target correlation of each trait's oracle with the trait.
///
/// A judgment. Readings of what people write correlate .2 to .4 with their questionnaires: .38 on average for a year of
/// status updates (Park et al. 2015, *Journal of Personality and Social Psychology, 108*(6), 934-952), .29 to .40 in a
/// meta-analysis of digital footprints (Azucar, Marengo and Settanni 2018, *Personality and Individual Differences,
/// 124*, 150-159). The oracle is set somewhat higher, because it reads without error and these questions ask for the
/// traits.
pub const ORACLE: f64 = 0.50;
/// Tuning stops once every correlation is within this distance of the target.
const TOLERANCE: f64 = 0.005;
/// The most tuning steps; about ten are needed.
const STEPS: usize = 60;

/// How closely answers follow a person's traits and axes. At 0 every answer is equally likely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sharpness {
    /// Indexed by [`Trait::index`].
    pub traits: [f64; 5],
    pub axes: f64,
}

impl Sharpness {
    /// With these values for the traits and their mean for the axes.
    pub fn of_traits(traits: [f64; 5]) -> Sharpness {
        Sharpness { traits, axes: traits.iter().sum::<f64>() / 5.0 }
    }

    /// What a label of 1 adds to the log-odds of an answer, in the order of
    /// [`LABEL_NAMES`](crate::learning::bank::LABEL_NAMES).
    pub fn slopes(&self, traits: &[f64; 5], axes: &[f64; 4]) -> [f64; LABELS] {
        std::array::from_fn(|k| match k {
            0..5 => self.traits[k] * traits[k],
            _ => self.axes * axes[k - 5],
        })
    }
}

/// The bank has too few labels for a trait: no sharpness gives its oracle the target correlation.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "the bank says too little about {trait_}: the sum of all labels correlates at most {reached:.2} with it, not {ORACLE}"
)]
pub struct OutOfReach {
    pub trait_: Trait,
    /// The highest correlation found.
    pub reached: f64,
}

/// Answers to choose from, grouped by question.
#[derive(Clone, Debug)]
pub struct AnswerPool<'a> {
    questions: Vec<Vec<&'a BankAnswer>>,
}

impl<'a> AnswerPool<'a> {
    /// The answers that `keep` accepts. Everybody skips a question without answers.
    pub fn new(bank: &'a [BankAnswer], keep: impl Fn(&BankAnswer) -> bool) -> AnswerPool<'a> {
        let mut questions: std::collections::BTreeMap<&str, Vec<&BankAnswer>> = Default::default();
        for answer in bank.iter().filter(|a| keep(a)) {
            questions.entry(&answer.question).or_default().push(answer);
        }
        AnswerPool { questions: questions.into_values().collect() }
    }

    /// The answers to each question, in the order of the questions' ids. None is empty.
    pub fn questions(&self) -> &[Vec<&'a BankAnswer>] {
        &self.questions
    }

    /// An answer to each question.
    pub fn choose(&self, person: &Person, sharpness: &Sharpness, random: &mut StdRng) -> Vec<&'a BankAnswer> {
        let slopes = sharpness.slopes(&person.traits, &person.axes);
        let mut weights = Vec::new();
        let mut pick = |answers: &Vec<&'a BankAnswer>| {
            weights.clear();
            weights.extend(answers.iter().map(|a| fit(a, &slopes).exp()));
            let mut left = random.random::<f64>() * weights.iter().sum::<f64>();
            for (answer, weight) in answers.iter().zip(&weights) {
                left -= weight;
                if left <= 0.0 {
                    return *answer;
                }
            }
            answers[answers.len() - 1]
        };
        self.questions.iter().map(&mut pick).collect()
    }

    /// The oracle's correlation with each trait when these people answer.
    pub fn oracle_correlations(
        &self,
        people: &[Person],
        sharpness: &Sharpness,
        random: &mut StdRng,
    ) -> [f64; 5] {
        let sums: Vec<[f64; 5]> = people.iter().map(|p| oracle(&self.choose(p, sharpness, random))).collect();
        std::array::from_fn(|t| {
            let sums: Vec<f64> = sums.iter().map(|s| s[t]).collect();
            let traits: Vec<f64> = people.iter().map(|p| p.traits[t]).collect();
            correlation(&sums, &traits)
        })
    }

    /// Tunes the sharpness for these people until each trait's oracle correlates [`ORACLE`] with the trait. Every step uses
    /// the same random numbers.
    pub fn tune(&self, people: &[Person], seed: u64) -> Result<Sharpness, OutOfReach> {
        let mut traits = [0.5; 5];
        let mut best = (f64::INFINITY, traits, [0.0; 5]);
        for _ in 0..STEPS {
            let sharpness = Sharpness::of_traits(traits);
            let reached = self.oracle_correlations(people, &sharpness, &mut StdRng::seed_from_u64(seed));
            let off = reached.iter().map(|r| (r - ORACLE).abs()).fold(0.0, f64::max);
            if off < best.0 {
                best = (off, traits, reached);
            }
            if off < TOLERANCE {
                break;
            }
            for (sharpness, r) in traits.iter_mut().zip(reached) {
                *sharpness = (*sharpness * (3.0 * (ORACLE - r)).exp()).clamp(0.01, 20.0);
            }
        }
        let (off, traits, reached) = best;
        if off < 2.0 * TOLERANCE {
            return Ok(Sharpness::of_traits(traits));
        }
        let lowest = |a: &Trait, b: &Trait| reached[a.index()].total_cmp(&reached[b.index()]);
        let trait_ = Trait::ALL.into_iter().min_by(lowest).unwrap_or(Trait::Extraversion);
        Err(OutOfReach { trait_, reached: reached[trait_.index()] })
    }
}

/// The sum of the answers' labels, for each trait.
pub fn oracle(answers: &[&BankAnswer]) -> [f64; 5] {
    std::array::from_fn(|t| answers.iter().map(|a| f64::from(a.labels.traits[t])).sum())
}

/// The log-odds of an answer, up to a constant that all answers to a question share.
fn fit(answer: &BankAnswer, slopes: &[f64; LABELS]) -> f64 {
    answer.labels.all().iter().zip(slopes).map(|(label, slope)| f64::from(*label) * slope).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::bank::text::Labels;
    use crate::learning::people::population::Population;
    use crate::learning::people::structure::tests::structure;

    fn bank() -> Vec<BankAnswer> {
        let mut random = StdRng::seed_from_u64(4);
        let mut bank = Vec::new();
        for question in 0..26 {
            for line in 0..40 {
                let mut labels = Labels::default();
                for _ in 0..2 {
                    labels.traits[random.random_range(0..5)] = [-2, -1, 1, 2][random.random_range(0..4)];
                }
                let text = format!("answer {line}");
                bank.push(BankAnswer { question: format!("q{question:02}"), line, text, labels, kind: None });
            }
        }
        bank
    }

    #[test]
    fn tuning_gives_each_traits_oracle_the_target_correlation() {
        // One trait has far fewer labels than the others.
        let mut bank = bank();
        for answer in bank.iter_mut().filter(|a| a.line % 2 == 0) {
            answer.labels.traits[3] = 0;
        }
        let pool = AnswerPool::new(&bank, |_| true);
        let mut population = Population::new(structure().unrated(), 9);
        let people: Vec<Person> = (0..1500).map(|_| population.draw()).collect();
        let sharpness = pool.tune(&people, 5).unwrap();
        assert!(sharpness.traits[3] > sharpness.traits[0], "{sharpness:?}");
        let others: Vec<Person> = (0..1500).map(|_| population.draw()).collect();
        let mut random = StdRng::seed_from_u64(6);
        for r in pool.oracle_correlations(&others, &sharpness, &mut random) {
            assert!((r - ORACLE).abs() < 0.05, "{r} at {sharpness:?}");
        }
    }

    #[test]
    fn a_bank_without_labels_cannot_be_tuned() {
        let mut silent = bank();
        silent.iter_mut().for_each(|a| a.labels = Labels::default());
        let pool = AnswerPool::new(&silent, |_| true);
        let mut population = Population::new(structure().unrated(), 9);
        let people: Vec<Person> = (0..50).map(|_| population.draw()).collect();
        assert_eq!(pool.tune(&people, 5).unwrap_err().reached, 0.0);
        let sharpness = Sharpness::of_traits([1.0; 5]);
        assert_eq!(pool.choose(&people[0], &sharpness, &mut StdRng::seed_from_u64(5)).len(), 26);
    }
}

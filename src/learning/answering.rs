//! Which answers of the bank a simulated respondent gives: those that fit, with a fixed looseness.
//!
//! A person takes an answer to a question with a chance proportional to `exp(fit)`, where fit is the sum of the answer's
//! labels, each times the person's standing on it and its sharpness. The sum of a trait's labels over a person's answers
//! is the oracle: what comes of adding up what the writers meant to say of that trait. A reader that also uses how traits go
//! together can do a little better. The sharpness of each trait is set so that its oracle correlates .80 with it. One sharpness for all would not do: some traits have more
//! labels in the bank than others, and correlated traits lend each other strength. The axes, which have no such target,
//! get the mean of the five.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::answers::BankAnswer;
use super::simulate::Respondent;
use super::statistics::correlation;
use crate::personality::Trait;

/// The oracle's correlation with each trait that the sharpness is set to.
pub const ORACLE: f64 = 0.80;
/// How far off it may be after tuning, on the people tuned with.
const TOLERANCE: f64 = 0.005;
/// Steps of tuning; about ten are needed.
const STEPS: usize = 60;

/// How closely answers follow a person's standings: 0 is any answer at random.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sharpness {
    /// Indexed by [`Trait::index`].
    pub traits: [f64; 5],
    /// The same for all four axes.
    pub axes: f64,
}

impl Sharpness {
    /// This sharpness for each trait, their mean for the axes.
    pub fn of_traits(traits: [f64; 5]) -> Sharpness {
        Sharpness { traits, axes: traits.iter().sum::<f64>() / 5.0 }
    }

    /// What a label of 1 adds to the log-odds of an answer for this person: traits first, then axes, as
    /// [`super::answers::Labels::all`] counts.
    pub fn pulls(&self, traits: &[f64; 5], axes: &[f64; 4]) -> [f64; 9] {
        std::array::from_fn(|k| match k {
            0..5 => self.traits[k] * traits[k],
            _ => self.axes * axes[k - 5],
        })
    }
}

/// No sharpness makes the oracle good enough: the bank says too little about a trait.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "the bank says too little about {trait_}: even the sum of all labels correlates {reached:.2} with it, {ORACLE} is asked for"
)]
pub struct OutOfReach {
    /// Which trait.
    pub trait_: Trait,
    /// The correlation that was reached.
    pub reached: f64,
}

/// Answers to choose from, by question.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    questions: Vec<Vec<&'a BankAnswer>>,
}

impl<'a> Choices<'a> {
    /// The answers of the bank that `keep` lets through, grouped by question. A question without any is left out, as if
    /// everybody skipped it.
    pub fn new(bank: &'a [BankAnswer], keep: impl Fn(&BankAnswer) -> bool) -> Choices<'a> {
        let mut questions: std::collections::BTreeMap<&str, Vec<&BankAnswer>> = Default::default();
        for answer in bank.iter().filter(|a| keep(a)) {
            questions.entry(&answer.question).or_default().push(answer);
        }
        Choices { questions: questions.into_values().collect() }
    }

    /// The answers to each question, questions in the order of their ids.
    pub fn questions(&self) -> &[Vec<&'a BankAnswer>] {
        &self.questions
    }

    /// One answer for each question.
    pub fn choose(
        &self,
        person: &Respondent,
        sharpness: &Sharpness,
        random: &mut StdRng,
    ) -> Vec<&'a BankAnswer> {
        let pulls = sharpness.pulls(&person.traits, &person.axes);
        let mut weights = Vec::new();
        let mut pick = |answers: &Vec<&'a BankAnswer>| {
            weights.clear();
            weights.extend(answers.iter().map(|a| fit(a, &pulls).exp()));
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
        people: &[Respondent],
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

    /// The sharpness at which each trait's oracle correlation is [`ORACLE`] for these people, by small steps on all five
    /// at once with the same random numbers each time.
    ///
    /// # Errors
    /// Where the bank says too little about a trait, whatever the sharpness.
    pub fn sharpness(&self, people: &[Respondent], seed: u64) -> Result<Sharpness, OutOfReach> {
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
        let furthest = |a: &Trait, b: &Trait| reached[a.index()].total_cmp(&reached[b.index()]);
        let trait_ = Trait::ALL.into_iter().min_by(furthest).unwrap_or(Trait::Extraversion);
        Err(OutOfReach { trait_, reached: reached[trait_.index()] })
    }
}

/// The sum of the answers' labels for each trait.
pub fn oracle(answers: &[&BankAnswer]) -> [f64; 5] {
    std::array::from_fn(|t| answers.iter().map(|a| f64::from(a.labels.traits[t])).sum())
}

/// The log-odds of an answer, up to what all answers share, under these pulls of the labels.
pub fn fit(answer: &BankAnswer, pulls: &[f64; 9]) -> f64 {
    answer.labels.all().iter().zip(pulls).map(|(label, pull)| f64::from(*label) * pull).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::answers::Labels;
    use crate::learning::simulate::Population;

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
    fn the_oracle_correlates_as_set_with_each_trait() {
        // Of one trait the bank says much less than of the others.
        let mut bank = bank();
        for answer in bank.iter_mut().filter(|a| a.line % 2 == 0) {
            answer.labels.traits[3] = 0;
        }
        let choices = Choices::new(&bank, |_| true);
        let mut population = Population::new(Vec::new(), 9);
        let people: Vec<Respondent> = (0..1500).map(|_| population.draw()).collect();
        let sharpness = choices.sharpness(&people, 5).unwrap();
        assert!(sharpness.traits[3] > sharpness.traits[0], "{sharpness:?}");
        let others: Vec<Respondent> = (0..1500).map(|_| population.draw()).collect();
        let mut random = StdRng::seed_from_u64(6);
        for r in choices.oracle_correlations(&others, &sharpness, &mut random) {
            assert!((r - ORACLE).abs() < 0.03, "{r} at {sharpness:?}");
        }
    }

    #[test]
    fn a_bank_that_says_nothing_reaches_no_oracle() {
        let mut silent = bank();
        silent.iter_mut().for_each(|a| a.labels = Labels::default());
        let choices = Choices::new(&silent, |_| true);
        let mut population = Population::new(Vec::new(), 9);
        let people: Vec<Respondent> = (0..50).map(|_| population.draw()).collect();
        assert_eq!(choices.sharpness(&people, 5).unwrap_err().reached, 0.0);
        let sharpness = Sharpness::of_traits([1.0; 5]);
        assert_eq!(choices.choose(&people[0], &sharpness, &mut StdRng::seed_from_u64(5)).len(), 26);
    }
}

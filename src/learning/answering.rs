//! Which answers of the bank a simulated respondent gives: those that fit, with a fixed looseness.
//!
//! A person takes an answer to a question with a chance proportional to `exp(fit * sharpness)`, where fit is the sum of the
//! answer's labels, each times the person's standing on it. The sum of the labels over a person's answers is the oracle:
//! what a reader who understood every answer as its writer meant it would know. The sharpness is set so that the oracle
//! correlates .80 with the trait, averaged over the five.

use rand::Rng;
use rand::rngs::StdRng;

use super::answers::BankAnswer;
use super::simulate::Respondent;
use super::statistics::correlation;

/// The oracle's mean correlation with the traits that the sharpness is set to.
pub const ORACLE: f64 = 0.80;

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

    /// One answer for each question.
    pub fn choose(&self, person: &Respondent, sharpness: f64, random: &mut StdRng) -> Vec<&'a BankAnswer> {
        let pick = |answers: &Vec<&'a BankAnswer>, random: &mut StdRng| {
            let weights: Vec<f64> = answers.iter().map(|a| (sharpness * fit(a, person)).exp()).collect();
            let mut left = random.random::<f64>() * weights.iter().sum::<f64>();
            for (answer, weight) in answers.iter().zip(&weights) {
                left -= weight;
                if left <= 0.0 {
                    return *answer;
                }
            }
            answers[answers.len() - 1]
        };
        self.questions.iter().map(|answers| pick(answers, random)).collect()
    }

    /// The oracle's correlation with each trait when these people answer.
    pub fn oracle_correlations(
        &self,
        people: &[Respondent],
        sharpness: f64,
        random: &mut StdRng,
    ) -> [f64; 5] {
        let sums: Vec<[f64; 5]> = people.iter().map(|p| oracle(&self.choose(p, sharpness, random))).collect();
        std::array::from_fn(|t| {
            let sums: Vec<f64> = sums.iter().map(|s| s[t]).collect();
            let traits: Vec<f64> = people.iter().map(|p| p.traits[t]).collect();
            correlation(&sums, &traits)
        })
    }

    /// The sharpness at which the oracle's mean correlation is [`ORACLE`], by bisection; `None` where even the sharpest
    /// choice stays below it, because the bank says too little.
    pub fn sharpness(&self, people: &[Respondent], random: &mut StdRng) -> Option<f64> {
        let mut mean =
            |sharpness: f64| self.oracle_correlations(people, sharpness, random).iter().sum::<f64>() / 5.0;
        let (mut low, mut high) = (0.0, 4.0);
        if mean(high) < ORACLE {
            return None;
        }
        for _ in 0..12 {
            let middle = (low + high) / 2.0;
            if mean(middle) < ORACLE { low = middle } else { high = middle }
        }
        Some((low + high) / 2.0)
    }
}

/// The sum of the answers' labels for each trait.
pub fn oracle(answers: &[&BankAnswer]) -> [f64; 5] {
    std::array::from_fn(|t| answers.iter().map(|a| f64::from(a.labels.traits[t])).sum())
}

fn fit(answer: &BankAnswer, person: &Respondent) -> f64 {
    let along = |labels: &[i8], scores: &[f64]| -> f64 {
        labels.iter().zip(scores).map(|(label, score)| f64::from(*label) * score).sum()
    };
    along(&answer.labels.traits, &person.traits) + along(&answer.labels.axes, &person.axes)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

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
                bank.push(BankAnswer { question: format!("q{question:02}"), line, text, labels });
            }
        }
        bank
    }

    #[test]
    fn the_oracle_correlates_as_set() {
        let bank = bank();
        let choices = Choices::new(&bank, |_| true);
        let mut population = Population::new(Vec::new(), 9);
        let people: Vec<Respondent> = (0..600).map(|_| population.draw()).collect();
        let mut random = StdRng::seed_from_u64(5);
        let sharpness = choices.sharpness(&people, &mut random).unwrap();
        let others: Vec<Respondent> = (0..600).map(|_| population.draw()).collect();
        let mean = choices.oracle_correlations(&others, sharpness, &mut random).iter().sum::<f64>() / 5.0;
        assert!((mean - ORACLE).abs() < 0.03, "{mean} at {sharpness}");
    }

    #[test]
    fn a_bank_that_says_nothing_reaches_no_oracle() {
        let silent: Vec<BankAnswer> =
            bank().into_iter().map(|a| BankAnswer { labels: Labels::default(), ..a }).collect();
        let choices = Choices::new(&silent, |_| true);
        let mut population = Population::new(Vec::new(), 9);
        let people: Vec<Respondent> = (0..50).map(|_| population.draw()).collect();
        assert_eq!(choices.sharpness(&people, &mut StdRng::seed_from_u64(5)), None);
        assert_eq!(choices.choose(&people[0], 1.0, &mut StdRng::seed_from_u64(5)).len(), 26);
    }
}

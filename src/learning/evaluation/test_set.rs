//! The simulated respondents of an evaluation: the truth about them, their texts, and a reader's predictions from
//! these.

use rayon::prelude::*;

use super::bayes::{Bayes, DRAWS, Posterior};
use super::error::EvaluationError;
use super::figures::{Predictions, Truth};
use super::prediction::Reader;
use super::scores::RESAMPLES;
use super::texts;
use crate::learning::bank::{BankAnswer, CounterExample, Split};
use crate::learning::numerics::{self, SparseRow, correlation, ridge};
use crate::learning::people::{
    AnswerPool, KeyedItem, Population, Respondent, Structure, Survey, compose_text, oracle,
};
use crate::learning::progress::Progress;
use crate::models::evaluation::People;
use crate::personality::Trait;
use crate::survey::{ComposedText, Questionnaire};

/// The number of respondents whose answers are read again in random order, window by window as on the site.
pub const SHUFFLED: usize = 200;
/// Draws of answers to the two unseen questions, per respondent. Two answers carry little information, so a single draw
/// would make the figures depend on chance.
const UNSEEN_DRAWS: usize = 8;
/// The ratings that uniform texts give to all items.
const UNIFORM: [u8; 3] = [1, 3, 5];
/// The number of respondents that the linear model on the rated sentences is fitted on.
const LINEAR_ON: usize = 1000;

pub struct TestSet<'a> {
    questionnaire: &'a Questionnaire,
    pub people: Vec<Respondent<'a>>,
    pub truth: Truth,
    reworded: Vec<ComposedText>,
    /// The shuffled texts of the first [`SHUFFLED`] respondents.
    shuffled: Vec<ComposedText>,
    /// Answers to the unseen questions, [`UNSEEN_DRAWS`] texts for each respondent.
    unseen: Vec<ComposedText>,
    /// The mean effective sample size of the posteriors.
    effective: f64,
    /// The share of reworded answers with exactly the same labels.
    exact: f64,
}

impl<'a> TestSet<'a> {
    pub fn draw(
        survey: &Survey<'a>,
        bank: &'a [BankAnswer],
        count: usize,
        seed: u64,
    ) -> Result<TestSet<'a>, EvaluationError> {
        let Survey { questionnaire, structure, pool, sharpness, .. } = survey;
        // No answer to these questions was used for training. Answers in the validation split are left out, because
        // models were chosen by them.
        let unseen = AnswerPool::new(bank, |a| {
            a.is_of_unseen_question()
                && a.split() != Split::Validation
                && a.kind != Some(CounterExample::Copied)
        });
        let bayes = Bayes::new(structure.clone(), pool, *sharpness);
        let linear = KeyedFromSentences::fit(structure, seed);
        let people: Vec<Respondent<'a>> = survey.respondents(seed).take(count).collect();
        let posteriors: Vec<Posterior> = people
            .par_iter()
            .enumerate()
            .map(|(i, p)| bayes.posterior(&p.person.ratings, &p.answers, seed ^ (i as u64) << 20))
            .collect();
        let mut set = TestSet {
            questionnaire,
            effective: posteriors.iter().map(|p| p.effective).sum::<f64>() / count.max(1) as f64,
            exact: 0.0,
            reworded: Vec::new(),
            shuffled: Vec::new(),
            unseen: Vec::new(),
            truth: Truth {
                axes_by_traits: structure.regressions.each_ref().map(|regression| regression.weights),
                ..Truth::default()
            },
            people,
        };
        let truth = &mut set.truth;
        let (mut exact, mut answers) = (0, 0);
        for (place, (p, posterior)) in set.people.iter().zip(posteriors).enumerate() {
            let mut random = texts::random_of(seed, place);
            let other =
                texts::reword(questionnaire, p, pool, &mut random).map_err(EvaluationError::Refused)?;
            exact += other.exact;
            answers += other.answers.len();
            truth.oracle_reworded.push(other.oracle);
            set.reworded.push(other.text);
            if place < SHUFFLED {
                set.shuffled.push(texts::shuffled(&p.composed, &mut random));
            }
            truth.traits.push(p.person.traits);
            truth.axes.push(p.person.axes);
            truth.types.push(p.person.mbti);
            truth.keyed.push(keyed_score(&structure.items, &p.person.ratings));
            truth.linear.push(linear.predict(&p.person.ratings));
            truth.oracle.push(p.oracle);
            for _ in 0..UNSEEN_DRAWS {
                let answers = unseen.choose(&p.person, sharpness, &mut random);
                let whole =
                    compose_text(questionnaire, &p.person, &answers).map_err(EvaluationError::Refused)?;
                set.unseen.push(texts::only(&whole, |field| !texts::is_rating(field)));
                truth.oracle_unseen.push(oracle(&answers));
            }
            truth.posterior_traits.push(posterior.traits);
            truth.posterior_types.push(posterior.types);
        }
        set.exact = exact as f64 / answers.max(1) as f64;
        Ok(set)
    }

    /// The description of the respondents in the evaluation.
    pub fn described(&self, seed: u64) -> People {
        let oracle = Trait::ALL.map(|trait_| {
            let column = |rows: &[[f64; 5]]| rows.iter().map(|row| row[trait_.index()]).collect::<Vec<_>>();
            correlation(&column(&self.truth.oracle), &column(&self.truth.traits))
        });
        People {
            respondents: self.people.len(),
            judged: 0,
            seed,
            shuffled: self.shuffled.len(),
            resamples: RESAMPLES,
            oracle,
            posterior_draws: DRAWS,
            posterior_effective: self.effective,
            reworded_exactly: self.exact,
        }
    }

    /// Reads every text. `name` is shown with the progress.
    pub fn predictions(&self, reader: &mut dyn Reader, name: &str) -> Result<Predictions, EvaluationError> {
        let shared: Vec<&ComposedText> =
            self.people.iter().map(|p| &p.composed).chain(&self.reworded).chain(&self.unseen).collect();
        let mut progress = Progress::new(&format!("{name}: pieces"), 0, shared.len());
        reader.prepare(&shared, &mut |done, total| progress.at(done, total))?;
        let mut progress = Progress::new(&format!("{name}: respondents"), 0, self.people.len());
        let mut predictions = Predictions { types: reader.reads_types(), ..Predictions::default() };
        let open = |field: &str| !texts::is_rating(field);
        for (place, (person, reworded)) in self.people.iter().zip(&self.reworded).enumerate() {
            predictions.whole.push(reader.read(&person.composed)?);
            predictions.open.push(reader.read(&texts::only(&person.composed, open))?);
            for unseen in &self.unseen[place * UNSEEN_DRAWS..(place + 1) * UNSEEN_DRAWS] {
                predictions.unseen.push(reader.read(unseen)?);
            }
            predictions.reworded.push(reader.read(reworded)?);
            predictions.reworded_open.push(reader.read(&texts::only(reworded, open))?);
            if let Some(shuffled) = self.shuffled.get(place) {
                predictions.shuffled.push(reader.read(shuffled)?);
            }
            progress.at(place + 1, self.people.len());
        }
        for rating in UNIFORM {
            let text = texts::uniform(self.questionnaire, rating).map_err(EvaluationError::Refused)?;
            predictions.uniform.push((rating, reader.read(&text)?));
        }
        Ok(predictions)
    }
}

/// The mean keyed rating of each trait, as the site computes it.
fn keyed_score(items: &[KeyedItem], ratings: &[u8]) -> [f64; 5] {
    let (mut sums, mut counts) = ([0.0; 5], [0.0; 5]);
    for (item, rating) in items.iter().zip(ratings) {
        sums[item.trait_.index()] += 3.0 + item.key * (f64::from(*rating) - 3.0);
        counts[item.trait_.index()] += 1.0;
    }
    std::array::from_fn(|t| sums[t] / counts[t])
}

/// Predicts the keyed scores from which of the 300 rated sentences a text contains. Shows what counting sentences can
/// achieve.
struct KeyedFromSentences(Vec<numerics::Linear>);

impl KeyedFromSentences {
    fn fit(structure: &Structure, seed: u64) -> KeyedFromSentences {
        let mut population = Population::new(structure.clone(), seed ^ 0x11EA);
        let ratings: Vec<Vec<u8>> = (0..LINEAR_ON).map(|_| population.draw().ratings).collect();
        let rows: Vec<SparseRow> = ratings.iter().map(|r| KeyedFromSentences::row(r)).collect();
        let scores: Vec<[f64; 5]> = ratings.iter().map(|r| keyed_score(&structure.items, r)).collect();
        let size = 5 * structure.items.len();
        let fit = |t: usize| {
            let targets: Vec<f64> = scores.iter().map(|s| s[t]).collect();
            ridge(&rows, &targets, size, 1.0, None)
        };
        KeyedFromSentences((0..5).map(fit).collect())
    }

    fn row(ratings: &[u8]) -> SparseRow {
        (0u32..).zip(ratings).map(|(item, rating)| (5 * item + u32::from(*rating) - 1, 1.0)).collect()
    }

    fn predict(&self, ratings: &[u8]) -> [f64; 5] {
        let row = KeyedFromSentences::row(ratings);
        std::array::from_fn(|t| self.0[t].at(&row))
    }
}

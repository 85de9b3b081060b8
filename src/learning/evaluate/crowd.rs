//! The simulated respondents of an evaluation: what is known of them, the texts that they make, and what a reader makes of
//! these.

use rayon::prelude::*;

use super::EvaluationError;
use super::bayes::{Bayes, DRAWS, Posterior};
use super::measure::{Sayings, Truth};
use super::people;
use super::reader::Reader;
use super::scores::RESAMPLES;
use crate::learning::answering::{Choices, oracle};
use crate::learning::answers::{BankAnswer, Split};
use crate::learning::progress::Progress;
use crate::learning::respondents::{Respondents, SimulatedRespondent, composed, keyed_items};
use crate::learning::ridge;
use crate::learning::simulate::Population;
use crate::learning::statistics::correlation;
use crate::models::evaluation::People;
use crate::personality::Trait;
use crate::survey::{ComposedText, Questionnaire};

/// How many of the respondents are read again with shuffled answers, window by window as the site does.
pub const SHUFFLED: usize = 200;
/// Draws of two answers to the questions never trained on, for each respondent: two answers say little, one draw would leave
/// the figures to chance.
const UNSEEN_DRAWS: usize = 8;
/// The ratings that all 60 items get where nothing speaks for or against a trait.
const UNIFORM: [u8; 3] = [1, 3, 5];
/// Respondents whose ratings the linear model on the sentences learns from.
const LINEAR_ON: usize = 1000;

/// The respondents, with what is known of them and the texts that they make.
pub struct Crowd<'a> {
    pub people: Vec<SimulatedRespondent<'a>>,
    reworded: Vec<ComposedText>,
    shuffled: Vec<ComposedText>,
    /// Answers to the questions never trained on, [`UNSEEN_DRAWS`] texts a respondent.
    unseen: Vec<ComposedText>,
    pub truth: Truth,
    effective: f64,
    exact: f64,
}

impl<'a> Crowd<'a> {
    pub fn draw(
        questionnaire: &'a Questionnaire,
        bank: &'a [BankAnswer],
        count: usize,
        seed: u64,
    ) -> Result<Crowd<'a>, EvaluationError> {
        let respondents = Respondents::new(questionnaire, bank, Split::Test, seed)?;
        let choices = respondents.choices().clone();
        let sharpness = *respondents.sharpness();
        // Of these two questions no answer was learned from; by those of the choosing split the model was chosen.
        let unseen = Choices::new(bank, |a| a.is_of_unseen_question() && a.split() != Split::Choose);
        let bayes = Bayes::new(keyed_items(questionnaire), &choices, sharpness);
        let linear = Linear::learn(questionnaire, seed);
        let people: Vec<SimulatedRespondent<'a>> = respondents.take(count).collect();
        let posteriors: Vec<Posterior> = people
            .par_iter()
            .enumerate()
            .map(|(i, p)| bayes.posterior(&p.person.ratings, &p.answers, seed ^ (i as u64) << 20))
            .collect();
        let mut crowd = Crowd {
            effective: posteriors.iter().map(|p| p.effective).sum::<f64>() / count.max(1) as f64,
            exact: 0.0,
            reworded: Vec::new(),
            shuffled: Vec::new(),
            unseen: Vec::new(),
            truth: Truth::default(),
            people,
        };
        let truth = &mut crowd.truth;
        let (mut exact, mut answers) = (0, 0);
        for (place, (p, posterior)) in crowd.people.iter().zip(posteriors).enumerate() {
            let mut random = people::random_of(seed, place);
            let other =
                people::reword(questionnaire, p, &choices, &mut random).map_err(EvaluationError::Refused)?;
            exact += other.exact;
            answers += other.answers.len();
            truth.oracle_reworded.push(other.oracle);
            crowd.reworded.push(other.composed);
            if place < SHUFFLED {
                crowd.shuffled.push(people::shuffled(&p.composed, &mut random));
            }
            truth.traits.push(p.person.traits);
            truth.types.push(p.person.mbti);
            truth.keyed.push(keyed(questionnaire, &p.person.ratings));
            truth.linear.push(linear.of(&p.person.ratings));
            truth.oracle.push(p.oracle);
            for _ in 0..UNSEEN_DRAWS {
                let answers = unseen.choose(&p.person, &sharpness, &mut random);
                let whole = composed(questionnaire, &p.person, &answers).map_err(EvaluationError::Refused)?;
                crowd.unseen.push(people::only(&whole, |field| !people::is_rating(field)));
                truth.oracle_unseen.push(oracle(&answers));
            }
            truth.posterior_traits.push(posterior.traits);
            truth.posterior_types.push(posterior.types);
        }
        crowd.exact = exact as f64 / answers.max(1) as f64;
        Ok(crowd)
    }

    pub fn described(&self, seed: u64) -> People {
        let oracle = Trait::ALL.map(|trait_| {
            let column = |rows: &[[f64; 5]]| rows.iter().map(|row| row[trait_.index()]).collect::<Vec<_>>();
            correlation(&column(&self.truth.oracle), &column(&self.truth.traits))
        });
        People {
            respondents: self.people.len(),
            seed,
            shuffled: self.shuffled.len(),
            resamples: RESAMPLES,
            oracle,
            posterior_draws: DRAWS,
            posterior_effective: self.effective,
            reworded_exactly: self.exact,
        }
    }

    /// What a reader makes of all of it.
    pub fn heard(
        &self,
        reader: &mut dyn Reader,
        questionnaire: &Questionnaire,
        name: &str,
    ) -> Result<Sayings, EvaluationError> {
        let texts: Vec<&ComposedText> =
            self.people.iter().map(|p| &p.composed).chain(&self.reworded).chain(&self.unseen).collect();
        let mut progress = Progress::new(&format!("{name}: pieces"), 0, texts.len());
        reader.prepare(&texts, &mut |done, total| progress.at(done, total))?;
        let mut progress = Progress::new(&format!("{name}: respondents"), 0, self.people.len());
        let mut said = Sayings { types: reader.reads_types(), ..Sayings::default() };
        let open = |field: &str| !people::is_rating(field);
        for (place, (person, reworded)) in self.people.iter().zip(&self.reworded).enumerate() {
            said.whole.push(reader.read(&person.composed)?);
            said.open.push(reader.read(&people::only(&person.composed, open))?);
            for unseen in &self.unseen[place * UNSEEN_DRAWS..(place + 1) * UNSEEN_DRAWS] {
                said.unseen.push(reader.read(unseen)?);
            }
            said.reworded.push(reader.read(reworded)?);
            said.reworded_open.push(reader.read(&people::only(reworded, open))?);
            if let Some(shuffled) = self.shuffled.get(place) {
                said.shuffled.push(reader.read(shuffled)?);
            }
            progress.at(place + 1, self.people.len());
        }
        for rating in UNIFORM {
            let text = people::uniform(questionnaire, rating).map_err(EvaluationError::Refused)?;
            said.uniform.push((rating, reader.read(&text)?));
        }
        Ok(said)
    }
}

/// The mean of the keyed ratings of each trait, as the site counts them.
fn keyed(questionnaire: &Questionnaire, ratings: &[u8]) -> [f64; 5] {
    let (mut sums, mut counts) = ([0.0; 5], [0.0; 5]);
    for (item, rating) in keyed_items(questionnaire).iter().zip(ratings) {
        sums[item.trait_.index()] += 3.0 + item.key * (f64::from(*rating) - 3.0);
        counts[item.trait_.index()] += 1.0;
    }
    std::array::from_fn(|t| sums[t] / counts[t])
}

/// The keyed score predicted from which of the 300 sentences a text holds: how well the row can be done by counting.
struct Linear(Vec<ridge::Linear>);

impl Linear {
    fn learn(questionnaire: &Questionnaire, seed: u64) -> Linear {
        let mut population = Population::new(keyed_items(questionnaire), seed ^ 0x11EA);
        let ratings: Vec<Vec<u8>> = (0..LINEAR_ON).map(|_| population.draw().ratings).collect();
        let rows: Vec<ridge::Row> = ratings.iter().map(|r| Linear::row(r)).collect();
        let scores: Vec<[f64; 5]> = ratings.iter().map(|r| keyed(questionnaire, r)).collect();
        let size = 5 * questionnaire.items.len();
        Linear(
            (0..5)
                .map(|t| {
                    let targets: Vec<f64> = scores.iter().map(|s| s[t]).collect();
                    ridge::ridge(&rows, &targets, size, 1.0, None)
                })
                .collect(),
        )
    }

    fn row(ratings: &[u8]) -> ridge::Row {
        (0u32..).zip(ratings).map(|(item, rating)| (5 * item + u32::from(*rating) - 1, 1.0)).collect()
    }

    fn of(&self, ratings: &[u8]) -> [f64; 5] {
        let row = Linear::row(ratings);
        std::array::from_fn(|t| self.0[t].of(&row))
    }
}

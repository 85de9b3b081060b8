//! Simulated respondents: people with ratings, answers, and the text that the site composes from them.
//!
//! Their texts consist of a few hundred pieces that recur (the 300 rated sentences and the answers of one split). So a
//! model that reads answer by answer can read any number of respondents by reading each piece once.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::answering::{AnswerPool, OutOfReach, Sharpness, oracle};
use super::population::{Person, Population};
use super::structure::{Structure, StructureError};
use crate::learning::bank::{BankAnswer, CounterExample, Split};
use crate::norm::Norm;
use crate::survey::{Answers, ComposedText, FieldError, Questionnaire, RawAnswers, compose};

/// The number of people used for tuning the sharpness. Chance then moves a correlation by about .006.
const TUNED_WITH: usize = 4000;
/// The tuning seed, the same for all respondents: the sharpness depends on the bank alone.
const TUNING_SEED: u64 = 0x0080;
/// Changes the seed for respondents of the test split, so that a model is never evaluated on people that it was fitted
/// on.
const TEST_PEOPLE: u64 = 0x7E57 << 32;

#[derive(Debug, thiserror::Error)]
pub enum RespondentsError {
    #[error(transparent)]
    OutOfReach(#[from] OutOfReach),
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// For example, an answer of the bank that is too long for the form.
    #[error("the form refuses an answer of the bank: field {}: {}", .0.field, .0.message)]
    Refused(FieldError),
}

/// A simulated person with ratings, answers and the composed text.
#[derive(Clone, Debug)]
pub struct Respondent<'a> {
    pub person: Person,
    /// One answer for each question with answers in the bank, in the order of the questions. In the validation split
    /// the unseen questions are skipped.
    pub answers: Vec<&'a BankAnswer>,
    /// The sum of the answers' labels, indexed by [`Trait::index`](crate::personality::Trait::index).
    pub oracle: [f64; 5],
    /// As the site composes it. Other respondents have the same pieces (spans).
    pub composed: ComposedText,
}

/// Draws respondents from a norm group, the questionnaire, and one split of the bank with its tuned sharpness.
#[derive(Clone, Debug)]
pub struct Survey<'a> {
    pub questionnaire: &'a Questionnaire,
    pub structure: Structure,
    pub pool: AnswerPool<'a>,
    pub sharpness: Sharpness,
    split: Split,
}

impl<'a> Survey<'a> {
    /// Tunes the sharpness to the split's answers. Ignores answers to questions that the questionnaire lacks. Ignores
    /// copied texts too: people rarely paste a recipe when asked about themselves.
    ///
    /// # Errors
    /// If the norm does not fit the questionnaire, the split has too few labels for a trait, or the form refuses one of
    /// its answers.
    pub fn new(
        questionnaire: &'a Questionnaire,
        norm: &Norm,
        bank: &'a [BankAnswer],
        split: Split,
    ) -> Result<Survey<'a>, RespondentsError> {
        let asked = |a: &BankAnswer| questionnaire.questions.iter().any(|q| q.id == a.question);
        let own_words = |a: &BankAnswer| a.kind != Some(CounterExample::Copied);
        let pool = AnswerPool::new(bank, |a| a.split() == split && asked(a) && own_words(a));
        let structure = Structure::new(questionnaire, norm)?;
        let mut population = Population::new(structure.clone(), TUNING_SEED);
        check(questionnaire, &pool, &population.draw())?;
        let mut population = Population::new(structure.unrated(), TUNING_SEED);
        let people: Vec<Person> = (0..TUNED_WITH).map(|_| population.draw()).collect();
        let sharpness = pool.tune(&people, TUNING_SEED)?;
        Ok(Survey { questionnaire, structure, pool, sharpness, split })
    }

    /// Draws respondents endlessly; the same seed draws the same ones. In the validation split they skip the unseen
    /// questions but keep the sharpness tuned to all questions, so that their other answers say as much as elsewhere.
    pub fn respondents(&self, seed: u64) -> Respondents<'a> {
        let seed = if self.split == Split::Test { seed ^ TEST_PEOPLE } else { seed };
        Respondents {
            survey: self.clone(),
            population: Population::new(self.structure.clone(), seed),
            random: StdRng::seed_from_u64(seed ^ 0xA45),
        }
    }
}

/// Whether the form accepts every answer, so that composing cannot fail later.
fn check(
    questionnaire: &Questionnaire,
    pool: &AnswerPool<'_>,
    person: &Person,
) -> Result<(), RespondentsError> {
    let most = pool.questions().iter().map(Vec::len).max().unwrap_or(0);
    for place in 0..most {
        let answers: Vec<&BankAnswer> =
            pool.questions().iter().map(|answers| answers[place % answers.len()]).collect();
        compose_text(questionnaire, person, &answers).map_err(RespondentsError::Refused)?;
    }
    Ok(())
}

/// An endless iterator over respondents.
#[derive(Debug)]
pub struct Respondents<'a> {
    survey: Survey<'a>,
    population: Population,
    random: StdRng,
}

impl<'a> Iterator for Respondents<'a> {
    type Item = Respondent<'a>;

    fn next(&mut self) -> Option<Respondent<'a>> {
        let Survey { questionnaire, pool, sharpness, split, .. } = &self.survey;
        let person = self.population.draw();
        let mut answers = pool.choose(&person, sharpness, &mut self.random);
        if *split == Split::Validation {
            answers.retain(|answer| !answer.is_of_unseen_question());
        }
        // Never `None`, because `check` has composed every answer.
        let composed = compose_text(questionnaire, &person, &answers).ok()?;
        Some(Respondent { oracle: oracle(&answers), person, answers, composed })
    }
}

/// The text that the site composes from a person's ratings and these answers; questions without an answer are skipped.
///
/// # Errors
/// Names the first field that the form refuses.
pub fn compose_text(
    questionnaire: &Questionnaire,
    person: &Person,
    answers: &[&BankAnswer],
) -> Result<ComposedText, FieldError> {
    let mut fields = BTreeMap::new();
    for (item, rating) in questionnaire.items.iter().zip(&person.ratings) {
        fields.insert(item.id.clone(), rating.to_string());
    }
    for question in &questionnaire.questions {
        match answers.iter().find(|a| a.question == question.id) {
            Some(answer) => fields.insert(question.id.clone(), answer.text.clone()),
            None => fields.insert(question.skip_field(), "1".to_owned()),
        };
    }
    match Answers::parse(questionnaire, &RawAnswers(fields)) {
        Ok(answers) => Ok(compose(questionnaire, &answers)),
        Err(errors) => Err(errors.into_iter().next().unwrap_or(FieldError {
            field: String::new(),
            number: 0,
            message: "refused without a reason".to_owned(),
        })),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::learning::bank::load_answers;
    use crate::learning::numerics::correlation;
    use crate::learning::people::answering::ORACLE;
    use crate::personality::Trait;

    fn bundled() -> (Questionnaire, Norm, Vec<BankAnswer>) {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets"));
        let questionnaire = Questionnaire::load(&folder.join("questionnaire.toml")).unwrap();
        let bank = load_answers(&folder.join("answers"), &questionnaire).unwrap();
        let norm = Norm::load(&folder.join("norm")).unwrap();
        (questionnaire, norm, bank)
    }

    #[test]
    fn the_oracle_of_the_bundled_bank_correlates_with_each_trait_as_it_is_tuned_to() {
        let (questionnaire, norm, bank) = bundled();
        for split in [Split::Validation, Split::Test] {
            let Survey { structure, pool, sharpness, .. } =
                Survey::new(&questionnaire, &norm, &bank, split).unwrap();
            let mut population = Population::new(structure.unrated(), 77);
            let people: Vec<Person> = (0..4000).map(|_| population.draw()).collect();
            let reached = pool.oracle_correlations(&people, &sharpness, &mut StdRng::seed_from_u64(8));
            for trait_ in Trait::ALL {
                let r = reached[trait_.index()];
                assert!((r - ORACLE).abs() <= 0.04, "{split:?} {trait_}: {r} at {sharpness:?}");
            }
        }
    }

    #[test]
    fn a_seed_draws_the_same_respondents_and_another_does_not() {
        let (questionnaire, norm, bank) = bundled();
        let survey = Survey::new(&questionnaire, &norm, &bank, Split::Test).unwrap();
        let texts =
            |seed| -> Vec<String> { survey.respondents(seed).take(3).map(|r| r.composed.text).collect() };
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
    }

    #[test]
    fn people_of_the_test_split_are_others_than_those_of_the_validation_split() {
        let (questionnaire, norm, bank) = bundled();
        let people = |split| -> Vec<Person> {
            let survey = Survey::new(&questionnaire, &norm, &bank, split).unwrap();
            survey.respondents(1).take(50).map(|r| r.person).collect()
        };
        let fitted = people(Split::Validation);
        for person in people(Split::Test) {
            assert!(fitted.iter().all(|f| f.traits != person.traits && f.ratings != person.ratings));
        }
    }

    #[test]
    fn respondents_of_the_validation_split_skip_the_unseen_questions() {
        let (questionnaire, norm, bank) = bundled();
        let survey = Survey::new(&questionnaire, &norm, &bank, Split::Validation).unwrap();
        for respondent in survey.respondents(1).take(20) {
            assert_eq!((respondent.answers.len(), respondent.composed.spans.len()), (24, 84));
            assert!(respondent.answers.iter().all(|a| !a.is_of_unseen_question()));
            assert_eq!(respondent.oracle, oracle(&respondent.answers));
        }
    }

    #[test]
    fn a_respondents_text_is_composed_of_ratings_and_answers_of_one_split() {
        let (questionnaire, norm, bank) = bundled();
        let survey = Survey::new(&questionnaire, &norm, &bank, Split::Test).unwrap();
        let people: Vec<Respondent> = survey.respondents(5).take(200).collect();
        for respondent in &people {
            assert_eq!(respondent.composed.spans.len(), 86);
            assert_eq!(respondent.answers.len(), 26);
            assert!(respondent.answers.iter().all(|a| a.split() == Split::Test));
            assert_eq!(respondent.oracle, oracle(&respondent.answers));
            for (span, item) in respondent.composed.spans.iter().zip(&questionnaire.items) {
                let place = item.id[1..].parse::<usize>().unwrap() - 1;
                let sentence = &item.sentences[usize::from(respondent.person.ratings[place]) - 1];
                assert_eq!(&respondent.composed.text[span.range.clone()], sentence);
            }
        }
        let column = |f: &dyn Fn(&Respondent) -> f64| people.iter().map(f).collect::<Vec<_>>();
        let r = correlation(&column(&|p| p.oracle[1]), &column(&|p| p.person.traits[1]));
        assert!(r > ORACLE - 0.15, "{r}");
    }
}

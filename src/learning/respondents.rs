//! Simulated respondents who answer everything: 60 ratings, 26 open answers of the bank, and the text that the site composes.
//!
//! The person and the ratings come from [`super::simulate`], the open answers from [`super::answering`]. Every text is
//! made of a few hundred pieces that come back, the 300 rated sentences and the answers of one split of the bank, so that
//! reading each piece once is enough to read any number of people. Simulated people are not people.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::answering::{Choices, OutOfReach, Sharpness, oracle};
use super::answers::{BankAnswer, Split};
use super::simulate::{KeyedItem, Population, Respondent};
use crate::survey::{Answers, ComposedText, FieldError, Keyed, Questionnaire, RawAnswers, compose};

/// People with whom the sharpness is tuned: the oracle's correlation is then off by about .006 from chance alone.
const TUNED_WITH: usize = 4000;
/// The seed for tuning, the same whatever the respondents' seed: the looseness belongs to the bank, not to the people.
const TUNING_SEED: u64 = 0x0080;
/// Set into the seed of those who answer from the test split, so that nobody is measured on whom weights were fitted.
const OTHERS: u64 = 0x7E57 << 32;

/// Why no respondents can be drawn.
#[derive(Debug, thiserror::Error)]
pub enum RespondentsError {
    /// Too few labels.
    #[error(transparent)]
    OutOfReach(#[from] OutOfReach),
    /// A simulated set of answers breaks a rule of the questionnaire, as an answer of the bank that is too long does.
    #[error("an answer of the bank cannot be given: field {}: {}", .0.field, .0.message)]
    Refused(FieldError),
}

/// One simulated person with everything that they say.
#[derive(Clone, Debug)]
pub struct SimulatedRespondent<'a> {
    /// Traits, axes, type and ratings.
    pub person: Respondent,
    /// The open answers, one for each question that the bank has answers to, in the order of the questions; in the
    /// choosing split none to the questions that are kept from fitting.
    pub answers: Vec<&'a BankAnswer>,
    /// The sum of the answers' labels for each trait, indexed by [`crate::personality::Trait::index`].
    pub oracle: [f64; 5],
    /// Ratings and answers as the site composes them. Each span is a piece that other respondents have too.
    pub composed: ComposedText,
}

/// Draws respondents one after the other, without end; the same seed draws the same ones.
#[derive(Debug)]
pub struct Respondents<'a> {
    questionnaire: &'a Questionnaire,
    split: Split,
    choices: Choices<'a>,
    sharpness: Sharpness,
    population: Population,
    random: StdRng,
}

impl<'a> Respondents<'a> {
    /// People who answer from one split of the bank. Whoever answers from the test split is another person than those of
    /// the same seed who answer from the choosing split, on whom weights and calibrations are fitted. The latter skip the
    /// questions of [`super::answers::UNSEEN_QUESTIONS`]; as loosely as if they answered them, so that what the other
    /// answers tell is the same. Text of the bank that answers no question of the questionnaire is left aside.
    ///
    /// # Errors
    /// Where the split says too little about a trait, or one of its answers breaks a rule of the form.
    pub fn new(
        questionnaire: &'a Questionnaire,
        bank: &'a [BankAnswer],
        split: Split,
        seed: u64,
    ) -> Result<Respondents<'a>, RespondentsError> {
        let asked = |a: &BankAnswer| questionnaire.questions.iter().any(|q| q.id == a.question);
        let choices = Choices::new(bank, |a| a.split() == split && asked(a));
        let mut tuning = Population::new(Vec::new(), TUNING_SEED);
        let people: Vec<Respondent> = (0..TUNED_WITH).map(|_| tuning.draw()).collect();
        let sharpness = choices.sharpness(&people, TUNING_SEED)?;
        let seed = if split == Split::Test { seed ^ OTHERS } else { seed };
        let mut respondents = Respondents {
            questionnaire,
            split,
            choices,
            sharpness,
            population: Population::new(keyed_items(questionnaire), seed),
            random: StdRng::seed_from_u64(seed ^ 0xA45),
        };
        respondents.check(seed)?;
        Ok(respondents)
    }

    /// Whether every answer can be given; the drawing itself then cannot fail.
    fn check(&mut self, seed: u64) -> Result<(), RespondentsError> {
        let person = Population::new(keyed_items(self.questionnaire), seed).draw();
        let most = self.choices.questions().iter().map(Vec::len).max().unwrap_or(0);
        for place in 0..most {
            let answers: Vec<&BankAnswer> =
                self.choices.questions().iter().map(|answers| answers[place % answers.len()]).collect();
            composed(self.questionnaire, &person, &answers).map_err(RespondentsError::Refused)?;
        }
        Ok(())
    }

    /// How closely the answers follow the people.
    pub fn sharpness(&self) -> &Sharpness {
        &self.sharpness
    }

    /// What the answers are chosen from.
    pub fn choices(&self) -> &Choices<'a> {
        &self.choices
    }
}

impl<'a> Iterator for Respondents<'a> {
    type Item = SimulatedRespondent<'a>;

    fn next(&mut self) -> Option<SimulatedRespondent<'a>> {
        let person = self.population.draw();
        let mut answers = self.choices.choose(&person, &self.sharpness, &mut self.random);
        if self.split == Split::Choose {
            answers.retain(|answer| !answer.is_of_unseen_question());
        }
        // `check` has let every answer through.
        let composed = composed(self.questionnaire, &person, &answers).ok()?;
        Some(SimulatedRespondent { oracle: oracle(&answers), person, answers, composed })
    }
}

/// What the questionnaire's items measure.
pub fn keyed_items(questionnaire: &Questionnaire) -> Vec<KeyedItem> {
    let key = |keyed: Keyed| if keyed == Keyed::Plus { 1.0 } else { -1.0 };
    questionnaire.items.iter().map(|i| KeyedItem { trait_: i.trait_, key: key(i.keyed) }).collect()
}

/// The text that the site would compose of a person's ratings and these open answers; other questions are skipped.
///
/// # Errors
/// The first field that the form would refuse.
pub fn composed(
    questionnaire: &Questionnaire,
    person: &Respondent,
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
    use crate::learning::answering::ORACLE;
    use crate::learning::answers::load_bank;
    use crate::learning::statistics::correlation;
    use crate::personality::Trait;

    fn bundled() -> (Questionnaire, Vec<BankAnswer>) {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets"));
        let questionnaire = Questionnaire::load(&folder.join("questionnaire.toml")).unwrap();
        let bank = load_bank(&folder.join("answers"), &questionnaire).unwrap();
        (questionnaire, bank)
    }

    #[test]
    fn the_oracle_of_the_bundled_bank_correlates_point_eight_with_each_trait() {
        let (questionnaire, bank) = bundled();
        for split in [Split::Choose, Split::Test] {
            let respondents = Respondents::new(&questionnaire, &bank, split, 3).unwrap();
            let (choices, sharpness) = (respondents.choices().clone(), *respondents.sharpness());
            let mut population = Population::new(Vec::new(), 77);
            let people: Vec<Respondent> = (0..4000).map(|_| population.draw()).collect();
            let reached = choices.oracle_correlations(&people, &sharpness, &mut StdRng::seed_from_u64(8));
            for trait_ in Trait::ALL {
                let r = reached[trait_.index()];
                assert!((r - ORACLE).abs() <= 0.02, "{split:?} {trait_}: {r} at {sharpness:?}");
            }
        }
    }

    #[test]
    fn a_seed_draws_the_same_respondents_and_another_does_not() {
        let (questionnaire, bank) = bundled();
        let texts = |seed| -> Vec<String> {
            let respondents = Respondents::new(&questionnaire, &bank, Split::Test, seed).unwrap();
            respondents.take(3).map(|r| r.composed.text).collect()
        };
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
    }

    #[test]
    fn nobody_is_measured_on_whom_weights_were_fitted() {
        let (questionnaire, bank) = bundled();
        let people = |split| -> Vec<Respondent> {
            let respondents = Respondents::new(&questionnaire, &bank, split, 1).unwrap();
            respondents.take(50).map(|r| r.person).collect()
        };
        let fitted = people(Split::Choose);
        for person in people(Split::Test) {
            assert!(fitted.iter().all(|f| f.traits != person.traits && f.ratings != person.ratings));
        }
    }

    #[test]
    fn who_answers_from_the_choosing_split_skips_the_unseen_questions() {
        let (questionnaire, bank) = bundled();
        for respondent in Respondents::new(&questionnaire, &bank, Split::Choose, 1).unwrap().take(20) {
            assert_eq!((respondent.answers.len(), respondent.composed.spans.len()), (24, 84));
            assert!(respondent.answers.iter().all(|a| !a.is_of_unseen_question()));
            assert_eq!(respondent.oracle, oracle(&respondent.answers));
        }
    }

    #[test]
    fn a_respondent_says_what_the_site_would_compose_from_one_split() {
        let (questionnaire, bank) = bundled();
        let people: Vec<SimulatedRespondent> =
            Respondents::new(&questionnaire, &bank, Split::Test, 5).unwrap().take(200).collect();
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
        let column = |f: &dyn Fn(&SimulatedRespondent) -> f64| people.iter().map(f).collect::<Vec<_>>();
        let r = correlation(&column(&|p| p.oracle[1]), &column(&|p| p.person.traits[1]));
        assert!(r > 0.7, "{r}");
    }
}

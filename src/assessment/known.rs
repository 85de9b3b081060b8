//! Tells the engine which sentences are ratings and where answers begin.

use std::sync::Arc;

use crate::inference::{Known, KnownItem, RatingFacts};
use crate::norm::Norm;
use crate::survey::{Answers, Keyed, Questionnaire};

/// The middle of the rating scale, for items that the norm does not cover.
const MIDDLE: f64 = 3.0;

/// The questionnaire's items with the norm group's mean ratings.
fn items<'a>(questionnaire: &'a Questionnaire, norm: &'a Norm) -> impl Iterator<Item = KnownItem> + 'a {
    questionnaire.items.iter().map(|item| KnownItem {
        id: Arc::from(item.id.as_str()),
        trait_: item.trait_,
        toward: item.keyed == Keyed::Plus,
        mean: norm.item(&item.id).map_or(MIDDLE, |item| item.mean()),
        sentences: item.sentences.clone(),
    })
}

/// The questionnaire's sentences and lead-ins, with the norm group's mean ratings.
pub fn known(questionnaire: &Questionnaire, norm: &Norm) -> Known {
    Known::new(
        items(questionnaire, norm).collect(),
        questionnaire.questions.iter().map(|question| (question.id.as_str(), question.lead_in.as_str())),
    )
}

/// Whether the ratings are consistent.
pub fn rating_facts(questionnaire: &Questionnaire, norm: &Norm, answers: &Answers) -> RatingFacts {
    let items: Vec<KnownItem> = items(questionnaire, norm).collect();
    RatingFacts::of(items.iter().zip(answers.ratings().iter().map(|rating| rating.value())))
}

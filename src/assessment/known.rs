//! Tells the engine which sentences are ratings and where answers begin.

use std::sync::Arc;

use crate::inference::{Known, KnownItem};
use crate::norm::Norm;
use crate::survey::{Keyed, Questionnaire};

/// The middle of the rating scale, for items that the norm does not cover.
const MIDDLE: f64 = 3.0;

/// The questionnaire's sentences and lead-ins with what the norm group answered.
pub fn known(questionnaire: &Questionnaire, norm: &Norm) -> Known {
    let items = questionnaire.items.iter().map(|item| KnownItem {
        id: Arc::from(item.id.as_str()),
        trait_: item.trait_,
        toward: item.keyed == Keyed::Plus,
        mean: norm.item(&item.id).map_or(MIDDLE, |item| item.mean()),
        sentences: item.sentences.clone(),
    });
    Known::new(
        items.collect(),
        questionnaire.questions.iter().map(|question| (question.id.as_str(), question.lead_in.as_str())),
    )
}

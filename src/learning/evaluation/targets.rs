//! The baselines' training text: that of the models, with log-odds as targets.

use crate::learning::bank::{
    BankAnswer, BankError, Example, Kind, LABELS, POOL_STRENGTH, RATED_STRENGTH, Split, StandaloneText,
    Targets, answer_examples, neutral_examples, rated_examples, standalone_examples,
};
use crate::learning::people::published::AxisRegression;
use crate::norm::Norm;
use crate::personality::{LOGISTIC, Trait};
use crate::survey::Questionnaire;

/// A text and its log-odds, in the order of [`LABEL_NAMES`](crate::learning::bank::LABEL_NAMES).
pub type Labeled = (String, [f64; LABELS]);

/// The log-odds that a trait's strongest sentence gives. Alone it would mean a probability of 95%.
const GAIN: f64 = 3.0;

/// The baselines' text by split, without the unseen questions.
pub struct BaselineText {
    /// Rated sentences, pool items, neutral sentences, and the training split of the bank.
    pub train: Vec<Labeled>,
    /// The answers of the validation split.
    pub validation: Vec<Labeled>,
}

impl BaselineText {
    pub fn new(
        questionnaire: &Questionnaire,
        norm: &Norm,
        regressions: &[AxisRegression; 4],
        items: &[Example],
        bank: &[BankAnswer],
        standalone: &[StandaloneText],
    ) -> Result<BaselineText, BankError> {
        let answers = |split: Split| {
            let kept = bank.iter().filter(move |a| a.split() == split && !a.is_of_unseen_question());
            answer_examples(kept, questionnaire)
        };
        let mut train = rated_examples(questionnaire, norm)?;
        train.extend(items.iter().cloned());
        train.extend(neutral_examples(questionnaire));
        train.extend(answers(Split::Train));
        train.extend(standalone_examples(standalone.iter().filter(|text| text.split() == Split::Train)));
        let labeled = |examples: Vec<Example>| {
            examples.iter().map(|example| (example.composed(), log_odds(example, regressions))).collect()
        };
        Ok(BaselineText { train: labeled(train), validation: labeled(answers(Split::Validation)) })
    }
}

/// An example's targets as log-odds. Items only have a target for their own trait; targets for the axes are derived
/// from it.
fn log_odds(example: &Example, regressions: &[AxisRegression; 4]) -> [f64; LABELS] {
    let strength = match example.kind {
        Kind::Rated => RATED_STRENGTH,
        Kind::Pool => POOL_STRENGTH,
        _ => return example.targets.map(|target| GAIN * f64::from(target) / 2.0),
    };
    of_item(&example.targets, strength, regressions)
}

/// With z the standardized traits, the probability of an axis's second letter is `Phi(w z / sqrt(1 - explained))`. The slopes of its log-odds along z follow from that.
fn of_item(targets: &Targets, strength: f32, regressions: &[AxisRegression; 4]) -> [f64; LABELS] {
    let degrees = Trait::ALL.map(|t| f64::from(targets[t.index()] / strength));
    std::array::from_fn(|k| match k {
        0..5 => GAIN * degrees[k],
        _ => {
            let regression = &regressions[k - 5];
            let along: f64 = regression.weights.iter().zip(degrees).map(|(w, degree)| w * degree).sum();
            GAIN * LOGISTIC * along / (1.0 - regression.explained).sqrt()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::people::structure_tests::structure;

    #[test]
    fn talk_of_parties_speaks_for_extraversion_and_against_introversion() {
        let mut targets = [0.0; LABELS];
        targets[Trait::Extraversion.index()] = RATED_STRENGTH;
        let log_odds = of_item(&targets, RATED_STRENGTH, &structure().regressions);
        // The axis E/I is positive toward I.
        assert!(log_odds[0] == GAIN && log_odds[5] < -GAIN, "{log_odds:?}");
    }
}

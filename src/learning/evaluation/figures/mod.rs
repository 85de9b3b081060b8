//! Computes figures with standard errors from a reader's predictions for the test set.

mod assessed;
mod calibrated;
mod parts;
mod stability;
mod traits;
mod types;

use self::stability::stability;
use self::traits::traits;
use self::types::types;
use crate::models::evaluation::Figure;

pub use assessed::assessed;
pub use calibrated::calibrated;
pub use parts::{Predictions, Truth, axis_logit, figure};

/// The figures of a reader that compare it with an upper bound or with another reading of the same people.
pub fn figures(truth: &Truth, predicted: &Predictions, seed: u64) -> Vec<Figure> {
    let mut all = Vec::new();
    traits(truth, predicted, seed, &mut all);
    if predicted.types {
        types(truth, predicted, seed, &mut all);
    }
    stability(truth, predicted, &mut all);
    all
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::super::prediction::Prediction;
    use super::*;
    use crate::models::evaluation::{Kind, Verdict};
    use crate::personality::Mbti;

    #[test]
    fn a_reader_that_knows_the_traits_reaches_every_goal() {
        let mut random = StdRng::seed_from_u64(3);
        let mut truth = Truth::default();
        let mut predicted = Predictions::default();
        for _ in 0..3000 {
            let z: [f64; 5] =
                std::array::from_fn(|_| crate::learning::numerics::standard_normal(&mut random));
            truth.traits.push(z);
            truth.types.push(Mbti::ALL[0]);
            for known in [&mut truth.keyed, &mut truth.linear, &mut truth.oracle, &mut truth.posterior_traits]
            {
                known.push(z);
            }
            truth.oracle_unseen.push(z);
            truth.oracle_reworded.push(z);
            let sure = Prediction { traits: z.map(|z| 1000.0 * z), share_read: 1.0, ..Prediction::default() };
            for texts in
                [&mut predicted.whole, &mut predicted.open, &mut predicted.unseen, &mut predicted.reworded]
            {
                texts.push(sure.clone());
            }
            predicted.reworded_open.push(sure.clone());
            predicted.shuffled.push(sure);
        }
        predicted.uniform.push((3, Prediction::default()));
        let mut figures = figures(&truth, &predicted, 1);
        calibrated(&truth, &predicted.whole, false, 1, &mut figures);
        for figure in &figures {
            let verdict = figure.verdict();
            assert!(matches!(verdict, Verdict::Goal | Verdict::Unset), "{figure:?}");
        }
        assert!(figures.iter().all(|f| f.kind != Kind::AxisArea), "it predicts no types");
    }
}

//! Measures how much a faster execution of a model differs from the exact one.
//!
//! Both read 16 fixed texts of different lengths and languages, the last of them [`LONGEST`] tokens long. The measure
//! is the largest difference of any probability, for each text alone and for all 16 read as one text, in which small
//! errors may add up. A probability is what a reading would report: the windows' logits combined and calibrated as
//! calling.json says, or the network's own output without that file.

use super::reading::combined;
use crate::models::{Activation, Classifier, ModelError};
use crate::personality::readout::{self, NotFinite};

/// The largest accepted difference of a probability.
pub const TOLERANCE: f64 = 0.02;

/// Tokens of the longest text, or the model's window if that is shorter. All texts are read at every start, in f32 first.
const LONGEST: usize = 192;

/// Written for this purpose, and short because they are read at every start. The last one stands for a long window: the
/// check replaces it by all texts in a row, repeated up to [`LONGEST`] tokens.
pub(super) const TEXTS: [&str; 16] = [
    "Yes.",
    "I keep my receipts in a box.",
    "Crowds wear me out, so after a wedding I need a day on my own with the door closed and no telephone.",
    "I don't really mind being wrong in public.",
    "When two friends quarrel I hear one out, then the other, and I make soup for both, which helps more often than advice; \
     last winter it took three pots and a walk along the canal before either of them laughed again.",
    "My desk? Chaos!!",
    "Plans change; I rewrite the list at 6:45 and again after lunch.",
    "Ich rede gern mit Fremden im Zug.",
    "Je relis toujours la dernière page avant de dormir.",
    "No me gusta llegar tarde.",
    "Я редко сержусь.",
    "我喜歡安靜的早晨。",
    "朝はゆっくり起きたいです。",
    "أحب الأسئلة الصعبة",
    "🙂🙂 ok?",
    "1, 2, 3 … 42 % of it is luck",
];

/// A model's probabilities for the check's texts: a row for each text, and one more for all of them together.
pub struct Probabilities(Vec<Vec<f64>>);

/// Why a model could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The model returned an error.
    #[error("the model could not read the check's texts")]
    Model(#[from] ModelError),
    /// The model did not return one row of numbers per text.
    #[error("the model did not return a row of {labels} numbers for each of the check's texts")]
    Shape { labels: usize },
    /// A number is NaN or infinite.
    #[error("the model returned a number that is not finite")]
    NotFinite(#[from] NotFinite),
}

impl Probabilities {
    /// Reads the texts in one batch, each as one window (truncated if longer).
    ///
    /// # Errors
    /// When the model fails or its output is not one row of finite numbers per text.
    pub fn of(model: &dyn Classifier) -> Result<Probabilities, CheckError> {
        let capacity = model.window_capacity();
        let mut contents: Vec<Vec<u32>> = TEXTS
            .iter()
            .map(|text| {
                let mut ids = model.encode(text)?.ids;
                ids.truncate(capacity);
                Ok(ids)
            })
            .collect::<Result<_, ModelError>>()?;
        let longest = contents.concat().into_iter().cycle().take(capacity.min(LONGEST)).collect();
        if let Some(last) = contents.last_mut() {
            *last = longest;
        }
        let windows: Vec<Vec<u32>> = contents.iter().map(|ids| model.window_ids(ids)).collect();
        let windows: Vec<&[u32]> = windows.iter().map(Vec::as_slice).collect();
        let rows = model.logits(&windows)?;
        let labels = model.labels().len();
        if rows.len() != TEXTS.len() || rows.iter().any(|row| row.len() != labels) {
            return Err(CheckError::Shape { labels });
        }
        let together: Vec<(usize, &[f32])> =
            contents.iter().zip(&rows).map(|(ids, row)| (ids.len(), row.as_slice())).collect();
        let probabilities = together
            .chunks(1)
            .chain([together.as_slice()])
            .map(|windows| {
                let logits = combined(model, windows);
                match model.activation() {
                    Activation::Softmax => readout::softmax(&logits),
                    Activation::Sigmoid => readout::sigmoid(&logits),
                }
            })
            .collect::<Result<_, NotFinite>>()?;
        Ok(Probabilities(probabilities))
    }

    /// The largest difference between two probabilities of one label, 0 to 1.
    pub fn largest_difference(&self, other: &Probabilities) -> f64 {
        let pairs = self.0.iter().flatten().zip(other.0.iter().flatten());
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::stand_in::StandIn;
    use super::*;
    use crate::models::Windows;
    use crate::personality::ModelKind;

    #[test]
    fn one_text_is_long() {
        let model = StandIn::new(ModelKind::Mbti, Windows::Packed, 510);
        let probabilities = Probabilities::of(&model).unwrap();
        assert_eq!(probabilities.0.len(), TEXTS.len() + 1);
        let mut lengths: Vec<usize> = model.windows_read().iter().map(Vec::len).collect();
        lengths.sort_unstable();
        assert_eq!(lengths.pop(), Some(LONGEST));
        assert!(lengths.iter().all(|length| *length < 60), "{lengths:?}");
    }
}

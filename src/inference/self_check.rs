//! How far a faster way to compute a model is from the exact one, on the model itself.
//!
//! Sixteen fixed texts of different lengths and languages are read both ways, the last [`LONGEST`] tokens long. What counts is
//! the largest difference of any probability that the model would give: for each text alone, and for all sixteen read as one
//! text, where small errors may add up. A probability is what a reading says: windows weighted, added up and calibrated as calling.json has it, or
//! the network's own output where there is no such file.

use crate::models::{Activation, Classifier, ModelError};
use crate::personality::readout::{self, NotFinite};

/// The largest difference of a probability that is put up with.
pub const TOLERANCE: f64 = 0.02;

/// Tokens of the longest text, if the model reads as many at once. All texts are read at every start, in f32 first.
const LONGEST: usize = 192;

/// Written for this purpose. Short on the whole: they are read at every start. The last stands for a long window: all of
/// them in a row, again and again until it has [`LONGEST`] tokens.
pub const TEXTS: [&str; 16] = [
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

/// A model's probabilities for [`TEXTS`]: a row for each, and one more for all of them together.
pub struct Probabilities(Vec<Vec<f64>>);

/// Why a model could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It could not read.
    #[error("the model could not read the check's texts")]
    Model(#[from] ModelError),
    /// It gave something else than a row of numbers for each text.
    #[error("the model gave no row of {labels} numbers for each of the check's texts")]
    Shape {
        /// How many numbers a row must have.
        labels: usize,
    },
    /// It gave a number that is none.
    #[error("the model's output is not finite")]
    NotFinite(#[from] NotFinite),
}

impl Probabilities {
    /// Reads the texts, each as one window (cut off where it is longer), all in one batch.
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
                let logits = model.settings().combine(model.labels(), windows);
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
    use super::super::stand_in::StandIn;
    use super::*;
    use crate::models::Windows;
    use crate::personality::ModelKind;

    #[test]
    fn one_of_the_texts_is_long() {
        let model = StandIn::new(ModelKind::Mbti, Windows::Packed, 510);
        let probabilities = Probabilities::of(&model).unwrap();
        assert_eq!(probabilities.0.len(), TEXTS.len() + 1);
        let mut lengths: Vec<usize> = model.windows_read().iter().map(Vec::len).collect();
        lengths.sort_unstable();
        assert_eq!(lengths.pop(), Some(LONGEST));
        assert!(lengths.iter().all(|length| *length < 60), "{lengths:?}");
    }
}

//! The pair of models as a reader of texts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::error::EvaluationError;
use super::prediction::{Prediction, Reader};
use crate::inference::{Known, ModelReading, Prepared, ReadWindow, Readable, Timings, conclude, read_alone};
use crate::models::evidence::Outputs;
use crate::models::{Classifier, LoadedModel, Windows};
use crate::personality::{Mbti, Pair, readout};
use crate::survey::ComposedText;

/// The most tokens in a forward pass.
const BATCH_TOKENS: usize = 4096;
/// The most windows kept in memory; the texts of a packed model have none in common.
const KEPT_WINDOWS: usize = 200_000;

/// A window's number of content tokens and its logits.
type WindowLogits = (usize, Arc<[f32]>);

/// A model with the logits of every window that it has read.
pub struct ModelReader<'a> {
    model: &'a LoadedModel,
    known: &'a Known,
    windows: HashMap<Vec<u32>, Arc<[f32]>>,
    /// The windows of each answer, by its text, for a model that reads answer by answer.
    pieces: HashMap<String, Arc<[WindowLogits]>>,
}

impl<'a> ModelReader<'a> {
    /// `known` contains the sentences of the questionnaire.
    pub fn new(model: &'a LoadedModel, known: &'a Known) -> ModelReader<'a> {
        ModelReader { model, known, windows: HashMap::new(), pieces: HashMap::new() }
    }

    /// Whether windows never cross answers, so that an answer has the same logits in every text.
    pub fn by_answer(&self) -> bool {
        self.model.settings().windows == Windows::Answer
    }

    fn cut(&self, text: &str) -> Result<Prepared, EvaluationError> {
        let readable = Readable::new(self.model, text.into());
        let encoding = self.model.encode(readable.text())?;
        Ok(Prepared::new(self.model, &readable, &encoding, self.known))
    }

    /// Reads the windows that are not known yet, in batches of similar length.
    fn read_windows(
        &mut self,
        windows: impl Iterator<Item = Vec<u32>>,
        done: &mut dyn FnMut(usize, usize),
    ) -> Result<(), EvaluationError> {
        if self.windows.len() > KEPT_WINDOWS {
            self.windows.clear();
        }
        let unread: HashSet<Vec<u32>> = windows.filter(|w| !self.windows.contains_key(w)).collect();
        let mut unread: Vec<Vec<u32>> = unread.into_iter().collect();
        unread.sort_unstable_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        let (total, mut read) = (unread.len(), 0);
        while !unread.is_empty() {
            let mut tokens = 0;
            let fit = unread.iter().take_while(|w| {
                tokens += w.len();
                tokens <= BATCH_TOKENS
            });
            let batch: Vec<Vec<u32>> = unread.drain(..fit.count().max(1)).collect();
            let rows: Vec<&[u32]> = batch.iter().map(Vec::as_slice).collect();
            let logits = self.model.logits(&rows)?;
            if logits.iter().flatten().any(|v| !v.is_finite()) {
                return Err(EvaluationError::NotFinite { model: self.model.name() });
            }
            read += batch.len();
            self.windows.extend(batch.into_iter().zip(logits.into_iter().map(Arc::from)));
            done(read, total);
        }
        Ok(())
    }

    pub fn name(&self) -> String {
        self.model.name()
    }

    /// The windows of a text, and the share of the text that is in them.
    fn rows(&mut self, text: &str) -> Result<(Vec<WindowLogits>, f64), EvaluationError> {
        let prepared = self.cut(text)?;
        self.read_windows(prepared.windows.iter().cloned(), &mut |_, _| {})?;
        let logits = prepared.windows.iter().filter_map(|w| self.windows.get(w).cloned());
        Ok((prepared.content.iter().copied().zip(logits).collect(), prepared.cut.share_read))
    }

    fn piece(&mut self, text: &str) -> Result<Arc<[WindowLogits]>, EvaluationError> {
        if let Some(known) = self.pieces.get(text) {
            return Ok(Arc::clone(known));
        }
        let (rows, share) = self.rows(text)?;
        // A piece without tokens would add the logits of an empty window, which the site never reads.
        let rows: Arc<[WindowLogits]> = if share > 0.0 { rows.into() } else { Vec::new().into() };
        self.pieces.insert(text.to_owned(), Arc::clone(&rows));
        Ok(rows)
    }

    /// The model's logits for a text, combined and calibrated as its settings say, and the share of the text that was
    /// read.
    fn logits(&mut self, text: &ComposedText) -> Result<(Vec<f64>, f64), EvaluationError> {
        if self.model.settings().evidence.is_some() {
            let reading = self.reading(&text.text)?;
            return Ok((reading.logits, reading.share_read));
        }
        let (rows, share) = if self.by_answer() && !text.spans.is_empty() {
            let mut rows = Vec::new();
            for span in &text.spans {
                rows.extend(self.piece(&text.text[span.range.clone()])?.iter().cloned());
            }
            (rows, f64::NAN)
        } else {
            self.rows(&text.text)?
        };
        let windows: Vec<(usize, &[f32])> = rows.iter().map(|(n, row)| (*n, &**row)).collect();
        Ok((self.model.settings().combine(self.model.labels(), &windows), share))
    }

    /// The site's reading of a whole text, from stored windows.
    ///
    /// # Errors
    /// Those of the model.
    pub fn reading(&mut self, text: &str) -> Result<ModelReading, EvaluationError> {
        let prepared = self.cut(text)?;
        self.read_windows(prepared.windows.iter().cloned(), &mut |_, _| {})?;
        let logits = prepared.windows.iter().filter_map(|w| self.windows.get(w).map(|row| row.to_vec()));
        let rows: Vec<(usize, Vec<f32>)> = prepared.content.iter().copied().zip(logits).collect();
        Ok(conclude(self.model, &rows, prepared.cut, Timings::default())?)
    }

    /// The windows of a text with the value of each output, for a model whose calling.json weighs evidence; empty for
    /// other models.
    ///
    /// # Errors
    /// Those of the model.
    pub fn evidence(&mut self, text: &str) -> Result<Vec<(ReadWindow, Vec<f64>)>, EvaluationError> {
        let prepared = self.cut(text)?;
        let Some((planned, outputs)) = prepared.cut.planned.zip(Outputs::of(self.model.labels())) else {
            return Ok(Vec::new());
        };
        self.read_windows(prepared.windows.iter().cloned(), &mut |_, _| {})?;
        let values = prepared.windows.iter().filter_map(|w| self.windows.get(w));
        Ok(planned.windows.into_iter().zip(values.map(|logits| outputs.values(logits))).collect())
    }

    /// See [`Reader::prepare`].
    ///
    /// # Errors
    /// Those of the model.
    pub fn prepare(
        &mut self,
        texts: &[&ComposedText],
        done: &mut dyn FnMut(usize, usize),
    ) -> Result<(), EvaluationError> {
        if self.model.settings().evidence.is_some() {
            let mut windows = HashSet::new();
            for text in texts {
                windows.extend(self.cut(&text.text)?.windows);
            }
            return self.read_windows(windows.into_iter(), done);
        }
        if !self.by_answer() {
            return Ok(());
        }
        let pieces: HashSet<&str> =
            texts.iter().flat_map(|t| t.spans.iter().map(|s| &t.text[s.range.clone()])).collect();
        let mut windows = Vec::new();
        for piece in &pieces {
            windows.extend(self.cut(piece)?.windows);
        }
        self.read_windows(windows.into_iter(), done)?;
        for piece in pieces {
            self.piece(piece)?;
        }
        Ok(())
    }

    /// The largest difference between our logits for a text and those of the site's own reading.
    pub fn largest_difference(&mut self, text: &ComposedText) -> Result<f64, EvaluationError> {
        let (ours, _) = self.logits(text)?;
        let whole = read_alone(self.model, &text.text, self.known)?;
        Ok(ours.iter().zip(&whole.logits).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max))
    }

    /// The share of a text's visible characters that are in its windows, 0 to 1.
    pub fn share_read(&self, text: &str) -> Result<f64, EvaluationError> {
        Ok(self.cut(text)?.cut.share_read)
    }
}

impl Reader for Pair<ModelReader<'_>> {
    fn prepare(
        &mut self,
        texts: &[&ComposedText],
        done: &mut dyn FnMut(usize, usize),
    ) -> Result<(), EvaluationError> {
        self.big_five.prepare(texts, done)?;
        self.mbti.prepare(texts, done)
    }

    fn read(&mut self, text: &ComposedText) -> Result<Prediction, EvaluationError> {
        let (traits, share) = self.big_five.logits(text)?;
        let (types, other_share) = self.mbti.logits(text)?;
        self.prediction(&traits, &types, share.min(other_share))
    }
}

impl Pair<ModelReader<'_>> {
    /// Reads one text, and keeps what the site concludes from; `None` unless both models weigh evidence.
    ///
    /// # Errors
    /// Those of the models.
    pub fn read_whole(
        &mut self,
        text: &ComposedText,
    ) -> Result<(Prediction, Option<Pair<ModelReading>>), EvaluationError> {
        let weighs = |reader: &ModelReader<'_>| reader.model.settings().evidence.is_some();
        if !weighs(&self.big_five) || !weighs(&self.mbti) {
            return Ok((self.read(text)?, None));
        }
        let reading =
            Pair { mbti: self.mbti.reading(&text.text)?, big_five: self.big_five.reading(&text.text)? };
        let share = reading.big_five.share_read.min(reading.mbti.share_read);
        let prediction = self.prediction(&reading.big_five.logits, &reading.mbti.logits, share)?;
        Ok((prediction, Some(reading)))
    }

    /// From both models' logits, in the order of their labels.
    fn prediction(
        &self,
        traits: &[f64],
        types: &[f64],
        share_read: f64,
    ) -> Result<Prediction, EvaluationError> {
        let traits = in_order(readout::traits_of(self.big_five.model.labels())?.map(|t| t.index()), traits);
        let types = in_order(readout::types_of(self.mbti.model.labels())?.map(Mbti::index), types);
        // With softmax, as the site does, regardless of the activation in training.
        let probabilities = readout::softmax(&types)?;
        let mut prediction = Prediction { traits, share_read, ..Prediction::default() };
        prediction.types.copy_from_slice(&probabilities);
        Ok(prediction)
    }
}

/// Moves values from the order of a model's labels to the given places.
fn in_order<const N: usize>(places: [usize; N], values: &[f64]) -> [f64; N] {
    let mut ordered = [0.0; N];
    for (place, value) in places.into_iter().zip(values) {
        ordered[place] = *value;
    }
    ordered
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::assessment::known;
    use crate::learning::people::{Person, compose_text};
    use crate::models::load;
    use crate::norm::Norm;
    use crate::survey::Questionnaire;

    #[test]
    fn summed_pieces_agree_with_the_sites_own_reading() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let questionnaire = Questionnaire::load(&root.join("datasets/questionnaire.toml")).unwrap();
        let norm = Norm::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/norm"))).unwrap();
        let known = known(&questionnaire, &norm);
        let person = Person::rating((0..60).map(|i| 1 + (i % 5) as u8).collect());
        let words = "I was late. Nobody minded, I think! \u{201c}Sit down\u{201d}, she said.".repeat(12);
        let answer = |question: &str| crate::learning::bank::BankAnswer {
            question: question.to_owned(),
            line: 1,
            text: words.clone(),
            labels: Default::default(),
            kind: None,
        };
        let (first, last) = (answer("q02"), answer("q26"));
        let text = compose_text(&questionnaire, &person, &[&first, &last]).unwrap();
        let bundled = ["big-five", "mbti"].map(|name| load(&root.join("models").join(name)).unwrap());
        let packed = load(&root.join("tests/fixtures/models/bert-vocab-txt")).unwrap();
        for model in bundled.iter().chain([&packed]) {
            let mut reader = ModelReader::new(model, &known);
            let difference = reader.largest_difference(&text).unwrap();
            assert!(difference < 1e-3, "{}: {difference}", model.name());
            assert_eq!(reader.share_read(&text.text).unwrap(), 1.0);
            // Preparing does not change the result.
            let mut prepared = ModelReader::new(model, &known);
            prepared.prepare(&[&text], &mut |_, _| {}).unwrap();
            let (a, b) = (prepared.logits(&text).unwrap().0, reader.logits(&text).unwrap().0);
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3), "{a:?} {b:?}");
        }
    }
}

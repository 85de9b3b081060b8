//! What reads a text in an evaluation: the pair of models, with every piece of text read once, or a baseline.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::EvaluationError;
use crate::inference::{Prepared, read_alone};
use crate::models::{Classifier, LoadedModel, Windows};
use crate::personality::{Axis, Mbti, Pair, readout};
use crate::survey::ComposedText;

/// What a reader makes of one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The log-odds of each trait, indexed by [`crate::personality::Trait::index`].
    pub traits: [f64; 5],
    /// The probability of each type, indexed by [`Mbti::index`].
    pub types: [f64; 16],
    /// The share of the text that was read, 0 to 1.
    pub share_read: f64,
}

impl Said {
    /// The probability of a trait above the population's mean.
    pub fn trait_probability(&self, trait_: usize) -> f64 {
        1.0 / (1.0 + (-self.traits[trait_]).exp())
    }

    /// The probability of an axis's second letter.
    pub fn second_letter(&self, axis: Axis) -> f64 {
        second_letter(&self.types, axis)
    }
}

/// The probability of an axis's second letter: that of the eight types that have it.
pub fn second_letter(types: &[f64; 16], axis: Axis) -> f64 {
    Mbti::ALL.into_iter().filter(|t| t.is_second(axis)).map(|t| types[t.index()]).sum()
}

/// Reads texts.
pub trait Reader {
    /// Reads what comes back in many texts once, so that each text is a sum of what is known. `done` hears how many pieces
    /// are read, and of how many.
    ///
    /// # Errors
    /// Where a model fails.
    fn prepare(
        &mut self,
        texts: &[&ComposedText],
        done: &mut dyn FnMut(usize, usize),
    ) -> Result<(), EvaluationError>;

    /// Reads one text. Spans are the answers in it; a text without any is cut as it stands.
    ///
    /// # Errors
    /// Where a model fails.
    fn read(&mut self, text: &ComposedText) -> Result<Said, EvaluationError>;

    /// Whether it has anything to say about types.
    fn reads_types(&self) -> bool {
        true
    }
}

/// Tokens in a forward pass.
const BATCH_TOKENS: usize = 4096;
/// Windows kept at most; a packed model's texts share none.
const KEPT_WINDOWS: usize = 200_000;

/// A window's content tokens and its logits.
type Row = (usize, Arc<[f32]>);

/// One model, with the logits of every window that it has read.
pub struct ModelReader<'a> {
    model: &'a LoadedModel,
    rated: &'a HashSet<String>,
    windows: HashMap<Vec<u32>, Arc<[f32]>>,
    /// What each answer's windows say, by its text, for a model that reads answers.
    pieces: HashMap<String, Arc<[Row]>>,
}

impl<'a> ModelReader<'a> {
    /// Reads with this model; `rated` are the sentences of the questionnaire's ratings.
    pub fn new(model: &'a LoadedModel, rated: &'a HashSet<String>) -> ModelReader<'a> {
        ModelReader { model, rated, windows: HashMap::new(), pieces: HashMap::new() }
    }

    /// Whether a text's windows are its answers, so that an answer says the same in every text.
    fn by_answer(&self) -> bool {
        self.model.settings().windows == Windows::Answer
    }

    fn cut(&self, text: &str) -> Result<Prepared, EvaluationError> {
        let encoding = self.model.encode(text)?;
        Ok(Prepared::new(self.model, text, &encoding, self.rated))
    }

    /// Reads the windows that are not known yet, in batches of like length.
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

    /// The rows of a text that stands alone.
    fn rows(&mut self, text: &str) -> Result<(Vec<Row>, f64), EvaluationError> {
        let prepared = self.cut(text)?;
        self.read_windows(prepared.windows.iter().cloned(), &mut |_, _| {})?;
        let logits = prepared.windows.iter().filter_map(|w| self.windows.get(w).cloned());
        Ok((prepared.content.iter().copied().zip(logits).collect(), prepared.share_read))
    }

    fn piece(&mut self, text: &str) -> Result<Arc<[Row]>, EvaluationError> {
        if let Some(known) = self.pieces.get(text) {
            return Ok(Arc::clone(known));
        }
        let (rows, share) = self.rows(text)?;
        // A piece that is not read whole would make a sum of pieces say more than the text's own reading.
        let rows: Arc<[Row]> = if share > 0.0 { rows.into() } else { Vec::new().into() };
        self.pieces.insert(text.to_owned(), Arc::clone(&rows));
        Ok(rows)
    }

    /// The model's logits for a text, weighted, added up and calibrated as its settings say, and the share that was read.
    fn logits(&mut self, text: &ComposedText) -> Result<(Vec<f64>, f64), EvaluationError> {
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

    fn prepare(
        &mut self,
        texts: &[&ComposedText],
        done: &mut dyn FnMut(usize, usize),
    ) -> Result<(), EvaluationError> {
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

    /// The largest difference of a logit between a sum of pieces and the reading of the whole text, as the site reads it.
    pub fn furthest(&mut self, text: &ComposedText) -> Result<f64, EvaluationError> {
        let (ours, _) = self.logits(text)?;
        let whole = read_alone(self.model, &text.text, self.rated)?;
        Ok(ours.iter().zip(&whole.logits).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max))
    }

    /// The share of a text's visible characters that stands in its windows, 0 to 1.
    pub fn share_read(&self, text: &str) -> Result<f64, EvaluationError> {
        Ok(self.cut(text)?.share_read)
    }
}

/// The two models as one reader.
impl Reader for Pair<ModelReader<'_>> {
    fn prepare(
        &mut self,
        texts: &[&ComposedText],
        done: &mut dyn FnMut(usize, usize),
    ) -> Result<(), EvaluationError> {
        self.big_five.prepare(texts, done)?;
        self.mbti.prepare(texts, done)
    }

    fn read(&mut self, text: &ComposedText) -> Result<Said, EvaluationError> {
        let (traits, share) = self.big_five.logits(text)?;
        let (types, other_share) = self.mbti.logits(text)?;
        let traits = in_order(readout::traits_of(self.big_five.model.labels())?.map(|t| t.index()), &traits);
        let types = in_order(readout::types_of(self.mbti.model.labels())?.map(Mbti::index), &types);
        // The probabilities are those that the site shows, whatever the models' own last step.
        let probabilities = readout::softmax(&types)?;
        let mut said = Said { traits, share_read: share.min(other_share), ..Said::default() };
        said.types.copy_from_slice(&probabilities);
        Ok(said)
    }
}

/// Values in the order of a model's labels, put where each label belongs.
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
    use crate::learning::respondents::composed;
    use crate::learning::simulate::Population;
    use crate::models::load;
    use crate::survey::Questionnaire;

    #[test]
    fn a_sum_of_pieces_is_the_reading_of_the_text() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let questionnaire = Questionnaire::load(&root.join("datasets/questionnaire.toml")).unwrap();
        let rated = questionnaire.rated_sentences();
        let mut person = Population::new(Vec::new(), 1).draw();
        person.ratings = (0..60).map(|i| 1 + (i % 5) as u8).collect();
        let words = "I was late. Nobody minded, I think! \u{201c}Sit down\u{201d}, she said.".repeat(12);
        let answer = |question: &str| crate::learning::answers::BankAnswer {
            question: question.to_owned(),
            line: 1,
            text: words.clone(),
            labels: Default::default(),
            kind: None,
        };
        let (first, last) = (answer("q02"), answer("q26"));
        let text = composed(&questionnaire, &person, &[&first, &last]).unwrap();
        let bundled = ["big-five", "mbti"].map(|name| load(&root.join("models").join(name)).unwrap());
        let packed = load(&root.join("tests/fixtures/models/bert-vocab-txt")).unwrap();
        for model in bundled.iter().chain([&packed]) {
            let mut reader = ModelReader::new(model, &rated);
            let difference = reader.furthest(&text).unwrap();
            assert!(difference < 1e-3, "{}: {difference}", model.name());
            assert_eq!(reader.share_read(&text.text).unwrap(), 1.0);
            // Prepared or not, alone or beside others, a piece says the same.
            let mut prepared = ModelReader::new(model, &rated);
            prepared.prepare(&[&text], &mut |_, _| {}).unwrap();
            let (a, b) = (prepared.logits(&text).unwrap().0, reader.logits(&text).unwrap().0);
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3), "{a:?} {b:?}");
        }
    }
}

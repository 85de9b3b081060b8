//! The baselines' features: words and word pairs, or the mean hidden state of an untrained checkpoint.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::error::EvaluationError;
use crate::learning::numerics::SparseRow;
use crate::models::LoadedEncoder;

/// Turns text into features.
pub trait Features {
    fn size(&self) -> usize;
    fn rows(&mut self, texts: &[&str]) -> Result<Vec<SparseRow>, EvaluationError>;
}

/// The words and word pairs that occur in at least two texts, each with its column and inverse document frequency.
pub struct Words {
    places: HashMap<String, (u32, f32)>,
}

impl Words {
    pub fn new<'t>(texts: impl Iterator<Item = &'t str>) -> Words {
        let mut count = 0;
        let mut holding: HashMap<String, usize> = HashMap::new();
        for text in texts {
            count += 1;
            for term in terms(text).into_iter().collect::<HashSet<String>>() {
                *holding.entry(term).or_default() += 1;
            }
        }
        let mut kept: Vec<(String, usize)> = holding.into_iter().filter(|(_, n)| *n > 1).collect();
        kept.sort();
        let weight = |n: usize| (f64::from(count + 1) / (n + 1) as f64).ln() as f32 + 1.0;
        let places = kept.into_iter().enumerate().map(|(i, (term, n))| (term, (i as u32, weight(n))));
        Words { places: places.collect() }
    }
}

/// The words of a text in lower case, and the pairs of neighboring words.
fn terms(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('’', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .collect();
    let pairs = words.windows(2).map(|pair| pair.join(" "));
    words.iter().map(|word| (*word).to_owned()).chain(pairs).collect()
}

impl Features for Words {
    fn size(&self) -> usize {
        self.places.len()
    }

    fn rows(&mut self, texts: &[&str]) -> Result<Vec<SparseRow>, EvaluationError> {
        let row = |text: &&str| {
            let mut counts: HashMap<u32, (f32, f32)> = HashMap::new();
            for term in terms(text) {
                if let Some((place, weight)) = self.places.get(&term) {
                    counts.entry(*place).or_insert((0.0, *weight)).0 += 1.0;
                }
            }
            let mut row: SparseRow =
                counts.into_iter().map(|(place, (n, weight))| (place, (1.0 + n.ln()) * weight)).collect();
            row.sort_unstable_by_key(|(place, _)| *place);
            unit(&mut row);
            row
        };
        Ok(texts.iter().map(row).collect())
    }
}

/// Scales a row to length one.
fn unit(row: &mut SparseRow) {
    let length = row.iter().map(|(_, v)| v * v).sum::<f32>().sqrt();
    if length > 0.0 {
        row.iter_mut().for_each(|(_, v)| *v /= length);
    }
}

/// The mean last hidden states of texts, from an untrained checkpoint.
pub struct States {
    encoder: LoadedEncoder,
    known: HashMap<String, SparseRow>,
}

impl States {
    pub fn new(encoder: LoadedEncoder) -> Rc<RefCell<States>> {
        Rc::new(RefCell::new(States { encoder, known: HashMap::new() }))
    }

    fn rows(&mut self, texts: &[&str]) -> Result<Vec<SparseRow>, EvaluationError> {
        const AT_ONCE: usize = 32;
        const KEPT: usize = 50_000;
        if self.known.len() > KEPT {
            self.known.clear();
        }
        let most = self.encoder.config.positions.min(self.encoder.tokenizer.max_tokens().unwrap_or(512));
        let room = most.saturating_sub(self.encoder.tokenizer.special_tokens());
        let mut unknown: Vec<(Vec<u32>, &str)> = Vec::new();
        for text in texts.iter().filter(|text| !self.known.contains_key(**text)) {
            let mut ids = self.encoder.tokenizer.encode(text)?.ids;
            ids.truncate(room);
            unknown.push((self.encoder.tokenizer.window_ids(&ids), text));
        }
        unknown.sort_by_key(|(ids, _)| ids.len());
        for batch in unknown.chunks(AT_ONCE) {
            let windows: Vec<&[u32]> = batch.iter().map(|(ids, _)| ids.as_slice()).collect();
            let states: Vec<Vec<f32>> =
                self.encoder.mean_states(&windows)?.to_vec2().map_err(crate::models::ModelError::Forward)?;
            for ((_, text), state) in batch.iter().zip(states) {
                self.known.insert((*text).to_owned(), (0u32..).zip(state).collect());
            }
        }
        Ok(texts.iter().map(|text| self.known.get(*text).cloned().unwrap_or_default()).collect())
    }
}

/// [`States`] as features.
pub struct Raw(pub Rc<RefCell<States>>);

impl Features for Raw {
    fn size(&self) -> usize {
        self.0.borrow().encoder.config.hidden_size
    }

    fn rows(&mut self, texts: &[&str]) -> Result<Vec<SparseRow>, EvaluationError> {
        self.0.borrow_mut().rows(texts)
    }
}

/// [`States`] scaled to length one, so that products are cosines.
pub struct Unit(pub Rc<RefCell<States>>);

impl Features for Unit {
    fn size(&self) -> usize {
        self.0.borrow().encoder.config.hidden_size
    }

    fn rows(&mut self, texts: &[&str]) -> Result<Vec<SparseRow>, EvaluationError> {
        let mut rows = self.0.borrow_mut().rows(texts)?;
        rows.iter_mut().for_each(unit);
        Ok(rows)
    }
}

//! Plans which words a model reads together, for models whose calling.json weighs evidence.
//!
//! Works on text without typography ([`super::typography`]), in which all white space is single spaces, so that line
//! breaks have no effect. A sentence that occurred before adds no information and is left out. docs/MODELS.md states
//! the rules and their reasons.

mod facts;
mod known;
mod passages;
mod ratings;
mod source;
mod words;

use std::ops::Range;
use std::sync::Arc;

use super::window::{sentence_starts, split_evenly, token_sentences};
pub use facts::{FEW_WORDS, TextFacts};
pub use known::{Known, KnownItem};
use passages::{Passages, Sentence};
pub use ratings::RatingFacts;
pub use source::WindowSource;

/// Consecutive tokens that the model reads together.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedWindow {
    /// Indices of the plain text's tokens.
    pub tokens: Range<usize>,
    pub source: WindowSource,
    /// Its weight compared with a full window, 0 to 1.
    pub weight: f64,
}

/// All windows of one text, and facts about its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// In the order of the text. Empty for a text without information.
    pub windows: Vec<PlannedWindow>,
    pub facts: TextFacts,
    pub ratings: RatingFacts,
    /// Each rated item once, with its rating.
    pub given: Vec<(Arc<str>, u8)>,
}

/// Plans the windows of a plain text.
///
/// `offsets` are the bytes of `text` that each token stands for; `capacity` is the most tokens in a window, at least 1.
///
/// - A rated sentence is a window.
/// - Sentences from a lead-in up to the next lead-in or rated sentence are an answer. A window holds as many of them as
///   fit.
/// - Other sentences are free text. A window ends after about four of them, at a place that depends on the sentences
///   alone, so that moving a paragraph changes only the windows at its edges.
/// - A sentence longer than a window is cut into nearly equal parts.
pub fn plan(text: &str, offsets: &[Range<usize>], capacity: usize, known: &Known) -> Plan {
    let capacity = capacity.max(1);
    let starts = starts(text, known);
    let mut passages = Passages::new(known);
    let mut windows: Vec<PlannedWindow> = Vec::new();
    let mut open: Option<Open> = None;
    for piece in token_sentences(text, offsets, &starts) {
        let end = starts.get(piece.number + 1).copied().unwrap_or(text.len());
        let sentence = passages.sentence(text.get(piece.start..end).unwrap_or_default());
        let tokens = piece.tokens;
        let joins = open.as_ref().is_some_and(|open| {
            !sentence.opens
                && !sentence.repeated
                && open.source == sentence.source
                && open.tokens.end == tokens.start
                && tokens.end - open.tokens.start <= capacity
        });
        if !joins {
            windows.extend(open.take().map(Open::close));
        }
        if sentence.repeated {
            continue;
        }
        match open.as_mut() {
            Some(open) => open.add(tokens, &sentence),
            None if tokens.len() > capacity => {
                let parts: Vec<_> = split_evenly(tokens, capacity).collect();
                windows.extend(parts.into_iter().map(|part| Open::new(part, &sentence).close()));
                continue;
            }
            None => open = Some(Open::new(tokens, &sentence)),
        }
        if sentence.ends_window() {
            windows.extend(open.take().map(Open::close));
        }
    }
    windows.extend(open.map(Open::close));
    let facts = passages.facts();
    for window in &mut windows {
        window.weight *= match window.source {
            WindowSource::Rated(_) => 1.0,
            WindowSource::Answer(_) => facts.english_weight() * facts.answers_weight(),
            WindowSource::Free => facts.english_weight(),
        };
    }
    Plan { windows, facts, ratings: passages.ratings(), given: passages.given() }
}

/// Where sentences begin: by Unicode's rules, and at every lead-in, since the text before it may end without a period.
fn starts(text: &str, known: &Known) -> Vec<usize> {
    let mut starts = sentence_starts(text);
    for (_, lead_in) in known.lead_ins() {
        starts.extend(text.match_indices(lead_in).map(|(at, _)| at));
    }
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// A window that may still grow.
struct Open {
    tokens: Range<usize>,
    source: WindowSource,
    words: usize,
    sentences: usize,
    /// Sentences about the writer.
    personal: usize,
}

impl Open {
    fn new(tokens: Range<usize>, sentence: &Sentence) -> Open {
        Open {
            tokens,
            source: sentence.source.clone(),
            words: sentence.words,
            sentences: 1,
            personal: usize::from(sentence.personal),
        }
    }

    fn add(&mut self, tokens: Range<usize>, sentence: &Sentence) {
        self.tokens.end = tokens.end;
        self.words += sentence.words;
        self.sentences += 1;
        self.personal += usize::from(sentence.personal);
    }

    fn close(self) -> PlannedWindow {
        let length = words::length_weight(self.words);
        let weight = match self.source {
            WindowSource::Rated(_) => 1.0,
            WindowSource::Answer(_) => length,
            WindowSource::Free => length * words::personal_weight(self.personal, self.sentences),
        };
        PlannedWindow { tokens: self.tokens, source: self.source, weight }
    }
}

#[cfg(test)]
mod tests;

//! Reads texts and simulated respondents with a model of the nine labels.

use std::collections::{HashMap, HashSet};

use super::network::{ReadWindow, Transformer};
use crate::inference::{Plain, window};
use crate::learning::bank::LABELS;
use crate::learning::error::LearningError;
use crate::learning::people::{Person, Respondent, Survey};
use crate::models::{Tokenizer, Windows};

/// The number of simulated respondents in a sample.
pub const PEOPLE: usize = 6000;

/// A model of the nine labels, with everything needed to read a text.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub model: &'a Transformer,
    pub tokenizer: &'a Tokenizer,
    /// The questionnaire's rated sentences without typography. Each is a window of its own.
    pub rated: &'a HashSet<String>,
    /// The most tokens in a window, not counting special tokens.
    pub window_tokens: usize,
}

impl Reader<'_> {
    /// For each text, the sum of its windows' logits.
    pub fn totals(&self, texts: &[&str]) -> Result<Vec<[f64; LABELS]>, LearningError> {
        let mut totals = vec![[0.0; LABELS]; texts.len()];
        for (window, text) in self.windows(texts)? {
            add(&mut totals[text], window.logits.into_iter().map(f64::from));
        }
        Ok(totals)
    }

    /// Reads the windows of all texts, without typography. Returns each with the index of its text.
    pub fn windows(&self, texts: &[&str]) -> Result<Vec<(ReadWindow, usize)>, LearningError> {
        let (mut windows, mut owners) = (Vec::new(), Vec::new());
        for (place, text) in texts.iter().enumerate() {
            let text = Plain::new(text).text;
            let encoding = self.tokenizer.encode(&text)?;
            let cuts = window::cut(&text, &encoding.offsets, Windows::Answer, self.window_tokens, self.rated);
            for range in cuts {
                windows.push(self.tokenizer.window_ids(&encoding.ids[range]));
                owners.push(place);
            }
        }
        Ok(self.model.read_pooled(&windows)?.into_iter().zip(owners).collect())
    }

    /// Draws [`PEOPLE`] respondents and reads them, each distinct piece of text once.
    pub fn respondents(&self, survey: &Survey<'_>, seed: u64) -> Result<Vec<ReadRespondent>, LearningError> {
        let drawn: Vec<Respondent<'_>> = survey.respondents(seed).take(PEOPLE).collect();
        let mut pieces: Vec<&str> = drawn
            .iter()
            .flat_map(|d| d.composed.spans.iter().map(|s| &d.composed.text[s.range.clone()]))
            .collect();
        pieces.sort_unstable();
        pieces.dedup();
        let totals: HashMap<&str, [f64; LABELS]> =
            pieces.iter().copied().zip(self.totals(&pieces)?).collect();
        let items = &survey.structure.items;
        let read = drawn.iter().map(|respondent| {
            let (mut whole, mut open) = ([0.0; LABELS], [0.0; LABELS]);
            for (place, span) in respondent.composed.spans.iter().enumerate() {
                let piece = &respondent.composed.text[span.range.clone()];
                let total = totals.get(piece).copied().unwrap_or_default();
                add(&mut whole, total);
                // The rated sentences come first.
                if place >= items.len() {
                    add(&mut open, total);
                }
            }
            let mut keyed = [0.0; 5];
            for (item, rating) in items.iter().zip(&respondent.person.ratings) {
                keyed[item.trait_.index()] += item.key * (f64::from(*rating) - 3.0);
            }
            let (person, oracle) = (respondent.person.clone(), respondent.oracle);
            ReadRespondent { person, keyed, oracle, whole, open }
        });
        Ok(read.collect())
    }
}

fn add(total: &mut [f64; LABELS], more: impl IntoIterator<Item = f64>) {
    total.iter_mut().zip(more).for_each(|(total, more)| *total += more);
}

/// A simulated respondent with the model's outputs for the text.
#[derive(Clone, Debug)]
pub struct ReadRespondent {
    pub person: Person,
    /// The sum of the keyed ratings of each trait.
    pub keyed: [f64; 5],
    /// The sum of the answers' labels for each trait.
    pub oracle: [f64; 5],
    /// The sum of the logits of all windows.
    pub whole: [f64; LABELS],
    /// The sum of the logits of the open answers' windows.
    pub open: [f64; LABELS],
}

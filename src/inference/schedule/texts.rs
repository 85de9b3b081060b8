//! The texts that wait for a tokenizer, ordered both by length and by age.

use std::collections::{BTreeMap, BTreeSet};

use super::jobs::TextJob;

/// Waiting texts. Adding and taking one are logarithmic in their number.
#[derive(Default)]
pub(super) struct Texts {
    /// By place in line. A text that is put back goes to the end.
    line: BTreeMap<u64, TextJob>,
    /// Bytes left of each text, with its place in line.
    sizes: BTreeSet<(usize, u64)>,
    next_place: u64,
    /// Whether the next text taken is the shortest; otherwise it is the first in line.
    shortest_next: bool,
}

impl Texts {
    /// Adds a text at the end of the line.
    pub fn push(&mut self, job: TextJob) {
        self.sizes.insert((job.bytes_left, self.next_place));
        self.line.insert(self.next_place, job);
        self.next_place += 1;
    }

    /// Takes the text to tokenize next: alternately the shortest, which is soon done, and the first in line, so that a
    /// stream of short texts cannot starve a long one.
    pub fn take(&mut self) -> Option<TextJob> {
        self.shortest_next = !self.shortest_next;
        let place = if self.shortest_next { self.sizes.first()?.1 } else { *self.line.first_key_value()?.0 };
        self.remove(place)
    }

    /// Removes and returns the texts that the predicate selects.
    pub fn extract(&mut self, selects: impl Fn(&TextJob) -> bool) -> Vec<TextJob> {
        let selected = self.line.iter().filter(|(_, job)| selects(job)).map(|(place, _)| *place);
        let selected: Vec<u64> = selected.collect();
        selected.into_iter().filter_map(|place| self.remove(place)).collect()
    }

    fn remove(&mut self, place: u64) -> Option<TextJob> {
        let job = self.line.remove(&place)?;
        self.sizes.remove(&(job.bytes_left, place));
        Some(job)
    }

    pub fn len(&self) -> usize {
        self.line.len()
    }

    pub fn is_empty(&self) -> bool {
        self.line.is_empty()
    }
}

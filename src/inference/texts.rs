//! The texts that wait to be tokenized, shortest first and oldest first at once.

use std::collections::{BTreeMap, BTreeSet};

use super::jobs::TextJob;

/// Waiting texts. Putting one in and taking one out costs the logarithm of how many wait.
#[derive(Default)]
pub(super) struct Texts {
    /// By place in the line; whoever is put back stands behind the others.
    line: BTreeMap<u64, TextJob>,
    /// What is left of each, in bytes, with its place in the line.
    sizes: BTreeSet<(usize, u64)>,
    next_place: u64,
    /// Whether the next text to take is the shortest; else the one that stands first.
    shortest_next: bool,
}

impl Texts {
    /// Puts a text at the end of the line.
    pub fn push(&mut self, job: TextJob) {
        self.sizes.insert((job.bytes_left, self.next_place));
        self.line.insert(self.next_place, job);
        self.next_place += 1;
    }

    /// The text to tokenize next. Short ones come first, for they are done in no time, but every second turn is that of
    /// whoever has waited longest, so that no stream of short ones starves a long one.
    pub fn take(&mut self) -> Option<TextJob> {
        self.shortest_next = !self.shortest_next;
        let place = if self.shortest_next { self.sizes.first()?.1 } else { *self.line.first_key_value()?.0 };
        let job = self.line.remove(&place)?;
        self.sizes.remove(&(job.bytes_left, place));
        Some(job)
    }

    /// Takes out those that this says no of.
    pub fn take_out_unless(&mut self, mut wanted: impl FnMut(&TextJob) -> bool) -> Vec<TextJob> {
        let out: Vec<u64> =
            self.line.iter().filter(|(_, job)| !wanted(job)).map(|(place, _)| *place).collect();
        let mut taken = Vec::with_capacity(out.len());
        for place in out {
            if let Some(job) = self.line.remove(&place) {
                self.sizes.remove(&(job.bytes_left, place));
                taken.push(job);
            }
        }
        taken
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.line.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.line.is_empty()
    }
}

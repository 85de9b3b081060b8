//! Which results were opened, noted in memory until it is written.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};

/// The most openings that wait to be written, and the most that are known to be. Beyond it they are not noted.
const MOST: usize = 20_000;

/// By which of its addresses a result is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum By {
    Private,
    Shared,
}

impl By {
    pub(super) const ALL: [By; 2] = [By::Private, By::Shared];

    /// The column's value.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            By::Private => "private",
            By::Shared => "shared",
        }
    }
}

/// A day on which a result was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Opening {
    /// The record's id.
    pub(super) record: i64,
    /// In UTC.
    pub(super) day: NaiveDate,
    pub(super) by: By,
}

/// What was noted and is not written yet.
#[derive(Default)]
pub(super) struct Openings(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    /// Everything noted on this day, so that it is written once.
    today: HashSet<Opening>,
    unwritten: Vec<Opening>,
}

impl Openings {
    /// Notes that a result is opened. Takes no longer than a look into a table in memory.
    pub(super) fn note(&self, record: i64, by: By, now: DateTime<Utc>) {
        let opening = Opening { record, day: now.date_naive(), by };
        let mut noted = self.lock();
        if noted.unwritten.len() >= MOST || noted.today.contains(&opening) {
            return;
        }
        if noted.today.len() >= MOST || noted.today.iter().next().is_some_and(|one| one.day != opening.day) {
            noted.today.clear();
        }
        noted.today.insert(opening);
        noted.unwritten.push(opening);
    }

    /// Takes what is to be written.
    pub(super) fn take(&self) -> Vec<Opening> {
        std::mem::take(&mut self.lock().unwritten)
    }

    /// Takes back what could not be written.
    pub(super) fn put_back(&self, openings: Vec<Opening>) {
        let mut noted = self.lock();
        let room = MOST.saturating_sub(noted.unwritten.len());
        noted.unwritten.extend(openings.into_iter().take(room));
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        // Nothing that could panic runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn each_day_and_address_is_written_once() {
        let (noted, now) = (Openings::default(), Utc::now());
        for _ in 0..3 {
            noted.note(1, By::Private, now);
            noted.note(1, By::Shared, now);
            noted.note(2, By::Private, now);
        }
        assert_eq!(noted.take().len(), 3);
        noted.note(1, By::Private, now);
        assert!(noted.take().is_empty(), "it is written");
        noted.note(1, By::Private, now + TimeDelta::days(1));
        assert_eq!(noted.take().len(), 1, "the next day is another one");
    }

    #[test]
    fn memory_is_bounded_while_nothing_can_be_written() {
        let (noted, now) = (Openings::default(), Utc::now());
        for record in 0..2 * MOST as i64 {
            noted.note(record, By::Private, now);
        }
        let first = noted.take();
        assert_eq!(first.len(), MOST);
        noted.note(-1, By::Private, now);
        noted.put_back(first);
        let noted = noted.lock();
        assert!(noted.unwritten.len() == MOST && noted.today.len() <= MOST);
    }
}

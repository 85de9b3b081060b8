//! The visitor's progress, and how long the rest may take at their own pace. Pure.

use std::time::Duration;

use super::rows::Count;
use crate::survey::RawAnswers;

/// The expected seconds per rating: 60 in ten minutes.
const RATING_SECONDS: f64 = 10.0;
/// The expected seconds per open answer: 26 in half an hour, the middle of the announced 20 to 40 minutes.
const WRITING_SECONDS: f64 = 70.0;
/// With fewer ratings than this, the pace of rating is unknown.
const RATED_FROM: usize = 5;
/// With fewer open answers than this, the pace of writing is unknown.
const WRITTEN_FROM: usize = 3;
/// Limits of a visitor's pace, as a multiple of the expected one.
const PACE: std::ops::RangeInclusive<f64> = 0.4..=3.0;
/// A save after this multiple of the expected time, plus [`PAUSE_SECONDS`], counts as coming after a pause.
const PAUSE_FACTOR: f64 = 3.0;
const PAUSE_SECONDS: f64 = 60.0;

/// Seconds spent on ratings and on open answers, without pauses. The draft stores them with its answers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    pub rating: f64,
    pub writing: f64,
}

impl Spent {
    /// The names under which a draft stores the two numbers. No form has such fields.
    const FIELDS: [&str; 2] = ["spent-rating", "spent-writing"];

    /// From a draft's fields.
    pub fn of(given: &RawAnswers) -> Spent {
        let [rating, writing] = Spent::FIELDS.map(|field| {
            let seconds = given.0.get(field).and_then(|value| value.parse::<f64>().ok());
            seconds.filter(|seconds| seconds.is_finite()).unwrap_or(0.0)
        });
        Spent { rating, writing }
    }

    /// Adds the time since the last save to the kind of answers that changed. Time that includes a pause counts as the
    /// expected time for these changes.
    #[must_use]
    pub fn plus(self, since_last_save: Duration, ratings: usize, answers: usize) -> Spent {
        let (rating, writing) = (ratings as f64 * RATING_SECONDS, answers as f64 * WRITING_SECONDS);
        let expected = rating + writing;
        if expected == 0.0 {
            return self;
        }
        let passed = since_last_save.as_secs_f64();
        let paused = passed > PAUSE_FACTOR * expected + PAUSE_SECONDS;
        let share = if paused { 1.0 } else { passed / expected };
        Spent { rating: self.rating + share * rating, writing: self.writing + share * writing }
    }

    /// The two numbers as a draft's fields.
    pub fn fields(self) -> [(String, Option<String>); 2] {
        let [rating, writing] = Spent::FIELDS.map(str::to_owned);
        [(rating, Some(format!("{:.1}", self.rating))), (writing, Some(format!("{:.1}", self.writing)))]
    }
}

/// The line above the progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// 1 for the ratings, 2 for the open questions and the check page.
    pub part: u8,
    /// Rated, answered or skipped.
    pub answered: usize,
    /// Items and questions together.
    pub total: usize,
    /// Minutes that the rest may take, rounded up; 0 if nothing is left.
    pub minutes: u64,
    /// Whether the page confirms that it was saved, for browsers without script.
    pub saved: bool,
}

impl Progress {
    /// The time left follows the visitor's own pace, separately for ratings and for writing.
    pub fn new(part: u8, count: Count, spent: Spent) -> Progress {
        let rating = pace(spent.rating, count.rated, RATING_SECONDS, RATED_FROM);
        let writing = pace(spent.writing, count.answered, WRITING_SECONDS, WRITTEN_FROM);
        let left = count.items.saturating_sub(count.rated) as f64 * RATING_SECONDS * rating
            + count.questions.saturating_sub(count.answered) as f64 * WRITING_SECONDS * writing;
        Progress {
            part,
            answered: count.rated + count.answered,
            total: count.items + count.questions,
            minutes: (left / 60.0).ceil() as u64,
            saved: false,
        }
    }

    /// The time left, in words.
    pub fn left(&self) -> String {
        match self.minutes {
            0 => "all answered".to_owned(),
            1 => "about a minute left".to_owned(),
            minutes => format!("about {minutes} minutes left"),
        }
    }
}

/// A visitor's pace as a multiple of the expected one; 1 while it is unknown.
fn pace(spent: f64, done: usize, expected: f64, known_from: usize) -> f64 {
    if done < known_from || spent <= 0.0 {
        return 1.0;
    }
    (spent / (done as f64 * expected)).clamp(*PACE.start(), *PACE.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(rated: usize, answered: usize, rating: f64, writing: f64) -> String {
        let count = Count { rated, answered, items: 60, questions: 26 };
        Progress::new(1, count, Spent { rating, writing }).left()
    }

    #[test]
    fn at_the_start_the_time_is_what_the_home_page_announces() {
        assert_eq!(left(0, 0, 0.0, 0.0), "about 41 minutes left");
    }

    #[test]
    fn fast_ratings_do_not_make_the_writing_look_fast() {
        assert_eq!(left(60, 0, 120.0, 0.0), "about 31 minutes left");
        assert_eq!(left(60, 13, 120.0, 13.0 * 140.0), "about 31 minutes left");
    }

    #[test]
    fn half_the_pace_doubles_the_time_left_for_ratings() {
        assert_eq!(left(30, 26, 300.0, 0.0), "about 5 minutes left");
        assert_eq!(left(30, 26, 600.0, 0.0), "about 10 minutes left");
    }

    #[test]
    fn a_pause_counts_as_the_expected_time() {
        let spent =
            Spent::default().plus(Duration::from_secs(12), 1, 0).plus(Duration::from_secs(3600), 1, 0);
        assert_eq!(spent, Spent { rating: 22.0, writing: 0.0 });
        let thought = Spent::default().plus(Duration::from_secs(200), 0, 1);
        assert_eq!(thought, Spent { rating: 0.0, writing: 200.0 });
    }

    #[test]
    fn a_save_without_changes_takes_no_time() {
        assert_eq!(Spent::default().plus(Duration::from_secs(5), 0, 0), Spent::default());
    }

    #[test]
    fn a_draft_keeps_the_seconds_as_they_were() {
        let spent = Spent { rating: 12.5, writing: 340.0 };
        let kept = spent.fields().into_iter().filter_map(|(field, value)| Some((field, value?)));
        assert_eq!(Spent::of(&RawAnswers(kept.collect())), spent);
        assert_eq!(Spent::of(&RawAnswers::default()), Spent::default());
    }

    #[test]
    fn nothing_left_is_no_minute() {
        assert_eq!(left(60, 26, 600.0, 1800.0), "all answered");
        assert_eq!(left(60, 25, 600.0, 1500.0), "about a minute left");
    }
}

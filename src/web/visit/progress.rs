//! How far a visitor is, and how long the rest may take at their own pace. Pure.

use std::time::Duration;

/// Seconds we expect a rating to take before we know the visitor's pace: 60 in ten minutes.
const RATING_SECONDS: f64 = 10.0;
/// Seconds we expect an open answer to take: 26 in about half an hour, the middle of the 20 to 40 minutes we announce.
const QUESTION_SECONDS: f64 = 70.0;
/// Fewer answers than this say nothing about a pace.
const PACE_FROM: usize = 5;
/// The visitor's pace counts within these bounds, as a multiple of the expected one. Beyond the upper one they have
/// been away rather than slow.
const PACE: std::ops::RangeInclusive<f64> = 0.4..=3.0;

/// What the line above the progress bar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// 1 for the ratings, 2 for the open questions and the last look.
    pub part: u8,
    /// Rated, answered or left out by choice.
    pub answered: usize,
    /// Items and questions together.
    pub total: usize,
    /// Minutes that the rest may take, rounded up; 0 when nothing is left.
    pub minutes: u64,
}

/// What has been answered so far, of how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Items that carry a rating.
    pub rated: usize,
    /// Open questions that are answered, or left out by choice.
    pub told: usize,
    /// Items in all.
    pub items: usize,
    /// Open questions in all.
    pub questions: usize,
}

impl Progress {
    /// `since_begun` is the time from opening the draft to its latest answer.
    pub fn new(part: u8, count: Count, since_begun: Duration) -> Progress {
        let expected = |ratings: usize, questions: usize| {
            ratings as f64 * RATING_SECONDS + questions as f64 * QUESTION_SECONDS
        };
        let answered = count.rated + count.told;
        let pace = since_begun.as_secs_f64() / expected(count.rated, count.told).max(1.0);
        let pace = match answered {
            0..PACE_FROM => 1.0,
            _ if pace > *PACE.end() => 1.0,
            _ => pace.max(*PACE.start()),
        };
        let left =
            expected(count.items.saturating_sub(count.rated), count.questions.saturating_sub(count.told))
                * pace;
        Progress {
            part,
            answered,
            total: count.items + count.questions,
            minutes: (left / 60.0).ceil() as u64,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn after(rated: usize, told: usize, seconds: u64) -> Progress {
        let count = Count { rated, told, items: 60, questions: 26 };
        Progress::new(1, count, Duration::from_secs(seconds))
    }

    #[test]
    fn at_the_start_the_time_is_what_the_first_page_announces() {
        let progress = after(0, 0, 0);
        assert_eq!((progress.answered, progress.total), (0, 86));
        assert_eq!(progress.left(), "about 41 minutes left");
    }

    #[test]
    fn half_the_pace_doubles_what_is_left() {
        let (even, slow) = (after(30, 0, 300), after(30, 0, 600));
        assert_eq!(even.minutes, 36);
        assert_eq!(slow.minutes, 71);
    }

    #[test]
    fn a_night_in_between_does_not_count_as_pace() {
        assert_eq!(after(30, 0, 12 * 3600).minutes, after(30, 0, 300).minutes);
    }

    #[test]
    fn nothing_left_is_no_minute() {
        assert_eq!(after(60, 26, 1800).left(), "all answered");
        assert_eq!(after(60, 25, 1800).left(), "about a minute left");
    }
}

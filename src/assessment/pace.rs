//! Ratings that came faster than people read.

use serde::{Deserialize, Serialize};

/// The fewest seconds in which people read and rate an item, on average over a page. Huang et al. (2012, *Journal of Business
/// and Psychology, 27*, 99-114) set it; Bowling et al. (2023, *Organizational Research Methods, 26*,
/// <https://doi.org/10.1177/10944281211056520>) found that pages below it go with careless answers whether items are long or
/// short.
pub const SECONDS_TO_RATE: f64 = 2.0;
/// Hurried ratings from which they are noticed: two pages of ten, since one page alone may have been easy.
const NOTICED: u32 = 20;
/// How far a hurried rating is believed as evidence, 0 to 1: as far as ratings that contradict each other. Our choice.
const BELIEVED: f64 = 0.4;

/// How many ratings were given, and how many of them in a hurry: on pages that took less than [`SECONDS_TO_RATE`] for each.
/// Ratings whose time is not known are not in a hurry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatingPace {
    pub ratings: u32,
    pub hurried: u32,
}

impl RatingPace {
    /// What a record's keyed scores say of the pace; nothing in those from before it was kept.
    ///
    /// # Errors
    /// If they are no JSON object, or hold something else in its place.
    pub fn stored(keyed_scores: &str) -> Result<RatingPace, serde_json::Error> {
        #[derive(Deserialize)]
        struct Kept {
            #[serde(default)]
            pace: RatingPace,
        }
        serde_json::from_str(keyed_scores).map(|Kept { pace }| pace)
    }

    /// Whether so many ratings were hurried that it is worth saying.
    pub fn is_noticed(self) -> bool {
        self.hurried >= NOTICED
    }

    /// How far ratings at this pace are believed as evidence, above 0 to 1.
    pub fn trust(self) -> f64 {
        if !self.is_noticed() {
            return 1.0;
        }
        let share = f64::from(self.hurried) / f64::from(self.ratings.max(self.hurried));
        1.0 - (1.0 - BELIEVED) * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fast_page_is_not_noticed_and_two_are() {
        let pace = |hurried| RatingPace { ratings: 60, hurried };
        assert!(!pace(19).is_noticed() && pace(20).is_noticed());
        assert_eq!((pace(19).trust(), pace(60).trust()), (1.0, 0.4));
        assert!((pace(30).trust() - 0.7).abs() < 1e-12);
    }

    #[test]
    fn keyed_scores_from_before_say_nothing_of_the_pace() {
        assert_eq!(RatingPace::stored(r#"{"Extraversion": 75.0}"#).unwrap(), RatingPace::default());
        let kept = r#"{"scores": {}, "pace": {"ratings": 60, "hurried": 40}}"#;
        assert_eq!(RatingPace::stored(kept).unwrap(), RatingPace { ratings: 60, hurried: 40 });
        assert!(RatingPace::stored(r#"{"pace": "slow"}"#).is_err());
    }
}

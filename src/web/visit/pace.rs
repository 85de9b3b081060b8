//! How long each page of ratings took, and so how many ratings came faster than people read. Pure.

use std::time::Duration;

use super::posted::Changes;
use crate::assessment::{RatingPace, SECONDS_TO_RATE};
use crate::survey::{Questionnaire, RawAnswers};

/// What a draft keeps of one page of ratings, in a field of its own that no form has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct PageTime {
    /// Seconds spent on the ratings that were given or changed.
    seconds: f64,
    /// How many these are, at most the page's items.
    ratings: usize,
}

/// How long a visitor may have taken for the changes of a save.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Since the draft was last saved, from any page.
    pub since_last_save: Duration,
    /// Since the page was served, where the browser says so.
    pub since_shown: Option<Duration>,
}

fn field(page: usize) -> String {
    format!("spent-page-{}", page + 1)
}

impl PageTime {
    fn of(given: &RawAnswers, page: usize) -> PageTime {
        let kept = || -> Option<PageTime> {
            let (seconds, ratings) = given.0.get(&field(page))?.split_once(' ')?;
            let seconds: f64 = seconds.parse().ok()?;
            Some(PageTime {
                seconds: Some(seconds).filter(|s| s.is_finite())?,
                ratings: ratings.parse().ok()?,
            })
        };
        kept().unwrap_or_default()
    }

    /// With more ratings, of a page with so many items. Without a save since the page was served, they took the time since
    /// then. With one, from this page or another, they took what the saves of this page add up to, or the time since it was
    /// served if that is longer: of two pages that are filled in side by side, the second is saved right after the first.
    fn plus(self, ratings: usize, items: usize, taken: Taken, share: f64) -> PageTime {
        let since_shown = taken.since_shown.unwrap_or_default();
        let added = taken.since_shown.map_or(taken.since_last_save, |shown| shown.min(taken.since_last_save));
        let seconds = (self.seconds + share * added.as_secs_f64()).max(share * since_shown.as_secs_f64());
        PageTime { seconds, ratings: (self.ratings + ratings).min(items) }
    }

    fn is_hurried(self) -> bool {
        self.seconds < SECONDS_TO_RATE * self.ratings as f64
    }
}

/// What a draft keeps once these changes are saved: the time of each page that they belong to.
pub fn kept(survey: &Questionnaire, given: &RawAnswers, changes: &Changes, taken: Taken) -> Changes {
    let pages = survey.rating_pages();
    let is_rated = |id: &str| changes.get(id).is_some_and(Option::is_some);
    let changed = pages.iter().map(|items| items.iter().filter(|item| is_rated(&item.id)).count());
    let changed: Vec<usize> = changed.collect();
    let all: usize = changed.iter().sum();
    let saved = pages.iter().zip(changed).enumerate().filter(|(_, (_, changed))| *changed > 0);
    let times = saved.map(|(page, (items, changed))| {
        let share = changed as f64 / all as f64;
        let time = PageTime::of(given, page).plus(changed, items.len(), taken, share);
        (field(page), Some(format!("{:.1} {}", time.seconds, time.ratings)))
    });
    times.collect()
}

/// How many ratings a draft holds, and how many of them were hurried.
pub fn rating_pace(survey: &Questionnaire, given: &RawAnswers) -> RatingPace {
    let times = (0..survey.rating_pages().len()).map(|page| PageTime::of(given, page));
    let hurried: usize = times.filter(|time| time.is_hurried()).map(|time| time.ratings).sum();
    let ratings = survey.items.iter().filter(|item| given.0.contains_key(&item.id)).count();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    RatingPace { ratings: count(ratings), hurried: count(hurried.min(ratings)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey() -> Questionnaire {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        Questionnaire::load(std::path::Path::new(file)).unwrap()
    }

    /// Saves ratings of these pages, counted from 0, at once.
    fn save(given: &mut RawAnswers, pages: &[usize], seconds: f64, shown: Option<f64>) {
        let survey = survey();
        let items = pages.iter().flat_map(|page| survey.rating_pages()[*page]);
        let changes: Changes = items.map(|item| (item.id.clone(), Some("4".to_owned()))).collect();
        let taken = Taken {
            since_last_save: Duration::from_secs_f64(seconds),
            since_shown: shown.map(Duration::from_secs_f64),
        };
        for (field, value) in kept(&survey, given, &changes, taken).into_iter().chain(changes) {
            given.0.insert(field, value.unwrap());
        }
    }

    fn hurried(given: &RawAnswers) -> u32 {
        rating_pace(&survey(), given).hurried
    }

    #[test]
    fn pages_of_less_than_two_seconds_a_rating_are_hurried() {
        let mut given = RawAnswers::default();
        save(&mut given, &[0], 19.0, None);
        save(&mut given, &[1], 21.0, None);
        save(&mut given, &[2], 3.0, Some(2.8));
        assert_eq!(rating_pace(&survey(), &given), RatingPace { ratings: 30, hurried: 20 });
    }

    #[test]
    fn two_pages_filled_in_side_by_side_are_not_hurried() {
        let mut given = RawAnswers::default();
        save(&mut given, &[0], 150.0, Some(150.0));
        save(&mut given, &[1], 1.0, Some(151.0));
        assert_eq!(hurried(&given), 0);
        // Without the time since the page was served they would be.
        save(&mut given, &[2], 1.0, None);
        assert_eq!(hurried(&given), 10);
    }

    #[test]
    fn a_break_before_a_page_does_not_hide_the_hurry() {
        let mut given = RawAnswers::default();
        save(&mut given, &[0], 86_400.0, Some(4.0));
        assert_eq!(hurried(&given), 10);
    }

    #[test]
    fn saves_of_single_ratings_add_up() {
        for (seconds, expected) in [(1.0, 10), (2.5, 0)] {
            let (survey, mut given) = (survey(), RawAnswers::default());
            for item in &survey.items[..10] {
                let changes = Changes::from([(item.id.clone(), Some("2".to_owned()))]);
                let taken = Taken { since_last_save: Duration::from_secs_f64(seconds), since_shown: None };
                for (field, value) in kept(&survey, &given, &changes, taken).into_iter().chain(changes) {
                    given.0.insert(field, value.unwrap());
                }
            }
            assert_eq!(hurried(&given), expected, "{seconds}");
        }
    }

    #[test]
    fn a_rating_that_is_given_again_counts_once() {
        let mut given = RawAnswers::default();
        save(&mut given, &[0], 21.0, None);
        save(&mut given, &[0], 3.0, None);
        assert_eq!(hurried(&given), 0);
    }

    #[test]
    fn pages_saved_at_once_share_the_time() {
        let mut given = RawAnswers::default();
        save(&mut given, &[0, 1, 2], 61.0, None);
        assert_eq!(hurried(&given), 0);
        let mut given = RawAnswers::default();
        save(&mut given, &[0, 1, 2], 59.0, None);
        assert_eq!(hurried(&given), 30);
    }

    #[test]
    fn ratings_of_unknown_time_are_not_hurried() {
        let mut given =
            RawAnswers(survey().items.iter().map(|item| (item.id.clone(), "3".to_owned())).collect());
        assert_eq!(rating_pace(&survey(), &given), RatingPace { ratings: 60, hurried: 0 });
        for kept in ["", "fast", "nan 10", "-inf 10", "1e999 10", "3.0 -1"] {
            given.0.insert(field(0), kept.to_owned());
            assert_eq!(hurried(&given), 0, "{kept}");
        }
    }
}

//! Notices in sentences: why the evidence is weak, and what follows from it.

use crate::assessment::{Notice, RatingPace};
use crate::web::numbers::grouped;
use crate::web::words::list;

/// One or two sentences. `has_ratings` says whether there are ratings that the reading can rely on.
pub fn said(notice: &Notice, has_ratings: bool) -> String {
    let percent = |share: &f64| format!("{:.0}%", 100.0 * share);
    match notice {
        Notice::FewWords { words: 0, .. } if has_ratings => {
            "You wrote nothing in your own words, so this rests on your ratings alone.".to_owned()
        }
        Notice::FewWords { words: 0, .. } => "There are no words here that anything could be read from.".to_owned(),
        Notice::FewWords { words, wanted } => {
            let plural = if *words == 1 { "word" } else { "words" };
            let follows = if has_ratings {
                "so this rests mostly on your ratings"
            } else {
                "so the ranges are wide"
            };
            format!(
                "You wrote {} {plural}. A reading of words begins to say something at about {}, {follows}.",
                grouped(*words as u64),
                grouped(*wanted as u64)
            )
        }
        Notice::NotEnglish { .. } => {
            "Your words do not look like English, the only language that we can read. They count for little."
                .to_owned()
        }
        Notice::KeyboardNoise { share } => {
            format!("About {} of what you wrote looks like random keystrokes. It counts for little.", percent(share))
        }
        Notice::Repeated { sentences, repeated, .. } if *repeated > 0 => format!(
            "{repeated} of {sentences} sentences repeat an earlier one. A sentence counts only once.",
        ),
        Notice::Repeated { words, distinct, .. } => {
            format!("You used only {distinct} different words among {words}. Repeated words count for little.")
        }
        Notice::NotAboutWriter { sentences, personal } => format!(
            "Only {personal} of {sentences} sentences say I, me or my. A text about something else says little about \
             its writer.",
        ),
        Notice::RatingsAlike { rating, share } => format!(
            "{} of your ratings are the same, {rating} of 5. Such ratings hardly tell people apart, so they count for \
             little.",
            percent(share)
        ),
        Notice::RatingsContradict { .. } => {
            "Your ratings of opposite statements contradict each other more than most people’s do. They count for less."
                .to_owned()
        }
        Notice::RatingsHurried { ratings, hurried: fast } => {
            hurried(RatingPace { ratings: *ratings, hurried: *fast })
        }
        Notice::WordsAgainstRatings { traits, .. } => {
            let names: Vec<String> = traits.iter().map(|trait_| trait_.name().to_lowercase()).collect();
            let most = if names.is_empty() { String::new() } else { format!(", most of all on {}", list(&names)) };
            format!(
                "Your words and your ratings disagree more than chance explains{most}. The ranges are wider for that."
            )
        }
    }
}

/// That ratings were given faster than people read, and what follows.
pub fn hurried(pace: RatingPace) -> String {
    format!(
        "You gave {} of your {} ratings in less than two seconds each, which is hardly enough to read them. They count \
         for less, and the ranges are wider.",
        pace.hurried, pace.ratings
    )
}

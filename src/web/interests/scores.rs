//! Six scores in words, as a table and as a chart. Pure.

use askama::Template;

use super::hexagon::Hexagon;
use crate::personality::{Interest, InterestScores, Liking};
use crate::web::words::list;

/// Half the width of a 90% range, in standard errors of a normal distribution.
const HALF_OF_90_PERCENT: f64 = 1.645;

#[derive(Template)]
#[template(path = "interests_scores.html")]
pub struct ScoresPage {
    /// The path of the result.
    pub back: String,
    /// The path of the ranking, if there is one.
    pub ranking: Option<String>,
    pub view: ScoresView,
    /// None for a share link.
    pub owned: Option<Owned>,
}

/// What only the owner's page shows.
pub struct Owned {
    /// Whether the result has a share link.
    pub linked: bool,
    /// Whether the link shows the scores.
    pub shown: bool,
}

impl ScoresPage {
    /// The scores behind a share link. `back` is the path of the shared result.
    pub fn of_share(back: String, scores: &InterestScores) -> ScoresPage {
        let ranking = Some(format!("{back}/careers"));
        ScoresPage { back, ranking, view: ScoresView::new(scores), owned: None }
    }
}

/// If more interests than this stand out in one direction, and others in the other, only the others are named.
const MOST_NAMED: usize = 3;

/// The six scores as a page shows them.
pub struct ScoresView {
    /// The interests that stand out, in one sentence.
    pub sentence: String,
    pub hexagon: Hexagon,
    /// Highest first.
    pub rows: Vec<ScoreRow>,
    /// The standard error of a score, in steps.
    pub error: String,
}

pub struct ScoreRow {
    pub name: &'static str,
    pub plain: &'static str,
    /// From 1 to 5.
    pub score: String,
    /// The 90% range.
    pub range: String,
    /// Compared with the person's own average.
    pub compared: &'static str,
    /// What the interest is about.
    pub about: &'static str,
    /// What the score means for the person.
    pub said: String,
}

impl ScoresView {
    pub fn new(scores: &InterestScores) -> ScoresView {
        let half = HALF_OF_90_PERCENT * scores.error;
        let mut order = Interest::ALL;
        order.sort_by(|a, b| scores.means[b.index()].total_cmp(&scores.means[a.index()]));
        let row = |interest: Interest| {
            let score = scores.means[interest.index()];
            ScoreRow {
                name: interest.name(),
                plain: interest.plain(),
                score: format!("{score:.1}"),
                range: format!("{:.1} to {:.1}", (score - half).max(1.0), (score + half).min(5.0)),
                compared: match scores.liking(interest) {
                    Liking::More => "above",
                    Liking::Same => "near",
                    Liking::Less => "below",
                },
                about: about(interest),
                said: said(score, scores.liking(interest)),
            }
        };
        ScoresView {
            sentence: sentence(scores, &order),
            hexagon: Hexagon::new(scores.means.map(|score| (score - 1.0) / 4.0), half / 4.0),
            rows: order.into_iter().map(row).collect(),
            error: format!("{:.2}", scores.error),
        }
    }
}

/// `order` is highest first.
fn sentence(scores: &InterestScores, order: &[Interest; 6]) -> String {
    let named = |liking: Liking| -> Vec<&str> {
        let those = order.iter().filter(|interest| scores.liking(**interest) == liking);
        those.map(|interest| interest.plain()).collect()
    };
    let (mut more, mut less) = (named(Liking::More), named(Liking::Less));
    // Name the few that stand out from the many, not the many.
    if less.len() > MOST_NAMED && !more.is_empty() {
        less.clear();
    } else if more.len() > MOST_NAMED && !less.is_empty() {
        more.clear();
    }
    let (more, less) = (list(&more), list(&less));
    match (more.is_empty(), less.is_empty()) {
        (true, true) => "No interest stands out: you like all six about as much.".to_owned(),
        (false, true) => format!("You like {more} more than the rest."),
        (true, false) => format!("You like {less} less than the rest."),
        (false, false) => format!("You like {more} more than the rest, and {less} less."),
    }
}

fn said(score: f64, liking: Liking) -> String {
    let level = match score {
        s if s >= 4.25 => "You would enjoy most of these activities",
        s if s >= 3.5 => "You would rather enjoy these activities",
        s if s > 2.5 => "You are neither drawn to these activities nor put off by them",
        s if s > 1.75 => "You would rather not do these activities",
        _ => "You would dislike most of these activities",
    };
    let compared = match liking {
        Liking::More => ", and you like them more than your six interests on average.",
        Liking::Same => ", about as much as your six interests on average.",
        Liking::Less => ", and you like them less than your six interests on average.",
    };
    let compared = if liking == Liking::Same && score <= 3.5 { "." } else { compared };
    format!("{level}{compared}")
}

/// In our words, after Holland's description of his six types.
fn about(interest: Interest) -> &'static str {
    match interest {
        Interest::Realistic => {
            "Working with your hands, with tools, machines, plants or animals. What you have done can be seen and touched. \
             Workshops, building sites, farms and the outdoors offer much of it."
        }
        Interest::Investigative => {
            "Finding out how things are: observing, measuring, reading, and solving problems that have no ready answer. \
             Science, medicine and technology offer much of it."
        }
        Interest::Artistic => {
            "Making something of your own in words, pictures, sound, movement or design, with few rules about how. \
             Media, design, theater and music offer much of it."
        }
        Interest::Social => {
            "Being there for people: teaching, caring, advising, listening. Schools, health care and social services offer \
             much of it."
        }
        Interest::Enterprising => {
            "Leading and persuading: selling, negotiating, managing, starting something and answering for it. Business, \
             politics and sales offer much of it."
        }
        Interest::Conventional => {
            "Keeping things in order: records, numbers, schedules, and procedures that are clear and done right. Offices, \
             banks and public administration offer much of it."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(means: [f64; 6]) -> InterestScores {
        InterestScores { means, error: 0.35 }
    }

    #[test]
    fn what_stands_out_is_said_first_and_nothing_is_made_of_equal_scores() {
        let sentence = |means| ScoresView::new(&scores(means)).sentence;
        assert_eq!(
            sentence([2.0, 3.0, 4.5, 4.0, 3.0, 1.5]),
            "You like creative expression and helping others more than the rest, and hands-on work and work by set \
             procedures less."
        );
        assert_eq!(
            sentence([2.0, 2.0, 5.0, 2.0, 2.0, 2.0]),
            "You like creative expression more than the rest."
        );
        assert_eq!(sentence([3.0; 6]), "No interest stands out: you like all six about as much.");
        assert_eq!(
            sentence([3.0, 3.0, 5.0, 3.0, 3.0, 3.0]),
            "You like creative expression more than the rest."
        );
    }

    #[test]
    fn the_rows_are_sorted_and_a_range_stays_on_the_scale() {
        let view = ScoresView::new(&scores([4.8, 3.0, 2.0, 2.0, 2.0, 1.2]));
        let rows: Vec<_> = view.rows.iter().map(|row| (row.name, row.score.as_str(), &*row.range)).collect();
        assert_eq!(rows[0], ("Realistic", "4.8", "4.2 to 5.0"));
        assert_eq!(rows[1], ("Investigative", "3.0", "2.4 to 3.6"));
        assert_eq!(rows[5], ("Conventional", "1.2", "1.0 to 1.8"));
        assert_eq!(view.rows[0].compared, "above");
        assert!(view.rows[5].said.contains("dislike most") && view.rows[5].said.ends_with("on average."));
    }
}

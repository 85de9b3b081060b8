//! The interests behind a ranking, as the page shows them. Pure.

use crate::careers::Filters;
use crate::personality::{Interest, InterestScores};

pub struct LikesView {
    /// Each interest in words with its score; empty if none counts.
    pub rows: Vec<(&'static str, String)>,
    /// Whether they are stored with the result; otherwise they are in the address.
    pub stored: bool,
    /// Whether the address excludes the stored interests.
    pub left_out: bool,
    /// The address of the questions, or of the stored scores.
    pub page: String,
    /// The address of the ranking with the stored interests, and with none.
    pub counted: String,
    pub without: String,
}

impl LikesView {
    /// `stored` are the scores of the result; `counted` are those that the ranking at `here` uses.
    pub fn new(
        filters: &Filters,
        stored: Option<&InterestScores>,
        counted: Option<&InterestScores>,
        here: &str,
        page: String,
    ) -> LikesView {
        let ranking = |without_interests| {
            let filters = Filters { page: 1, likes: None, without_interests, ..filters.clone() };
            format!("{here}{}", filters.as_query())
        };
        let row = |scores: &InterestScores| {
            Interest::ALL.map(|i| (i.plain(), format!("{:.1}", scores.means[i.index()])))
        };
        LikesView {
            rows: counted.map(row).into_iter().flatten().collect(),
            stored: filters.likes.is_none(),
            left_out: stored.is_some() && counted.is_none(),
            page,
            counted: ranking(false),
            without: ranking(true),
        }
    }
}

//! The page with the 48 activities. Pure.

use std::collections::BTreeMap;

use askama::Template;

use crate::personality::Interest;
use crate::survey::RawAnswers;
use crate::survey::interests::{Activities, Activity, FEWEST_ANSWERS};

/// The five answers.
const STEPS: [(&str, &str); 5] =
    [("1", "dislike"), ("2", "rather dislike"), ("3", "neither"), ("4", "rather enjoy"), ("5", "enjoy")];

#[derive(Template)]
#[template(path = "interests.html")]
pub struct InterestsForm {
    /// The page to return to without answering.
    back: String,
    /// Whether the answers are stored. If not, the form puts them into the address.
    stored: bool,
    /// The interests with too few answers, each with its first unanswered activity. Empty before anything was sent.
    missing: Vec<Missing>,
    rows: Vec<Row>,
}

pub struct Missing {
    name: &'static str,
    answered: usize,
    first: String,
}

struct Row {
    number: usize,
    activity: Activity,
    answer: String,
}

impl InterestsForm {
    /// The form with these answers. `sent` means that the form was posted with too few answers.
    pub fn new(
        activities: &Activities,
        answers: &RawAnswers,
        back: String,
        stored: bool,
        sent: bool,
    ) -> Self {
        let row = |(i, activity): (usize, &Activity)| Row {
            number: i + 1,
            answer: answers.0.get(&activity.id).cloned().unwrap_or_default(),
            activity: activity.clone(),
        };
        let rows: Vec<Row> = activities.in_order().enumerate().map(row).collect();
        let missing = if sent { missing(&rows) } else { Vec::new() };
        InterestsForm { back, stored, missing, rows }
    }
}

fn missing(rows: &[Row]) -> Vec<Missing> {
    let of = |interest: Interest| {
        let (answered, open): (Vec<&Row>, Vec<&Row>) = rows
            .iter()
            .filter(|row| row.activity.interest == interest)
            .partition(|row| STEPS.iter().any(|(value, _)| *value == row.answer));
        let first = open.first()?.activity.id.clone();
        (answered.len() < FEWEST_ANSWERS).then_some(Missing {
            name: interest.name(),
            answered: answered.len(),
            first,
        })
    };
    Interest::ALL.into_iter().filter_map(of).collect()
}

/// Stored answers as form fields.
pub fn as_fields(answers: &BTreeMap<String, u8>) -> RawAnswers {
    RawAnswers(answers.iter().map(|(id, answer)| (id.clone(), answer.to_string())).collect())
}

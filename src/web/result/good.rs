//! How good a result is, in the one figure that matters on its page.

use crate::models::evaluation::{Evaluated, Kind};
use crate::web::numbers::{grouped, percent};

/// The name of the plain rate beside a figure.
const ACCURACY: &str = "its accuracy";

/// What was measured of the models behind the pages.
pub struct How {
    /// How often the first type is right; `None` if that was not measured of these models.
    pub first_type: Option<FirstType>,
}

pub struct FirstType {
    /// "79.0%".
    pub right: String,
    /// How many simulated people, "4,000".
    pub people: String,
}

impl How {
    pub fn of(evaluated: &Evaluated) -> How {
        let Evaluated::Yes(evaluation) = evaluated else { return How { first_type: None } };
        let figure = evaluation.figures.iter().find(|figure| figure.kind == Kind::TypeTopOne);
        // The figure itself is a share of what the best possible reader reaches.
        let right = figure.and_then(|figure| figure.beside.iter().find(|beside| beside.name == ACCURACY));
        let first_type = right.map(|right| FirstType {
            right: percent(right.value),
            people: grouped(evaluation.people.respondents as u64),
        });
        How { first_type }
    }
}

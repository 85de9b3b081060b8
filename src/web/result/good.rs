//! How good a result is, in the single figure on its page.

use crate::models::evaluation::{Evaluated, Kind};
use crate::web::numbers::{grouped, percent};

/// The name of the plain accuracy beside a figure.
const ACCURACY: &str = "its accuracy";

/// Measurements of the models behind the pages.
pub struct How {
    /// How often the first type is right; `None` if that was not measured for these models.
    pub first_type: Option<FirstType>,
}

pub struct FirstType {
    /// "79.0%".
    pub right: String,
    /// The number of simulated people, "4,000".
    pub people: String,
}

impl How {
    pub fn of(evaluated: &Evaluated) -> How {
        let Evaluated::Yes(evaluation) = evaluated else { return How { first_type: None } };
        let figure = evaluation.figures.iter().find(|figure| figure.kind == Kind::TypeTopOne);
        // The figure itself is a share of the best possible accuracy, so take the plain accuracy beside it.
        let right = figure.and_then(|figure| figure.beside.iter().find(|beside| beside.name == ACCURACY));
        let first_type = right.map(|right| FirstType {
            right: percent(right.value),
            people: grouped(evaluation.people.respondents as u64),
        });
        How { first_type }
    }
}

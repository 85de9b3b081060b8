//! Twelve invented people, each described in a few words, with the first careers that they get.

use crate::careers::{Catalog, Filters, Person};
use crate::personality::{Estimate, InterestScores};

/// Traits in standard scores (E, N, A, C, O), interests as mean answers from 1 to 5 (R, I, A, S, E, C), and the highest
/// job zone that the person would prepare for.
pub struct Character {
    pub who: &'static str,
    traits: [f64; 5],
    interests: [f64; 6],
    pub job_zone: u8,
}

const fn character(who: &'static str, traits: [f64; 5], interests: [f64; 6], job_zone: u8) -> Character {
    Character { who, traits, interests, job_zone }
}

pub const CHARACTERS: [Character; 12] = [
    character("A shy, orderly bookkeeper", [-1.3, 0.3, 0.2, 1.4, -0.8], [2.0, 2.5, 1.5, 2.0, 2.0, 4.6], 3),
    character("A restless welder who paints", [0.3, 0.2, -0.2, -0.8, 1.0], [4.6, 2.5, 4.2, 1.8, 1.8, 1.5], 3),
    character("A warm kindergarten teacher", [0.8, -0.2, 1.5, 0.5, 0.4], [2.0, 2.4, 3.4, 4.8, 2.5, 2.4], 4),
    character("A hard-nosed sales manager", [1.5, -0.6, -1.2, 0.6, -0.2], [2.0, 1.8, 1.8, 2.6, 4.8, 3.2], 4),
    character("A solitary marine biologist", [-1.2, 0.2, 0.0, 0.2, 1.3], [3.2, 4.9, 2.6, 2.0, 1.4, 2.0], 5),
    character("An anxious, gifted novelist", [-0.9, 1.5, 0.2, -0.6, 1.8], [1.5, 2.8, 4.9, 2.6, 1.8, 1.4], 4),
    character("A cheerful nurse", [0.9, -0.5, 1.2, 0.8, 0.0], [2.8, 3.8, 2.2, 4.6, 2.0, 2.6], 4),
    character("A meticulous lab technician", [-0.6, 0.0, 0.1, 1.5, 0.1], [3.6, 4.4, 1.8, 2.0, 1.5, 3.6], 3),
    character(
        "A practical farmer's son who hates offices",
        [-0.3, -0.3, 0.0, 0.2, -1.2],
        [4.8, 2.2, 1.6, 2.0, 2.2, 1.4],
        2,
    ),
    character("A bookish librarian", [-0.9, 0.1, 0.4, 0.9, 0.9], [1.8, 3.2, 3.6, 3.4, 1.8, 3.8], 5),
    character("A born organizer of events", [1.4, 0.0, 0.5, 0.9, 0.6], [1.8, 1.8, 3.4, 3.8, 4.5, 3.2], 4),
    character("A quiet programmer", [-1.0, 0.1, -0.3, 0.3, 0.7], [3.0, 4.4, 2.8, 1.8, 2.0, 3.2], 4),
];

impl Character {
    /// The first ten careers, similar ones folded, for the traits alone or with the interests.
    pub fn first_ten<'a>(&self, catalog: &'a Catalog, with_interests: bool) -> Vec<&'a str> {
        let traits = self.traits.map(|mean| Estimate { mean, sd: 0.4 });
        let interests = with_interests.then_some(InterestScores { means: self.interests, error: 0.35 });
        let person = Person { interests, ..Person::you(traits) };
        let filters = Filters { page: 1, preparation: Some(self.job_zone), ..Filters::default() };
        catalog.best(&person, &filters, 10).into_iter().map(|f| f.row.occupation.title.as_str()).collect()
    }
}

//! Simulated respondents: people with the published structure of traits and types, who rate the items and choose answers
//! from the bank. Simulated people are not people.

mod answering;
mod population;
pub mod published;
mod respondents;

pub use answering::{AnswerPool, Sharpness, oracle};
pub use population::{AGREEMENT, CUTS, EXTREMES, KeyedItem, Person, Population};
pub use respondents::{Respondent, RespondentsError, Survey, compose_text, keyed_items};

//! Simulated respondents: people with the traits of a norm group who rate the items as the group does, and choose
//! answers from the bank. Simulated people are not people.

mod answering;
mod population;
pub mod published;
mod respondents;
mod structure;

pub use answering::{AnswerPool, Sharpness, oracle};
pub use population::{Person, Population, type_of};
pub use respondents::{Respondent, RespondentsError, Survey, compose_text};
pub use structure::{KeyedItem, Structure};

#[cfg(test)]
pub use structure::tests as structure_tests;

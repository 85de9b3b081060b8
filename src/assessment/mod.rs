//! What can be said of a person: levels among the norm group with their uncertainty, and notices about the ground they
//! stand on. Pure: ratings, readings and the norm in, an assessment out.

mod keyed;
mod known;

pub use keyed::KeyedResult;
pub use known::known;

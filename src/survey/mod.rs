//! The questionnaire, a visitor's answers, and the text composed of them.
//!
//! [`Questionnaire`] is read once at start; [`Answers::parse`] is the edge at which posted fields become answers that
//! cannot be wrong; [`compose`] sets them into one first-person text and keeps the span of each. No clock, no database.

mod answers;
mod compose;
/// Ratings to keyed scores.
pub mod keyed;
mod language;
mod lone_i;
mod markdown;
mod mend;
mod questionnaire;
mod random;
mod rules;

pub use answers::{Answers, FieldError, MAX_ANSWER_CHARS, OpenAnswer, Rating, RawAnswers, posted_text};
pub use compose::{ComposedText, Span, compose};
pub use mend::mend;
pub use questionnaire::{
    ITEM_COUNT, Item, ItemKind, Keyed, OPEN_PAGE_SIZES, QUESTION_COUNT, Question, Questionnaire,
    QuestionnaireError, RATING_PAGE_SIZE,
};

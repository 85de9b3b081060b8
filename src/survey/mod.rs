//! The questionnaire, a visitor's answers, and the text composed from them.
//!
//! [`Questionnaire`] is loaded once at start, [`Answers::parse`] validates posted fields, and [`compose`] turns answers
//! into one first-person text.

mod answers;
mod compose;
pub mod interests;
mod items;
pub mod keyed;
mod markdown;
mod masking;
mod mending;
mod questionnaire;
mod random;
mod rules;

pub use answers::{
    Answers, FieldError, MAX_ANSWER_CHARS, Rating, RawAnswers, is_blank, posted_text, seen_pattern,
};
#[cfg(feature = "training")]
pub use compose::Span;
pub use compose::{ComposedText, compose};
#[cfg(feature = "training")]
pub use items::RATING_PAGE_SIZE;
pub use items::{Item, ItemKind, Keyed, QUESTION_COUNT, Question, QuestionnaireError};
pub use keyed::KeyedScores;
pub use masking::masked;
pub use questionnaire::Questionnaire;

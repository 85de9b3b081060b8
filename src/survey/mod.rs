//! The questionnaire, a visitor's answers, and the text composed from them.
//!
//! [`Questionnaire`] is loaded once at start, [`Answers::parse`] validates posted fields, and [`compose`] turns answers
//! into one first-person text.

mod answers;
mod compose;
mod items;
pub mod keyed;
mod markdown;
mod mending;
mod questionnaire;
mod random;
mod rules;

pub use answers::{Answers, FieldError, MAX_ANSWER_CHARS, OpenAnswer, Rating, RawAnswers, posted_text};
pub use compose::{ComposedText, Span, compose};
pub use items::{
    ITEM_COUNT, Item, ItemKind, Keyed, OPEN_PAGE_SIZES, QUESTION_COUNT, Question, QuestionnaireError,
    RATING_PAGE_SIZE,
};
pub use keyed::KeyedScores;
pub use questionnaire::Questionnaire;

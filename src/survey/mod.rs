//! The questionnaire, a visitor's answers, and the text composed of them.

mod questionnaire;

pub use questionnaire::{
    ITEM_COUNT, Item, ItemKind, Keyed, OPEN_PAGE_SIZES, QUESTION_COUNT, Question, Questionnaire,
    QuestionnaireError, RATING_PAGE_SIZE,
};

//! The words of a posted page, to be shown again if they could not be saved. Pure.

use std::fmt;

use crate::survey::{Questionnaire, is_blank};

/// The open answers of a posted page.
#[derive(Default)]
pub struct Typed(pub Vec<TypedAnswer>);

impl fmt::Debug for Typed {
    /// Leaves out the words: errors are logged, and a visitor's words never are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answers", self.0.len())
    }
}

/// One open answer.
pub struct TypedAnswer {
    /// The form field.
    pub id: String,
    pub prompt: String,
    pub text: String,
}

impl Typed {
    /// The posted answers to open questions that are not blank.
    pub fn of(survey: &Questionnaire, posted: &[(String, String)]) -> Typed {
        let typed = posted.iter().filter(|(_, value)| !is_blank(value)).filter_map(|(field, value)| {
            let question = survey.questions.iter().find(|question| question.id == *field)?;
            Some(TypedAnswer { id: field.clone(), prompt: question.prompt.clone(), text: value.clone() })
        });
        Typed(typed.collect())
    }
}

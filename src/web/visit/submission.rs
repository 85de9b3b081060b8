//! The data that is stored when a complete draft is sent. Pure.

use serde_json::{Map, Value, json};

use super::pace::rating_pace;
use crate::assessment::KeyedResult;
use crate::norm::Norm;
use crate::records::{AnswerSpan, NewSubmission};
use crate::survey::{Answers, FieldError, Questionnaire, RawAnswers, compose};

/// Composes the text and scores the ratings. `revision` is the draft's revision when these answers were read.
///
/// # Errors
/// One error for each field that is missing or wrong.
pub fn submission(
    survey: &Questionnaire,
    norm: &Norm,
    given: &RawAnswers,
    revision: i64,
) -> Result<NewSubmission, Vec<FieldError>> {
    let answers = Answers::parse(survey, given)?;
    let composed = compose(survey, &answers);
    let spans = composed.spans.into_iter().map(|span| AnswerSpan {
        field: span.field,
        start: span.range.start,
        end: span.range.end,
    });
    let stored = |is_wanted: &dyn Fn(&str) -> bool| {
        let fields = given.0.iter().filter(|(field, _)| is_wanted(field));
        Value::Object(fields.map(|(field, value)| (field.clone(), json!(value))).collect::<Map<_, _>>())
    };
    let is_rating = |field: &str| survey.items.iter().any(|item| item.id == field);
    Ok(NewSubmission {
        draft_revision: revision,
        text: composed.text,
        spans: spans.collect(),
        ratings: stored(&is_rating),
        answers: stored(&|field| !is_rating(field) && survey.is_field(field)),
        questionnaire_version: survey.version.clone(),
        questionnaire_hash: survey.hash.clone(),
        keyed_scores: json!(KeyedResult::new(survey, &answers, norm, rating_pace(survey, given))),
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn bundled() -> (Questionnaire, Norm) {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets"));
        let survey = Questionnaire::load(&folder.join("questionnaire.toml")).unwrap();
        (survey, Norm::load(&folder.join("norm")).unwrap())
    }

    #[test]
    fn every_answer_is_stored_as_given_with_its_span_in_the_text() {
        let (survey, norm) = bundled();
        let mut given = survey.random_answers(&mut rand::rngs::StdRng::seed_from_u64(3));
        given.0.remove("q01-skip");
        given.0.insert("q01".to_owned(), "  i like tea".to_owned());
        given.0.insert("go".to_owned(), "send".to_owned());
        let sent = submission(&survey, &norm, &given, 7).ok().unwrap();
        assert_eq!((sent.draft_revision, sent.ratings.as_object().unwrap().len()), (7, 60));
        assert_eq!(sent.answers["q01"], "  i like tea");
        assert!(sent.answers.get("go").is_none());
        let span = sent.spans.iter().find(|span| span.field == "q01").unwrap();
        assert!(sent.text[span.start..span.end].ends_with("I like tea."));
        assert_eq!(sent.keyed_scores["levels"].as_array().unwrap().len(), 5);
    }

    #[test]
    fn an_incomplete_draft_is_not_sent() {
        let (survey, norm) = bundled();
        let missing = submission(&survey, &norm, &RawAnswers::default(), 0).err().unwrap();
        assert_eq!(missing.len(), 86);
    }
}

//! Random answers for trying out the site.

use actix_web::{HttpResponse, web};

use super::draft::OpenDraft;
use super::not_open::NotOpen;
use crate::web::error::WebError;
use crate::web::page::see_other;
use crate::web::state::AppState;

/// POST /questions/random, if the setting allows it: fills everything that is not answered yet.
pub async fn random(
    state: web::Data<AppState>,
    draft: Result<OpenDraft, NotOpen>,
) -> Result<HttpResponse, WebError> {
    if !state.settings.drafts.random_answers {
        return Err(WebError::NotFound);
    }
    let survey = &state.questionnaire;
    let mut draft = draft?;
    let drawn = survey.random_answers(&mut rand::rng());
    let needed = |field: &String| survey.check_field(&draft.given, field).is_some();
    let changes = drawn.0.into_iter().filter(|(field, _)| needed(field));
    let changes = changes.map(|(field, value)| (field, Some(value))).collect();
    draft.save(changes, None).await?;
    draft.keep(see_other("/questions/check"))
}

//! What the script saves while the visitor answers.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::draft::{NotOpen, OpenDraft};
use super::posted::{self, Posted};
use crate::web::error::WebError;
use crate::web::state::AppState;

/// POST /answers. Answers with how many of the 86 are answered, and with a mark of each saved value, by which the page
/// later knows what it has saved. A field that cannot be stored is named, so that the script can save the others.
pub async fn autosave(
    state: web::Data<AppState>,
    draft: Result<OpenDraft, NotOpen>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    match save(&state, draft, &form).await {
        Ok(saved) => Ok(saved),
        Err(not_open) => match not_open.explanation() {
            Some((status, message)) => Ok(HttpResponse::build(status).json(json!({ "message": message }))),
            None => Err(not_open.into()),
        },
    }
}

async fn save(
    state: &AppState,
    draft: Result<OpenDraft, NotOpen>,
    form: &Posted,
) -> Result<HttpResponse, NotOpen> {
    let survey = &state.questionnaire;
    let mut draft = draft?;
    let changes = match posted::changes(survey, form) {
        Ok(changes) => changes,
        Err(bad) => {
            let field = bad.field.clone();
            let error = WebError::from(bad);
            let body = json!({ "message": error.message(), "field": field });
            return Ok(HttpResponse::build(error.status()).json(body));
        }
    };
    let marks = json!(posted::marks(&changes));
    draft.save(changes).await?;
    let body = json!({ "answered": draft.given.answered(survey), "marks": marks });
    Ok(draft.keep(HttpResponse::Ok().json(body))?)
}

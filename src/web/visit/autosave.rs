//! Saves for the script while the visitor answers.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::draft::OpenDraft;
use super::not_open::NotOpen;
use super::posted::{self, Posted};
use crate::web::api::refusals::{Always, OfBodies, OfRecords};
use crate::web::error::WebError;
use crate::web::problem::Problem;
use crate::web::state::AppState;

/// The field that says which draft the answers were given to. They may have been kept on the device for a while.
const DRAFT: &str = "draft";

/// What was saved.
#[derive(Serialize, ToSchema)]
struct Saved {
    /// How many of the questionnaire's ratings and questions are answered now.
    answered: usize,
    /// A mark for each value that was saved, by its field.
    marks: BTreeMap<String, String>,
}

/// Why nothing was saved.
#[derive(Serialize, ToSchema)]
struct NotSaved {
    message: String,
    /// The field that cannot be stored. The others could be.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

/// POST /answers. Answers with how many of the 86 are answered, and with a mark of each saved value, by which the page
/// later knows what it has saved. A field that cannot be stored is named, so that the script can save the others.
#[utoipa::path(
    post,
    path = "/answers",
    operation_id = "answers",
    tag = "Questionnaire",
    summary = "Save answers",
    description = "For this site's own script, while a visitor answers. A cookie names the draft: its own, or \
                   that of a login.",
    params(("calling_draft" = Option<String>, Cookie, description = "The draft's key, which /begin sets. Over https \
            the name is `__Host-calling_draft`.")),
    request_body(
        content = inline(BTreeMap<String, String>), content_type = "application/x-www-form-urlencoded",
        description = "Fields of the questionnaire. An empty value removes an answer; unknown fields are ignored.",
    ),
    responses(
        (status = 200, description = "All were saved.", body = Saved),
        Always, OfBodies, OfRecords,
        (status = 400, description = "A value is not offered, or the request was not understood.", body = NotSaved),
        (status = 403, description = "A browser sent this from another site.", body = Problem),
        (status = 409, description = "These answers have been sent, or belong to another draft.", body = NotSaved),
        (status = 410, description = "There is no such draft: it was erased, or no cookie came.", body = NotSaved),
        (status = 422, description = "An answer is too long.", body = NotSaved),
    )
)]
pub async fn autosave(
    state: web::Data<AppState>,
    draft: Result<OpenDraft, NotOpen>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    match save(&state, draft, &form).await {
        Ok(saved) => Ok(saved),
        Err(not_open) => match not_open.explanation() {
            Some((status, message)) => {
                Ok(HttpResponse::build(status).json(NotSaved { message: message.to_owned(), field: None }))
            }
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
    let named = form.iter().find(|(field, name)| field == DRAFT && !name.is_empty());
    if named.is_some_and(|(_, name)| *name != draft.on_device.draft && !draft.merged.has(name)) {
        let message = "These answers belong to a questionnaire that this device has left.".to_owned();
        return Ok(HttpResponse::Conflict().json(NotSaved { message, field: None }));
    }
    let changes = match posted::changes(survey, form) {
        Ok(changes) => changes,
        Err(bad) => {
            let field = bad.field.clone();
            let error = WebError::from(bad);
            let body = NotSaved { message: error.message(), field: Some(field) };
            return Ok(HttpResponse::build(error.status()).json(body));
        }
    };
    let marks = posted::marks(&changes).into_iter().map(|(field, mark)| (field.to_owned(), mark)).collect();
    // A device that asks whether its draft is still open changes nothing.
    if !changes.is_empty() {
        draft.save(changes, posted::shown_at(form)).await?;
    }
    let body = Saved { answered: draft.given.answered(survey), marks };
    Ok(draft.keep(HttpResponse::Ok().json(body))?)
}

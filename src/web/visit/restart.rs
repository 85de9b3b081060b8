//! Answers the questionnaire again, starting with the answers of an earlier result.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::Value;

use super::draft::OpenDraft;
use super::in_account;
use super::not_open::NotOpen;
use super::posted::Changes;
use crate::records::Record;
use crate::survey::Questionnaire;
use crate::web::address;
use crate::web::client;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::owned::{Owner, owned};
use crate::web::page::{Keeping, page, see_other};
use crate::web::rate_limit::CHANGE_BYTES;
use crate::web::state::AppState;

/// The page for somebody who has unsent answers, which a second draft would make unreachable.
#[derive(Template)]
#[template(path = "restart.html")]
struct UnsentPage {
    /// The path of the result.
    back: String,
    answered: usize,
    total: usize,
    in_account: bool,
}

/// The stored answers whose fields the current questionnaire still has.
fn old_answers(survey: &Questionnaire, record: &Record) -> Changes {
    let stored = [record.ratings.as_ref(), record.answers.as_ref()];
    let fields = stored.into_iter().flatten().filter_map(Value::as_object).flatten();
    fields
        .filter(|(field, _)| survey.is_field(field))
        .filter_map(|(field, value)| Some((field.clone(), Some(value.as_str()?.to_owned()))))
        .collect::<BTreeMap<_, _>>()
}

/// POST /results/{key}/answers: opens a draft with the answers of this result. The result does not change.
pub async fn restart(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
    draft: Result<OpenDraft, NotOpen>,
) -> Result<HttpResponse, WebError> {
    let record = owned(&state, &key).await?;
    let answers = old_answers(&state.questionnaire, &record);
    if answers.is_empty() {
        return Err(WebError::NotFound);
    }
    match draft {
        Ok(draft) => {
            let progress = draft.progress(1);
            if progress.answered > 0 {
                let (back, answered, total) = (address::result(&key), progress.answered, progress.total);
                let in_account = draft.is_in_account();
                let shown = UnsentPage { back, answered, total, in_account };
                return page(StatusCode::CONFLICT, Keeping::Unlisted, &shown);
            }
        }
        Err(NotOpen::Failed(error)) => return Err(error),
        Err(NotOpen::Missing | NotOpen::Sent(_) | NotOpen::Deleted) => {}
    }
    let client = client::of(&request, &state.settings.server);
    let words = answers.values().flatten().map(|value| value.len() + CHANGE_BYTES).sum();
    let counted =
        state.rate_limit.take_draft(client).and_then(|()| state.rate_limit.take_bytes(client, words));
    counted.map_err(|retry_after| WebError::TooManyRequests { retry_after })?;
    let draft = in_account::open(&request, &state).await?;
    state.store.save_answers(&draft, answers).await?;
    let mut answer = see_other("/questions/1");
    cookies::set(&mut answer, cookies::keep_draft(&request, &state, &draft))?;
    Ok(answer)
}

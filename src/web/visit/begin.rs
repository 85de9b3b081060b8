//! The page of facts before the first question. Accepting them opens a draft, in the account of whoever is logged in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::draft::OpenDraft;
use super::in_account;
use super::not_open::NotOpen;
use super::posted::Posted;
use crate::web::client;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page, see_other};
use crate::web::preview::Preview;
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "begin.html")]
struct BeginPage {
    preview: Preview,
    missing: bool,
    minimum_age: u8,
    draft_days: u32,
    ratings: usize,
    questions: usize,
}

impl BeginPage {
    fn new(request: &HttpRequest, state: &AppState, missing: bool) -> BeginPage {
        BeginPage {
            preview: Preview::new(request, state, "/begin"),
            missing,
            minimum_age: state.settings.drafts.minimum_age,
            draft_days: state.settings.drafts.draft_days,
            ratings: state.questionnaire.items.len(),
            questions: state.questionnaire.questions.len(),
        }
    }
}

/// GET /begin: the facts. Nothing is stored yet.
pub async fn facts(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    page(StatusCode::OK, Keeping::Public, &BeginPage::new(&request, &state, false))
}

/// POST /begin: opens a draft, or continues the open one, that of a device under a new key.
pub async fn begin(
    request: HttpRequest,
    state: web::Data<AppState>,
    draft: Result<OpenDraft, NotOpen>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    if !form.iter().any(|(field, value)| field == "agree" && value == "1") {
        return page(
            StatusCode::UNPROCESSABLE_ENTITY,
            Keeping::Private,
            &BeginPage::new(&request, &state, true),
        );
    }
    match draft {
        Ok(draft) => {
            let mut answer = see_other("/questions");
            cookies::set(&mut answer, draft.rekeyed().await?)?;
            return Ok(answer);
        }
        Err(NotOpen::Failed(error)) => return Err(error),
        Err(NotOpen::Missing | NotOpen::Sent(_) | NotOpen::Deleted) => {}
    }
    let client = client::of(&request, &state.settings.server);
    state.rate_limit.take_draft(client).map_err(|retry_after| WebError::TooManyRequests { retry_after })?;
    let key = in_account::open(&request, &state).await?;
    let mut answer = see_other("/questions/1");
    cookies::set(&mut answer, cookies::keep_draft(&request, &state, &key))?;
    Ok(answer)
}

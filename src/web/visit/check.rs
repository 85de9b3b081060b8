//! The check page: every answer on one page, to be changed or sent.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::draft::{NotOpen, OpenDraft};
use super::posted::{self, Posted, button};
use super::progress::Progress;
use super::rows::{self, MissingLink, QuestionRow, RatingRow};
use crate::survey::Questionnaire;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;
use crate::web::typed::Typed;

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    progress: Progress,
    missing: Vec<MissingLink>,
    skipped: usize,
    ratings: Vec<RatingRow>,
    questions: Vec<QuestionRow>,
    random: bool,
    marks_skipped: bool,
}

/// GET /questions/check
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    draft: OpenDraft,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let point_out = request.query_string() == "missing";
    let ratings = rows::rating_rows(survey, &survey.items, &draft.given, point_out);
    let questions = rows::question_rows(survey, &survey.questions, &draft.given, point_out);
    let shown = CheckPage {
        progress: draft.progress(2),
        missing: rows::missing_links(&ratings, &questions),
        skipped: rows::skipped(survey, &draft.given),
        ratings,
        questions,
        random: state.settings.drafts.random_answers,
        marks_skipped: true,
    };
    page(StatusCode::OK, Keeping::Private, &shown)
}

/// POST /questions/check: saves what was changed. Only the button "send" submits, and only if nothing is missing.
pub async fn save(
    state: web::Data<AppState>,
    draft: Result<OpenDraft, NotOpen>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let saved = save_and_send(survey, draft, &form).await;
    saved.map_err(|error| error.showing(Typed::of(survey, &form)))
}

async fn save_and_send(
    survey: &Questionnaire,
    draft: Result<OpenDraft, NotOpen>,
    form: &Posted,
) -> Result<HttpResponse, WebError> {
    let mut draft = draft?;
    draft.save(posted::page_changes(survey, &survey.questions, form)?).await?;
    match button(form) {
        "send" => Ok(draft.send().await?),
        "back" => draft.keep(see_other(&format!("/questions/{}", rows::pages(survey)))),
        _ => draft.keep(see_other("/questions/check")),
    }
}

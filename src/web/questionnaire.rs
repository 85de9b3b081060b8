//! The twelve question pages, the last look, and saving. Every post saves first and then sends the visitor on, so the back
//! button, a reload and a second tab find what is saved.

use actix_web::http::StatusCode;
use actix_web::{Either, HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use askama::Template;
use serde_json::json;

use super::page::{Keeping, page, see_other};
use super::posted::{self, BadField, Typed};
use super::progress::Progress;
use super::rows::{self, MissingLink, QuestionRow, RatingRow};

use super::draft::{kept, open_draft, save, send};
use super::{AppState, WebError, cookies};
use crate::records::RecordsError;
use crate::survey::{MAX_ANSWER_CHARS, Questionnaire, RawAnswers};

/// What a posted form holds: fields in the order of the page.
type Posted = web::Form<Vec<(String, String)>>;

#[derive(Template)]
#[template(path = "rate.html")]
struct RatePage {
    page: usize,
    pages: usize,
    heading: &'static str,
    progress: Progress,
    missing: Vec<MissingLink>,
    rows: Vec<RatingRow>,
    next_label: &'static str,
    random: bool,
}

#[derive(Template)]
#[template(path = "open.html")]
struct OpenPage {
    page: usize,
    page_of_part: usize,
    pages_of_part: usize,
    progress: Progress,
    missing: Vec<MissingLink>,
    rows: Vec<QuestionRow>,
    next_label: &'static str,
    random: bool,
    marks_skipped: bool,
}

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

/// Where a page number leads: past the last page stands the last look.
fn address(survey: &Questionnaire, number: usize) -> String {
    match number {
        0 => "/".to_owned(),
        n if n > survey.rating_pages().len() + survey.open_pages().len() => "/questions/check".to_owned(),
        n => format!("/questions/{n}"),
    }
}

/// GET /questions: to the first page with something unanswered.
pub async fn resume(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    match open_draft(&request, &state).await? {
        Either::Left(draft) => {
            let survey = &state.questionnaire;
            let next = rows::first_unfinished(survey, &draft.given).unwrap_or(usize::MAX);
            Ok(see_other(&address(survey, next)))
        }
        Either::Right(answer) => Ok(answer),
    }
}

/// GET /questions/{page}: a page of ten items or of some open questions; with `?missing`, what is missing is pointed out.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    number: web::Path<usize>,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let number = number.into_inner();
    let (rating_pages, open_pages) = (survey.rating_pages(), survey.open_pages());
    if number == 0 || number > rating_pages.len() + open_pages.len() {
        return Err(WebError::NotFound);
    }
    let draft = match open_draft(&request, &state).await? {
        Either::Left(draft) => draft,
        Either::Right(answer) => return Ok(answer),
    };
    let ask = request.query_string() == "missing";
    let random = state.settings.drafts.random_answers;
    if let Some(items) = rating_pages.get(number - 1) {
        let rows = rows::rating_rows(survey, items, &draft.given, ask);
        let shown = RatePage {
            page: number,
            pages: rating_pages.len(),
            heading: rows::heading(items),
            progress: draft.progress(survey, 1),
            missing: rows::missing_links(&rows, &[]),
            rows,
            next_label: if number == rating_pages.len() { "Next: your own words" } else { "Next" },
            random,
        };
        return page(StatusCode::OK, Keeping::Private, &shown);
    }
    let page_of_part = number - rating_pages.len();
    let rows = rows::question_rows(survey, open_pages[page_of_part - 1], &draft.given, ask);
    let shown = OpenPage {
        page: number,
        page_of_part,
        pages_of_part: open_pages.len(),
        progress: draft.progress(survey, 2),
        missing: rows::missing_links(&[], &rows),
        rows,
        next_label: if page_of_part == open_pages.len() { "Next: check and send" } else { "Next" },
        random,
        marks_skipped: false,
    };
    page(StatusCode::OK, Keeping::Private, &shown)
}

/// POST /questions/{page}: saves the page, then goes where the button says.
pub async fn save_page(
    request: HttpRequest,
    state: web::Data<AppState>,
    number: web::Path<usize>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let number = number.into_inner();
    let (rating_pages, open_pages) = (survey.rating_pages(), survey.open_pages());
    let items = rating_pages.get(number.wrapping_sub(1)).copied().unwrap_or_default();
    let questions = number
        .checked_sub(rating_pages.len() + 1)
        .and_then(|page| open_pages.get(page).copied())
        .unwrap_or_default();
    if items.is_empty() && questions.is_empty() {
        return Err(WebError::NotFound);
    }
    request.extensions_mut().insert(Typed::of(survey, &form));
    let mut draft = match open_draft(&request, &state).await? {
        Either::Left(found) => found,
        Either::Right(answer) => return Ok(answer),
    };
    let changes = posted::page_changes(survey, questions, &form).map_err(|bad| bad_field(survey, &bad))?;
    if let Some(answer) = save(&request, &state, &mut draft, changes).await? {
        return Ok(answer);
    }
    let complete = rows::rating_rows(survey, items, &draft.given, true).iter().all(|row| row.error.is_none())
        && rows::question_rows(survey, questions, &draft.given, true).iter().all(|row| row.error.is_none());
    let answer = match button(&form) {
        "back" => see_other(&address(survey, number - 1)),
        "later" => see_other(&address(survey, number + 1)),
        _ if complete => see_other(&address(survey, number + 1)),
        _ => see_other(&format!("/questions/{number}?missing")),
    };
    kept(&request, &state, &draft.key, answer)
}

/// GET /questions/check: everything on one page.
pub async fn check(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let draft = match open_draft(&request, &state).await? {
        Either::Left(draft) => draft,
        Either::Right(answer) => return Ok(answer),
    };
    let ask = request.query_string() == "missing";
    let ratings = rows::rating_rows(survey, &survey.items, &draft.given, ask);
    let questions = rows::question_rows(survey, &survey.questions, &draft.given, ask);
    let shown = CheckPage {
        progress: draft.progress(survey, 2),
        missing: rows::missing_links(&ratings, &questions),
        skipped: rows::skipped(survey, &draft.given),
        ratings,
        questions,
        random: state.settings.drafts.random_answers,
        marks_skipped: true,
    };
    page(StatusCode::OK, Keeping::Private, &shown)
}

/// POST /questions/check: saves what was changed; "send", and nothing else, submits it if nothing is missing.
pub async fn save_check(
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    request.extensions_mut().insert(Typed::of(survey, &form));
    let mut draft = match open_draft(&request, &state).await? {
        Either::Left(found) => found,
        Either::Right(answer) => return Ok(answer),
    };
    let changes =
        posted::page_changes(survey, &survey.questions, &form).map_err(|bad| bad_field(survey, &bad))?;
    if let Some(answer) = save(&request, &state, &mut draft, changes).await? {
        return Ok(answer);
    }
    let key = draft.key.clone();
    let answer = match button(&form) {
        "back" => see_other(&address(survey, survey.rating_pages().len() + survey.open_pages().len())),
        "send" if rows::first_unfinished(survey, &draft.given).is_some() => {
            see_other("/questions/check?missing")
        }
        "send" => send(&request, &state, draft).await?,
        _ => see_other("/questions/check"),
    };
    kept(&request, &state, &key, answer)
}

/// POST /answers: what the script saves while the visitor answers. Answers with how many of the 86 are answered, and with
/// the marks by which the page knows later what it has already saved; where a field cannot be kept, with its name.
pub async fn autosave(
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let say = |mut answer: HttpResponseBuilder, message: &str| Ok(answer.json(json!({ "message": message })));
    let Some(key) = cookies::draft_key(&request) else {
        return say(HttpResponse::Gone(), "The browser sent no cookie, so there is nothing to save to.");
    };
    let changes = match posted::changes(survey, &form) {
        Ok(changes) => changes,
        Err(bad) => {
            let error = bad_field(survey, &bad);
            let told = json!({ "message": error.message(), "field": bad.field() });
            return Ok(HttpResponse::build(error.status()).json(told));
        }
    };
    match state.store.save_answers(&key, changes.clone()).await {
        Ok(_) => {}
        Err(RecordsError::Missing(_)) => return say(HttpResponse::Gone(), "These answers were forgotten."),
        Err(RecordsError::Conflict(_)) => return say(HttpResponse::Conflict(), "These answers were sent."),
        Err(error) => return Err(error.into()),
    }
    let draft = state.store.draft(&key).await?;
    let answered = draft.map(|draft| RawAnswers(draft.answers).answered(survey));
    let told = json!({ "answered": answered, "marks": posted::marks(&changes) });
    kept(&request, &state, &key, HttpResponse::Ok().json(told))
}

/// POST /questions/random, where a setting allows it: fills whatever is not answered yet.
pub async fn random(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    if !state.settings.drafts.random_answers {
        return Err(WebError::NotFound);
    }
    let survey = &state.questionnaire;
    let mut draft = match open_draft(&request, &state).await? {
        Either::Left(draft) => draft,
        Either::Right(answer) => return Ok(answer),
    };
    let drawn = survey.random_answers(&mut rand::rng());
    let needed = |field: &String| survey.check_field(&draft.given, field).is_some();
    let changes =
        drawn.0.into_iter().filter(|(field, _)| needed(field)).map(|(field, value)| (field, Some(value)));
    let changes = changes.collect();
    if let Some(answer) = save(&request, &state, &mut draft, changes).await? {
        return Ok(answer);
    }
    kept(&request, &state, &draft.key, see_other("/questions/check"))
}

fn button(form: &Posted) -> &str {
    form.iter().find(|(field, _)| field == "go").map_or("next", |(_, value)| value.as_str())
}

fn bad_field(survey: &Questionnaire, bad: &BadField) -> WebError {
    let number = survey.number(bad.field()).unwrap_or_default();
    match bad {
        BadField::NotOffered { .. } => {
            WebError::BadRequest(format!("Number {number} holds something that its page does not offer."))
        }
        BadField::TooLong { .. } => WebError::AnswerTooLong(format!(
            "The answer to number {number} is far too long to be kept. There is room for {MAX_ANSWER_CHARS} characters."
        )),
    }
}

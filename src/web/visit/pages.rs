//! The twelve pages of questions. Every post saves first and then redirects, so that the back button, a reload and a
//! second tab show the saved state.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::Utc;

use super::came::Came;
use super::draft::OpenDraft;
use super::first;
use super::not_open::NotOpen;
use super::on_device::OnDevice;
use super::posted::{self, Posted, button};
use super::progress::{Progress, Spent};
use super::rows::{self, MissingLink, QuestionRow, RatingRow};
use crate::survey::{Item, MAX_ANSWER_CHARS, Question, Questionnaire, RawAnswers};
use crate::web::error::WebError;
use crate::web::numbers::grouped;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;
use crate::web::typed::Typed;

#[derive(Template)]
#[template(path = "rate.html")]
pub struct RatePage {
    device: OnDevice,
    page: usize,
    pages: usize,
    heading: &'static str,
    progress: Progress,
    missing: Vec<MissingLink>,
    /// Whether words on the page are too long to be saved.
    unsaved: bool,
    rows: Vec<RatingRow>,
    /// When it was served, in milliseconds since 1970: the form sends it back.
    shown: Option<i64>,
    next_label: &'static str,
    came: Came,
    skippable: bool,
    /// Whether the page leads to a first result from the ratings.
    first: bool,
    random: bool,
}

#[derive(Template)]
#[template(path = "open.html")]
pub struct OpenPage {
    device: OnDevice,
    page: usize,
    page_of_part: usize,
    pages_of_part: usize,
    progress: Progress,
    missing: Vec<MissingLink>,
    /// Whether words on the page are too long to be saved.
    unsaved: bool,
    rows: Vec<QuestionRow>,
    /// Characters of the longest answer.
    longest: String,
    next_label: &'static str,
    came: Came,
    /// Whether the page offers to skip the rest.
    skippable: bool,
    /// Whether the page leads to a first result from the ratings.
    first: bool,
    random: bool,
}

/// What one page asks. Pages are numbered from 1 through both parts.
pub struct Asked<'a> {
    survey: &'a Questionnaire,
    number: usize,
    pub kind: Kind<'a>,
}

pub enum Kind<'a> {
    Ratings { items: &'a [Item] },
    Questions { questions: &'a [Question], page_of_part: usize },
}

impl<'a> Asked<'a> {
    pub fn of(survey: &'a Questionnaire, number: usize) -> Option<Asked<'a>> {
        let (rating_pages, open_pages) = (survey.rating_pages(), survey.open_pages());
        let kind = match number.checked_sub(rating_pages.len() + 1) {
            None => Kind::Ratings { items: rating_pages.get(number.checked_sub(1)?)? },
            Some(before) => Kind::Questions { questions: open_pages.get(before)?, page_of_part: before + 1 },
        };
        Some(Asked { survey, number, kind })
    }

    fn questions(&self) -> &'a [Question] {
        match self.kind {
            Kind::Ratings { .. } => &[],
            Kind::Questions { questions, .. } => questions,
        }
    }

    fn is_complete(&self, draft: &OpenDraft) -> bool {
        let settled = |field: &str| self.survey.check_field(&draft.given, field).is_none();
        match self.kind {
            Kind::Ratings { items } => items.iter().all(|item| settled(&item.id)),
            Kind::Questions { questions, .. } => questions.iter().all(|question| settled(&question.id)),
        }
    }
}

/// The address of a page by its number; after the last page comes the check page.
fn address(survey: &Questionnaire, number: usize) -> String {
    match number {
        0 => "/".to_owned(),
        n if n > rows::pages(survey) => "/questions/check".to_owned(),
        n => format!("/questions/{n}"),
    }
}

/// GET /questions: redirects to the first page with something unanswered.
pub async fn resume(state: web::Data<AppState>, draft: OpenDraft) -> HttpResponse {
    let survey = &state.questionnaire;
    let next = rows::first_unfinished(survey, &draft.given).unwrap_or(usize::MAX);
    see_other(&address(survey, next))
}

/// GET /questions/{page}
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    number: web::Path<usize>,
    draft: Result<OpenDraft, NotOpen>,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let asked = Asked::of(survey, number.into_inner()).ok_or(WebError::NotFound)?;
    let draft = draft?;
    shown(&state, &asked, &draft, Came::of(&request), &RawAnswers::default())
}

/// What a page shows beside its questions.
pub struct Sheet<'a> {
    pub given: &'a RawAnswers,
    /// Words that are too long to be saved.
    pub too_long: &'a RawAnswers,
    pub device: OnDevice,
    pub came: Came,
    /// Now, in milliseconds since 1970; none on a page that is kept.
    pub shown: Option<i64>,
    pub random: bool,
}

impl Sheet<'_> {
    fn points_out(&self) -> bool {
        matches!(self.came, Came::Missing | Came::FromCheck)
    }

    fn progress(&self, survey: &Questionnaire, part: u8) -> Progress {
        let progress = Progress::new(part, rows::count(survey, self.given), Spent::of(self.given));
        Progress { saved: self.came == Came::Saved, ..progress }
    }
}

/// A page. Words that are too long to be saved are on it with what to do, and its status is 422 then.
fn shown(
    state: &AppState,
    asked: &Asked<'_>,
    draft: &OpenDraft,
    came: Came,
    too_long: &RawAnswers,
) -> Result<HttpResponse, WebError> {
    let random = state.settings.drafts.random_answers;
    let (device, shown) = (draft.on_device.clone(), Some(Utc::now().timestamp_millis()));
    let sheet = Sheet { given: &draft.given, too_long, device, came, shown, random };
    match asked.kind {
        Kind::Ratings { items } => {
            page(StatusCode::OK, Keeping::Private, &RatePage::new(asked, items, sheet))
        }
        Kind::Questions { questions, page_of_part } => {
            let status =
                if too_long.0.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            page(status, Keeping::Private, &OpenPage::new(asked, questions, page_of_part, sheet))
        }
    }
}

impl RatePage {
    pub fn new(asked: &Asked<'_>, items: &[Item], sheet: Sheet<'_>) -> RatePage {
        let survey = asked.survey;
        let pages = survey.rating_pages().len();
        let rows = rows::rating_rows(survey, items, sheet.given, sheet.points_out());
        RatePage {
            page: asked.number,
            shown: sheet.shown,
            pages,
            heading: rows::heading(items),
            progress: sheet.progress(survey, 1),
            missing: rows::missing_links(&rows, &[]),
            unsaved: false,
            rows,
            next_label: if asked.number == pages { "Next: your own words" } else { "Next" },
            came: sheet.came,
            skippable: false,
            first: asked.number == pages,
            random: sheet.random,
            device: sheet.device,
        }
    }
}

impl OpenPage {
    pub fn new(asked: &Asked<'_>, questions: &[Question], page_of_part: usize, sheet: Sheet<'_>) -> OpenPage {
        let survey = asked.survey;
        let pages_of_part = survey.open_pages().len();
        let mut rows = rows::question_rows(survey, questions, sheet.given, sheet.points_out());
        rows::put_too_long(survey, &mut rows, sheet.too_long);
        let count = rows::count(survey, sheet.given);
        OpenPage {
            page: asked.number,
            page_of_part,
            pages_of_part,
            progress: sheet.progress(survey, 2),
            missing: rows::missing_links(&[], &rows),
            unsaved: !sheet.too_long.0.is_empty(),
            rows,
            longest: grouped(MAX_ANSWER_CHARS as u64),
            next_label: if page_of_part == pages_of_part { "Next: check and send" } else { "Next" },
            came: sheet.came,
            skippable: count.answered < survey.questions.len(),
            first: count.rated == count.items,
            random: sheet.random,
            device: sheet.device,
        }
    }
}

/// POST /questions/{page}: saves the page, then goes where the button leads.
pub async fn save(
    request: HttpRequest,
    state: web::Data<AppState>,
    number: web::Path<usize>,
    draft: Result<OpenDraft, NotOpen>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let asked = Asked::of(survey, number.into_inner()).ok_or(WebError::NotFound)?;
    let saved = save_page(&state, &asked, draft, &form, Came::of(&request)).await;
    saved.map_err(|error| error.showing(Typed::of(survey, &form)))
}

async fn save_page(
    state: &AppState,
    asked: &Asked<'_>,
    draft: Result<OpenDraft, NotOpen>,
    form: &Posted,
    came: Came,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let mut draft = draft?;
    let (too_long, fits) = posted::take_too_long(asked.questions(), form);
    let changes = posted::page_changes(survey, asked.questions(), &fits)?;
    draft.save(changes, posted::shown_at(form)).await?;
    if !too_long.0.is_empty() {
        // With any button, the visitor stays on the page, because it has words that are not saved.
        let came = if came.is_from_check() { came } else { Came::Onward };
        return draft.keep(shown(state, asked, &draft, came, &too_long)?);
    }
    let number = asked.number;
    let to = match button(form) {
        "back" => address(survey, number - 1),
        "later" => address(survey, number + 1),
        "check" => "/questions/check".to_owned(),
        // Leads to a missing rating if there is one.
        "first" => first::PATH.to_owned(),
        "stay" => format!("/questions/{number}?saved"),
        "skip" => return Ok(draft.skip_rest_and_send().await?),
        _ if asked.is_complete(&draft) => address(survey, number + 1),
        _ => format!("/questions/{number}?missing"),
    };
    draft.keep(see_other(&to))
}

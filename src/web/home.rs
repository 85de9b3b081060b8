//! The first page, the facts before one begins, and what this device remembers.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::charts::Ring;
use super::draft::kept;
use super::page::{Keeping, page, see_other};
use super::rows::{count, first_unfinished};
use super::{AppState, WebError, cookies};
use crate::personality::Profile;
use crate::records::DraftState;
use crate::survey::RawAnswers;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    /// Sixteen equal slices: the picture of the page, no data.
    ring: Ring,
    resume: Option<Resume>,
    results: Vec<ResultLink>,
}

/// An unfinished questionnaire on this device.
struct Resume {
    href: String,
    answered: usize,
    total: usize,
    kept_until: String,
}

struct ResultLink {
    href: String,
}

/// GET /
pub async fn home(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let mut resume = None;
    if let Some(key) = cookies::draft_key(&request)
        && let Some(draft) = state.store.draft(&key).await?
        && draft.state == DraftState::Open
    {
        let given = RawAnswers(draft.answers);
        let count = count(survey, &given);
        resume = Some(Resume {
            href: match first_unfinished(survey, &given) {
                Some(number) => format!("/questions/{number}"),
                None => "/questions/check".to_owned(),
            },
            answered: count.rated + count.told,
            total: count.items + count.questions,
            kept_until: draft.expires_at.format("%-d %B %Y").to_string(),
        });
    }
    let results = cookies::results(&request)
        .iter()
        .map(|key| ResultLink { href: format!("/results/{}", key.as_text()) })
        .collect();
    let ring = Ring::new(&Profile { types: [1.0 / 16.0; 16], traits: [0.5; 5] });
    page(StatusCode::OK, Keeping::Private, &HomePage { ring, resume, results })
}

#[derive(Template)]
#[template(path = "begin.html")]
struct BeginPage {
    missing: bool,
    minimum_age: u8,
    draft_days: u32,
    ratings: usize,
    questions: usize,
}

impl BeginPage {
    fn new(state: &AppState, missing: bool) -> BeginPage {
        BeginPage {
            missing,
            minimum_age: state.settings.drafts.minimum_age,
            draft_days: state.settings.drafts.draft_days,
            ratings: state.questionnaire.items.len(),
            questions: state.questionnaire.questions.len(),
        }
    }
}

/// GET /begin: the facts, before anything is stored.
pub async fn facts(state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    page(StatusCode::OK, Keeping::Public, &BeginPage::new(&state, false))
}

/// POST /begin: opens a draft, or goes on with the open one of this device.
pub async fn begin(
    request: HttpRequest,
    state: web::Data<AppState>,
    form: web::Form<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    if !form.iter().any(|(field, value)| field == "agree" && value == "1") {
        return page(StatusCode::UNPROCESSABLE_ENTITY, Keeping::Private, &BeginPage::new(&state, true));
    }
    if let Some(key) = cookies::draft_key(&request)
        && let Some(draft) = state.store.draft(&key).await?
        && draft.state == DraftState::Open
    {
        return Ok(see_other("/questions"));
    }
    let key = state.store.open_draft().await?;
    kept(&request, &state, &key, see_other("/questions/1"))
}

#[derive(Template)]
#[template(path = "forget.html")]
struct ForgetPage {
    results: usize,
}

/// GET /forget: what forgetting this device does, and a button.
pub async fn ask_forget(request: HttpRequest) -> Result<HttpResponse, WebError> {
    let results = cookies::results(&request).len();
    page(StatusCode::OK, Keeping::Private, &ForgetPage { results })
}

#[derive(Template)]
#[template(path = "done.html")]
pub(super) struct DonePage {
    pub(super) title: &'static str,
    pub(super) said: &'static str,
}

/// POST /forget: erases an unsent draft and clears both cookies.
pub async fn forget(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    if let Some(key) = cookies::draft_key(&request) {
        state.store.forget_draft(&key).await?;
    }
    let mut answer = see_other("/forgotten");
    for name in [cookies::DRAFT, cookies::RESULTS] {
        cookies::set(&mut answer, &cookies::clear(&request, &state, name))?;
    }
    Ok(answer)
}

/// GET /forgotten
pub async fn forgotten() -> Result<HttpResponse, WebError> {
    let done = DonePage {
        title: "This device is forgotten",
        said: "Answers that were not sent are erased, and this browser holds no address of a result any more.",
    };
    page(StatusCode::OK, Keeping::Public, &done)
}

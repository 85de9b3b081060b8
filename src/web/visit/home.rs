//! The home page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::draft::OpenDraft;
use super::not_open::NotOpen;
use super::rows;
use crate::config::Registration;
use crate::personality::Profile;
use crate::telemetry::sentence;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::numbers::day;
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::result::brief::Brief;
use crate::web::result::charts::Ring;
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    preview: Preview,
    /// Sixteen equal slices: a decoration, not data.
    ring: Ring,
    resume: Option<Resume>,
    minimum_age: u8,
    /// This device's results, newest first.
    results: Vec<Brief>,
    /// Whether this site has accounts.
    accounts: bool,
}

/// A draft to continue.
struct Resume {
    href: String,
    answered: usize,
    total: usize,
    kept_until: String,
    /// Whether every item is rated, so that a first result is available.
    rated: bool,
    in_account: bool,
    /// When the answers of another device were taken up.
    merged: Option<String>,
}

/// GET /
pub async fn home(
    request: HttpRequest,
    state: web::Data<AppState>,
    draft: Result<OpenDraft, NotOpen>,
) -> Result<HttpResponse, WebError> {
    let survey = &state.questionnaire;
    let resume = match draft {
        Ok(draft) => {
            let count = rows::count(survey, &draft.given);
            Some(Resume {
                href: match rows::first_unfinished(survey, &draft.given) {
                    Some(number) => format!("/questions/{number}"),
                    None => "/questions/check".to_owned(),
                },
                answered: count.rated + count.answered,
                total: count.items + count.questions,
                kept_until: day(draft.kept_until),
                rated: count.rated == count.items,
                in_account: draft.is_in_account(),
                merged: draft.merged.day(),
            })
        }
        Err(NotOpen::Failed(error)) => return Err(error),
        Err(_) => None,
    };
    let keys = cookies::results(&request, &state);
    let results = match state.store.listed(keys.clone()).await {
        Ok(listed) => listed.iter().map(Brief::new).collect(),
        // The addresses are useful even then.
        Err(error) => {
            tracing::warn!(error = sentence(&error), "the results of a device cannot be listed");
            (1..).zip(&keys).map(|(number, key)| Brief::unread(number, key)).collect()
        }
    };
    let ring = Ring::new(&Profile { types: [1.0 / 16.0; 16], traits: [0.5; 5] });
    let preview = Preview::new(&request, &state, "/");
    let accounts = state.settings.accounts.accounts != Registration::Off;
    let minimum_age = state.settings.drafts.minimum_age;
    page(
        StatusCode::OK,
        Keeping::Private,
        &HomePage { preview, ring, resume, minimum_age, results, accounts },
    )
}

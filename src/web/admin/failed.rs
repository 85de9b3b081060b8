//! Submissions that were given up: why, and another try.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::records::{Act, FailedRecord};
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

/// Rows on a page.
const A_PAGE: usize = 50;

/// Which of them.
#[derive(Deserialize)]
pub struct Query {
    /// The number before which the page begins; the newest if empty.
    #[serde(default)]
    before: String,
    /// What was just done.
    #[serde(default)]
    done: String,
}

#[derive(Template)]
#[template(path = "admin/failed.html")]
struct FailedPage {
    rows: Vec<FailedRecord>,
    next: Option<i64>,
    done: &'static str,
}

/// GET /admin/failed
pub async fn show(
    _: Administrator,
    state: web::Data<AppState>,
    query: web::Query<Query>,
) -> Result<HttpResponse, WebError> {
    let before = match query.before.as_str() {
        "" => i64::MAX,
        typed => number("The page begins before submission", typed)?,
    };
    let mut rows = state.store.failed_before(before, A_PAGE + 1).await?;
    let more = rows.len() > A_PAGE;
    rows.truncate(A_PAGE);
    let done = match query.done.as_str() {
        "queued" => "The submission is in the queue again.",
        "gone" => "This submission had not failed, or was deleted meanwhile. Nothing was changed.",
        _ => "",
    };
    let next = rows.last().filter(|_| more).map(|last| last.id);
    page(StatusCode::OK, Keeping::Unlisted, &FailedPage { rows, next, done })
}

/// POST /admin/failed: tries one again.
pub async fn try_again(
    admin: Administrator,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let id = number("The submission is", value(&form, "again"))?;
    let audited = admin.account.did(Act::TryAgain, format!("submission {id}"));
    let queued = state.submissions.retry_failed(id, audited).await?;
    Ok(see_other(if queued { "/admin/failed?done=queued" } else { "/admin/failed?done=gone" }))
}

fn number(what: &str, typed: &str) -> Result<i64, WebError> {
    typed.parse().map_err(|_| WebError::BadRequest(format!("{what} {typed:?}; expected a number.")))
}

//! GET /results/{key}/why: all reasons, for the owner only.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::assessed::{self, Why};
use super::owner::{finished, parts};
use super::stored::{On, Stored};
use crate::web::error::WebError;
use crate::web::owned::Owner;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "why_page.html")]
struct WhyPage {
    path: String,
    all: Vec<Why>,
}

/// # Errors
/// [`WebError::NotFound`] for a result without reasons.
pub async fn show(state: web::Data<AppState>, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    let (path, record) = finished(&state, &key).await?;
    let view = Stored(&record.shown).assessed(&On::of(&state)).map_err(WebError::internal)?;
    let view = view.ok_or(WebError::NotFound)?;
    let parts = parts(&record, &state)?;
    if parts.is_empty() {
        return Err(WebError::NotFound);
    }
    page(StatusCode::OK, Keeping::Unlisted, &WhyPage { path, all: assessed::everything(&parts, &view) })
}

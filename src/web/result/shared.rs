//! A shared result, without answers and text.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::best::BestCareers;
use super::stored::Stored;
use super::view::ReadingView;
use crate::records::ShareKey;
use crate::web::address;
use crate::web::careers::filters::filters;
use crate::web::error::WebError;
use crate::web::numbers::day;
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "shared.html")]
struct SharedPage {
    preview: Preview,
    /// The path of the ranking by the whole profile.
    ranking: Option<String>,
    read_on: String,
    reading: ReadingView,
    best: BestCareers,
}

/// GET /shared/{key}: the result without answers and text.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let key = ShareKey::parse(&key).ok_or(WebError::NotFound)?;
    let record = state.store.by_share(&key).await?.ok_or(WebError::NotFound)?;
    let filters = filters(&request)?;
    let person = Stored(&record).person().map_err(WebError::internal)?;
    let shown = SharedPage {
        best: BestCareers::new(&state.catalog, &person, &filters, Some(&address::shared(&key))),
        preview: Preview::new(&request, &state, &address::shared(&key)),
        ranking: Some(format!("{}/careers", address::shared(&key))),
        read_on: day(record.finished_at.unwrap_or(record.created_at)),
        reading: Stored(&record).view(&state.catalog).map_err(WebError::internal)?,
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

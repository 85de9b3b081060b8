//! A shared result, without answers and text.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::best::{self, BestCareers, BestInterests};
use super::good::How;
use super::stored::{On, Stored};
use super::view::ReadingView;
use crate::careers::Person;
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
    /// The key of the share link, by which another page can find the result.
    link: String,
    reading: ReadingView,
    best: BestCareers,
    good: How,
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
    let interests = record.shared_interests;
    let person = Person { interests, ..Stored(&record).person().map_err(WebError::internal)? };
    let path = address::shared(&key);
    let (reading, best) =
        Stored(&record).shown(&On::of(&state), &person, &filters, Some(&path)).map_err(WebError::internal)?;
    let shown = SharedPage {
        best: best.with(BestInterests::new(&person, &path, false)),
        good: How::of(&state.evaluated),
        preview: Preview::new(&request, &state, &path),
        ranking: Some(best::ranking(&path, &filters)),
        read_on: day(record.finished_at.unwrap_or(record.created_at)),
        link: key.as_text(),
        reading,
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

//! The ranking of a stored result as JSON and CSV, for its owner.

use actix_web::{HttpRequest, HttpResponse, web};

use super::filters::filters;
use super::query::RankingQuery;
use super::ranking_csv::as_csv;
use super::ranking_export::{RankingJson, as_json};
use super::settled::Settled;
use crate::careers::Filters;
use crate::web::api::refusals::{Always, OfResults, ResultKey};
use crate::web::error::WebError;
use crate::web::owned::Owner;
use crate::web::page::{Keeping, keep};
use crate::web::state::AppState;

/// GET /results/{key}/careers.json: a page of 25 rows, with the same filters as the page.
#[utoipa::path(
    get,
    path = "/results/{key}/careers.json",
    operation_id = "result_careers",
    tag = "Results",
    summary = "Careers ranked for a result",
    description = "The occupations by how well they fit, with reasons. Empty values and unknown parameters are ignored, \
                   as forms send them.",
    params(ResultKey, RankingQuery),
    responses(
        (status = 200, description = "A page of at most 25 occupations.", body = RankingJson),
        Always, OfResults,
    )
)]
pub async fn json(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    let settled = Settled::of_owner(&state, &key).await?;
    let person = settled.person(&filters);
    let ranking = state.catalog.rank(&person, &filters);
    let mut answer = HttpResponse::Ok().json(as_json(&state.catalog, &person, &ranking));
    keep(&mut answer, Keeping::Unlisted);
    Ok(answer)
}

/// GET /results/{key}/careers.csv: every row that matches the filters.
pub async fn csv(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
) -> Result<HttpResponse, WebError> {
    let filters = Filters { page: 1, ..filters(&request)? };
    let settled = Settled::of_owner(&state, &key).await?;
    let ranking = state.catalog.rank_rows(&settled.person(&filters), &filters, usize::MAX);
    let body = as_csv(&state.catalog, &ranking).map_err(WebError::internal)?;
    let mut answer = HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header(("content-disposition", "attachment; filename=\"calling-careers.csv\""))
        .body(body);
    keep(&mut answer, Keeping::Unlisted);
    Ok(answer)
}

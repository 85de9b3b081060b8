//! The catalog as JSON: GET /api/v1/careers with the filters of the pages.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::refusals::Always;
use crate::careers::ranking::PAGE_ROWS;
use crate::web::careers::filters::filters;
use crate::web::careers::query::ListQuery;
use crate::web::careers::searched::{LeftOutTitle, Searched};
use crate::web::careers::summary::{SCHEMA, Summary};
use crate::web::error::WebError;
use crate::web::page::{Keeping, keep};
use crate::web::state::AppState;

/// A page of occupations.
#[derive(Serialize, ToSchema)]
#[schema(as = Careers)]
struct List<'a> {
    /// Raised when a field is added, renamed, removed or changes its meaning.
    schema: u32,
    /// The version of the data.
    version: &'a str,
    /// How many match, on all pages.
    total: usize,
    page: usize,
    pages: usize,
    /// A title that matches the search and is not in the catalog, and why.
    #[schema(required)]
    left_out: Option<LeftOutTitle<'a>>,
    /// Whether no occupation has the searched title, so that these only resemble it.
    nearest: bool,
    careers: Vec<Summary<'a>>,
}

/// GET /api/v1/careers
#[utoipa::path(
    get,
    path = "/api/v1/careers",
    operation_id = "careers",
    tag = "Careers",
    summary = "Occupations, searched and filtered",
    description = "The same for everybody. Empty values and unknown parameters are ignored, as forms send them.",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of at most 25 occupations.", body = List,
         links(("one" = (operation_id = "career", parameters(("soc" = "$response.body#/careers/0/soc")))))),
        Always,
    )
)]
pub async fn list(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    let browsed = state.catalog.browse(&filters);
    let Searched { left_out, nearest } = Searched::new(browsed.found.as_ref());
    let found = browsed.occupations;
    let pages = found.len().div_ceil(PAGE_ROWS).max(1);
    let page = filters.page.min(pages);
    let rows = found.iter().skip((page - 1) * PAGE_ROWS).take(PAGE_ROWS);
    let careers = rows.map(|(occupation, found_as)| Summary::new(occupation, *found_as)).collect();
    let version = state.catalog.version();
    Ok(public(&List { schema: SCHEMA, version, total: found.len(), page, pages, left_out, nearest, careers }))
}

/// JSON that is the same for everybody.
pub(super) fn public(body: &impl Serialize) -> HttpResponse {
    let mut answer = HttpResponse::Ok().json(body);
    keep(&mut answer, Keeping::Public);
    answer
}

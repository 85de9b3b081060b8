//! The catalog as JSON: GET /api/v1/careers with the filters of the pages, GET /api/v1/careers/{soc} for one occupation.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::refusals::Always;
use crate::careers::evidence::ELEMENT;
use crate::careers::occupation::WorkValue;
use crate::careers::ranking::PAGE_ROWS;
use crate::web::careers::filters::filters;
use crate::web::careers::query::ListQuery;
use crate::web::careers::searched::{LeftOutTitle, Searched};
use crate::web::careers::summary::{SCHEMA, Summary};
use crate::web::error::WebError;
use crate::web::page::{Keeping, keep};
use crate::web::problem::Problem;
use crate::web::state::AppState;

/// A page of occupations.
#[derive(Serialize, ToSchema)]
#[schema(as = Careers)]
struct List<'a> {
    /// Changes when a field is renamed, removed or changes its meaning.
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

/// All that is known of one occupation.
#[derive(Serialize, ToSchema)]
#[schema(as = Career)]
struct Whole<'a> {
    /// Changes when a field is renamed, removed or changes its meaning.
    schema: u32,
    /// The version of the data.
    version: &'a str,
    #[serde(flatten)]
    summary: Summary<'a>,
    onet_title: &'a str,
    description: &'a str,
    /// The 10th, 25th, 50th, 75th and 90th percentile of annual wages.
    salary_percentiles_usd: [u32; 5],
    /// Work styles (−3 to 3) and interests (1 to 7), by O*NET's names.
    #[schema(value_type = BTreeMap<String, f64>)]
    ratings: Map<String, Value>,
    /// Each rating in standard deviations above the average occupation, combined with the surveyed rating if there is
    /// one. Matching uses these figures.
    #[schema(value_type = BTreeMap<String, f64>)]
    figures: Map<String, Value>,
    tasks: &'a [String],
    /// The first `in_demand` are in demand for this occupation, the others in general.
    technology: &'a [String],
    in_demand: usize,
    /// SOC codes.
    related: &'a [String],
    /// From 1 to 7, with the year of the rating.
    #[schema(value_type = BTreeMap<String, f64>)]
    work_values: Map<String, Value>,
    #[schema(required)]
    work_values_year: Option<u16>,
    other_titles: Vec<&'a str>,
}

/// GET /api/v1/careers/{soc}
#[utoipa::path(
    get,
    path = "/api/v1/careers/{soc}",
    operation_id = "career",
    tag = "Careers",
    summary = "One occupation",
    params(("soc" = String, Path, description = "Its code, such as 29-1141.", pattern = "^[0-9]{2}-[0-9]{4}$",
            example = json!("29-1141"))),
    responses(
        (status = 200, description = "All that is known of it.", body = Whole),
        (status = 404, description = "No occupation in this catalog has this code.", body = Problem),
        Always,
    )
)]
pub async fn one(state: web::Data<AppState>, soc: web::Path<String>) -> Result<HttpResponse, WebError> {
    let o = state.catalog.by_soc(&soc).ok_or(WebError::NotFound)?;
    let named = |values: &[f64]| -> Map<String, Value> {
        ELEMENT.iter().zip(values).map(|(e, value)| (e.name.to_owned(), (*value).into())).collect()
    };
    let figures = state.catalog.figures(&soc).ok_or(WebError::NotFound)?.figures;
    let figures = figures.map(|figure| (figure * 100.0).round() / 100.0);
    let extents = o.values.iter().flat_map(|values| WorkValue::ALL.into_iter().zip(values.extent));
    Ok(public(&Whole {
        schema: SCHEMA,
        version: state.catalog.version(),
        summary: Summary::new(o, None),
        onet_title: &o.onet_title,
        description: &o.description,
        salary_percentiles_usd: o.pay.percentiles,
        ratings: named(&o.ratings),
        figures: named(&figures),
        tasks: &o.tasks,
        technology: &o.technology,
        in_demand: o.in_demand,
        related: &o.related,
        work_values: extents.map(|(value, extent)| (value.name().to_owned(), extent.into())).collect(),
        work_values_year: o.values.as_ref().map(|values| values.year),
        other_titles: o.titles.lines().collect(),
    }))
}

fn public(body: &impl Serialize) -> HttpResponse {
    let mut answer = HttpResponse::Ok().json(body);
    keep(&mut answer, Keeping::Public);
    answer
}

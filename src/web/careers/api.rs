//! The catalogue as JSON: GET /api/v1/careers with the filters of the pages, GET /api/v1/careers/{soc} for one.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::super::page::{Keeping, keep};
use super::super::{AppState, WebError};
use super::{filters, path};
use crate::careers::evidence::ELEMENT;
use crate::careers::fields;
use crate::careers::occupation::Occupation;
use crate::careers::ranking::PAGE_ROWS;

/// One occupation in a list.
#[derive(Serialize)]
pub struct Summary<'a> {
    soc: &'a str,
    title: &'a str,
    /// The title that the search found, if it is not the occupation's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    found_as: Option<&'a str>,
    field: Option<&'static str>,
    /// Mean annual wage.
    salary_usd: u32,
    median_salary_usd: u32,
    /// The wider group that the wage is published for, if it is not the occupation alone.
    salary_of_wider_group: Option<&'a str>,
    employment: u32,
    job_zone: u8,
    typical_education: &'a str,
    growth_pct: f64,
    openings_a_year: u32,
    page: String,
}

impl<'a> Summary<'a> {
    /// Of an occupation.
    pub fn new(o: &'a Occupation, found_as: Option<&'a str>) -> Self {
        Summary {
            soc: &o.soc,
            title: &o.title,
            found_as,
            field: fields::field(o.major_group()),
            salary_usd: o.pay.mean,
            median_salary_usd: o.pay.median(),
            salary_of_wider_group: o.pay.wider_group.as_deref(),
            employment: o.pay.employment,
            job_zone: o.job_zone,
            typical_education: &o.outlook.education,
            growth_pct: o.outlook.growth_pct,
            openings_a_year: o.outlook.openings,
            page: path(&o.soc),
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    version: &'a str,
    total: usize,
    page: usize,
    pages: usize,
    careers: Vec<Summary<'a>>,
}

/// GET /api/v1/careers
pub async fn list(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    let found = state.catalog.browse(&filters);
    let pages = found.len().div_ceil(PAGE_ROWS).max(1);
    let page = filters.page.min(pages);
    let rows = found.iter().skip((page - 1) * PAGE_ROWS).take(PAGE_ROWS);
    let careers = rows.map(|(occupation, found_as)| Summary::new(occupation, *found_as)).collect();
    let version = state.catalog.version();
    Ok(public(&List { version, total: found.len(), page, pages, careers }))
}

#[derive(Serialize)]
struct Whole<'a> {
    version: &'a str,
    #[serde(flatten)]
    summary: Summary<'a>,
    onet_title: &'a str,
    description: &'a str,
    /// Annual wages below which 10, 25, 50, 75 and 90 percent stand.
    salary_percentiles_usd: [u32; 5],
    /// Work styles (−3 to 3) and interests (1 to 7), by O*NET's names.
    ratings: serde_json::Map<String, serde_json::Value>,
    other_titles: Vec<&'a str>,
}

/// GET /api/v1/careers/{soc}
pub async fn one(state: web::Data<AppState>, soc: web::Path<String>) -> Result<HttpResponse, WebError> {
    let o = state.catalog.by_soc(&soc).ok_or(WebError::NotFound)?;
    let named = ELEMENT.iter().zip(&o.ratings).map(|(e, rating)| (e.name.to_owned(), (*rating).into()));
    Ok(public(&Whole {
        version: state.catalog.version(),
        summary: Summary::new(o, None),
        onet_title: &o.onet_title,
        description: &o.description,
        salary_percentiles_usd: o.pay.percentiles,
        ratings: named.collect(),
        other_titles: o.titles.lines().collect(),
    }))
}

fn public(body: &impl Serialize) -> HttpResponse {
    let mut answer = HttpResponse::Ok().json(body);
    keep(&mut answer, Keeping::Public);
    answer
}

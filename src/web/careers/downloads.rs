//! The ranking of a stored result as JSON and CSV, for its owner.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::filters::filters;
use super::settled::Settled;
use super::summary::{SCHEMA, Summary};
use crate::careers::{Catalog, Filters, Ranking};
use crate::web::error::WebError;
use crate::web::page::{Keeping, keep};
use crate::web::sheet::Sheet;
use crate::web::state::AppState;

#[derive(Serialize)]
struct RankedJson<'a> {
    rank: usize,
    fit: f64,
    reason: &'a str,
    against: Option<&'a str>,
    #[serde(flatten)]
    summary: Summary<'a>,
}

#[derive(Serialize)]
struct RankingJson<'a> {
    /// Changes when a field is renamed, removed or changes its meaning.
    schema: u32,
    version: &'a str,
    /// The share of each part of the fit in the order.
    shares: BTreeMap<&'static str, f64>,
    total: usize,
    page: usize,
    pages: usize,
    careers: Vec<RankedJson<'a>>,
}

/// GET /results/{key}/careers.json: a page of 25 rows, with the same filters as the page.
pub async fn json(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    let settled = Settled::of_owner(&state, &key).await?;
    let ranking = state.catalog.rank(&settled.person(&filters), &filters);
    let mut answer = HttpResponse::Ok().json(as_json(&state.catalog, &ranking));
    keep(&mut answer, Keeping::Unlisted);
    Ok(answer)
}

fn as_json<'a>(catalog: &'a Catalog, ranking: &'a Ranking<'a>) -> RankingJson<'a> {
    let careers = ranking.rows.iter().map(|ranked| RankedJson {
        rank: ranked.rank,
        fit: rounded(ranked.fit),
        reason: &ranked.reason,
        against: ranked.against.as_deref(),
        summary: Summary::new(ranked.occupation, ranked.found_as),
    });
    RankingJson {
        schema: SCHEMA,
        version: catalog.version(),
        shares: ranking.shares.iter().map(|(part, share)| (part.name(), rounded(*share))).collect(),
        total: ranking.total,
        page: ranking.page,
        pages: ranking.pages,
        careers: careers.collect(),
    }
}

/// GET /results/{key}/careers.csv: every row that matches the filters.
pub async fn csv(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let filters = Filters { page: 1, ..filters(&request)? };
    let settled = Settled::of_owner(&state, &key).await?;
    let ranking = state.catalog.rank_rows(&settled.person(&filters), &filters, usize::MAX);
    let body = as_csv(&ranking).map_err(WebError::internal)?;
    let mut answer = HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header(("content-disposition", "attachment; filename=\"calling-careers.csv\""))
        .body(body);
    keep(&mut answer, Keeping::Unlisted);
    Ok(answer)
}

fn as_csv(ranking: &Ranking<'_>) -> Result<Vec<u8>, csv::Error> {
    let mut sheet = Sheet::new();
    sheet.row([
        "rank",
        "soc",
        "title",
        "fit",
        "salary_usd",
        "job_zone",
        "growth_pct",
        "openings_a_year",
        "reason",
        "against",
    ])?;
    for ranked in &ranking.rows {
        let o = ranked.occupation;
        sheet.row([
            ranked.rank.to_string().as_str(),
            &o.soc,
            &o.title,
            &rounded(ranked.fit).to_string(),
            &o.pay.mean.to_string(),
            &o.job_zone.to_string(),
            &o.outlook.growth_pct.to_string(),
            &o.outlook.openings.to_string(),
            &ranked.reason,
            ranked.against.as_deref().unwrap_or_default(),
        ])?;
    }
    sheet.bytes()
}

/// Three decimals. The method is less precise than that.
fn rounded(fit: f64) -> f64 {
    (fit * 1000.0).round() / 1000.0
}

//! The shortlists: /shortlist for this device, /results/{key}/shortlist for a result.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::list::Change;
use crate::careers::Catalog;
use crate::careers::occupation::Occupation;
use crate::web::address;
use crate::web::careers::Settled;
use crate::web::careers::filters::filters;
use crate::web::careers::pay::PayShown;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::numbers::signed_percent;
use crate::web::owned::Owner;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

type Posted = web::Form<Vec<(String, String)>>;

#[derive(Template)]
#[template(path = "shortlist.html")]
struct ShortlistPage<'a> {
    /// The path of this page.
    here: String,
    /// The path of the comparison.
    compare: String,
    /// The path of the result; none for the list of a device.
    result: Option<String>,
    rows: Vec<Row<'a>>,
    /// The number of occupations in the catalog.
    all: usize,
    /// Whether the list was too full for something.
    full: bool,
    /// For a result: codes on this device's shortlist that are not on the result's.
    on_device: Vec<String>,
    /// For a device: the paths of its results.
    results: Vec<String>,
}

struct Row<'a> {
    soc: &'a str,
    title: &'a str,
    path: String,
    pay: PayShown,
    zone: u8,
    growth: String,
    /// The rank in the result's ranking.
    rank: Option<usize>,
}

fn row<'a>(occupation: &'a Occupation, base: &str, rank: Option<usize>) -> Row<'a> {
    Row {
        soc: &occupation.soc,
        title: &occupation.title,
        path: format!("{base}{}", address::occupation(&occupation.soc)),
        pay: PayShown::new(&occupation.pay),
        zone: occupation.job_zone,
        growth: signed_percent(occupation.outlook.growth_pct),
        rank,
    }
}

#[derive(serde::Deserialize)]
pub struct Told {
    /// Present after a change that did not fit.
    full: Option<String>,
}

/// GET /shortlist
pub async fn of_device(
    request: HttpRequest,
    state: web::Data<AppState>,
    told: web::Query<Told>,
) -> Result<HttpResponse, WebError> {
    let codes = cookies::shortlist(&request, &state);
    let kept = codes.iter().filter_map(|code| state.catalog.by_soc(code));
    let shown = ShortlistPage {
        here: "/shortlist".to_owned(),
        compare: "/compare".to_owned(),
        result: None,
        rows: kept.map(|occupation| row(occupation, "", None)).collect(),
        all: state.catalog.occupations().len(),
        full: told.full.is_some(),
        on_device: Vec::new(),
        results: cookies::results(&request, &state).iter().map(address::result).collect(),
    };
    page(StatusCode::OK, Keeping::Private, &shown)
}

/// GET /results/{key}/shortlist
pub async fn of_result(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
    told: web::Query<Told>,
) -> Result<HttpResponse, WebError> {
    let settled = Settled::of_owner(&state, &key).await?;
    let person = settled.person(&filters(&request)?);
    let codes: Vec<&str> = settled.shortlist.iter().map(String::as_str).collect();
    let result = address::result(&key);
    let ranked = state.catalog.rank_these(&person, &codes);
    let on_device = cookies::shortlist(&request, &state);
    let shown = ShortlistPage {
        here: format!("{result}/shortlist"),
        compare: format!("{result}/compare"),
        rows: ranked.into_iter().map(|ranked| row(ranked.occupation, &result, Some(ranked.rank))).collect(),
        all: state.catalog.occupations().len(),
        full: told.full.is_some(),
        on_device: on_device
            .into_iter()
            .filter(|code| !settled.shortlist.contains(code) && state.catalog.by_soc(code).is_some())
            .collect(),
        results: Vec::new(),
        result: Some(result),
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

fn change_of(catalog: &Catalog, form: &Posted) -> Change {
    Change::parse(form, |code| catalog.by_soc(code).is_some())
}

/// The list after a change.
fn back(here: &str, fits: bool) -> HttpResponse {
    if fits { see_other(here) } else { see_other(&format!("{here}?full")) }
}

/// POST /shortlist: keeps or removes occupations on this device.
pub async fn change_device(
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let change = change_of(&state.catalog, &form);
    let mut codes = cookies::shortlist(&request, &state);
    change.apply(&mut codes);
    let mut answer = back("/shortlist", change.fits(&codes));
    cookies::set(&mut answer, [cookies::keep_shortlist(&request, &state, &codes)])?;
    Ok(answer)
}

/// POST /results/{key}/shortlist: keeps or removes occupations with the result.
pub async fn change_result(
    state: web::Data<AppState>,
    Owner(key): Owner,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let change = change_of(&state.catalog, &form);
    let applied = change.clone();
    let codes = state.store.change_shortlist(&key, move |codes| applied.apply(codes)).await?;
    Ok(back(&format!("{}/shortlist", address::result(&key)), change.fits(&codes)))
}

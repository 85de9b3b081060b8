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
    /// The address of this page, with what the visitor stated.
    here: String,
    /// The path of the comparison.
    compare: String,
    /// The path of the result; none for the list of a device.
    result: Option<String>,
    /// What the visitor stated, as the end of each address under the result: "?prep=2", or nothing.
    stated: String,
    /// The same as the names and values of fields.
    fields: Vec<(String, String)>,
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

/// `path` is that of the occupation's page.
fn row(occupation: &Occupation, path: String, rank: Option<usize>) -> Row<'_> {
    Row {
        soc: &occupation.soc,
        title: &occupation.title,
        path,
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
        stated: String::new(),
        fields: Vec::new(),
        rows: kept.map(|occupation| row(occupation, address::occupation(&occupation.soc), None)).collect(),
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
    let filters = filters(&request)?;
    let person = settled.person(&filters);
    let stated = filters.stated();
    let fields = url::form_urlencoded::parse(stated.to_string().as_bytes()).into_owned().collect();
    let stated = stated.as_query();
    let codes: Vec<&str> = settled.shortlist.iter().map(String::as_str).collect();
    let result = address::result(&key);
    let ranked = state.catalog.rank_these(&person, &codes);
    let on_device = cookies::shortlist(&request, &state);
    let path = |occupation: &Occupation| format!("{result}{}{stated}", address::occupation(&occupation.soc));
    let shown = ShortlistPage {
        here: format!("{result}/shortlist{stated}"),
        compare: format!("{result}/compare"),
        rows: ranked.iter().map(|r| row(r.occupation, path(r.occupation), Some(r.rank))).collect(),
        all: state.catalog.occupations().len(),
        full: told.full.is_some(),
        on_device: on_device
            .into_iter()
            .filter(|code| !settled.shortlist.contains(code) && state.catalog.by_soc(code).is_some())
            .collect(),
        results: Vec::new(),
        result: Some(result),
        stated,
        fields,
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

fn change_of(catalog: &Catalog, form: &Posted) -> Change {
    Change::parse(form, |code| catalog.by_soc(code).is_some())
}

/// The list after a change; `stated` ends its address.
fn back(here: &str, stated: &str, fits: bool) -> HttpResponse {
    match (fits, stated.strip_prefix('?')) {
        (true, _) => see_other(&format!("{here}{stated}")),
        (false, None) => see_other(&format!("{here}?full")),
        (false, Some(stated)) => see_other(&format!("{here}?full&{stated}")),
    }
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
    let mut answer = back("/shortlist", "", change.fits(&codes));
    cookies::set(&mut answer, [cookies::keep_shortlist(&request, &state, &codes)])?;
    Ok(answer)
}

/// POST /results/{key}/shortlist: keeps or removes occupations with the result.
pub async fn change_result(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let stated = filters(&request)?.stated().as_query();
    let change = change_of(&state.catalog, &form);
    let applied = change.clone();
    let codes = state.store.change_shortlist(&key, move |codes| applied.apply(codes)).await?;
    Ok(back(&format!("{}/shortlist", address::result(&key)), &stated, change.fits(&codes)))
}

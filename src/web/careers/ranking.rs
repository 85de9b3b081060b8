//! Every occupation ranked by the whole profile of a stored result. The result's own tables are shown as stored. This
//! ranking is computed for each request, and names the version of its data.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::filters::{FilterForm, filters};
use super::likes::LikesView;
use super::occupation::OccupationPage;
use super::paging::Pages;
use super::pay::PayShown;
use super::searched::Searched;
use super::settled::Settled;
use crate::careers::fit::Part;
use crate::careers::ranking::Ranked;
use crate::careers::{Filters, Ranking};
use crate::web::address;
use crate::web::error::WebError;
use crate::web::numbers::signed_percent;
use crate::web::owned::Owner;
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::state::AppState;

struct Row<'a> {
    soc: &'a str,
    rank: usize,
    path: String,
    title: &'a str,
    found_as: Option<&'a str>,
    reason: String,
    against: Option<String>,
    pay: PayShown,
    zone: u8,
    growth: String,
}

#[derive(Template)]
#[template(path = "careers_ranking.html")]
struct RankingPage<'a> {
    /// The path of the result.
    back: String,
    /// What the visitor stated, as the end of addresses outside this page: "?prep=2", or nothing.
    stated: String,
    /// The path of this page.
    here: String,
    likes: LikesView,
    /// The path of the shortlist: the result's for its owner, otherwise this device's.
    shortlist: String,
    /// The filters as a query for the downloads, which only the owner has.
    downloads: Option<String>,
    form: FilterForm<'a>,
    rows: Vec<Row<'a>>,
    /// The parts that the order is based on: "personality 100%".
    shares: String,
    pages: Pages,
    searched: Searched<'a>,
    all: usize,
    version: &'a str,
    /// Whether a model behind the profile is marked as interim.
    interim: bool,
    /// The version of the data behind the stored tables, if it is a different one.
    older: Option<String>,
}

fn one(
    settled: Settled,
    request: &HttpRequest,
    state: &AppState,
    soc: &str,
    owned: bool,
) -> Result<HttpResponse, WebError> {
    let occupation = state.catalog.by_soc(soc).ok_or(WebError::NotFound)?;
    let filters = filters(request)?;
    let person = settled.person(&filters);
    let ranked = state.catalog.rank_one(&person, soc).ok_or(WebError::NotFound)?;
    // The canonical address is that of the public page, without the key.
    let preview = Preview::new(request, state, &address::occupation(soc));
    let stated = filters.stated().as_query();
    let template =
        OccupationPage::new(&state.catalog, occupation, preview).for_you(ranked, settled.path, stated, owned);
    page(StatusCode::OK, Keeping::Unlisted, &template)
}

fn all(
    settled: Settled,
    state: &AppState,
    filters: &Filters,
    downloads: bool,
) -> Result<HttpResponse, WebError> {
    let person = settled.person(filters);
    let ranking = state.catalog.rank(&person, filters);
    let (here, stored) = (format!("{}/careers", settled.path), settled.interests.as_ref());
    let stated = filters.stated().as_query();
    // The owner, and visitors who may see the interests, have a page for them. Other visitors answer for this ranking
    // only.
    let own_page = downloads || stored.is_some();
    let asked = format!("{}/interests", if own_page { &settled.path } else { &here });
    let template = RankingPage {
        downloads: downloads.then(|| filters.to_string()),
        form: FilterForm::new(&here, filters, true),
        pages: Pages::new(&here, filters, ranking.total, ranking.page, ranking.pages),
        shares: shares(&ranking),
        searched: Searched::new(ranking.found.as_ref()),
        rows: ranking.rows.into_iter().map(|ranked| row(ranked, &here, &stated)).collect(),
        all: state.catalog.occupations().len(),
        version: state.catalog.version(),
        interim: settled.interim,
        older: Some(settled.stored_version).filter(|stored| stored != state.catalog.version()),
        likes: LikesView::new(filters, stored, person.interests.as_ref(), &here, asked),
        shortlist: if downloads {
            format!("{}/shortlist{stated}", settled.path)
        } else {
            "/shortlist".to_owned()
        },
        stated,
        here: here.clone(),
        back: settled.path,
    };
    page(StatusCode::OK, Keeping::Unlisted, &template)
}

/// Each part of the fit with its share in the order.
fn shares(ranking: &Ranking<'_>) -> String {
    let one = |(part, share): &(Part, f64)| format!("{} {:.0}%", part.name(), 100.0 * share);
    ranking.shares.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn row<'a>(ranked: Ranked<'a>, here: &str, stated: &str) -> Row<'a> {
    let o = ranked.occupation;
    Row {
        soc: &o.soc,
        rank: ranked.rank,
        path: format!("{here}/{}{stated}", o.soc),
        title: &o.title,
        found_as: ranked.found_as,
        reason: ranked.reason,
        against: ranked.against,
        pay: PayShown::new(&o.pay),
        zone: o.job_zone,
        growth: signed_percent(o.outlook.growth_pct),
    }
}

/// GET /results/{key}/careers/{soc}: an occupation's page with its fit.
pub async fn owner_one(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
    at: web::Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (_, soc) = at.into_inner();
    one(Settled::of_owner(&state, &key).await?, &request, &state, &soc, true)
}

/// GET /shared/{key}/careers/{soc}
pub async fn shared_one(
    request: HttpRequest,
    state: web::Data<AppState>,
    at: web::Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (key, soc) = at.into_inner();
    one(Settled::of_share(&state, &key).await?, &request, &state, &soc, false)
}

/// GET /results/{key}/careers
pub async fn owner(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    all(Settled::of_owner(&state, &key).await?, &state, &filters, true)
}

/// GET /shared/{key}/careers
pub async fn shared(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    all(Settled::of_share(&state, &key).await?, &state, &filters, false)
}

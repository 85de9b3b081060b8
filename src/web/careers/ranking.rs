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
use crate::careers::Filters;
use crate::careers::fit::Part;
use crate::careers::occupation::Occupation;
use crate::careers::ranking::Folded;
use crate::web::address;
use crate::web::error::WebError;
use crate::web::numbers::signed_percent;
use crate::web::owned::Owner;
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::state::AppState;
use crate::web::words;

struct Row<'a> {
    work: Work<'a>,
    found_as: Option<&'a str>,
    reason: String,
    against: Option<String>,
    /// "and three like it", if the row stands for others.
    alike: Option<String>,
    like_it: Vec<Work<'a>>,
}

struct Work<'a> {
    soc: &'a str,
    rank: usize,
    path: String,
    title: &'a str,
    pay: PayShown,
    zone: u8,
    growth: String,
}

/// What the page says about folding similar work.
enum Folding {
    /// Some rows stand for several occupations; the address of the page where each has its own.
    Folded(String),
    /// Each occupation has its own row because the visitor asked for that; the address of the folded page.
    Unfolded(String),
    /// Nothing is folded here.
    Nothing,
}

impl Folding {
    fn new(rows: &[Row<'_>], here: &str, filters: &Filters) -> Folding {
        let other = Filters { unfolded: !filters.unfolded, ..filters.clone() };
        let address = format!("{here}{}", other.as_query());
        match filters.unfolded && filters.may_fold() {
            true => Folding::Unfolded(address),
            false if rows.iter().any(|row| row.alike.is_some()) => Folding::Folded(address),
            false => Folding::Nothing,
        }
    }
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
    folding: Folding,
    /// The parts that the order is based on: "personality alone", "interests (69%) and personality (31%)".
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
    let ranking = state.catalog.rank_folded(&person, filters);
    let (here, stored) = (format!("{}/careers", settled.path), settled.interests.as_ref());
    let stated = filters.stated().as_query();
    // The owner, and visitors who may see the interests, have a page for them. Other visitors answer for this ranking
    // only.
    let own_page = downloads || stored.is_some();
    let asked = format!("{}/interests", if own_page { &settled.path } else { &here });
    let shares = shares(&ranking.shares);
    let rows: Vec<Row<'_>> = ranking.rows.into_iter().map(|folded| row(folded, &here, &stated)).collect();
    let template = RankingPage {
        folding: Folding::new(&rows, &here, filters),
        rows,
        shares,
        downloads: downloads.then(|| filters.to_string()),
        form: FilterForm::new(&here, filters, true),
        pages: Pages::new(&here, filters, ranking.total, ranking.page, ranking.pages),
        searched: Searched::new(ranking.found.as_ref()),
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
fn shares(shares: &[(Part, f64)]) -> String {
    let one = |(part, share): &(Part, f64)| format!("{} ({:.0}%)", part.name(), 100.0 * share);
    match shares {
        [] => "nothing, since the reading is in the middle of every trait that counts".to_owned(),
        [(only, _)] => format!("{} alone", only.name()),
        several => words::list(&several.iter().map(one).collect::<Vec<_>>()),
    }
}

fn row<'a>(folded: Folded<'a>, here: &str, stated: &str) -> Row<'a> {
    let Folded { row, like_it } = folded;
    Row {
        work: work(row.rank, row.occupation, here, stated),
        found_as: row.found_as,
        reason: row.reason,
        against: row.against,
        alike: words::like_it(like_it.len()),
        like_it: like_it.into_iter().map(|(rank, o)| work(rank, o, here, stated)).collect(),
    }
}

fn work<'a>(rank: usize, occupation: &'a Occupation, here: &str, stated: &str) -> Work<'a> {
    Work {
        soc: &occupation.soc,
        rank,
        path: format!("{here}/{}{stated}", occupation.soc),
        title: &occupation.title,
        pay: PayShown::new(&occupation.pay),
        zone: occupation.job_zone,
        growth: signed_percent(occupation.outlook.growth_pct),
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

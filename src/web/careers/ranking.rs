//! Every occupation ranked by the whole profile of a stored result, as a page, JSON and CSV. The result's own tables stay as
//! they were stored; this ranking is computed for each request and names the version of its data.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Serialize;

use super::filters::{FilterForm, filters};
use super::occupation::OccupationPage;
use super::paging::Pages;
use super::summary::{SCHEMA, Summary};
use crate::careers::fit::Part;
use crate::careers::ranking::Ranked;
use crate::careers::{Catalog, Filters, Person, Ranking};
use crate::personality::{Interest, InterestScores};
use crate::records::{OwnerKey, ShareKey, SharedRecord, Status};
use crate::survey::interests;
use crate::web::address;
use crate::web::error::WebError;
use crate::web::numbers::{dollars, signed_percent};
use crate::web::page::{Keeping, keep, page};
use crate::web::preview::Preview;
use crate::web::result::stored::Stored;
use crate::web::state::AppState;

struct Row<'a> {
    rank: usize,
    path: String,
    title: &'a str,
    found_as: Option<&'a str>,
    reason: String,
    against: Option<String>,
    salary: String,
    zone: u8,
    growth: String,
}

#[derive(Template)]
#[template(path = "careers_ranking.html")]
struct RankingPage<'a> {
    /// The path of the result.
    back: String,
    /// The path of this page.
    here: String,
    /// The interests of this visitor, if they were asked.
    likes: Vec<(&'static str, String)>,
    /// The filters as a query for the downloads, which only the owner gets.
    downloads: Option<String>,
    form: FilterForm<'a>,
    rows: Vec<Row<'a>>,
    /// What the order rests on: "personality 100%".
    shares: String,
    pages: Pages,
    all: usize,
    version: &'a str,
    /// Whether a model behind the profile is marked as interim.
    interim: bool,
    /// The version of the data behind the stored tables, if it is a different one.
    older: Option<String>,
}

/// A finished result.
struct Settled {
    person: Person,
    interim: bool,
    stored_version: String,
}

impl Settled {
    async fn of_owner(state: &AppState, key: &str) -> Result<Settled, WebError> {
        let key = OwnerKey::parse(key).ok_or(WebError::NotFound)?;
        let record = state.store.by_owner(&key).await?.ok_or(WebError::NotFound)?;
        if record.status != Status::Done {
            return Err(WebError::NotFound);
        }
        Settled::new(record.shown)
    }

    async fn of_share(state: &AppState, key: &str) -> Result<Settled, WebError> {
        let key = ShareKey::parse(key).ok_or(WebError::NotFound)?;
        Settled::new(state.store.by_share(&key).await?.ok_or(WebError::NotFound)?)
    }

    fn new(record: SharedRecord) -> Result<Settled, WebError> {
        let person = Stored(&record).person().map_err(WebError::internal)?;
        let interim = Stored(&record).interim();
        Ok(Settled { person, interim, stored_version: record.data_version.unwrap_or_default() })
    }

    fn person(&self, filters: &Filters) -> Person {
        let interests = filters.likes.map(|means| InterestScores { means, error: interests::ERROR });
        Person { interests, wishes: filters.wishes.clone(), ..self.person.clone() }
    }

    fn one(
        &self,
        request: &HttpRequest,
        state: &AppState,
        soc: &str,
        back: String,
    ) -> Result<HttpResponse, WebError> {
        let occupation = state.catalog.by_soc(soc).ok_or(WebError::NotFound)?;
        let person = self.person(&filters(request)?);
        let ranked = state.catalog.rank_one(&person, soc).ok_or(WebError::NotFound)?;
        // The canonical address is that of the public page, without the key.
        let preview = Preview::new(request, state, &address::occupation(soc));
        let template = OccupationPage::new(&state.catalog, occupation, preview).for_you(ranked, back);
        page(StatusCode::OK, Keeping::Unlisted, &template)
    }

    fn shown(
        self,
        state: &AppState,
        filters: &Filters,
        back: String,
        downloads: bool,
    ) -> Result<HttpResponse, WebError> {
        let ranking = state.catalog.rank(&self.person(filters), filters);
        let here = format!("{back}/careers");
        let template = RankingPage {
            downloads: downloads.then(|| filters.to_string()),
            form: FilterForm::new(&here, filters, true),
            pages: Pages::new(&here, filters, ranking.total, ranking.page, ranking.pages),
            shares: shares(&ranking),
            rows: ranking.rows.into_iter().map(|ranked| row(ranked, &here, filters)).collect(),
            all: state.catalog.occupations().len(),
            version: state.catalog.version(),
            interim: self.interim,
            older: Some(self.stored_version).filter(|stored| stored != state.catalog.version()),
            likes: likes(filters),
            here: here.clone(),
            back,
        };
        page(StatusCode::OK, Keeping::Unlisted, &template)
    }
}

fn likes(filters: &Filters) -> Vec<(&'static str, String)> {
    let named = |means: [f64; 6]| {
        Interest::ALL.map(|interest| (interest.plain(), format!("{:.1}", means[interest.index()])))
    };
    filters.likes.map(named).into_iter().flatten().collect()
}

/// The query that keeps interests and wishes.
fn for_this_person(filters: &Filters) -> String {
    let person =
        Filters { page: 1, likes: filters.likes, wishes: filters.wishes.clone(), ..Filters::default() };
    let query = person.to_string();
    if query.is_empty() { query } else { format!("?{query}") }
}

/// Each part of the fit with its share in the order.
fn shares(ranking: &Ranking<'_>) -> String {
    let one = |(part, share): &(Part, f64)| format!("{} {:.0}%", part.name(), 100.0 * share);
    ranking.shares.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn row<'a>(ranked: Ranked<'a>, here: &str, filters: &Filters) -> Row<'a> {
    let o = ranked.occupation;
    Row {
        rank: ranked.rank,
        path: format!("{here}/{}{}", o.soc, for_this_person(filters)),
        title: &o.title,
        found_as: ranked.found_as,
        reason: ranked.reason,
        against: ranked.against,
        salary: dollars(o.pay.mean.into()),
        zone: o.job_zone,
        growth: signed_percent(o.outlook.growth_pct),
    }
}

/// GET /results/{key}/careers/{soc}: an occupation's page with its fit.
pub async fn owner_one(
    request: HttpRequest,
    state: web::Data<AppState>,
    at: web::Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (key, soc) = at.into_inner();
    let settled = Settled::of_owner(&state, &key).await?;
    settled.one(&request, &state, &soc, format!("/results/{key}"))
}

/// GET /shared/{key}/careers/{soc}
pub async fn shared_one(
    request: HttpRequest,
    state: web::Data<AppState>,
    at: web::Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (key, soc) = at.into_inner();
    let settled = Settled::of_share(&state, &key).await?;
    settled.one(&request, &state, &soc, format!("/shared/{key}"))
}

/// GET /results/{key}/careers
pub async fn owner(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    let settled = Settled::of_owner(&state, &key).await?;
    settled.shown(&state, &filters, format!("/results/{key}"), true)
}

/// GET /shared/{key}/careers
pub async fn shared(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    let settled = Settled::of_share(&state, &key).await?;
    settled.shown(&state, &filters, format!("/shared/{key}"), false)
}

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
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
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
        writer.write_record([
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
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// Three decimals. The method is less precise than that.
fn rounded(fit: f64) -> f64 {
    (fit * 1000.0).round() / 1000.0
}

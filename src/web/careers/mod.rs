//! The catalogue as pages: /careers to browse and search it, /careers/{soc} for one occupation.

pub mod api;
mod filters;
mod occupation;
pub mod ranking;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

pub use filters::FilterForm;

use super::page::{Keeping, page};
use super::reading::dollars;
use super::{AppState, WebError};
use crate::careers::ranking::PAGE_ROWS;
use crate::careers::{Filters, fields};
use occupation::OccupationPage;

/// The filters in a request's query string, or what is wrong with one.
pub fn filters(request: &HttpRequest) -> Result<Filters, WebError> {
    let pairs: Vec<_> = url::form_urlencoded::parse(request.query_string().as_bytes()).collect();
    Filters::parse(pairs.iter().map(|(name, value)| (&**name, &**value)))
        .map_err(|error| WebError::BadRequest(format!("In the address, {error}.")))
}

/// The address of an occupation's page.
pub fn path(soc: &str) -> String {
    format!("/careers/{soc}")
}

/// A page of a longer list, with the addresses of those before and after it.
pub struct Pages {
    /// Rows in all.
    pub total: usize,
    /// This page, from 1.
    pub page: usize,
    /// Pages in all.
    pub pages: usize,
    /// The page before.
    pub before: Option<String>,
    /// The page after.
    pub after: Option<String>,
}

impl Pages {
    /// Of a list under `base` with these filters.
    pub fn new(base: &str, filters: &Filters, total: usize, page: usize, pages: usize) -> Pages {
        let to = |page| format!("{base}?{}", Filters { page, ..filters.clone() });
        Pages {
            total,
            page,
            pages,
            before: (page > 1).then(|| to(page - 1)),
            after: (page < pages).then(|| to(page + 1)),
        }
    }
}

/// One line of a list of occupations.
struct Line<'a> {
    path: String,
    title: &'a str,
    found_as: Option<&'a str>,
    salary: String,
    zone: u8,
    growth: String,
}

#[derive(Template)]
#[template(path = "careers.html")]
struct CareersPage<'a> {
    heading: String,
    canonical: String,
    /// Whether search engines may list it: the whole catalogue and each field, not every search.
    listed: bool,
    form: FilterForm<'a>,
    lines: Vec<Line<'a>>,
    pages: Pages,
    /// What the search may have meant that the catalogue leaves out: the title, its group, and why.
    left_out: Option<(&'a str, &'a str, &'static str)>,
    all: usize,
    releases: &'a str,
}

/// GET /careers
pub async fn browse(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    let found = state.catalog.browse(&filters);
    let pages = found.len().div_ceil(PAGE_ROWS).max(1);
    let at = filters.page.min(pages);
    let lines = found
        .iter()
        .skip((at - 1) * PAGE_ROWS)
        .take(PAGE_ROWS)
        .map(|(o, found_as)| Line {
            path: path(&o.soc),
            title: &o.title,
            found_as: *found_as,
            salary: dollars(o.pay.mean.into()),
            zone: o.job_zone,
            growth: signed_percent(o.outlook.growth_pct),
        })
        .collect();
    let field = filters.field.and_then(fields::field);
    let plain = Filters { field: filters.field, page: at, ..Filters::default() };
    let listed = plain == Filters { page: at, ..filters.clone() };
    let shown = CareersPage {
        heading: field.map_or_else(|| "Careers".to_owned(), |name| format!("Careers: {name}")),
        canonical: absolute(&state, &with_query("/careers", &plain)),
        listed,
        form: FilterForm::new("/careers", &filters, false),
        lines,
        pages: Pages::new("/careers", &filters, found.len(), at, pages),
        left_out: state
            .catalog
            .left_out(&filters.query)
            .map(|(group, title)| (title, group.title.as_str(), group.why.sentence())),
        all: state.catalog.occupations().len(),
        releases: state.catalog.releases(),
    };
    page(StatusCode::OK, Keeping::Public, &shown)
}

/// GET /careers/{soc}
pub async fn occupation(
    state: web::Data<AppState>,
    soc: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    if let Some(occupation) = state.catalog.by_soc(&soc) {
        let canonical = absolute(&state, &path(&occupation.soc));
        return page(
            StatusCode::OK,
            Keeping::Public,
            &OccupationPage::new(&state.catalog, occupation, canonical),
        );
    }
    // O*NET's own codes have two more digits: 15-1252.00 is the same work.
    match soc.split_once('.').and_then(|(six, _)| state.catalog.by_soc(six)) {
        Some(occupation) => Ok(HttpResponse::MovedPermanently()
            .insert_header((header::LOCATION, path(&occupation.soc)))
            .finish()),
        None => Err(WebError::NotFound),
    }
}

/// The whole address where it is known, else from the root of the site.
fn absolute(state: &AppState, path: &str) -> String {
    match &state.settings.server.public_url {
        Some(url) => format!("{}{path}", url.origin()),
        None => path.to_owned(),
    }
}

fn with_query(base: &str, filters: &Filters) -> String {
    let query = filters.to_string();
    if query.is_empty() { base.to_owned() } else { format!("{base}?{query}") }
}

/// "+4.2 %", "−1.0 %".
pub fn signed_percent(pct: f64) -> String {
    let sign = if pct < 0.0 { "\u{2212}" } else { "+" };
    format!("{sign}{:.1}\u{a0}%", pct.abs())
}

/// A whole number with separators, "1,654,000".
pub fn grouped(number: u32) -> String {
    dollars(number.into()).trim_start_matches('$').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lead_to_their_neighbours_and_keep_the_filters() {
        let filters = Filters { query: "nurse".into(), page: 2, ..Filters::default() };
        let pages = Pages::new("/careers", &filters, 60, 2, 3);
        assert_eq!(pages.before.as_deref(), Some("/careers?q=nurse"));
        assert_eq!(pages.after.as_deref(), Some("/careers?q=nurse&page=3"));
        assert!(Pages::new("/careers", &filters, 60, 3, 3).after.is_none());
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(signed_percent(4.25), "+4.2\u{a0}%");
        assert_eq!(signed_percent(-1.0), "\u{2212}1.0\u{a0}%");
        assert_eq!(grouped(1_654_000), "1,654,000");
    }
}

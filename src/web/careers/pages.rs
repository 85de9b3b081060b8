//! The catalog: /careers to browse and search it, /careers/{soc} for one occupation.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::filters::{FilterForm, filters};
use super::occupation::OccupationPage;
use super::paging::Pages;
use super::pay::PayShown;
use super::searched::Searched;
use crate::careers::ranking::PAGE_ROWS;
use crate::careers::{Filters, fields};
use crate::web::address;
use crate::web::error::WebError;
use crate::web::numbers::signed_percent;
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::state::AppState;

/// A row of the list.
struct Line<'a> {
    path: String,
    title: &'a str,
    found_as: Option<&'a str>,
    pay: PayShown,
    zone: u8,
    growth: String,
}

#[derive(Template)]
#[template(path = "careers.html")]
struct CareersPage<'a> {
    heading: String,
    preview: Preview,
    /// Whether search engines may list it: the whole catalog and each field, but not searches.
    listed: bool,
    form: FilterForm<'a>,
    lines: Vec<Line<'a>>,
    pages: Pages,
    searched: Searched<'a>,
    all: usize,
    releases: &'a str,
}

/// GET /careers
pub async fn browse(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let filters = filters(&request)?;
    let browsed = state.catalog.browse(&filters);
    let found = &browsed.occupations;
    let pages = found.len().div_ceil(PAGE_ROWS).max(1);
    let at = filters.page.min(pages);
    let lines = found
        .iter()
        .skip((at - 1) * PAGE_ROWS)
        .take(PAGE_ROWS)
        .map(|(o, found_as)| Line {
            path: address::occupation(&o.soc),
            title: &o.title,
            found_as: *found_as,
            pay: PayShown::new(&o.pay),
            zone: o.job_zone,
            growth: signed_percent(o.outlook.growth_pct),
        })
        .collect();
    let field = filters.field.and_then(fields::field);
    let plain = Filters { field: filters.field, page: at, ..Filters::default() };
    let listed = plain == Filters { page: at, ..filters.clone() };
    let shown = CareersPage {
        heading: field.map_or_else(|| "Careers".to_owned(), |name| format!("Careers: {name}")),
        preview: Preview::new(&request, &state, &format!("/careers{}", plain.as_query())),
        listed,
        form: FilterForm::new("/careers", &filters, false),
        lines,
        pages: Pages::new("/careers", &filters, found.len(), at, pages),
        searched: Searched::new(browsed.found.as_ref()),
        all: state.catalog.occupations().len(),
        releases: state.catalog.releases(),
    };
    page(StatusCode::OK, Keeping::Public, &shown)
}

/// GET /careers/{soc}
pub async fn occupation(
    request: HttpRequest,
    state: web::Data<AppState>,
    soc: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    if let Some(occupation) = state.catalog.by_soc(&soc) {
        let preview = Preview::new(&request, &state, &address::occupation(&occupation.soc));
        return page(
            StatusCode::OK,
            Keeping::Public,
            &OccupationPage::new(&state.catalog, occupation, preview),
        );
    }
    // O*NET's codes have two more digits: 15-1252.00 is the same occupation.
    match soc.split_once('.').and_then(|(six, _)| state.catalog.by_soc(six)) {
        Some(occupation) => Ok(HttpResponse::MovedPermanently()
            .insert_header((header::LOCATION, address::occupation(&occupation.soc)))
            .finish()),
        None => Err(WebError::NotFound),
    }
}

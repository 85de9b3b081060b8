//! Information for search engines: the pages that they may list, and those that they should skip.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::address::{self, absolute};
use super::error::WebError;
use super::page::{Keeping, keep};
use super::state::AppState;
use crate::personality::{Mbti, Trait};

/// Pages besides those of traits, types and careers.
const PAGES: [&str; 10] =
    ["/", "/begin", "/sample", "/about", "/statistics", "/privacy", "/traits", "/types", "/careers", "/api"];

#[derive(Template)]
#[template(path = "sitemap.xml")]
struct Sitemap {
    addresses: Vec<String>,
}

/// GET /sitemap.xml
pub async fn sitemap(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let traits = Trait::ALL.map(address::trait_);
    let types = Mbti::ALL.map(address::mbti);
    let careers = state.catalog.occupations().iter().map(|occupation| address::occupation(&occupation.soc));
    let paths = PAGES.map(str::to_owned).into_iter().chain(traits).chain(types).chain(careers);
    let shown = Sitemap { addresses: paths.map(|path| absolute(&request, &state, &path)).collect() };
    let body = shown.render().map_err(WebError::internal)?;
    let mut answer =
        HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/xml; charset=utf-8")).body(body);
    keep(&mut answer, Keeping::Public);
    Ok(answer)
}

/// GET /robots.txt. Pages that search engines must not list say so themselves, except those that depend on a visitor's
/// cookie.
pub async fn robots(request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    let sitemap = absolute(&request, &state, "/sitemap.xml");
    let body = format!(
        "User-agent: *\nDisallow: /questions\nDisallow: /discard\nDisallow: /forget\n\nSitemap: {sitemap}\n"
    );
    let mut answer =
        HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(body);
    keep(&mut answer, Keeping::Public);
    answer
}

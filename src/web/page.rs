//! Renders a template as an HTTP answer and says who may cache it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use askama::Template;

use super::error::WebError;

/// Who may cache a page, and whether search engines may list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// The same for everybody. Browsers check for a newer version on each visit.
    Public,
    /// Shows a visitor's own words. Never cached, so that the back button shows the saved state.
    Private,
    /// Like [`Keeping::Private`], at an address that contains a key: not for search engines.
    Unlisted,
}

/// Renders a page.
///
/// # Errors
/// [`WebError::Internal`] if the template cannot be rendered.
pub fn page(
    status: StatusCode,
    keeping: Keeping,
    template: &impl Template,
) -> Result<HttpResponse, WebError> {
    Ok(html(status, keeping, template.render().map_err(WebError::internal)?))
}

/// A page that is rendered already.
pub fn html(status: StatusCode, keeping: Keeping, page: String) -> HttpResponse {
    let mut answer = HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page);
    keep(&mut answer, keeping);
    answer
}

/// Redirects with 303, which the browser follows with GET, so that reloading does not post again.
pub fn see_other(to: &str) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish();
    keep(&mut answer, Keeping::Private);
    answer
}

/// Sets the headers for caches and search engines.
pub fn keep(answer: &mut HttpResponse, keeping: Keeping) {
    let cache = match keeping {
        Keeping::Public => "no-cache",
        Keeping::Private | Keeping::Unlisted => "no-store",
    };
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if keeping == Keeping::Unlisted {
        let name = header::HeaderName::from_static("x-robots-tag");
        answer.headers_mut().insert(name, HeaderValue::from_static("noindex, nofollow"));
    }
}

/// Confirms that something was done.
#[derive(Template)]
#[template(path = "done.html")]
pub struct DonePage {
    pub title: &'static str,
    pub said: &'static str,
}

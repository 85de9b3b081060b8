//! From a template to an answer: the status, the type, and how long a browser may keep it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use askama::Template;

use super::WebError;

/// Who may keep a page, and who may list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// The same for everybody; checked again on each visit.
    Public,
    /// Holds what one visitor said: stored nowhere, so that the back button asks the server and sees what is saved.
    Private,
    /// As [`Keeping::Private`], under an address that is a key: no search engine may list it.
    Unlisted,
}

/// Renders a page.
///
/// # Errors
/// [`WebError::Internal`] if the template fails, which it does only out of memory.
pub fn page(
    status: StatusCode,
    keeping: Keeping,
    template: &impl Template,
) -> Result<HttpResponse, WebError> {
    let html = template.render().map_err(WebError::internal)?;
    let mut answer = HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html);
    keep(&mut answer, keeping);
    Ok(answer)
}

/// Sends the visitor on with 303: the browser follows with GET, and reloading the page it reaches sends nothing again.
pub fn see_other(to: &str) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish();
    keep(&mut answer, Keeping::Private);
    answer
}

/// Sets the headers that say who may keep an answer.
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

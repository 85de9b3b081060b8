//! The comparison: /compare, and /results/{key}/compare against one's own result.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::comparison::{Comparison, MOST};
use crate::web::address;
use crate::web::careers::Settled;
use crate::web::careers::filters::filters;
use crate::web::error::WebError;
use crate::web::owned::Owner;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage<'a> {
    /// The address of the list.
    back: String,
    /// The path of the questions on interests.
    questions: String,
    comparison: Comparison<'a>,
    /// The number of occupations in the catalog.
    all: usize,
    /// The number of requested occupations beyond [`MOST`].
    too_many: usize,
}

/// The values of the parameter `with`, each once.
fn asked(request: &HttpRequest) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        if name == "with" && !codes.iter().any(|code| **code == *value) {
            codes.push(value.into_owned());
        }
    }
    codes
}

/// `stated` ends the address of the list.
fn shown<'a>(
    state: &'a AppState,
    codes: &[String],
    base: &str,
    stated: &str,
    comparison: Comparison<'a>,
) -> ComparePage<'a> {
    let known = codes.iter().filter(|code| state.catalog.by_soc(code).is_some()).count();
    ComparePage {
        back: format!("{base}/shortlist{stated}"),
        questions: format!("{base}/interests"),
        comparison,
        all: state.catalog.occupations().len(),
        too_many: known.saturating_sub(MOST),
    }
}

/// GET /compare?with=…&with=…
pub async fn compare(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let codes = asked(&request);
    let refs: Vec<&str> = codes.iter().map(String::as_str).collect();
    let comparison = Comparison::new(&state.catalog, &refs, None, address::occupation);
    page(StatusCode::OK, Keeping::Public, &shown(&state, &codes, "", "", comparison))
}

/// GET /results/{key}/compare?with=…&with=…
pub async fn compare_for_owner(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
) -> Result<HttpResponse, WebError> {
    let settled = Settled::of_owner(&state, &key).await?;
    let filters = filters(&request)?;
    let (person, stated) = (settled.person(&filters), filters.stated().as_query());
    let base = address::result(&key);
    let codes = asked(&request);
    let refs: Vec<&str> = codes.iter().map(String::as_str).collect();
    let path = |soc: &str| format!("{base}{}{stated}", address::occupation(soc));
    let comparison = Comparison::new(&state.catalog, &refs, Some(&person), path);
    page(StatusCode::OK, Keeping::Unlisted, &shown(&state, &codes, &base, &stated, comparison))
}

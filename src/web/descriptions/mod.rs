//! The pages about the five traits and the 16 types, which search engines may list.

pub mod traits;
pub mod types;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::careers::{Catalog, Filters, Person};
use crate::web::error::WebError;
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::result::best::BestCareers;
use crate::web::state::AppState;

/// A public page at its only address, `path`. Other spellings of the address, such as capital letters, are redirected.
fn page_at<T: Template>(
    path: &str,
    request: &HttpRequest,
    state: &AppState,
    shown: impl FnOnce(Preview) -> T,
) -> Result<HttpResponse, WebError> {
    if request.path() != path {
        return Ok(HttpResponse::MovedPermanently().insert_header((header::LOCATION, path)).finish());
    }
    page(StatusCode::OK, Keeping::Public, &shown(Preview::new(request, state, path)))
}

/// The occupations that fit this person best.
fn best_careers(catalog: &Catalog, person: &Person) -> BestCareers {
    BestCareers::new(catalog, person, &Filters { page: 1, ..Filters::default() }, None)
}

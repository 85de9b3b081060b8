//! The pages about the five traits and the 16 types, which search engines may list.

pub mod traits;
pub mod types;

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::careers::{Catalog, Filters, Person};
use crate::web::result::best::{BestCareers, BestRow};

/// The answer to an address in capital letters: the page has one address only.
fn moved(to: &str) -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((header::LOCATION, to)).finish()
}

/// The occupations that fit this person best.
fn best_careers(catalog: &Catalog, person: &Person) -> Vec<BestRow> {
    BestCareers::new(catalog, person, &Filters { page: 1, ..Filters::default() }, None).rows
}

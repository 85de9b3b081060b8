//! Occupations, their pay, and how well they fit a person.
//!
//! A [`Catalog`] is loaded once at start: two spreadsheets with careers by type and trait, and the whole catalogue of
//! occupations for the ranking by profile and the occupation pages.

mod catalog;
mod error;
pub mod evidence;
pub mod fields;
pub mod filters;
pub mod links;
pub mod matching;
pub mod occupation;
pub mod ranking;
pub mod reasons;
pub mod recommendations;
pub mod search;
pub mod workbook;

pub use catalog::{BIG_FIVE_FILE, Catalog, CatalogueHeader, MBTI_FILE, OCCUPATIONS_FILE};
pub use error::WorkbookError;
pub use filters::Filters;
pub use ranking::{Ranked, Ranking};
pub use recommendations::{Career, Recommendations};

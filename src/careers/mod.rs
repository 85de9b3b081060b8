//! Occupations, their pay, and how well they fit a person.
//!
//! A [`Catalog`] is loaded once at start: two spreadsheets with careers by type and trait, and the whole catalog of
//! occupations for the ranking by profile and the occupation pages.

mod catalog;
pub mod education;
mod error;
pub mod evidence;
pub mod fields;
pub mod figures;
pub mod filters;
pub mod fit;
mod found;
mod letters;
pub mod links;
mod listed;
pub mod occupation;
pub mod person;
pub mod ranking;
pub mod reasons;
pub mod recommendations;
pub mod search;
mod similar;
pub mod weights;
pub mod workbook;

pub use catalog::Catalog;
#[cfg(feature = "training")]
pub use catalog::{BIG_FIVE_FILE, CatalogHeader, MBTI_FILE, OCCUPATIONS_FILE};
pub use error::WorkbookError;
pub use filters::Filters;
pub use found::Found;
pub use person::Person;
pub use ranking::Ranking;
pub use recommendations::{Career, Recommendations};

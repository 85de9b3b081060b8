//! The catalog of occupations as pages, and ranked for a result.

mod details;
pub mod downloads;
pub mod filters;
mod likes;
pub mod occupation;
pub mod pages;
mod paging;
pub mod pay;
mod pay_chart;
pub mod query;
pub mod ranking;
mod ranking_csv;
mod ranking_export;
pub mod searched;
mod settled;
pub mod summary;

pub use settled::Settled;

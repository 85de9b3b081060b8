//! The catalog of occupations as pages, and ranked by a result.

pub mod downloads;
pub mod filters;
pub mod interests;
mod occupation;
pub mod pages;
mod paging;
mod pay_chart;
pub mod ranking;
mod settled;
pub mod summary;

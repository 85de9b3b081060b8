//! The catalog of occupations as pages, and ranked by a result.

pub mod filters;
pub mod interests;
mod occupation;
pub mod pages;
mod paging;
pub mod ranking;
pub mod summary;

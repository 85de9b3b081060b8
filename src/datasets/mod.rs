//! Builds the two spreadsheets and the catalogue from public sources. docs/CAREERS.md describes the method.

mod build;
mod careers;
mod compose;
mod report;
mod selection;
mod sheets;
mod sources;
mod titles;
mod weighting;

pub use build::{BuildError, build, write_report};

#[cfg(test)]
mod tests;

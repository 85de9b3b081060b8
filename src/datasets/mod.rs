//! Builds the two spreadsheets, the catalog and the activities on interests from public sources. docs/CAREERS.md describes
//! the method.

mod activities;
mod build;
mod careers;
mod characters;
mod compose;
mod measure;
mod report;
mod selection;
mod sheets;
mod sources;
mod tasks;
mod titles;
mod weighting;

pub use build::{build, write_report};

#[cfg(test)]
mod tests;

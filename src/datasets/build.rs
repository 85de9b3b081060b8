//! `calling datasets build`: writes the spreadsheets, the catalog, the activities on interests, and the computed part of
//! docs/CAREERS.md.

use std::path::{Path, PathBuf};

use super::activities::{self, INTERESTS_FILE, MarkersError};
use super::careers::{Careers, derive};
use super::sources::{SourceError, Sources};
use super::{report, sheets};
use crate::careers::{BIG_FIVE_FILE, Catalog, MBTI_FILE, OCCUPATIONS_FILE, WorkbookError};

pub const SOURCES_DIR: &str = "sources";

/// The second sheet of each spreadsheet.
const NOTES: [&str; 8] = [
    "Made by `calling datasets build` from the files in datasets/sources; docs/CAREERS.md describes the method and its limits.",
    "Average Salary (USD): mean annual wage, US Bureau of Labor Statistics, Occupational Employment and Wage Statistics, May 2025. Excludes the self-employed.",
    "Projected growth and openings, typical education: US Bureau of Labor Statistics, Employment Projections 2024-34.",
    "BLS.gov cannot vouch for the data or analyses derived from these data after the data have been retrieved from BLS.gov.",
    "This product includes information from the O*NET 30.1 and 29.3 Databases by the U.S. Department of Labor, Employment and Training Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET is a trademark of USDOL/ETA. Calling has modified all or some of this information. USDOL/ETA has not approved, endorsed, or tested these modifications.",
    "Fit: standard deviations above the average occupation. Occupation explains only 2 to 7 percent of the differences between people on each of the five traits, so every list is a set of ideas to explore.",
    "Neuroticism: occupational data have no usable signal for this trait. Its list is a value judgment: calmer work (a below-average need for stress tolerance), job zone 3 or higher, not shrinking, median wage at least 90 percent of the catalog's.",
    "The types are MBTI-style; Calling is not affiliated with The Myers-Briggs Company.",
];

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Built(#[from] WorkbookError),
    #[error(transparent)]
    Markers(#[from] MarkersError),
    #[error("cannot make a spreadsheet: {0}")]
    Sheet(#[from] rust_xlsxwriter::XlsxError),
    #[error("cannot make the catalog: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot write {}: {source}", file.display())]
    Write { file: PathBuf, source: std::io::Error },
}

/// Reads `dir`/sources, writes both spreadsheets, the catalog and the activities on interests into `dir`, and returns the
/// careers that it made.
pub fn build(dir: &Path) -> Result<Careers, BuildError> {
    let sources = Sources::read(&dir.join(SOURCES_DIR))?;
    let careers = derive(&sources);
    let write = |name: &str, bytes: &[u8]| {
        let file = dir.join(name);
        std::fs::write(&file, bytes).map_err(|source| BuildError::Write { file, source })
    };
    write(MBTI_FILE, &sheets::workbook(&careers.type_rows(), &NOTES)?)?;
    write(BIG_FIVE_FILE, &sheets::workbook(&careers.trait_rows(), &NOTES)?)?;
    write(OCCUPATIONS_FILE, careers.catalog()?.as_bytes())?;
    write(INTERESTS_FILE, &activities::file(&sources.activities)?)?;
    Ok(careers)
}

/// Replaces the computed part of docs/CAREERS.md, after [`report::BEGIN`].
///
/// `dir` is the folder that [`build`] wrote.
pub fn write_report(careers: &Careers, dir: &Path, document: &Path) -> Result<(), BuildError> {
    let catalog = Catalog::load(dir)?;
    let error = |source| BuildError::Write { file: document.to_path_buf(), source };
    let text = std::fs::read_to_string(document).map_err(error)?;
    let by_hand = text.split(report::BEGIN).next().unwrap_or_default();
    std::fs::write(document, format!("{by_hand}{}", report::tables(careers, &catalog))).map_err(error)
}

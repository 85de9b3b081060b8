//! Why the careers' data could not be read: file, sheet, row and column, so that whoever keeps them can mend them.

use std::path::PathBuf;

/// Why a spreadsheet or the catalogue could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// The file is not there or is no xlsx workbook.
    #[error("{}: expected an .xlsx workbook: {source}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// Why.
        source: calamine::XlsxError,
    },
    /// The workbook has no sheet with rows in it.
    #[error("{}, sheet \"{sheet}\": expected a header row and at least one career, found none", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
        /// The sheet.
        sheet: String,
    },
    /// A column is missing from the header.
    #[error("{}, sheet \"{sheet}\", row {row}: no column \"{column}\" among {found}", file.display())]
    Column {
        /// The file.
        file: PathBuf,
        /// The sheet.
        sheet: String,
        /// The header's row, counted from 1.
        row: usize,
        /// The column that was expected.
        column: &'static str,
        /// The columns that are there.
        found: String,
    },
    /// A cell does not hold what its column demands.
    #[error("{}, sheet \"{sheet}\", row {row}, column \"{column}\": expected {expected}, found {found}", file.display())]
    Cell {
        /// The file.
        file: PathBuf,
        /// The sheet.
        sheet: String,
        /// The row, counted from 1 as a spreadsheet program does.
        row: usize,
        /// The column's name.
        column: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A type or trait has no career at all.
    #[error("{}, sheet \"{sheet}\", column \"Type\": no row for {missing}", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
        /// The sheet.
        sheet: String,
        /// The types or traits without a row.
        missing: String,
    },
    /// A file is not there or cannot be read.
    #[error("{}: expected a readable file: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of the catalogue file is not an occupation.
    #[error("{}, line {line}: {source}", file.display())]
    Catalogue {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

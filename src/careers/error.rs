//! Why the career data could not be read, with file, sheet, row and column.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    #[error("{}: expected an .xlsx workbook: {source}", file.display())]
    Open { file: PathBuf, source: calamine::XlsxError },
    #[error("{}, sheet \"{sheet}\": expected a header row and at least one career, found none", file.display())]
    Empty { file: PathBuf, sheet: String },
    #[error("{}, sheet \"{sheet}\", row {row}: no column \"{column}\" among {found}", file.display())]
    Column { file: PathBuf, sheet: String, row: usize, column: &'static str, found: String },
    #[error("{}, sheet \"{sheet}\", row {row}, column \"{column}\": expected {expected}, found {found}", file.display())]
    Cell {
        file: PathBuf,
        sheet: String,
        row: usize,
        column: &'static str,
        expected: &'static str,
        found: String,
    },
    #[error("{}, sheet \"{sheet}\", column \"Type\": no row for {missing}", file.display())]
    Missing { file: PathBuf, sheet: String, missing: String },
    #[error("{}: expected a readable file: {source}", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}, line {line}: {source}", file.display())]
    Catalog { file: PathBuf, line: usize, source: Box<dyn std::error::Error + Send + Sync> },
}

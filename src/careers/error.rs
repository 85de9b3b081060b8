//! Why the career data could not be read, with file, sheet, row and column.

use std::path::PathBuf;

use super::workbook::Faults;

#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// A spreadsheet, or a file in its place, that is not as expected.
    #[error("{}{faults}", file.display())]
    Faulty { file: PathBuf, faults: Faults },
    #[error("{}: expected a readable file: {source}", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}, line {line}: {source}", file.display())]
    Catalog { file: PathBuf, line: usize, source: Box<dyn std::error::Error + Send + Sync> },
}

//! Why a norm could not be read, with file, line and column.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum NormError {
    #[error("{}: expected a readable file: {source}", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}: {source}", file.display())]
    Settings { file: PathBuf, source: toml::de::Error },
    #[error("{}: {source}", file.display())]
    Table { file: PathBuf, source: csv::Error },
    #[error("{}, line {line}, column {column}: expected {expected}, found {found}", file.display())]
    Cell { file: PathBuf, line: u64, column: &'static str, expected: &'static str, found: String },
    #[error("{}: expected {expected}, found {found}", file.display())]
    Incomplete { file: PathBuf, expected: String, found: String },
}

//! Why the descriptions could not be read, with file, section and field.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    #[error("{}: expected a readable file: {source}", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}: {source}", file.display())]
    Format { file: PathBuf, source: toml::de::Error },
    #[error("{}: expected a section [{section}], found none", file.display())]
    Missing { file: PathBuf, section: String },
    #[error("{}: expected no section [{section}]", file.display())]
    Unknown { file: PathBuf, section: String },
    #[error("{}, section [{section}], field {field}: expected {expected}, found {found}", file.display())]
    Text { file: PathBuf, section: String, field: &'static str, expected: String, found: usize },
}

//! What programs ask for: texts to be classified, careers, the catalog.

pub mod careers;
mod sent;
pub mod text;

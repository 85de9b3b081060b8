//! What programs ask for: texts to be classified, careers, the catalog.

mod body;
pub mod careers;
mod json;
mod sent;
pub mod texts;
mod timing;

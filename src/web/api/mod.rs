//! The JSON interface: texts to be classified, careers, the catalog.

mod body;
pub mod career;
pub mod careers;
pub mod description;
mod json;
mod kind;
pub mod page;
pub mod refusals;
mod sent;
pub mod texts;
mod timing;

pub use body::text_of as posted_text;

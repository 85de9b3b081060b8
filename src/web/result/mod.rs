//! A result as its owner sees it, as it is shared, and as a download.

mod assessed;
pub mod best;
pub mod brief;
pub mod charts;
pub mod columns;
pub mod compare;
pub mod downloads;
mod export;
pub mod facts;
mod good;
mod kept;
mod opened;
pub mod owner;
pub mod reasons;
pub mod research;
pub mod sample;
pub mod shared;
pub mod stored;
pub mod view;
mod wanted;
mod words;

pub use assessed::{ShownLevel, by_ratings, hurried, ranked};

//! A result as its owner sees it, as it is shared, and as a download.

pub mod best;
pub mod brief;
pub mod charts;
mod export;
pub mod facts;
pub mod owner;
pub mod sample;
pub mod shared;
pub mod stored;
pub mod view;
mod words;

//! The optional part on interests: the questions, and the six scores with their chart.

mod form;
mod hexagon;
mod owner_pages;
mod scores;
mod shared_pages;

pub use hexagon::Hexagon;
pub use owner_pages::{ask_delete, delete, save, share, show};
pub use shared_pages::{from_address, from_shared_address, shared};

//! What all finished questionnaires of this site add up to, and where somebody stands among its visitors.

mod beside;
pub mod json;
mod load;
pub mod page;

pub use beside::VisitorNorm;

//! What the site says of itself: how good it is, and what happens to visitors' words.

mod figures;
pub mod pages;

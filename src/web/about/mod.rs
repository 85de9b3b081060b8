//! Pages about the site itself: how good it is, and what happens to visitors' words.

mod figures;
mod grid;
mod human;
pub mod pages;
mod sentences;
mod simulated;

//! A visit, from the home page to sending the answers.

pub mod autosave;
pub mod begin;
pub mod check;
pub mod discard;
mod draft;
pub mod first;
pub mod forget;
pub mod home;
pub mod pages;
mod posted;
mod progress;
pub mod random;
pub mod restart;
mod rows;
mod submission;

pub use draft::TakenOver;

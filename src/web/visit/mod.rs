//! A visit, from the home page to sending the answers.

pub mod autosave;
pub mod begin;
mod came;
pub mod check;
pub mod discard;
mod draft;
pub mod first;
pub mod forget;
pub mod home;
mod on_device;
mod pace;
pub mod pages;
mod posted;
mod progress;
pub mod random;
pub mod restart;
mod rows;
pub mod shell;
mod submission;

pub use draft::TakenOver;

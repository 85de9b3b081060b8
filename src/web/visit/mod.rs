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
mod in_account;
mod not_open;
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
mod taken_over;

pub use draft::OpenDraft;
pub use not_open::NotOpen;
pub use taken_over::TakenOver;

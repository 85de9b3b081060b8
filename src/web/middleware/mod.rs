//! The middleware that every request passes through.

pub mod admission;
pub mod canonical;
pub mod present;
pub mod rate;
pub mod security;
pub mod taken_over;

//! What every request passes through, whatever its address.

pub mod admission;
pub mod present;
pub mod rate;
pub mod security;
pub mod taken_over;

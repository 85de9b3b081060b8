//! What every request passes through, whatever its address.

pub mod present;
pub mod rate;
pub mod security;

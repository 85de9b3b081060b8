//! Integration tests: one binary over real HTTP.

mod architecture;
mod grammar;

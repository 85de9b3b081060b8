//! Integration tests: one binary over real HTTP.

mod grammar;

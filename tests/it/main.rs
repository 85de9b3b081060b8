//! Integration tests: one binary over real HTTP.

//! Integration tests: one binary over real HTTP.
//!
//! What fails here fails the test that called it: unwrapping is how a test says so.
#![allow(clippy::unwrap_used)]

mod api;
mod architecture;
mod careers;
mod commands;
mod database;
mod engine;
mod erasure;
mod errors;
mod evaluation;
mod grammar;
mod harness;
mod kill;
mod metrics;
mod models;
mod outages;
mod packaging;
mod postgres;
mod readme;
mod records;
mod results;
mod saving;
mod security;
mod site;
mod start;
mod stop;
mod submissions;
mod windows;

//! Integration tests: one binary over real HTTP.
//!
//! Helpers unwrap: a panic fails the test that called them.
#![allow(clippy::unwrap_used)]

mod additions;
mod api;
mod architecture;
#[cfg(feature = "training")]
mod assessment;
mod careers;
mod commands;
mod database;
mod descriptions;
mod engine;
mod erasure;
mod errors;
mod evaluation;
mod first;
mod grammar;
mod harness;
mod interests;
mod keys;
mod kill;
mod metrics;
mod models;
mod outages;
mod packaging;
mod pgbouncer;
mod postgres;
mod readiness;
mod records;
mod results;
mod saving;
mod security;
mod settings;
mod shortlist;
mod site;
mod slow;
mod start;
mod stop;
mod submissions;
mod truth;
mod windows;

//! Integration tests: one binary over real HTTP.
//!
//! Helpers unwrap: a panic fails the test that called them.
#![allow(clippy::unwrap_used)]

mod account_drafts;
mod account_rows;
mod accounts;
mod additions;
mod administration;
mod api;
mod architecture;
#[cfg(feature = "training")]
mod assessment;
mod audit_rows;
mod careers;
mod clients;
mod commands;
mod database;
mod description;
mod descriptions;
#[cfg(feature = "ec2")]
mod ec2;
mod engine;
mod erasure;
mod errors;
mod evaluation;
mod first;
mod fleet;
mod fuzz;
mod grammar;
mod harness;
mod install;
mod interests;
mod keys;
mod kill;
#[cfg(feature = "training")]
mod mail;
mod mail_rows;
mod manager;
mod metrics;
mod models;
mod observatory;
mod occupations;
mod openings;
mod outages;
mod packaging;
mod pgbouncer;
mod policies;
mod postgres;
mod promises;
mod readiness;
mod receipts;
mod records;
#[cfg(feature = "training")]
mod research;
mod results;
mod saving;
mod security;
mod settings;
mod shortlist;
mod site;
mod slow;
mod spreadsheets;
mod start;
mod statistics;
mod stop;
mod submissions;
mod tiers;
mod truth;
mod windows;

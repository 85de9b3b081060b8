//! The manager: pages for administrators with the servers' figures, their number, and the policy.

mod bounds;
mod chart;
mod current;
mod draft;
mod guard;
mod json;
mod known;
pub mod list;
mod minutes;
pub mod pages;
pub mod policy;
mod readers;
pub mod removal;
mod server;
pub mod server_page;
mod shown;
pub mod size;
mod summary;

pub use json::{home_json, policy_json, server_json, servers_json};
pub use known::{Fleet, SILENT};

//! What one client, and all clients together, may hold at a time: connections, bodies being sent, requests being answered.

pub mod bodies;
pub mod connections;
pub mod requests;

//! Limits on what one client, and all clients together, may hold at a time: connections, bodies in transit, requests
//! being answered.

pub mod bodies;
pub mod connections;
pub mod receipts;
pub mod requests;

//! The servers that share this database: their names and states, their figures of each minute, and the settings that
//! administrators made for all of them.
//!
//! Each server writes its own rows only. If the database is away, the figures of that minute are lost, and nothing waits.

mod expiry;
mod overview;
mod removal;
mod servers;
mod settings;

pub use expiry::FLEET_HOURS_KEPT;
pub use overview::{Fleet, FleetServer};
pub use removal::Removals;
pub use servers::{FleetMinute, NewServer, ServerState};
pub use settings::FleetSettings;

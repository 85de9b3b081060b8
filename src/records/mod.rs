//! Rows: drafts, submissions, results, leases. The only module with SQL.
//!
//! A [`Store`] can be used from any async task. The database work runs on the blocking pool, at most one task per
//! connection, and every wait (for a turn, a connection, a lock, an answer) has a time limit. An unreachable database
//! makes no operation hang and no start fail: the next operation tries again.

mod additions;
mod alive;
mod columns;
mod connection;
mod disk;
mod drafts;
mod error;
mod expiry;
mod handover;
mod keys;
mod migrations;
mod pool;
mod postgres_address;
mod postgres_parameters;
mod proof;
mod queue;
mod record;
mod results;
mod schema;
mod schema_check;
mod store;
mod turns;
mod url;
#[cfg(test)]
mod url_tests;

pub use additions::Interests;
pub use alive::{Alive, Released};
pub use connection::PoolConfig;
pub use drafts::{Draft, DraftState};
pub use error::{Conflict, RecordsError, Thing, Unavailability};
pub use expiry::Swept;
pub use keys::{DraftKey, OwnerKey, ShareKey};
pub use migrations::{MigrateError, migrate_down, migrate_up, migration_status};
pub use queue::{
    AnswerSpan, FailOutcome, Finished, LONGEST_LEASE, Lease, LeaseOutcome, Leased, MAX_LOSSES, ModelRead,
    ModelUsed, NewSubmission, NewText, Place, QueueDepth, Stages, Submitted, Wanted,
};
pub use record::{ListedRecord, Record, SharedRecord, Source, Status};
pub use store::Store;
pub use url::{DatabaseUrl, DatabaseUrlError};

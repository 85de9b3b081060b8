//! Rows: drafts, submissions, results, leases, servers. The only module with SQL.
//!
//! A [`Store`] can be used from any async task. The database work runs on the blocking pool, at most one task per
//! connection, and every wait (for a turn, a connection, a lock, an answer) has a time limit. If the database is
//! unreachable, no operation hangs and the server still starts; the next operation tries again.

mod accounts;
mod additions;
mod alive;
mod answers;
mod audit;
mod columns;
mod connection;
mod disk;
mod drafts;
mod erasure;
mod error;
mod expiry;
mod export;
mod fleet;
mod handover;
mod keys;
mod mails;
mod migrations;
mod noted;
mod notice;
mod openings;
mod overview;
mod pool;
mod postgres_address;
mod postgres_parameters;
mod proof;
mod queue;
mod record;
mod research;
mod results;
mod schema;
mod schema_check;
mod statistics;
mod store;
mod turns;
mod url;
#[cfg(test)]
mod url_tests;

pub use accounts::{
    Account, Administered, KeptResult, Link, LinkPurpose, ListedSession, NewAccount, RecoveryCode, Role,
    Session,
};
pub use additions::{Interests, Research};
pub use alive::{Alive, Released};
pub use audit::{AUDIT_DAYS_KEPT, Act, AuditRow, Audited};
pub use connection::PoolConfig;
pub use drafts::{Draft, DraftState};
pub use error::{Conflict, RecordsError, Thing, Unavailability};
pub use expiry::Swept;
pub use export::ExportPlace;
pub use fleet::{
    FLEET_HOURS_KEPT, Fleet, FleetMinute, FleetServer, FleetSettings, NewServer, Removals, ServerState,
};
pub use keys::{BrowserToken, DraftKey, LinkToken, OwnerKey, SessionToken, ShareKey};
pub use mails::{INVITATION_LIFETIME, LINK_LIFETIME, MailMessage, Outbox, Registration, TakenMail};
pub use migrations::{MigrateError, migrate_down, migrate_up, migration_status};
pub use notice::{Listening, Notice};
pub use openings::{OPENED_DAYS_KEPT, OpenedDays};
pub use overview::{FailedRecord, Overview};
pub use queue::{
    AnswerSpan, Answered, Asked, Backlog, Ended, FailOutcome, Finished, LONGEST_LEASE, Labelled, Lease,
    LeaseOutcome, Leased, MAX_LOSSES, ModelRead, ModelUsed, NewSubmission, NewText, Place, QueueDepth,
    Stages, Submitted, Waited, Wanted,
};
pub use record::{ListedRecord, Record, SharedRecord, Source, Status};
pub use research::Given;
pub use store::Store;
pub use url::{DatabaseUrl, DatabaseUrlError};

//! A lease, and the clock that decides when it ends.

use std::time::Duration;

use chrono::{NaiveDateTime, SubsecRound, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use crate::records::columns::delta;
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;

/// The right to finish one submission. It ends once it has expired and another worker has taken the submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The record's id.
    pub id: i64,
    /// Who holds it.
    pub worker: String,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// Whether the sender waits at another server, which has to learn how the reading ended.
    pub sender_elsewhere: bool,
}

/// The longest time that a lease, a renewal or a pause lasts. A later time in the database was written before a clock
/// was set back, and counts as past.
pub const LONGEST_LEASE: Duration = Duration::from_secs(10 * 60);

/// The end of a lease that begins now, at [`database_now`], and lasts for `hold`, at most [`LONGEST_LEASE`].
pub(super) fn lease_end(now: NaiveDateTime, hold: Duration) -> NaiveDateTime {
    (now + delta(hold.min(LONGEST_LEASE))).trunc_subsecs(3)
}

/// The current time in UTC. On PostgreSQL the database's own time, so that servers whose clocks differ agree on when a
/// lease ends. On SQLite this machine's time, since only this machine uses the file.
pub(in crate::records) fn database_now(connection: &mut DbConnection) -> Result<NaiveDateTime, RecordsError> {
    let now: NaiveDateTime = match connection {
        DbConnection::Postgres(c) => {
            diesel::select(sql::<Timestamp>("clock_timestamp() AT TIME ZONE 'UTC'")).get_result(c)?
        }
        DbConnection::Sqlite(_) => Utc::now().naive_utc(),
    };
    Ok(now.trunc_subsecs(3))
}

/// Loads the rows of a query that nobody else is changing, and keeps others from changing them until the transaction ends. A
/// server that stalls inside a transaction therefore holds up nothing but its own rows. SQLite has one writer at a time.
macro_rules! load_free {
    ($query:expr, $connection:expr) => {
        match $connection {
            DbConnection::Postgres(c) => $query.for_update().skip_locked().load(c),
            DbConnection::Sqlite(c) => $query.load(c),
        }
    };
}
pub(super) use load_free;

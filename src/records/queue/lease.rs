//! A lease, and the clock that leases go by.

use std::time::Duration;

use chrono::{NaiveDateTime, SubsecRound, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use crate::records::columns::delta;
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;

/// The right to finish one submission. It lasts until it expires and another worker takes the submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The record's id.
    pub id: i64,
    /// Who holds it.
    pub worker: String,
    /// Which attempt this is, from 1.
    pub attempt: i32,
}

/// The longest time that a lease, a renewal or a pause lasts. A time in the database that is further away was written
/// before a clock was set back, and counts as past.
pub const LONGEST_LEASE: Duration = Duration::from_secs(10 * 60);

/// When a lease ends that begins now and lasts for `hold`, at most [`LONGEST_LEASE`].
pub(super) fn lease_end(
    connection: &mut DbConnection,
    hold: Duration,
) -> Result<NaiveDateTime, RecordsError> {
    Ok((database_now(connection)? + delta(hold.min(LONGEST_LEASE))).trunc_subsecs(3))
}

/// The current time in UTC: PostgreSQL's own, so that servers whose clocks differ agree on when a lease ends; this
/// machine's for SQLite, which only it uses.
pub(in crate::records) fn database_now(connection: &mut DbConnection) -> Result<NaiveDateTime, RecordsError> {
    let now: NaiveDateTime = match connection {
        DbConnection::Postgres(c) => {
            diesel::select(sql::<Timestamp>("clock_timestamp() AT TIME ZONE 'UTC'")).get_result(c)?
        }
        DbConnection::Sqlite(_) => Utc::now().naive_utc(),
    };
    Ok(now.trunc_subsecs(3))
}

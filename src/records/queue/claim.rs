//! Records whose key nobody has received yet.
//!
//! A text of the JSON interface is stored before its sender gets an answer. Until then the record is unclaimed, and no server
//! but its own reads it. While it is being read its server renews it; when the reading has ended it is kept for
//! [`PERHAPS_KNOWN`]. It is claimed, and from then on kept as any other, when the system has accepted the first bytes of the
//! answer, whose head holds the key, or when somebody opens it by its key.
//!
//! Right before those bytes are handed over the server notes in its locked file that it begins, and right after that the
//! system took them (see `records::alive`). What becomes of a record when its server is killed:
//!
//! | killed | the client | the record |
//! | --- | --- | --- |
//! | while it is read | knows nothing | erased as soon as its server is known to be dead |
//! | before the first note | knows nothing | the same |
//! | between the notes | may know | kept for [`PERHAPS_KNOWN`], then erased unless it was opened |
//! | after the second note | may know | claimed, by the next server that sees the file |
//!
//! Where no server sees the file, as when a machine is lost, what was being read is erased when nobody renews it, and what
//! was read but is not claimed in the database is kept for [`PERHAPS_KNOWN`]. A client that is told an address and opens it
//! within that time therefore never loses it, however its server ends. An answer that the system accepted counts as known
//! even if the client was gone by then: nothing tells the two apart.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::lease::{LONGEST_LEASE, database_now, lease_end, load_free};
use crate::records::columns::{delta, without_nul};
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::record::Status;
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::schema::waiting_senders as senders;
use crate::records::store::Store;

/// How long a record is kept whose reading has ended, without a proof that its client knows the key or does not.
const PERHAPS_KNOWN: Duration = Duration::from_secs(24 * 60 * 60);

impl Store {
    /// Keeps the unclaimed records for `hold` from now that this server is reading, or whose senders wait at it for another
    /// server's reading.
    pub async fn renew_unclaimed(&self, server: &str, hold: Duration) -> Result<usize, RecordsError> {
        let server = without_nul(server);
        self.write(move |connection| {
            let until = lease_end(database_now(connection)?, hold);
            let unread = dsl::status.eq_any([Status::Queued.as_str(), Status::Reading.as_str()]);
            let waiting = senders::table
                .filter(senders::server.eq(&server).and(senders::answer_by.is_not_null()))
                .select(senders::record_id);
            let reading = dsl::lease_owner.eq(&server).and(dsl::status.eq(Status::Reading.as_str()));
            let reading = reading.and(diesel::dsl::not(is_elsewhere()));
            let kept = records::table
                .filter(reading.or(unread.and(dsl::id.eq_any(waiting))))
                .filter(dsl::unclaimed_until.is_not_null())
                .select(dsl::id);
            // What another server is just changing is renewed the next time.
            let ids: Vec<i64> = load_free!(kept, connection)?;
            let mut renewed = 0;
            for some in ids.chunks(CHANGED_AT_ONCE) {
                renewed += diesel::update(records::table)
                    .filter(dsl::id.eq_any(some.to_vec()))
                    .set(dsl::unclaimed_until.eq(until))
                    .execute(connection)?;
            }
            Ok(renewed)
        })
        .await
    }

    /// Claims these records, because their addresses have been sent.
    pub async fn claim(&self, ids: Vec<i64>) -> Result<(), RecordsError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.write(move |connection| {
            for some in ids.chunks(CHANGED_AT_ONCE) {
                diesel::update(records::table)
                    .filter(dsl::id.eq_any(some.to_vec()))
                    .set(dsl::unclaimed_until.eq(None::<NaiveDateTime>))
                    .execute(connection)?;
                diesel::delete(senders::table.filter(senders::record_id.eq_any(some.to_vec())))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
    }

    /// Deletes the unclaimed records whose time is over: those that nobody renewed, and those that nobody opened. Also those
    /// whose time is further away than it can be, as after a clock was set back. Returns how many.
    pub async fn erase_unclaimed(&self) -> Result<usize, RecordsError> {
        // Reads first, so that a database without such records is not written to.
        let any = self.read(|connection| Ok(!abandoned(connection, false)?.is_empty())).await?;
        if !any {
            return Ok(0);
        }
        self.erase(|connection| {
            let abandoned = abandoned(connection, true)?;
            let unclaimed = dsl::id.eq_any(abandoned).and(dsl::unclaimed_until.is_not_null());
            Ok(diesel::delete(records::table).filter(unclaimed).execute(connection)?)
        })
        .await
    }
}

/// Most records that one statement changes.
pub(in crate::records) const CHANGED_AT_ONCE: usize = 500;

/// To be called when the reading of a record has ended: from now on its client may be told the key. A sender who wants to know
/// a model's labels is told no key.
pub(super) fn ended(connection: &mut DbConnection, id: i64) -> Result<(), RecordsError> {
    let until = database_now(connection)? + delta(PERHAPS_KNOWN);
    let told_no_key = senders::table.filter(senders::model.is_not_null()).select(senders::record_id);
    diesel::update(records::table)
        .filter(dsl::id.eq(id).and(dsl::unclaimed_until.is_not_null()))
        .filter(diesel::dsl::not(dsl::id.eq_any(told_no_key)))
        .set(dsl::unclaimed_until.eq(until))
        .execute(connection)?;
    Ok(())
}

/// Claims the record of this key: whoever opens it knows the key.
pub(in crate::records) fn opened(connection: &mut DbConnection, key_hash: &str) -> Result<(), RecordsError> {
    diesel::update(records::table)
        .filter(dsl::owner_key_hash.eq(key_hash).and(dsl::unclaimed_until.is_not_null()))
        .set(dsl::unclaimed_until.eq(None::<NaiveDateTime>))
        .execute(connection)?;
    Ok(())
}

/// The server at which this record's sender waits, or waited, is not the one that reads it.
#[diesel::dsl::auto_type]
pub(super) fn is_elsewhere() -> _ {
    dsl::id.eq_any(senders::table.select(senders::record_id))
}

/// The unclaimed records that this server alone may tell a client about.
#[diesel::dsl::auto_type]
pub(in crate::records) fn told_by<'a>(server: &'a str) -> _ {
    let own = dsl::lease_owner.eq(server).and(diesel::dsl::not(is_elsewhere()));
    let at_it = senders::table.filter(senders::server.eq(server)).select(senders::record_id);
    own.or(dsl::id.eq_any(at_it))
}

/// Unclaimed records whose time is over, or further away than it can be. `free` leaves out those that another server is just
/// changing.
fn abandoned(connection: &mut DbConnection, free: bool) -> Result<Vec<i64>, RecordsError> {
    let now = database_now(connection)?;
    // A sender elsewhere may have been told to come back later while the reading goes on.
    let reading = dsl::status.eq(Status::Reading.as_str()).and(diesel::dsl::not(is_elsewhere()));
    let over = dsl::unclaimed_until.le(now);
    let too_far = reading.and(dsl::unclaimed_until.gt(now + delta(LONGEST_LEASE)));
    let far_too_far = dsl::unclaimed_until.gt(now + delta(PERHAPS_KNOWN + LONGEST_LEASE));
    let abandoned =
        records::table.filter(over.or(too_far).or(far_too_far)).limit(CHANGED_AT_ONCE as i64).select(dsl::id);
    Ok(if free { load_free!(abandoned, connection)? } else { abandoned.load(connection)? })
}

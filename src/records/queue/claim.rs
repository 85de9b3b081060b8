//! Records whose key nobody has been told yet.
//!
//! A text of the JSON interface is stored before its sender gets an answer. Until then the record is unclaimed: the server
//! that stored it renews it, no other server reads it, and if that server dies the record is deleted. It is claimed once
//! the answer has been sent.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::lease::{LONGEST_LEASE, database_now, lease_end};
use crate::records::columns::{delta, without_nul};
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::store::Store;

impl Store {
    /// Keeps this worker's unclaimed records for `hold` from now.
    pub async fn renew_unclaimed(&self, worker: &str, hold: Duration) -> Result<usize, RecordsError> {
        let worker = without_nul(worker);
        self.write(move |connection| {
            let until = lease_end(connection, hold)?;
            let unclaimed = dsl::lease_owner.eq(&worker).and(dsl::unclaimed_until.is_not_null());
            Ok(diesel::update(records::table)
                .filter(unclaimed)
                .set(dsl::unclaimed_until.eq(until))
                .execute(connection)?)
        })
        .await
    }

    /// Claims these records: their addresses have been sent.
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
            }
            Ok(())
        })
        .await
    }

    /// Deletes the unclaimed records that nobody renewed, and those whose time is further away than any renewal, as after
    /// a clock was set back. Returns how many.
    pub async fn erase_unclaimed(&self) -> Result<usize, RecordsError> {
        // A read first, so that a database without such records is not written to.
        let any = self.read(|connection| Ok(!abandoned(connection)?.is_empty())).await?;
        if !any {
            return Ok(0);
        }
        self.erase(|connection| {
            let abandoned = abandoned(connection)?;
            let unclaimed = dsl::id.eq_any(abandoned).and(dsl::unclaimed_until.is_not_null());
            Ok(diesel::delete(records::table).filter(unclaimed).execute(connection)?)
        })
        .await
    }
}

/// Most records that one statement changes.
const CHANGED_AT_ONCE: usize = 500;

fn abandoned(connection: &mut DbConnection) -> Result<Vec<i64>, RecordsError> {
    let now = database_now(connection)?;
    Ok(records::table
        .filter(dsl::unclaimed_until.le(now).or(dsl::unclaimed_until.gt(now + delta(LONGEST_LEASE))))
        .limit(CHANGED_AT_ONCE as i64)
        .select(dsl::id)
        .load(connection)?)
}

//! What the holder of a lease does with its submission: renew, give back, finish or fail it. Each update applies only while
//! no other worker has taken the row.

use std::time::Duration;

use chrono::{NaiveDateTime, SubsecRound, Utc};
use diesel::prelude::*;

use super::claim::{self, is_elsewhere};
use super::finished::{Finished, JsonColumns, Labelled};
use super::lease::{LONGEST_LEASE, Lease, database_now, lease_end};
use crate::personality::ModelKind;
use crate::records::columns::{delta, timestamp, without_nul};
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::notice;
use crate::records::record::Status;
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::store::Store;

/// The number of failed attempts before a submission is marked failed.
pub(super) const MAX_FAILURES: i32 = 3;

/// The most characters stored of the sentence that says why a reading failed.
const FAILURE_CHARACTERS: usize = 500;

/// The outcome of a change under a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum LeaseOutcome {
    /// The change is made, now or by an earlier call under the same lease.
    Held,
    /// The record was deleted; nothing was changed.
    Gone,
    /// Another worker holds the lease or has finished; nothing was changed.
    Lost,
}

/// The outcome of [`Store::fail`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum FailOutcome {
    /// It will be tried again after the pause.
    Queued,
    /// It is marked failed.
    GivenUp,
    /// The record was deleted.
    Gone,
    /// Another worker holds the lease.
    Lost,
}

impl Store {
    /// Extends a lease to `hold` from now. An expired lease is extended too, unless another worker took the submission.
    pub async fn renew(&self, lease: &Lease, hold: Duration) -> Result<LeaseOutcome, RecordsError> {
        self.under_lease(lease, Status::Reading, move |connection, lease| {
            let until = lease_end(database_now(connection)?, hold);
            let row = diesel::update(records::table).filter(held(lease));
            Ok(row.set(dsl::lease_until.eq(until)).execute(connection)?)
        })
        .await
    }

    /// Notes that the reading under this lease begins. From now on an expired lease counts as a lost attempt.
    pub async fn begin(&self, lease: &Lease) -> Result<LeaseOutcome, RecordsError> {
        self.under_lease(lease, Status::Reading, |connection, lease| {
            let row = diesel::update(records::table).filter(held(lease));
            Ok(row.set(dsl::begun.eq(true)).execute(connection)?)
        })
        .await
    }

    /// Gives a submission back unread, as a stopping server does. It is queued again at once. This counts neither as a
    /// failure nor as an expired lease.
    pub async fn park(&self, lease: &Lease) -> Result<LeaseOutcome, RecordsError> {
        self.under_lease(lease, Status::Queued, |connection, lease| {
            let row = diesel::update(records::table).filter(held(lease));
            Ok(row
                .set((dsl::status.eq(Status::Queued.as_str()), dsl::lease_until.eq(None::<NaiveDateTime>)))
                .execute(connection)?)
        })
        .await
    }

    /// Gives back every submission that this worker holds, like [`Store::park`], except for those whose senders wait here.
    /// Returns how many.
    pub async fn park_all(&self, worker: &str) -> Result<usize, RecordsError> {
        let worker = without_nul(worker);
        self.write(move |connection| {
            let held = dsl::lease_owner.eq(&worker).and(dsl::status.eq(Status::Reading.as_str()));
            let parked = diesel::update(records::table)
                .filter(held.and(dsl::unclaimed_until.is_null().or(is_elsewhere())))
                .set((dsl::status.eq(Status::Queued.as_str()), dsl::lease_until.eq(None::<NaiveDateTime>)))
                .execute(connection)?;
            if parked > 0 {
                notice::queued(connection)?;
            }
            Ok(parked)
        })
        .await
    }

    /// Stores the result. An expired lease still finishes unless another worker took the submission. A second finish
    /// under the same lease changes nothing and returns [`LeaseOutcome::Held`] as well. A deleted record stays deleted.
    pub async fn finish(&self, lease: &Lease, finished: Finished) -> Result<LeaseOutcome, RecordsError> {
        let columns = JsonColumns::of(&finished)
            .map_err(|_| RecordsError::Invalid("the result cannot be written as JSON"))?;
        self.under_lease(lease, Status::Done, move |connection, lease| {
            Ok(diesel::update(records::table)
                .filter(held(lease))
                .set((
                    dsl::status.eq(Status::Done.as_str()),
                    dsl::result_mbti.eq(&columns.result_mbti),
                    dsl::result_big_five.eq(&columns.result_big_five),
                    dsl::career_data.eq(&columns.career_data),
                    dsl::models.eq(&columns.models),
                    dsl::data_version.eq(without_nul(&finished.data_version)),
                    dsl::reading.eq(&columns.reading),
                    dsl::assessment.eq(&columns.assessment),
                    dsl::share_read.eq(finished.share_read),
                    dsl::finished_at.eq(timestamp(Utc::now())),
                    dsl::lease_until.eq(None::<NaiveDateTime>),
                    dsl::failure.eq(None::<String>),
                ))
                .execute(connection)?)
        })
        .await
    }

    /// Changes the row of a lease. `update` returns the number of rows that it changed; if that is 0, the outcome says
    /// why. `target` is the status of the row after the change.
    async fn under_lease(
        &self,
        lease: &Lease,
        target: Status,
        mut update: impl FnMut(&mut DbConnection, &Lease) -> Result<usize, RecordsError> + Send + 'static,
    ) -> Result<LeaseOutcome, RecordsError> {
        let lease = lease.clone();
        self.write(move |connection| match update(connection, &lease)? {
            0 => why_not_held(connection, &lease, target),
            _ => {
                match (target, lease.sender_elsewhere) {
                    (Status::Reading, _) => {}
                    // The sender still waits for another server's reading.
                    (Status::Queued, true) => notice::queued(connection)?,
                    (_, false) => claim::ended(connection, lease.id)?,
                    (_, true) => {
                        claim::ended(connection, lease.id)?;
                        notice::answer(connection, lease.id)?;
                    }
                }
                Ok(LeaseOutcome::Held)
            }
        })
        .await
    }

    /// Like [`Store::finish`], for a sender who wants to know what one model says and no more.
    pub async fn finish_labelled(
        &self,
        lease: &Lease,
        labelled: Labelled,
    ) -> Result<LeaseOutcome, RecordsError> {
        let (result, reading) =
            labelled.columns().map_err(|_| RecordsError::Invalid("the result cannot be written as JSON"))?;
        let (types, traits) = match labelled.model {
            ModelKind::Mbti => (Some(result), None),
            ModelKind::BigFive => (None, Some(result)),
        };
        self.under_lease(lease, Status::Done, move |connection, lease| {
            Ok(diesel::update(records::table)
                .filter(held(lease))
                .set((
                    dsl::status.eq(Status::Done.as_str()),
                    dsl::result_mbti.eq(&types),
                    dsl::result_big_five.eq(&traits),
                    dsl::reading.eq(&reading),
                    dsl::finished_at.eq(timestamp(Utc::now())),
                    dsl::lease_until.eq(None::<NaiveDateTime>),
                ))
                .execute(connection)?)
        })
        .await
    }

    /// Records that a reading failed. The result page shows `reason`. The submission is tried again after `pause`, or
    /// marked failed after [`MAX_FAILURES`] attempts.
    pub async fn fail(
        &self,
        lease: &Lease,
        reason: &str,
        pause: Duration,
    ) -> Result<FailOutcome, RecordsError> {
        let lease = lease.clone();
        let reason: String = without_nul(reason).chars().take(FAILURE_CHARACTERS).collect();
        self.write(move |connection| {
            let failures: Option<i32> =
                records::table.filter(held(&lease)).select(dsl::failures).first(connection).optional()?;
            let Some(failures) = failures.map(|failures| failures + 1) else {
                return Ok(match why_not_held(connection, &lease, Status::Reading)? {
                    LeaseOutcome::Gone => FailOutcome::Gone,
                    LeaseOutcome::Held | LeaseOutcome::Lost => FailOutcome::Lost,
                });
            };
            let now = database_now(connection)?;
            let for_good = failures >= MAX_FAILURES;
            let (status, until, finished) = if for_good {
                (Status::Failed, None, Some(now))
            } else {
                (Status::Queued, Some((now + delta(pause.min(LONGEST_LEASE))).trunc_subsecs(3)), None)
            };
            let noted = diesel::update(records::table)
                .filter(held(&lease))
                .set((
                    dsl::status.eq(status.as_str()),
                    dsl::failures.eq(failures),
                    dsl::failure.eq(&reason),
                    dsl::lease_until.eq(until),
                    dsl::finished_at.eq(finished),
                ))
                .execute(connection)?;
            claim::ended(connection, lease.id)?;
            if lease.sender_elsewhere {
                notice::answer(connection, lease.id)?;
            }
            Ok(match (noted, for_good) {
                (0, _) => FailOutcome::Lost,
                (_, true) => FailOutcome::GivenUp,
                (_, false) => FailOutcome::Queued,
            })
        })
        .await
    }
}

/// Matches the row of a lease unless another worker has taken it.
#[diesel::dsl::auto_type]
fn held<'a>(lease: &'a Lease) -> _ {
    let (id, attempt): (i64, i32) = (lease.id, lease.attempt);
    let (worker, reading): (&'a str, &'static str) = (&lease.worker, Status::Reading.as_str());
    dsl::id
        .eq(id)
        .and(dsl::status.eq(reading))
        .and(dsl::lease_owner.eq(worker))
        .and(dsl::attempts.eq(attempt))
}

/// Why an update under a lease matched no row. If this same lease already changed the row to `target`, it counts as
/// held: the database's answer to an earlier call may have been lost.
fn why_not_held(
    connection: &mut DbConnection,
    lease: &Lease,
    target: Status,
) -> Result<LeaseOutcome, RecordsError> {
    let row: Option<(String, Option<String>, i32)> = records::table
        .find(lease.id)
        .select((dsl::status, dsl::lease_owner, dsl::attempts))
        .first(connection)
        .optional()?;
    Ok(match row {
        None => LeaseOutcome::Gone,
        Some((status, owner, attempt))
            if status == target.as_str()
                && owner.as_deref() == Some(lease.worker.as_str())
                && attempt == lease.attempt =>
        {
            LeaseOutcome::Held
        }
        Some(_) => LeaseOutcome::Lost,
    })
}

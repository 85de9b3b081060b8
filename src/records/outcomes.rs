//! What the holder of a lease does with its submission: keeps it, gives it back, finishes it, or notes that its reading
//! failed. Each is an update that holds only while nobody else has taken the row.

use std::time::Duration;

use chrono::{NaiveDateTime, SubsecRound, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::connection::DbConnection;
use super::error::RecordsError;
use super::leases::{Lease, database_now, lease_end};
use super::record::Status;
use super::schema::personality_records::{self as records, dsl};
use super::{Store, clean, span, stamp};

/// After so many attempts that ended in an error a submission has failed.
pub const MAX_FAILURES: i32 = 3;

/// What a reading adds to a record.
#[derive(Clone)]
pub struct Finished {
    /// The 16 labels and their probabilities, as shown.
    pub result_mbti: Value,
    /// The five traits and their probabilities, as shown.
    pub result_big_five: Value,
    /// The careers.
    pub career_data: Value,
    /// Names and hashes of the models.
    pub models: Value,
    /// The version of the careers' data.
    pub data_version: String,
    /// How the reading came about: logits, windows, timings, whether calibrated.
    pub reading: Value,
    /// The share of the text that was read, 0 to 1: the lesser of the two models'.
    pub share_read: f64,
}

/// What became of a change under a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum LeaseOutcome {
    /// The lease held, and the change was made (or had been made before).
    Held,
    /// The record was deleted: stop, nothing was changed.
    Gone,
    /// Another holds the lease, or has finished: stop, nothing was changed.
    Lost,
}

/// What became of a submission whose reading failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum FailOutcome {
    /// It will be tried again after the pause.
    Queued,
    /// It has failed for good.
    GivenUp,
    /// The record was deleted.
    Gone,
    /// Another holds the lease.
    Lost,
}

impl Store {
    /// Holds a lease for so much longer from now. Also one that ran out, if nobody has taken it yet.
    pub async fn renew(&self, lease: &Lease, hold: Duration) -> Result<LeaseOutcome, RecordsError> {
        let lease = lease.clone();
        self.write(move |connection| {
            let until = lease_end(connection, hold)?;
            let changed = diesel::update(records::table)
                .filter(held(&lease))
                .set(dsl::lease_until.eq(until))
                .execute(connection)?;
            if changed > 0 {
                Ok(LeaseOutcome::Held)
            } else {
                why_not_held(connection, &lease, Status::Reading)
            }
        })
        .await
    }

    /// Gives a submission back unread, as a server does that stops: it is queued again at once, and this counts neither
    /// as a failure nor as a loss.
    pub async fn park(&self, lease: &Lease) -> Result<LeaseOutcome, RecordsError> {
        let lease = lease.clone();
        self.write(move |connection| {
            let changed = diesel::update(records::table)
                .filter(held(&lease))
                .set((dsl::status.eq(Status::Queued.as_str()), dsl::lease_until.eq(None::<NaiveDateTime>)))
                .execute(connection)?;
            if changed > 0 {
                Ok(LeaseOutcome::Held)
            } else {
                why_not_held(connection, &lease, Status::Queued)
            }
        })
        .await
    }

    /// Gives back all that this worker holds, as [`Store::park`] does. How many.
    pub async fn park_all(&self, worker: &str) -> Result<usize, RecordsError> {
        let worker = clean(worker);
        self.write(move |connection| {
            let held = dsl::lease_owner.eq(&worker).and(dsl::status.eq(Status::Reading.as_str()));
            Ok(diesel::update(records::table)
                .filter(held)
                .set((dsl::status.eq(Status::Queued.as_str()), dsl::lease_until.eq(None::<NaiveDateTime>)))
                .execute(connection)?)
        })
        .await
    }

    /// Stores the result. A lease that ran out still finishes, if nobody else has taken it; a second finish under the
    /// same lease changes nothing and is [`LeaseOutcome::Held`] as well; a deleted record stays deleted.
    pub async fn finish(&self, lease: &Lease, finished: Finished) -> Result<LeaseOutcome, RecordsError> {
        let lease = lease.clone();
        self.write(move |connection| {
            let done = diesel::update(records::table)
                .filter(held(&lease))
                .set((
                    dsl::status.eq(Status::Done.as_str()),
                    dsl::result_mbti.eq(finished.result_mbti.to_string()),
                    dsl::result_big_five.eq(finished.result_big_five.to_string()),
                    dsl::career_data.eq(finished.career_data.to_string()),
                    dsl::models.eq(finished.models.to_string()),
                    dsl::data_version.eq(clean(&finished.data_version)),
                    dsl::reading.eq(finished.reading.to_string()),
                    dsl::share_read.eq(finished.share_read),
                    dsl::finished_at.eq(stamp(Utc::now())),
                    dsl::lease_until.eq(None::<NaiveDateTime>),
                    dsl::failure.eq(None::<String>),
                ))
                .execute(connection)?;
            if done > 0 { Ok(LeaseOutcome::Held) } else { why_not_held(connection, &lease, Status::Done) }
        })
        .await
    }

    /// Notes that a reading failed, in a sentence fit for the result page: after [`MAX_FAILURES`] for good, before that to
    /// be tried again after the pause.
    pub async fn fail(
        &self,
        lease: &Lease,
        reason: &str,
        pause: Duration,
    ) -> Result<FailOutcome, RecordsError> {
        let lease = lease.clone();
        let reason: String = clean(reason).chars().take(500).collect();
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
                (Status::Queued, Some((now + span(pause)).trunc_subsecs(3)), None)
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
            Ok(match (noted, for_good) {
                (0, _) => FailOutcome::Lost,
                (_, true) => FailOutcome::GivenUp,
                (_, false) => FailOutcome::Queued,
            })
        })
        .await
    }
}

/// The row of a lease, for as long as nobody else has taken it.
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

/// Why an update under a lease met no row. A row that this very lease brought into `target` before counts as held: the
/// answer to an earlier attempt may have been lost on the way.
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

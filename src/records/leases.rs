//! Who reads which submission: a lease says who, until when, and for the how-many-eth time. It is taken, kept and given
//! back by updates that name the row's state before and after, so several servers share the work without talking.
//!
//! A lease is named by its worker and the row's count of attempts. Time is the database's on PostgreSQL, so that servers
//! whose clocks differ agree on when a lease ends.

use std::time::Duration;

use chrono::{NaiveDateTime, SubsecRound, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Timestamp;
use serde_json::Value;

use super::connection::DbConnection;
use super::error::RecordsError;
use super::record::{Source, Status};
use super::schema::personality_records::{self as records, dsl};
use super::submit::AnswerSpan;
use super::{Store, clean, span, stamp};

/// After so many attempts that ended in an error a submission has failed.
pub const MAX_FAILURES: i32 = 3;
/// After so many leases that ran out unheard of, too: more than of failures, since a server that is killed says nothing
/// about the text it was reading, but a text that brings the server down must not be tried for ever.
pub const MAX_LOSSES: i32 = 10;

/// The right to finish one submission, until it runs out and another takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The record's number.
    pub id: i64,
    /// Who holds it.
    pub worker: String,
    /// The how-many-eth lease on this record.
    pub attempt: i32,
}

/// A submission to be read.
#[derive(Clone)]
pub struct Leased {
    /// The right to finish it.
    pub lease: Lease,
    /// The text.
    pub text: String,
    /// Each answer's place in it; `None` for a text of the JSON interface.
    pub spans: Option<Vec<AnswerSpan>>,
    /// Where it came from.
    pub source: Source,
    /// The questionnaire's version, where there was one.
    pub questionnaire_version: Option<String>,
    /// The questionnaire's hash, where there was one.
    pub questionnaire_hash: Option<String>,
}

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

#[derive(Queryable)]
struct Candidate {
    id: i64,
    status: String,
    attempts: i32,
    losses: i32,
}

type WorkRow = (String, Option<String>, String, Option<String>, Option<String>);

impl Store {
    /// Takes the oldest submission from this source that nobody holds, for so long; `None` when there is none.
    pub async fn lease_next(
        &self,
        worker: &str,
        hold: Duration,
        source: Source,
    ) -> Result<Option<Leased>, RecordsError> {
        // Asked first without a transaction: SQLite's one writer is not held up by idle polls.
        let waiting = self.read(move |connection| Ok(!candidates(connection, source, 1)?.is_empty())).await?;
        if !waiting {
            return Ok(None);
        }
        let worker = clean(worker);
        self.write(move |connection| {
            let now = database_now(connection)?;
            for found in candidates(connection, source, 16)? {
                let lost = i32::from(found.status == Status::Reading.as_str());
                let losses = found.losses + lost;
                let unchanged = dsl::id
                    .eq(found.id)
                    .and(dsl::status.eq(&found.status))
                    .and(dsl::attempts.eq(found.attempts));
                if losses >= MAX_LOSSES {
                    diesel::update(records::table)
                        .filter(unchanged)
                        .set((
                            dsl::status.eq(Status::Failed.as_str()),
                            dsl::losses.eq(losses),
                            dsl::finished_at.eq(now),
                            dsl::lease_until.eq(None::<NaiveDateTime>),
                            dsl::failure.eq("The server stopped each time while it read this text."),
                        ))
                        .execute(connection)?;
                    tracing::error!(
                        record = found.id,
                        losses,
                        "gave a submission up: its leases keep running out"
                    );
                    continue;
                }
                let taken = diesel::update(records::table)
                    .filter(unchanged)
                    .set((
                        dsl::status.eq(Status::Reading.as_str()),
                        dsl::lease_owner.eq(&worker),
                        dsl::lease_until.eq(lease_end(connection, hold)?),
                        dsl::attempts.eq(found.attempts + 1),
                        dsl::losses.eq(losses),
                    ))
                    .execute(connection)?;
                if taken == 0 {
                    continue;
                }
                let lease = Lease { id: found.id, worker: worker.clone(), attempt: found.attempts + 1 };
                return Ok(Some(leased(connection, lease)?));
            }
            Ok(None)
        })
        .await
    }

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

/// The oldest submissions from this source that may be leased now.
fn candidates(
    connection: &mut DbConnection,
    source: Source,
    most: i64,
) -> Result<Vec<Candidate>, RecordsError> {
    let now = database_now(connection)?;
    Ok(records::table
        .filter(
            dsl::status
                .eq_any([Status::Queued.as_str(), Status::Reading.as_str()])
                .and(dsl::source.eq(source.as_str()))
                .and(dsl::lease_until.is_null().or(dsl::lease_until.le(now))),
        )
        .order(dsl::id)
        .limit(most)
        .select((dsl::id, dsl::status, dsl::attempts, dsl::losses))
        .load(connection)?)
}

fn leased(connection: &mut DbConnection, lease: Lease) -> Result<Leased, RecordsError> {
    let (text, spans, source, questionnaire_version, questionnaire_hash): WorkRow = records::table
        .find(lease.id)
        .select((dsl::text, dsl::spans, dsl::source, dsl::questionnaire_version, dsl::questionnaire_hash))
        .first(connection)?;
    // What we wrote ourselves and cannot read any more is read without spans rather than never.
    let spans = spans.and_then(|spans| match serde_json::from_str(&spans) {
        Ok(spans) => Some(spans),
        Err(error) => {
            tracing::error!(record = lease.id, %error, "the spans of a submission are unreadable");
            None
        }
    });
    let source = Source::parse(&source, lease.id)?;
    Ok(Leased { lease, text, spans, source, questionnaire_version, questionnaire_hash })
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

/// When a lease ends that is held for so long from now.
pub(super) fn lease_end(
    connection: &mut DbConnection,
    hold: Duration,
) -> Result<NaiveDateTime, RecordsError> {
    Ok((database_now(connection)? + span(hold)).trunc_subsecs(3))
}

/// The time that leases go by, in UTC: the database's own where several machines may share it.
fn database_now(connection: &mut DbConnection) -> Result<NaiveDateTime, RecordsError> {
    let now: NaiveDateTime = match connection {
        DbConnection::Postgres(c) => {
            diesel::select(sql::<Timestamp>("clock_timestamp() AT TIME ZONE 'UTC'")).get_result(c)?
        }
        DbConnection::Sqlite(_) => Utc::now().naive_utc(),
    };
    Ok(now.trunc_subsecs(3))
}

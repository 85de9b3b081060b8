//! Who reads which submission: a lease says who, until when, and for the how-many-eth time. It is taken here, and kept and
//! given back in [`super::outcomes`], by updates that name the row's state before and after, so several servers share the
//! work without talking.
//!
//! A lease is named by its worker and the row's count of attempts. Time is the database's on PostgreSQL, so that servers
//! whose clocks differ agree on when a lease ends.

use std::time::Duration;

use chrono::{NaiveDateTime, SubsecRound, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use super::connection::DbConnection;
use super::error::RecordsError;
use super::record::{Source, Status};
use super::schema::personality_records::{self as records, dsl};
use super::submit::AnswerSpan;
use super::{Store, clean, span};

/// After so many leases that ran out unheard of a submission has failed: more than [`super::MAX_FAILURES`], since a server
/// that is killed says nothing about the text it was reading, but a text that brings the server down must not be tried for
/// ever.
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

/// When a lease ends that is held for so long from now.
pub(super) fn lease_end(
    connection: &mut DbConnection,
    hold: Duration,
) -> Result<NaiveDateTime, RecordsError> {
    Ok((database_now(connection)? + span(hold)).trunc_subsecs(3))
}

/// The time that leases go by, in UTC: the database's own where several machines may share it.
pub(super) fn database_now(connection: &mut DbConnection) -> Result<NaiveDateTime, RecordsError> {
    let now: NaiveDateTime = match connection {
        DbConnection::Postgres(c) => {
            diesel::select(sql::<Timestamp>("clock_timestamp() AT TIME ZONE 'UTC'")).get_result(c)?
        }
        DbConnection::Sqlite(_) => Utc::now().naive_utc(),
    };
    Ok(now.trunc_subsecs(3))
}

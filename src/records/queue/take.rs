//! Taking a lease on the next submission.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::lease::{Lease, database_now, lease_end};
use crate::records::columns::without_nul;
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::record::{Source, Status};
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::store::Store;

/// Expired leases before a submission is marked failed. More than [`super::outcomes::MAX_FAILURES`], because a server that is killed
/// says nothing about the text it was reading; finite, because a text that brings the server down must not be tried for
/// ever.
pub const MAX_LOSSES: i32 = 10;

/// How many submissions one transaction looks at before it gives up until the next poll.
const LOOKED_AT: i64 = 16;

/// A submission to be read.
#[derive(Clone)]
pub struct Leased {
    pub lease: Lease,
    pub text: String,
    pub source: Source,
}

#[derive(Queryable)]
struct Candidate {
    id: i64,
    status: String,
    attempts: i32,
    losses: i32,
}

impl Store {
    /// Leases the oldest submission from this source that no worker holds, for `hold`; `None` when there is none.
    pub async fn lease_next(
        &self,
        worker: &str,
        hold: Duration,
        source: Source,
    ) -> Result<Option<Leased>, RecordsError> {
        // A read first, so that polling an empty queue does not take SQLite's one writer.
        let waiting = self.read(move |connection| Ok(!candidates(connection, source, 1)?.is_empty())).await?;
        if !waiting {
            return Ok(None);
        }
        let worker = without_nul(worker);
        self.write(move |connection| {
            for candidate in candidates(connection, source, LOOKED_AT)? {
                if let Some(lease) = take(connection, &candidate, &worker, hold)? {
                    return Ok(Some(leased(connection, lease)?));
                }
            }
            Ok(None)
        })
        .await
    }
}

/// Leases the candidate, or marks it failed after too many expired leases. `None` when it was not leased.
fn take(
    connection: &mut DbConnection,
    candidate: &Candidate,
    worker: &str,
    hold: Duration,
) -> Result<Option<Lease>, RecordsError> {
    let lost = i32::from(candidate.status == Status::Reading.as_str());
    let losses = candidate.losses + lost;
    let unchanged = dsl::id
        .eq(candidate.id)
        .and(dsl::status.eq(&candidate.status))
        .and(dsl::attempts.eq(candidate.attempts));
    if losses >= MAX_LOSSES {
        let now = database_now(connection)?;
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
            record = candidate.id,
            losses,
            "marked a submission failed: its leases keep expiring"
        );
        return Ok(None);
    }
    let attempt = candidate.attempts + 1;
    let taken = diesel::update(records::table)
        .filter(unchanged)
        .set((
            dsl::status.eq(Status::Reading.as_str()),
            dsl::lease_owner.eq(worker),
            dsl::lease_until.eq(lease_end(connection, hold)?),
            dsl::attempts.eq(attempt),
            dsl::losses.eq(losses),
        ))
        .execute(connection)?;
    Ok((taken > 0).then(|| Lease { id: candidate.id, worker: worker.to_owned(), attempt }))
}

/// The oldest submissions from this source that may be leased now.
fn candidates(
    connection: &mut DbConnection,
    source: Source,
    limit: i64,
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
        .limit(limit)
        .select((dsl::id, dsl::status, dsl::attempts, dsl::losses))
        .load(connection)?)
}

fn leased(connection: &mut DbConnection, lease: Lease) -> Result<Leased, RecordsError> {
    let (text, source): (String, String) =
        records::table.find(lease.id).select((dsl::text, dsl::source)).first(connection)?;
    let source = Source::parse(&source, lease.id)?;
    Ok(Leased { lease, text, source })
}

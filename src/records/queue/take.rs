//! Taking a lease on the next submission.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::lease::{LONGEST_LEASE, Lease, database_now, lease_end};
use crate::records::columns::{delta, without_nul};
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::record::{Source, Status};
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::store::Store;

/// Expired leases, with a reading that had begun, before a submission is marked failed. More than
/// [`super::outcomes::MAX_FAILURES`], because a server that is killed says nothing about the text it was reading; finite,
/// because a text that brings the server down must not be tried for ever.
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

/// Which submissions to lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those from this source whose reading has never been cut short.
    Fresh(Source),
    /// Those whose server stopped at least once while it read them, perhaps because of them: to be read alone.
    Suspect,
}

#[derive(Queryable)]
struct Candidate {
    id: i64,
    status: String,
    attempts: i32,
    losses: i32,
    begun: bool,
}

impl Store {
    /// Whether a suspect could be leased now.
    pub async fn has_suspect(&self) -> Result<bool, RecordsError> {
        self.read(|connection| Ok(!candidates(connection, Wanted::Suspect, 1)?.is_empty())).await
    }

    /// Leases the oldest wanted submission that no worker holds, for `hold`; `None` when there is none.
    pub async fn lease_next(
        &self,
        worker: &str,
        hold: Duration,
        wanted: Wanted,
    ) -> Result<Option<Leased>, RecordsError> {
        // A read first, so that polling an empty queue does not take SQLite's one writer.
        let waiting = self.read(move |connection| Ok(!candidates(connection, wanted, 1)?.is_empty())).await?;
        if !waiting {
            return Ok(None);
        }
        let worker = without_nul(worker);
        self.write(move |connection| {
            for candidate in candidates(connection, wanted, LOOKED_AT)? {
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
    let lost = i32::from(candidate.status == Status::Reading.as_str() && candidate.begun);
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
            dsl::begun.eq(false),
        ))
        .execute(connection)?;
    Ok((taken > 0).then(|| Lease { id: candidate.id, worker: worker.to_owned(), attempt }))
}

/// The oldest wanted submissions that may be leased now.
fn candidates(
    connection: &mut DbConnection,
    wanted: Wanted,
    limit: i64,
) -> Result<Vec<Candidate>, RecordsError> {
    let now = database_now(connection)?;
    let free = dsl::lease_until
        .is_null()
        .or(dsl::lease_until.le(now))
        .or(dsl::lease_until.gt(now + delta(LONGEST_LEASE)));
    let cut_short = dsl::losses.gt(0).or(dsl::status.eq(Status::Reading.as_str()).and(dsl::begun.eq(true)));
    let oldest = records::table
        .filter(dsl::status.eq_any([Status::Queued.as_str(), Status::Reading.as_str()]))
        .filter(dsl::unclaimed_until.is_null())
        .filter(free)
        .order(dsl::id)
        .limit(limit)
        .select((dsl::id, dsl::status, dsl::attempts, dsl::losses, dsl::begun));
    Ok(match wanted {
        Wanted::Fresh(source) => oldest
            .filter(dsl::source.eq(source.as_str()))
            .filter(diesel::dsl::not(cut_short))
            .load(connection)?,
        Wanted::Suspect => oldest.filter(cut_short).load(connection)?,
    })
}

fn leased(connection: &mut DbConnection, lease: Lease) -> Result<Leased, RecordsError> {
    let (text, source): (String, String) =
        records::table.find(lease.id).select((dsl::text, dsl::source)).first(connection)?;
    let source = Source::parse(&source, lease.id)?;
    Ok(Leased { lease, text, source })
}

//! Leases the next submissions.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::dsl::{not, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::lease::{LONGEST_LEASE, Lease, database_now, lease_end, load_free};
use super::senders::{self, Asked};
use crate::records::columns::{delta, without_nul};
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::record::{Source, Status};
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::schema::waiting_senders;
use crate::records::store::Store;

/// The number of leases that may expire after their reading had begun, before a submission is marked failed. More than
/// [`super::outcomes::MAX_FAILURES`], because a killed server says nothing about the text it was reading. Finite,
/// because a text that crashes the server must not be tried forever.
pub const MAX_LOSSES: i32 = 10;

/// How many submissions one transaction looks at before it gives up until the next poll.
const LOOKED_AT: i64 = 16;

/// A submission to read.
#[derive(Clone)]
pub struct Leased {
    pub lease: Lease,
    pub text: String,
    pub source: Source,
    /// JSON as submitted; see [`super::NewSubmission::keyed_scores`].
    pub keyed_scores: Option<String>,
    /// For a text whose sender waits at another server.
    pub waited: Option<Waited>,
    /// Whether its reading counts as begun already.
    pub begun: bool,
}

/// Somebody who waits at another server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    pub asked: Asked,
    /// For how long from now.
    pub within: Duration,
}

/// Which submissions to lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those from this source whose reading has never been interrupted, and for which nobody waits.
    Fresh(Source),
    /// Those whose senders wait at another server, and whose reading has never been interrupted.
    Waited,
    /// Those whose server stopped at least once while it read them, perhaps because of them. They are read alone.
    Suspect,
}

/// Of which submissions some can be leased now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leasable {
    pub questionnaires: bool,
    pub texts: bool,
    pub waited: bool,
    pub suspects: bool,
}

#[derive(Queryable)]
struct Candidate {
    id: i64,
    status: String,
    attempts: i32,
    losses: i32,
    begun: bool,
    bytes: i64,
}

impl Store {
    /// Which submissions can be leased now.
    pub async fn leasable(&self) -> Result<Leasable, RecordsError> {
        self.read(|connection| {
            let mut some =
                |wanted| Ok::<_, RecordsError>(!candidates(connection, wanted, Look::Only)?.is_empty());
            Ok(Leasable {
                questionnaires: some(Wanted::Fresh(Source::Questionnaire))?,
                texts: some(Wanted::Fresh(Source::Api))?,
                waited: some(Wanted::Waited)?,
                suspects: some(Wanted::Suspect)?,
            })
        })
        .await
    }

    /// Leases the oldest wanted submission that no worker holds, for `hold`; `None` if there is none.
    pub async fn lease_next(
        &self,
        worker: &str,
        hold: Duration,
        wanted: Wanted,
    ) -> Result<Option<Leased>, RecordsError> {
        Ok(self.lease_some(worker, hold, wanted, 1, usize::MAX).await?.pop())
    }

    /// Leases the oldest wanted submissions that no worker holds, for `hold`: at most `most`, and none after those before
    /// it have `bytes` of text.
    pub async fn lease_some(
        &self,
        worker: &str,
        hold: Duration,
        wanted: Wanted,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<Leased>, RecordsError> {
        let worker = without_nul(worker);
        self.write(move |connection| {
            let (mut taken, mut left) = (Vec::new(), i64::try_from(bytes).unwrap_or(i64::MAX));
            for candidate in candidates(connection, wanted, Look::ToTake)? {
                if taken.len() == most || left <= 0 {
                    break;
                }
                // A text whose sender waits is read at once.
                let begun = wanted == Wanted::Waited;
                if let Some(lease) = take(connection, &candidate, &worker, hold, begun)? {
                    left -= candidate.bytes;
                    taken.push(leased(connection, lease, begun)?);
                }
            }
            Ok(taken)
        })
        .await
    }
}

/// Leases the candidate, or marks it failed after too many expired leases. `None` if it was not leased.
fn take(
    connection: &mut DbConnection,
    candidate: &Candidate,
    worker: &str,
    hold: Duration,
    begun: bool,
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
            dsl::begun.eq(begun),
        ))
        .execute(connection)?;
    let lease = Lease { id: candidate.id, worker: worker.to_owned(), attempt, sender_elsewhere: false };
    Ok((taken > 0).then_some(lease))
}

/// Why to look for candidates.
#[derive(Clone, Copy)]
enum Look {
    /// To know whether there is one.
    Only,
    /// To lease some. Those that another server is just leasing are left out.
    ToTake,
}

/// The oldest wanted submissions that may be leased now.
fn candidates(
    connection: &mut DbConnection,
    wanted: Wanted,
    look: Look,
) -> Result<Vec<Candidate>, RecordsError> {
    let now = database_now(connection)?;
    let free = dsl::lease_until
        .is_null()
        .or(dsl::lease_until.le(now))
        .or(dsl::lease_until.gt(now + delta(LONGEST_LEASE)));
    let cut_short = dsl::losses.gt(0).or(dsl::status.eq(Status::Reading.as_str()).and(dsl::begun.eq(true)));
    // A server that still renews the record waits for it.
    let waited = dsl::unclaimed_until.gt(now).and(dsl::id.eq_any(senders::waiting(now)));
    let claimed = dsl::unclaimed_until.is_null();
    let oldest = records::table
        .filter(dsl::status.eq_any([Status::Queued.as_str(), Status::Reading.as_str()]))
        .filter(free)
        .order(dsl::id)
        .limit(match look {
            Look::Only => 1,
            Look::ToTake => LOOKED_AT,
        })
        .select((
            dsl::id,
            dsl::status,
            dsl::attempts,
            dsl::losses,
            dsl::begun,
            sql::<BigInt>("CAST(octet_length(text) AS BIGINT)"),
        ));
    let found = match wanted {
        Wanted::Fresh(source) => {
            let fresh = oldest.filter(claimed).filter(dsl::source.eq(source.as_str())).filter(not(cut_short));
            match look {
                Look::Only => fresh.load(connection),
                Look::ToTake => load_free!(fresh, connection),
            }
        }
        Wanted::Waited => {
            let waited = oldest.filter(waited).filter(not(cut_short));
            match look {
                Look::Only => waited.load(connection),
                Look::ToTake => load_free!(waited, connection),
            }
        }
        Wanted::Suspect => {
            let suspects = oldest.filter(claimed.or(waited)).filter(cut_short);
            match look {
                Look::Only => suspects.load(connection),
                Look::ToTake => load_free!(suspects, connection),
            }
        }
    };
    Ok(found?)
}

fn leased(connection: &mut DbConnection, lease: Lease, begun: bool) -> Result<Leased, RecordsError> {
    let columns = (dsl::text, dsl::source, dsl::keyed_scores, dsl::unclaimed_until.is_not_null());
    let (text, source, keyed_scores, unclaimed): (String, String, Option<String>, bool) =
        records::table.find(lease.id).select(columns).first(connection)?;
    let source = Source::parse(&source, lease.id)?;
    let waited = if unclaimed { waited(connection, lease.id)? } else { None };
    let lease = Lease { sender_elsewhere: waited.is_some(), ..lease };
    Ok(Leased { lease, text, source, keyed_scores, waited, begun })
}

/// Who waits for this record at another server.
fn waited(connection: &mut DbConnection, record: i64) -> Result<Option<Waited>, RecordsError> {
    let now = database_now(connection)?;
    let columns = (waiting_senders::answer_by, waiting_senders::model);
    let sender: Option<(Option<NaiveDateTime>, Option<String>)> =
        waiting_senders::table.find(record).select(columns).first(connection).optional()?;
    let Some((Some(until), model)) = sender else { return Ok(None) };
    Ok(Some(Waited {
        asked: Asked::parse(model.as_deref(), record)?,
        within: (until - now).to_std().unwrap_or_default(),
    }))
}

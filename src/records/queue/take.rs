//! Leases the next submissions.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::dsl::{auto_type, exists, not, sql};
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
            let now = database_now(connection)?;
            // One query, because this is asked after each notice and each reading.
            let (questionnaires, texts, waited, suspects) = diesel::select((
                exists(fresh(now, Source::Questionnaire)),
                exists(fresh(now, Source::Api)),
                exists(waited(now)),
                exists(suspects(now)),
            ))
            .get_result(connection)?;
            Ok(Leasable { questionnaires, texts, waited, suspects })
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
        // A lost lease is one that was never taken: the submission is queued, and this worker cannot finish it.
        self.write_soon(move |connection| {
            let now = database_now(connection)?;
            let (mut taken, mut left) = (Vec::new(), i64::try_from(bytes).unwrap_or(i64::MAX));
            for candidate in candidates(connection, now, wanted)? {
                if taken.len() == most || left <= 0 {
                    break;
                }
                // A text whose sender waits is read at once.
                let begun = wanted == Wanted::Waited;
                if let Some(leased) = take(connection, now, &candidate, &worker, hold, begun)? {
                    left -= candidate.bytes;
                    taken.push(leased);
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
    now: NaiveDateTime,
    candidate: &Candidate,
    worker: &str,
    hold: Duration,
    begun: bool,
) -> Result<Option<Leased>, RecordsError> {
    let lost = i32::from(candidate.status == Status::Reading.as_str() && candidate.begun);
    let losses = candidate.losses + lost;
    let unchanged = dsl::id
        .eq(candidate.id)
        .and(dsl::status.eq(&candidate.status))
        .and(dsl::attempts.eq(candidate.attempts));
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
            record = candidate.id,
            losses,
            "marked a submission failed: its leases keep expiring"
        );
        return Ok(None);
    }
    let attempt = candidate.attempts + 1;
    let columns = (dsl::text, dsl::source, dsl::keyed_scores, dsl::unclaimed_until.is_not_null());
    let taking = diesel::update(records::table)
        .filter(unchanged)
        .set((
            dsl::status.eq(Status::Reading.as_str()),
            dsl::lease_owner.eq(worker),
            dsl::lease_until.eq(lease_end(now, hold)),
            dsl::attempts.eq(attempt),
            dsl::losses.eq(losses),
            dsl::begun.eq(begun),
        ))
        .returning(columns);
    let taken: Option<(String, String, Option<String>, bool)> = match connection {
        DbConnection::Postgres(c) => taking.get_result(c).optional()?,
        DbConnection::Sqlite(c) => taking.get_result(c).optional()?,
    };
    let Some((text, source, keyed_scores, unclaimed)) = taken else { return Ok(None) };
    let source = Source::parse(&source, candidate.id)?;
    let waited = if unclaimed { sender(connection, now, candidate.id)? } else { None };
    let sender_elsewhere = waited.is_some();
    let lease = Lease { id: candidate.id, worker: worker.to_owned(), attempt, sender_elsewhere };
    Ok(Some(Leased { lease, text, source, keyed_scores, waited, begun }))
}

/// The oldest wanted submissions that may be leased now. Those that another server is just leasing are left out.
fn candidates(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    wanted: Wanted,
) -> Result<Vec<Candidate>, RecordsError> {
    macro_rules! oldest {
        ($wanted:expr) => {{
            let bytes = sql::<BigInt>("CAST(octet_length(text) AS BIGINT)");
            let columns = (dsl::id, dsl::status, dsl::attempts, dsl::losses, dsl::begun, bytes);
            load_free!($wanted.order(dsl::id).limit(LOOKED_AT).select(columns), connection)
        }};
    }
    Ok(match wanted {
        Wanted::Fresh(source) => oldest!(fresh(now, source)),
        Wanted::Waited => oldest!(waited(now)),
        Wanted::Suspect => oldest!(suspects(now)),
    }?)
}

/// Submissions that no worker holds. (`auto_type` needs the types of values from elsewhere.)
#[auto_type]
fn free(now: NaiveDateTime) -> _ {
    let longest: NaiveDateTime = now + delta(LONGEST_LEASE);
    let queued: &'static str = Status::Queued.as_str();
    let reading: &'static str = Status::Reading.as_str();
    let unfinished = dsl::status.eq(queued).or(dsl::status.eq(reading));
    let free = dsl::lease_until.is_null().or(dsl::lease_until.le(now)).or(dsl::lease_until.gt(longest));
    records::table.filter(unfinished).filter(free)
}

/// Those whose server stopped at least once while it read them.
#[auto_type]
fn cut_short() -> _ {
    let reading: &'static str = Status::Reading.as_str();
    dsl::losses.gt(0_i32).or(dsl::status.eq(reading).and(dsl::begun.eq(true)))
}

/// Those whose sender waits at a server that still renews the record.
#[auto_type]
fn is_waited_for(now: NaiveDateTime) -> _ {
    let waiting: senders::waiting = senders::waiting(now);
    dsl::unclaimed_until.gt(now).and(dsl::id.eq_any(waiting))
}

/// See [`Wanted::Fresh`].
#[auto_type]
fn fresh(now: NaiveDateTime, source: Source) -> _ {
    let free: free = free(now);
    let cut_short: cut_short = cut_short();
    let source: &'static str = source.as_str();
    free.filter(dsl::unclaimed_until.is_null()).filter(dsl::source.eq(source)).filter(not(cut_short))
}

/// See [`Wanted::Waited`].
#[auto_type]
fn waited(now: NaiveDateTime) -> _ {
    let free: free = free(now);
    let cut_short: cut_short = cut_short();
    let waited_for: is_waited_for = is_waited_for(now);
    free.filter(waited_for).filter(not(cut_short))
}

/// See [`Wanted::Suspect`].
#[auto_type]
fn suspects(now: NaiveDateTime) -> _ {
    let free: free = free(now);
    let cut_short: cut_short = cut_short();
    let waited_for: is_waited_for = is_waited_for(now);
    free.filter(dsl::unclaimed_until.is_null().or(waited_for)).filter(cut_short)
}

/// Who waits for this record at another server.
fn sender(
    connection: &mut DbConnection,
    now: NaiveDateTime,
    record: i64,
) -> Result<Option<Waited>, RecordsError> {
    let columns = (waiting_senders::answer_by, waiting_senders::model);
    let sender: Option<(Option<NaiveDateTime>, Option<String>)> =
        waiting_senders::table.find(record).select(columns).first(connection).optional()?;
    let Some((Some(until), model)) = sender else { return Ok(None) };
    Ok(Some(Waited {
        asked: Asked::parse(model.as_deref(), record)?,
        within: (until - now).to_std().unwrap_or_default(),
    }))
}

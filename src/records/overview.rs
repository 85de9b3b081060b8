//! What the database holds, in numbers, and which submissions failed. Nothing here loads an answer or a text.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::audit::{self, Audited};
use super::columns::timestamp;
use super::connection::DbConnection;
use super::drafts;
use super::error::RecordsError;
use super::queue::requeue;
use super::record::Status;
use super::schema::personality_records::{self as records, dsl};
use super::schema::{accounts, drafts as draft_rows};
use super::store::Store;

/// Days at which one age ends and the next begins.
pub const AGES: [i64; 3] = [1, 7, 30];

/// What the database holds.
#[derive(Clone, Debug)]
pub struct Overview {
    /// For each status, how many records are younger than each of [`AGES`] and not younger than the one before, and how many
    /// are older. The age of a record begins when it was finished or, until then, stored.
    pub records: Vec<(Status, [i64; AGES.len() + 1])>,
    /// Records that have expired and wait for the next sweep.
    pub expired: i64,
    /// Records that expire within the next seven days.
    pub due: i64,
    pub drafts: DraftCounts,
    pub accounts: i64,
    pub administrators: i64,
    /// Bytes of the database, with SQLite's write-ahead log.
    pub bytes: Option<u64>,
    /// Bytes that are free on SQLite's disk; of PostgreSQL's nothing is known.
    pub free: Option<u64>,
    /// The newest migration, as "20261201000041".
    pub schema: Option<String>,
}

/// How many drafts there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DraftCounts {
    pub open: i64,
    /// Of these, changed within a day.
    pub fresh: i64,
    /// Sent. They keep no answers.
    pub submitted: i64,
    /// Expired, and waiting for the next sweep.
    pub expired: i64,
}

/// A submission that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRecord {
    pub id: i64,
    pub created_at: DateTime<Utc>,
    pub failed_at: Option<DateTime<Utc>>,
    pub attempts: i32,
    /// Why the last attempt failed.
    pub reason: Option<String>,
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Nullable<Text>)]
    version: Option<String>,
}

type FailedColumns = (i64, NaiveDateTime, Option<NaiveDateTime>, i32, Option<String>);

impl Store {
    /// What the database holds.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn overview(&self, now: DateTime<Utc>) -> Result<Overview, RecordsError> {
        let expired_before = self.expired_before(now);
        let mut overview = self
            .read(move |connection| {
                let statuses = [Status::Queued, Status::Reading, Status::Done, Status::Failed];
                let mut counted = Vec::with_capacity(statuses.len());
                for status in statuses {
                    counted.push((status, by_age(connection, status, now)?));
                }
                let (expired, due) = match expired_before {
                    Some(limit) => {
                        let expired = settled(connection, None, Some(limit))?;
                        (expired, settled(connection, Some(limit), Some(limit + TimeDelta::days(7)))?)
                    }
                    None => (0, 0),
                };
                let administrators = accounts::table.filter(accounts::role.eq("administrator"));
                Ok(Overview {
                    records: counted,
                    expired,
                    due,
                    drafts: count_drafts(connection, now)?,
                    accounts: accounts::table.count().get_result(connection)?,
                    administrators: administrators.count().get_result(connection)?,
                    bytes: postgres_bytes(connection)?,
                    free: None,
                    schema: newest_migration(connection)?,
                })
            })
            .await?;
        if let Some((bytes, free)) = self.disk().await {
            (overview.bytes, overview.free) = (Some(bytes), free);
        }
        Ok(overview)
    }

    /// At most `limit` failed submissions with an id below `before`, the newest first.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn failed_before(&self, before: i64, limit: usize) -> Result<Vec<FailedRecord>, RecordsError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<FailedColumns> = self
            .read(move |connection| {
                Ok(records::table
                    .filter(dsl::status.eq(Status::Failed.as_str()).and(dsl::id.lt(before)))
                    .order(dsl::id.desc())
                    .limit(limit)
                    .select((dsl::id, dsl::created_at, dsl::finished_at, dsl::attempts, dsl::failure))
                    .load(connection)?)
            })
            .await?;
        let read = |(id, created_at, failed_at, attempts, reason): FailedColumns| FailedRecord {
            id,
            created_at: created_at.and_utc(),
            failed_at: failed_at.map(|at| at.and_utc()),
            attempts,
            reason,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Queues a failed submission again, like [`Store::retry`], and notes it. Returns whether there was such a one.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn retry_failed(&self, id: i64, audited: Audited) -> Result<bool, RecordsError> {
        self.write(move |connection| {
            let queued = requeue(connection, id)?;
            if queued {
                audit::note(connection, &audited)?;
            }
            Ok(queued)
        })
        .await
    }
}

/// The records of a status by age.
fn by_age(
    connection: &mut DbConnection,
    status: Status,
    now: DateTime<Utc>,
) -> Result<[i64; AGES.len() + 1], RecordsError> {
    let mut counts = [0; AGES.len() + 1];
    let mut until: Option<NaiveDateTime> = None;
    for (count, days) in counts.iter_mut().zip(AGES.map(Some).into_iter().chain([None])) {
        let from = days.map(|days| timestamp(now - TimeDelta::days(days)));
        *count = if status.is_settled() {
            of_status(connection, status, from, until)?
        } else {
            unsettled(connection, status, from, until)?
        };
        until = from;
    }
    Ok(counts)
}

/// Records of a final status that were finished after `from`, and at or before `until`.
fn of_status(
    connection: &mut DbConnection,
    status: Status,
    from: Option<NaiveDateTime>,
    until: Option<NaiveDateTime>,
) -> Result<i64, RecordsError> {
    let rows = records::table.filter(dsl::status.eq(status.as_str()).and(dsl::finished_at.is_not_null()));
    let counted = match (from, until) {
        (Some(from), Some(until)) => rows
            .filter(dsl::finished_at.gt(from).and(dsl::finished_at.le(until)))
            .count()
            .get_result(connection),
        (Some(from), None) => rows.filter(dsl::finished_at.gt(from)).count().get_result(connection),
        (None, Some(until)) => rows.filter(dsl::finished_at.le(until)).count().get_result(connection),
        (None, None) => rows.count().get_result(connection),
    };
    Ok(counted?)
}

/// The same for records that are not finished, by the time at which they were stored.
fn unsettled(
    connection: &mut DbConnection,
    status: Status,
    from: Option<NaiveDateTime>,
    until: Option<NaiveDateTime>,
) -> Result<i64, RecordsError> {
    let rows = records::table.filter(dsl::status.eq(status.as_str()));
    let counted = match (from, until) {
        (Some(from), Some(until)) => rows
            .filter(dsl::created_at.gt(from).and(dsl::created_at.le(until)))
            .count()
            .get_result(connection),
        (Some(from), None) => rows.filter(dsl::created_at.gt(from)).count().get_result(connection),
        (None, Some(until)) => rows.filter(dsl::created_at.le(until)).count().get_result(connection),
        (None, None) => rows.count().get_result(connection),
    };
    Ok(counted?)
}

/// Records of every final status.
fn settled(
    connection: &mut DbConnection,
    from: Option<NaiveDateTime>,
    until: Option<NaiveDateTime>,
) -> Result<i64, RecordsError> {
    let done = of_status(connection, Status::Done, from, until)?;
    Ok(done + of_status(connection, Status::Failed, from, until)?)
}

fn count_drafts(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<DraftCounts, RecordsError> {
    let of = |state: &'static str| draft_rows::table.filter(draft_rows::state.eq(state));
    let fresh = draft_rows::updated_at.gt(timestamp(now - TimeDelta::days(1)));
    let expired = draft_rows::table.filter(draft_rows::expires_at.le(timestamp(now)));
    Ok(DraftCounts {
        open: of(drafts::OPEN).count().get_result(connection)?,
        fresh: of(drafts::OPEN).filter(fresh).count().get_result(connection)?,
        submitted: of(drafts::SUBMITTED).count().get_result(connection)?,
        expired: expired.count().get_result(connection)?,
    })
}

fn postgres_bytes(connection: &mut DbConnection) -> Result<Option<u64>, RecordsError> {
    let DbConnection::Postgres(c) = connection else { return Ok(None) };
    let query = diesel::sql_query("SELECT pg_database_size(current_database()) AS bytes");
    Ok(u64::try_from(query.get_result::<Bytes>(c)?.bytes).ok())
}

fn newest_migration(connection: &mut DbConnection) -> Result<Option<String>, RecordsError> {
    let query = diesel::sql_query("SELECT MAX(version) AS version FROM __diesel_schema_migrations");
    Ok(match connection {
        DbConnection::Postgres(c) => query.get_result::<Version>(c)?.version,
        DbConnection::Sqlite(c) => query.get_result::<Version>(c)?.version,
    })
}

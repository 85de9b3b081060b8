//! The figures about all results, which one server computes once a day.
//!
//! A server first claims the work with a compare-and-set update of the only row. If it dies, its claim ends, and another
//! server begins again.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::columns::timestamp;
use super::connection::DbConnection;
use super::error::RecordsError;
use super::record::{Source, Status};
use super::schema::personality_records::{self as records, dsl};
use super::schema::site_statistics as figures;
use super::store::Store;

/// The only row's id.
const ROW: i32 = 1;
/// How long figures count.
const EVERY: TimeDelta = TimeDelta::hours(24);
/// How long a server has for computing them.
const CLAIM: TimeDelta = TimeDelta::hours(1);
/// Records looked at in one query. None of their answers and texts is loaded.
const A_PAGE: i64 = 200;

/// The right of one server to compute the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatisticsClaim(NaiveDateTime);

/// Assessments, as stored.
#[derive(Debug)]
pub struct AssessmentPage {
    /// Those of finished questionnaires.
    pub assessments: Vec<String>,
    /// The record after which the next page begins; `None` after the last.
    pub next: Option<i64>,
}

impl Store {
    /// Claims the work if the figures are a day old or missing, and no other server is at it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn claim_statistics(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Option<StatisticsClaim>, RecordsError> {
        let (old, until) = (timestamp(now - EVERY), timestamp(now + CLAIM));
        let now = timestamp(now);
        // A read first, so that a database whose figures are fresh is not written to.
        let fresh = self
            .read(move |connection| {
                let fresh: i64 =
                    figures::table.filter(figures::computed_at.gt(old)).count().get_result(connection)?;
                Ok(fresh > 0)
            })
            .await?;
        if fresh {
            return Ok(None);
        }
        self.write(move |connection| {
            ensure_row(connection)?;
            let due = figures::computed_at.is_null().or(figures::computed_at.le(old));
            let free = figures::claimed_until.is_null().or(figures::claimed_until.le(now));
            let claimed = diesel::update(figures::table.find(ROW).filter(due).filter(free))
                .set(figures::claimed_until.eq(until))
                .execute(connection)?;
            Ok((claimed > 0).then_some(StatisticsClaim(until)))
        })
        .await
    }

    /// Stores the figures, unless the claim has gone to another server or everything was deleted meanwhile. Returns whether they
    /// are stored.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn store_statistics(
        &self,
        claim: StatisticsClaim,
        now: DateTime<Utc>,
        text: String,
    ) -> Result<bool, RecordsError> {
        let now = timestamp(now);
        self.write(move |connection| {
            let stored = diesel::update(figures::table.find(ROW).filter(figures::claimed_until.eq(claim.0)))
                .set((
                    figures::computed_at.eq(now),
                    figures::figures.eq(&text),
                    figures::claimed_until.eq(None::<NaiveDateTime>),
                ))
                .execute(connection)?;
            Ok(stored > 0)
        })
        .await
    }

    /// The figures and when they were computed; `None` until then.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn statistics(&self) -> Result<Option<(DateTime<Utc>, String)>, RecordsError> {
        let row: Option<(Option<NaiveDateTime>, Option<String>)> = self
            .read(move |connection| {
                let row = figures::table.find(ROW).select((figures::computed_at, figures::figures));
                Ok(row.first(connection).optional()?)
            })
            .await?;
        Ok(row.and_then(|(at, text)| Some((at?.and_utc(), text?))))
    }

    /// The assessments of finished questionnaires among the next records after this one.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn assessments_after(&self, after: i64) -> Result<AssessmentPage, RecordsError> {
        type Columns = (i64, String, String, Option<String>);
        let rows: Vec<Columns> = self
            .read(move |connection| {
                // Every record counts for the page, so that a query looks at no more than a page, whatever is stored.
                Ok(records::table
                    .filter(dsl::id.gt(after))
                    .order(dsl::id)
                    .limit(A_PAGE)
                    .select((dsl::id, dsl::source, dsl::status, dsl::assessment))
                    .load(connection)?)
            })
            .await?;
        let next = rows.last().map(|row| row.0);
        let counts = |(_, source, status, assessment): Columns| {
            let finished = source == Source::Questionnaire.as_str() && status == Status::Done.as_str();
            assessment.filter(|_| finished)
        };
        Ok(AssessmentPage { assessments: rows.into_iter().filter_map(counts).collect(), next })
    }
}

/// Deletes the figures, and the claim of a server that computes them.
pub(super) fn forget(connection: &mut DbConnection) -> Result<(), RecordsError> {
    diesel::delete(figures::table).execute(connection)?;
    Ok(())
}

fn ensure_row(connection: &mut DbConnection) -> Result<(), RecordsError> {
    let insert = "INSERT INTO site_statistics (id) VALUES (1) ON CONFLICT DO NOTHING";
    match connection {
        DbConnection::Postgres(c) => diesel::sql_query(insert).execute(c)?,
        DbConnection::Sqlite(c) => diesel::sql_query(insert).execute(c)?,
    };
    Ok(())
}

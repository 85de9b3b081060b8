//! The days on which a result was opened, by its private address and by its share link.
//!
//! Opening a result only notes it in memory. What was noted is written in batches, so that it is never in the way of a page;
//! a server that is killed loses what it had not written yet.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};

use super::columns::corrupt;
use super::connection::DbConnection;
use super::error::RecordsError;
use super::noted::{By, Opening};
use super::schema::result_openings as openings;
use super::store::Store;

/// How many days an opening is kept.
pub const OPENED_DAYS_KEPT: i64 = 90;

/// Rows written in one transaction.
const AT_ONCE: usize = 500;

/// The days on which a result was opened in the last 90 days, the latest first, in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenedDays {
    pub private: Vec<NaiveDate>,
    pub shared: Vec<NaiveDate>,
}

impl Store {
    /// Writes the openings noted so far. Those of results that were deleted meanwhile are left out.
    ///
    /// # Errors
    /// What could not be written is kept for the next call.
    pub async fn write_openings(&self) -> Result<(), RecordsError> {
        let mut left = self.openings().take();
        while !left.is_empty() {
            let some: Vec<Opening> = left.iter().take(AT_ONCE).copied().collect();
            let written = self.add(move |connection| {
                for opening in &some {
                    insert(connection, opening)?;
                }
                Ok(())
            });
            if let Err(error) = written.await {
                self.openings().put_back(left);
                return Err(error);
            }
            left.drain(..left.len().min(AT_ONCE));
        }
        Ok(())
    }

    /// The days on which this record was opened, as far as they are written.
    pub async fn opened_days(&self, record: i64, now: DateTime<Utc>) -> Result<OpenedDays, RecordsError> {
        let first = first_kept(now);
        self.read(move |connection| {
            let rows: Vec<(NaiveDate, String)> = openings::table
                .filter(openings::record_id.eq(record).and(openings::day.ge(first)))
                .order(openings::day.desc())
                .select((openings::day, openings::address))
                .load(connection)?;
            let mut days = OpenedDays::default();
            for (day, address) in rows {
                match By::ALL.into_iter().find(|by| by.as_str() == address) {
                    Some(By::Private) => days.private.push(day),
                    Some(By::Shared) => days.shared.push(day),
                    None => return Err(corrupt(record, "address", format!("{address:?} is no address"))),
                }
            }
            Ok(days)
        })
        .await
    }

    /// Deletes the days that are over 90 days ago, and returns how many.
    pub(super) async fn expire_openings(&self, now: DateTime<Utc>) -> Result<usize, RecordsError> {
        let first = first_kept(now);
        let old = openings::day.lt(first);
        // A read first, so that a database without such rows is not written to.
        let any = self
            .read(move |connection| {
                Ok(openings::table
                    .filter(old)
                    .select(openings::day)
                    .first::<NaiveDate>(connection)
                    .optional()?)
            })
            .await?;
        if any.is_none() {
            return Ok(0);
        }
        self.write(move |connection| {
            Ok(diesel::delete(openings::table.filter(openings::day.lt(first))).execute(connection)?)
        })
        .await
    }
}

fn first_kept(now: DateTime<Utc>) -> NaiveDate {
    (now - TimeDelta::days(OPENED_DAYS_KEPT)).date_naive()
}

/// Adds a row unless it exists or its record does not.
fn insert(connection: &mut DbConnection, opening: &Opening) -> Result<(), RecordsError> {
    const COLUMNS: &str = "INSERT INTO result_openings (record_id, day, address)";
    match connection {
        DbConnection::Postgres(c) => diesel::sql_query(format!(
            "{COLUMNS} SELECT id, $1, $2 FROM personality_records WHERE id = $3 ON CONFLICT DO NOTHING"
        ))
        .bind::<Date, _>(opening.day)
        .bind::<Text, _>(opening.by.as_str())
        .bind::<BigInt, _>(opening.record)
        .execute(c)?,
        DbConnection::Sqlite(c) => diesel::sql_query(format!(
            "{COLUMNS} SELECT id, ?, ? FROM personality_records WHERE id = ? ON CONFLICT DO NOTHING"
        ))
        .bind::<Date, _>(opening.day)
        .bind::<Text, _>(opening.by.as_str())
        .bind::<BigInt, _>(opening.record)
        .execute(c)?,
    };
    Ok(())
}

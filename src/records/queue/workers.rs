//! Which servers read, and how much they have to read: what a server that reads nothing itself has to know.

use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double};

use super::lease::{database_now, lease_end};
use super::senders;
use crate::records::columns::without_nul;
use crate::records::error::RecordsError;
use crate::records::record::{Source, Status};
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::schema::workers;
use crate::records::store::Store;

/// What waits for the servers that read, and how fast they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Backlog {
    /// Unread questionnaires, and texts whose senders wait at a server that reads none.
    pub texts: u64,
    /// Bytes of these texts.
    pub bytes: u64,
    /// Servers that read and are alive.
    pub workers: u64,
    /// What they read in a second, as far as that is known.
    pub tokens_per_second: f64,
}

impl Store {
    /// Notes that a server that reads is alive, and will be for `hold` from now. Forgets those that are not.
    pub async fn note_worker(
        &self,
        name: &str,
        tokens_per_second: f64,
        hold: Duration,
    ) -> Result<(), RecordsError> {
        let name = without_nul(name);
        self.write(move |connection| {
            let now = database_now(connection)?;
            let until = lease_end(now, hold);
            let said = (workers::alive_until.eq(until), workers::tokens_per_second.eq(tokens_per_second));
            let known = diesel::update(workers::table.find(&name)).set(said).execute(connection)?;
            if known == 0 {
                diesel::insert_into(workers::table)
                    .values((workers::name.eq(&name), said.0, said.1))
                    .execute(connection)?;
            }
            diesel::delete(workers::table.filter(workers::alive_until.le(now))).execute(connection)?;
            Ok(())
        })
        .await
    }

    /// Notes that a server no longer reads.
    pub async fn forget_worker(&self, name: &str) -> Result<(), RecordsError> {
        let name = without_nul(name);
        self.write(move |connection| {
            diesel::delete(workers::table.find(&name)).execute(connection)?;
            Ok(())
        })
        .await
    }

    /// What waits for the servers that read. Texts whose senders were told to come back later do not count, because they let
    /// all others go first.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn backlog(&self) -> Result<Backlog, RecordsError> {
        self.read(|connection| {
            let now = database_now(connection)?;
            let questionnaire = dsl::source.eq(Source::Questionnaire.as_str());
            let (texts, bytes): (i64, i64) = records::table
                .filter(dsl::status.eq_any([Status::Queued.as_str(), Status::Reading.as_str()]))
                .filter(questionnaire.or(dsl::id.eq_any(senders::waiting(now))))
                .select((
                    sql::<BigInt>("count(*)"),
                    sql::<BigInt>("CAST(coalesce(sum(octet_length(text)), 0) AS BIGINT)"),
                ))
                .first(connection)?;
            let (alive, tokens_per_second): (i64, f64) = workers::table
                .filter(workers::alive_until.gt(now))
                .select((sql::<BigInt>("count(*)"), sql::<Double>("coalesce(sum(tokens_per_second), 0.0)")))
                .first(connection)?;
            Ok(Backlog {
                texts: texts.unsigned_abs(),
                bytes: bytes.unsigned_abs(),
                workers: alive.unsigned_abs(),
                tokens_per_second,
            })
        })
        .await
    }
}

//! The test behind `/ready`: stores a row, reads it back and deletes it.

use std::time::{Duration, Instant};

use chrono::DateTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::columns::timestamp;
use super::connection::DbConnection;
use super::drafts::DELETED;
use super::error::{RecordsError, Unavailability};
use super::keys::nonce;
use super::schema::{draft_answers, drafts};
use super::store::Store;

/// How long a passed test counts before it is repeated.
const COUNTS_FOR: Duration = Duration::from_secs(15);
/// How long it counts while so many operations wait that it gets no turn. Those operations show that the database
/// works.
const COUNTS_WHILE_BUSY: Duration = Duration::from_secs(120);

/// Characters of every length in UTF-8, invisible ones and those that need quoting in SQL.
const CHARACTERS: &str = "Aé€🙂\u{10FFFF}\u{FEFF}\u{200B}\u{1}'\"\\%_\n";

impl Store {
    /// Whether the database works: it answers, its tables are up to date, a row can be stored and deleted, every
    /// character can be stored, there is space, and a SQLite file is still the one that was opened. The row is written
    /// at most every 15 seconds.
    pub async fn check(&self) -> Result<(), RecordsError> {
        self.ping().await?;
        let mut last = self.last_proof().lock().await;
        if last.is_some_and(|at| at.elapsed() < COUNTS_FOR) {
            return Ok(());
        }
        match self.write(prove).await {
            Ok(()) => {
                *last = Some(Instant::now());
                Ok(())
            }
            Err(RecordsError::Unavailable { why: Unavailability::Busy, .. })
                if last.is_some_and(|at| at.elapsed() < COUNTS_WHILE_BUSY) =>
            {
                Ok(())
            }
            Err(error) => {
                *last = None;
                Err(error)
            }
        }
    }
}

/// Stores a draft that expired long ago, with one answer, reads the answer and deletes both.
fn prove(connection: &mut DbConnection) -> Result<(), RecordsError> {
    if let DbConnection::Postgres(c) = connection {
        let encoding: String =
            diesel::select(sql::<Text>("current_setting('server_encoding')")).get_result(c)?;
        if encoding != "UTF8" {
            return Err(RecordsError::unavailable(
                Unavailability::Characters,
                format!("the database's encoding is {encoding}: create it with ENCODING 'UTF8'"),
            ));
        }
    }
    // No key has this hash, so nothing opens the draft.
    let hash = format!("proof {}", nonce());
    let long_ago = timestamp(DateTime::UNIX_EPOCH);
    diesel::insert_into(drafts::table)
        .values((
            drafts::key_hash.eq(&hash),
            drafts::state.eq(DELETED),
            drafts::revision.eq(0i64),
            drafts::created_at.eq(long_ago),
            drafts::updated_at.eq(long_ago),
            drafts::expires_at.eq(long_ago),
        ))
        .execute(connection)?;
    let id: i64 = drafts::table.filter(drafts::key_hash.eq(&hash)).select(drafts::id).first(connection)?;
    diesel::insert_into(draft_answers::table)
        .values((
            draft_answers::draft_id.eq(id),
            draft_answers::field.eq("proof"),
            draft_answers::value.eq(CHARACTERS),
        ))
        .execute(connection)?;
    let read: String = draft_answers::table
        .filter(draft_answers::draft_id.eq(id))
        .select(draft_answers::value)
        .first(connection)?;
    diesel::delete(drafts::table.find(id)).execute(connection)?;
    if read == CHARACTERS {
        Ok(())
    } else {
        Err(RecordsError::unavailable(
            Unavailability::Characters,
            "a text was read back with other characters",
        ))
    }
}

//! Results as their owners, and those they share them with, get to see them.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::Value;

use super::connection::DbConnection;
use super::drafts::DELETED;
use super::error::{Conflict, RecordsError, Thing};
use super::keys::{OwnerKey, ShareKey, nonce};
use super::schema::drafts;
use super::schema::personality_records::{self as records, dsl};
use super::{Store, pool, stamp};

/// Where a record's text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Composed from answers.
    Questionnaire,
    /// Sent to the JSON interface.
    Api,
}

impl Source {
    /// As the column has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Questionnaire => "questionnaire",
            Source::Api => "api",
        }
    }

    pub(super) fn parse(text: &str, id: i64) -> Result<Source, RecordsError> {
        [Source::Questionnaire, Source::Api]
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or_else(|| corrupt(id, "source", format!("{text:?} is no source")))
    }
}

/// How far a submission has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Stored; nobody is reading it.
    Queued,
    /// Somebody holds its lease.
    Reading,
    /// Its result is there.
    Done,
    /// Given up after several attempts.
    Failed,
}

impl Status {
    /// As the column has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Reading => "reading",
            Status::Done => "done",
            Status::Failed => "failed",
        }
    }

    /// Whether nothing more will happen to it.
    pub fn is_settled(self) -> bool {
        matches!(self, Status::Done | Status::Failed)
    }

    fn parse(text: &str, id: i64) -> Result<Status, RecordsError> {
        [Status::Queued, Status::Reading, Status::Done, Status::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| corrupt(id, "status", format!("{text:?} is no status")))
    }
}

/// A record, with all that its owner may see.
#[derive(Clone)]
pub struct Record {
    /// The row's number.
    pub id: i64,
    /// Where the text came from.
    pub source: Source,
    /// How far it has come.
    pub status: Status,
    /// The text that is or was read.
    pub text: String,
    /// Each answer's place in it.
    pub spans: Option<Value>,
    /// The raw ratings.
    pub ratings: Option<Value>,
    /// The raw open answers.
    pub answers: Option<Value>,
    /// The questionnaire's version.
    pub questionnaire_version: Option<String>,
    /// The questionnaire's hash.
    pub questionnaire_hash: Option<String>,
    /// What the ratings say.
    pub keyed_scores: Option<Value>,
    /// The 16 types with their probabilities, once done.
    pub result_mbti: Option<Value>,
    /// The five traits with their probabilities, once done.
    pub result_big_five: Option<Value>,
    /// The careers, once done.
    pub career_data: Option<Value>,
    /// The models' names and hashes, once done.
    pub models: Option<Value>,
    /// The version of the careers' data, once done.
    pub data_version: Option<String>,
    /// How the reading came about, once done.
    pub reading: Option<Value>,
    /// The share of the text that was read, 0 to 1, once done.
    pub share_read: Option<f64>,
    /// The key of the share link, while there is one.
    pub share_key: Option<ShareKey>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// When it was done or given up.
    pub finished_at: Option<DateTime<Utc>>,
    /// How often its reading was begun.
    pub attempts: i32,
    /// Why the last attempt failed, where one did and none succeeded since.
    pub failure: Option<String>,
}

impl std::fmt::Debug for Record {
    /// Number and state: the rest is the owner's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}

/// A finished record as a share link shows it: no text, no answers, no ratings; none of it is even loaded.
#[derive(Clone, Debug)]
pub struct SharedRecord {
    /// The row's number.
    pub id: i64,
    /// Where the text came from.
    pub source: Source,
    /// The questionnaire's version.
    pub questionnaire_version: Option<String>,
    /// The questionnaire's hash.
    pub questionnaire_hash: Option<String>,
    /// What the ratings say.
    pub keyed_scores: Option<Value>,
    /// The 16 types with their probabilities.
    pub result_mbti: Option<Value>,
    /// The five traits with their probabilities.
    pub result_big_five: Option<Value>,
    /// The careers.
    pub career_data: Option<Value>,
    /// The models' names and hashes.
    pub models: Option<Value>,
    /// The version of the careers' data.
    pub data_version: Option<String>,
    /// How the reading came about.
    pub reading: Option<Value>,
    /// The share of the text that was read, 0 to 1.
    pub share_read: Option<f64>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// When it was done.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Where a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The row's number.
    pub id: i64,
    /// How far it has come.
    pub status: Status,
    /// How many older submissions are not finished yet; 0 once it is settled.
    pub ahead: u64,
}

/// How much there is to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueState {
    /// Submissions that nobody is reading.
    pub queued: u64,
    /// Submissions under a lease.
    pub reading: u64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
struct Row {
    id: i64,
    source: String,
    status: String,
    text: String,
    spans: Option<String>,
    ratings: Option<String>,
    answers: Option<String>,
    questionnaire_version: Option<String>,
    questionnaire_hash: Option<String>,
    keyed_scores: Option<String>,
    result_mbti: Option<String>,
    result_big_five: Option<String>,
    career_data: Option<String>,
    models: Option<String>,
    data_version: Option<String>,
    reading: Option<String>,
    share_read: Option<f64>,
    share_nonce: Option<String>,
    created_at: NaiveDateTime,
    finished_at: Option<NaiveDateTime>,
    attempts: i32,
    failure: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
struct SharedRow {
    id: i64,
    source: String,
    questionnaire_version: Option<String>,
    questionnaire_hash: Option<String>,
    keyed_scores: Option<String>,
    result_mbti: Option<String>,
    result_big_five: Option<String>,
    career_data: Option<String>,
    models: Option<String>,
    data_version: Option<String>,
    reading: Option<String>,
    share_read: Option<f64>,
    created_at: NaiveDateTime,
    finished_at: Option<NaiveDateTime>,
}

impl Store {
    /// The record that this owner key opens.
    pub async fn by_owner(&self, key: &OwnerKey) -> Result<Option<Record>, RecordsError> {
        let hash = key.hash();
        let row: Option<Row> = self
            .read(move |connection| {
                Ok(records::table
                    .filter(dsl::owner_key_hash.eq(hash))
                    .select(Row::as_select())
                    .first(connection)
                    .optional()?)
            })
            .await?;
        row.map(|row| record(row, key)).transpose()
    }

    /// The finished record that this share key opens, without text and answers.
    pub async fn by_share(&self, key: &ShareKey) -> Result<Option<SharedRecord>, RecordsError> {
        let hash = key.hash();
        let row: Option<SharedRow> = self
            .read(move |connection| {
                Ok(records::table
                    .filter(dsl::share_key_hash.eq(hash).and(dsl::status.eq(Status::Done.as_str())))
                    .select(SharedRow::as_select())
                    .first(connection)
                    .optional()?)
            })
            .await?;
        row.map(shared).transpose()
    }

    /// The share key of a finished record: a new one, or the one it has already.
    ///
    /// # Errors
    /// [`Thing::Result`] missing, or [`Conflict::NotFinished`].
    pub async fn share(&self, key: &OwnerKey) -> Result<ShareKey, RecordsError> {
        let key = key.clone();
        let hash = key.hash();
        self.write(move |connection| {
            let fresh = nonce();
            // Set only where there is none: of two who share at once both get the same link.
            diesel::update(records::table)
                .filter(
                    dsl::owner_key_hash
                        .eq(&hash)
                        .and(dsl::share_nonce.is_null())
                        .and(dsl::status.eq(Status::Done.as_str())),
                )
                .set((dsl::share_nonce.eq(&fresh), dsl::share_key_hash.eq(key.share_key(&fresh).hash())))
                .execute(connection)?;
            let nonce: Option<Option<String>> = records::table
                .filter(dsl::owner_key_hash.eq(&hash))
                .select(dsl::share_nonce)
                .first(connection)
                .optional()?;
            match nonce {
                None => Err(RecordsError::Missing(Thing::Result)),
                Some(None) => Err(Conflict::NotFinished.into()),
                Some(Some(nonce)) => Ok(key.share_key(&nonce)),
            }
        })
        .await
    }

    /// Revokes the share link for good: sharing again makes another. Whether there was one.
    pub async fn unshare(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let hash = key.hash();
        self.write(move |connection| {
            let revoked = diesel::update(records::table)
                .filter(dsl::owner_key_hash.eq(&hash).and(dsl::share_nonce.is_not_null()))
                .set((dsl::share_nonce.eq(None::<String>), dsl::share_key_hash.eq(None::<String>)))
                .execute(connection)?;
            Ok(revoked > 0)
        })
        .await
    }

    /// Deletes a record for good, also one that is being read: whoever reads it finds it gone. The draft it came from
    /// will say so and never be sent again. The deleted record's number, or `None` when there was none.
    pub async fn delete(&self, key: &OwnerKey) -> Result<Option<i64>, RecordsError> {
        let hash = key.hash();
        self.run(super::Access::Write, move |connection| {
            let deleted = pool::transaction(connection, |connection| {
                let row: Option<(i64, Option<String>)> = records::table
                    .filter(dsl::owner_key_hash.eq(&hash))
                    .select((dsl::id, dsl::draft_key_hash))
                    .first(connection)
                    .optional()?;
                let Some((id, draft)) = row else { return Ok(None) };
                let gone = diesel::delete(records::table.find(id)).execute(connection)?;
                if let Some(draft) = draft {
                    diesel::update(drafts::table)
                        .filter(drafts::key_hash.eq(draft))
                        .set((drafts::state.eq(DELETED), drafts::updated_at.eq(stamp(Utc::now()))))
                        .execute(connection)?;
                }
                Ok((gone > 0).then_some(id))
            })?;
            // SQLite overwrites what it deletes (secure_delete), but the log it writes ahead still holds the words.
            if deleted.is_some()
                && let DbConnection::Sqlite(c) = connection
                && let Err(error) = c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
            {
                tracing::warn!(%error, "the write-ahead log could not be emptied after a deletion");
            }
            Ok(deleted)
        })
        .await
    }

    /// Where a submission stands in the queue; `None` when there is none.
    pub async fn place_in_queue(&self, key: &OwnerKey) -> Result<Option<Place>, RecordsError> {
        let hash = key.hash();
        self.read(move |connection| {
            let row: Option<(i64, String)> = records::table
                .filter(dsl::owner_key_hash.eq(hash))
                .select((dsl::id, dsl::status))
                .first(connection)
                .optional()?;
            let Some((id, status)) = row else { return Ok(None) };
            let status = Status::parse(&status, id)?;
            let ahead = if status.is_settled() {
                0
            } else {
                let older: i64 = records::table
                    .filter(
                        dsl::status
                            .eq_any([Status::Queued.as_str(), Status::Reading.as_str()])
                            .and(dsl::id.lt(id)),
                    )
                    .count()
                    .get_result(connection)?;
                older.unsigned_abs()
            };
            Ok(Some(Place { id, status, ahead }))
        })
        .await
    }

    /// How many submissions wait, and how many are being read.
    pub async fn queue(&self) -> Result<QueueState, RecordsError> {
        self.read(|connection| {
            let mut count = |status: Status| -> Result<u64, RecordsError> {
                let rows: i64 =
                    records::table.filter(dsl::status.eq(status.as_str())).count().get_result(connection)?;
                Ok(rows.unsigned_abs())
            };
            Ok(QueueState { queued: count(Status::Queued)?, reading: count(Status::Reading)? })
        })
        .await
    }
}

fn corrupt(
    id: i64,
    column: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> RecordsError {
    RecordsError::Corrupt { id, column, source: source.into() }
}

/// A column of JSON text.
fn json(id: i64, column: &'static str, text: Option<String>) -> Result<Option<Value>, RecordsError> {
    text.map(|text| serde_json::from_str(&text).map_err(|error| corrupt(id, column, error))).transpose()
}

fn record(row: Row, key: &OwnerKey) -> Result<Record, RecordsError> {
    let id = row.id;
    Ok(Record {
        id,
        source: Source::parse(&row.source, id)?,
        status: Status::parse(&row.status, id)?,
        text: row.text,
        spans: json(id, "spans", row.spans)?,
        ratings: json(id, "ratings", row.ratings)?,
        answers: json(id, "answers", row.answers)?,
        questionnaire_version: row.questionnaire_version,
        questionnaire_hash: row.questionnaire_hash,
        keyed_scores: json(id, "keyed_scores", row.keyed_scores)?,
        result_mbti: json(id, "result_mbti", row.result_mbti)?,
        result_big_five: json(id, "result_big_five", row.result_big_five)?,
        career_data: json(id, "career_data", row.career_data)?,
        models: json(id, "models", row.models)?,
        data_version: row.data_version,
        reading: json(id, "reading", row.reading)?,
        share_read: row.share_read,
        share_key: row.share_nonce.map(|nonce| key.share_key(&nonce)),
        created_at: row.created_at.and_utc(),
        finished_at: row.finished_at.map(|time| time.and_utc()),
        attempts: row.attempts,
        failure: row.failure,
    })
}

fn shared(row: SharedRow) -> Result<SharedRecord, RecordsError> {
    let id = row.id;
    Ok(SharedRecord {
        id,
        source: Source::parse(&row.source, id)?,
        questionnaire_version: row.questionnaire_version,
        questionnaire_hash: row.questionnaire_hash,
        keyed_scores: json(id, "keyed_scores", row.keyed_scores)?,
        result_mbti: json(id, "result_mbti", row.result_mbti)?,
        result_big_five: json(id, "result_big_five", row.result_big_five)?,
        career_data: json(id, "career_data", row.career_data)?,
        models: json(id, "models", row.models)?,
        data_version: row.data_version,
        reading: json(id, "reading", row.reading)?,
        share_read: row.share_read,
        created_at: row.created_at.and_utc(),
        finished_at: row.finished_at.map(|time| time.and_utc()),
    })
}

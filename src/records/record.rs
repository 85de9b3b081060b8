//! A row of `personality_records` turned into what its owner, and those they share it with, may see.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::error::RecordsError;
use super::keys::{OwnerKey, ShareKey};
use super::schema::personality_records as records;

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

    pub(super) fn parse(text: &str, id: i64) -> Result<Status, RecordsError> {
        [Status::Queued, Status::Reading, Status::Done, Status::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| corrupt(id, "status", format!("{text:?} is no status")))
    }
}

/// A record, with all that its owner may see.
#[derive(Clone)]
pub struct Record {
    /// What a share link shows of it too; its results are there once it is done.
    pub shown: SharedRecord,
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
    /// The key of the share link, while there is one.
    pub share_key: Option<ShareKey>,
    /// How often its reading was begun.
    pub attempts: i32,
    /// Why the last attempt failed, where one did and none succeeded since.
    pub failure: Option<String>,
}

impl std::fmt::Debug for Record {
    /// Number and state: the rest is the owner's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.shown.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A record as its share link shows it: no text, no answers, no ratings; for a share link none of it is even loaded.
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
    /// When it was done or given up.
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
pub(super) struct Row {
    #[diesel(embed)]
    shown: SharedRow,
    status: String,
    text: String,
    spans: Option<String>,
    ratings: Option<String>,
    answers: Option<String>,
    share_nonce: Option<String>,
    attempts: i32,
    failure: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
pub(super) struct SharedRow {
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

impl Row {
    /// The row as its owner gets to see it.
    pub(super) fn read(self, key: &OwnerKey) -> Result<Record, RecordsError> {
        let id = self.shown.id;
        Ok(Record {
            status: Status::parse(&self.status, id)?,
            text: self.text,
            spans: json(id, "spans", self.spans)?,
            ratings: json(id, "ratings", self.ratings)?,
            answers: json(id, "answers", self.answers)?,
            share_key: self.share_nonce.map(|nonce| key.share_key(&nonce)),
            attempts: self.attempts,
            failure: self.failure,
            shown: self.shown.read()?,
        })
    }
}

impl SharedRow {
    /// The row as a share link shows it.
    pub(super) fn read(self) -> Result<SharedRecord, RecordsError> {
        let id = self.id;
        Ok(SharedRecord {
            id,
            source: Source::parse(&self.source, id)?,
            questionnaire_version: self.questionnaire_version,
            questionnaire_hash: self.questionnaire_hash,
            keyed_scores: json(id, "keyed_scores", self.keyed_scores)?,
            result_mbti: json(id, "result_mbti", self.result_mbti)?,
            result_big_five: json(id, "result_big_five", self.result_big_five)?,
            career_data: json(id, "career_data", self.career_data)?,
            models: json(id, "models", self.models)?,
            data_version: self.data_version,
            reading: json(id, "reading", self.reading)?,
            share_read: self.share_read,
            created_at: self.created_at.and_utc(),
            finished_at: self.finished_at.map(|time| time.and_utc()),
        })
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

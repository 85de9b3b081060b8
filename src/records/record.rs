//! Rows of `personality_records`, as their owners and visitors with a share link may see them.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::additions::Additions;
use super::columns::{corrupt, json};
use super::error::RecordsError;
use super::keys::{OwnerKey, ShareKey};
use super::schema::personality_records as records;
use crate::personality::InterestScores;

/// The origin of a record's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Composed from answers.
    Questionnaire,
    /// Sent to the JSON interface.
    Api,
}

impl Source {
    /// The column's value.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Stored; no worker is reading it.
    Queued,
    /// A worker is reading it under a lease.
    Reading,
    /// It has a result.
    Done,
    /// Marked failed after several attempts.
    Failed,
}

impl Status {
    /// The column's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Reading => "reading",
            Status::Done => "done",
            Status::Failed => "failed",
        }
    }

    /// Whether the status is final.
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

/// A record with everything that its owner may see.
#[derive(Clone)]
pub struct Record {
    /// The part that a share link also shows. Its results are present once the status is [`Status::Done`].
    pub shown: SharedRecord,
    pub status: Status,
    pub text: String,
    /// A JSON array of [`super::AnswerSpan`].
    pub spans: Option<Value>,
    /// The ratings as typed.
    pub ratings: Option<Value>,
    /// The open answers as typed.
    pub answers: Option<Value>,
    /// What each rating and each answer added to the reading, if the models weigh evidence.
    pub shares: Option<Value>,
    /// What the owner added to it.
    pub added: Additions,
    /// Whether there is a share link.
    pub is_shared: bool,
    /// The key of the share link, if there is one and the record was opened by its private key.
    pub share_key: Option<ShareKey>,
    /// How often a worker has leased it.
    pub attempts: i32,
    /// Why the last attempt failed, unless a later one succeeded.
    pub failure: Option<String>,
}

impl std::fmt::Debug for Record {
    /// Leaves out text and answers, which must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.shown.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A record as its share link shows it, without text, answers and ratings. For a share link those are not even loaded.
#[derive(Clone, Debug)]
pub struct SharedRecord {
    pub id: i64,
    pub source: Source,
    pub questionnaire_version: Option<String>,
    pub questionnaire_hash: Option<String>,
    pub keyed_scores: Option<Value>,
    /// The 16 types with their probabilities.
    pub result_mbti: Option<Value>,
    /// The five traits with their probabilities.
    pub result_big_five: Option<Value>,
    pub career_data: Option<Value>,
    /// The models' names and hashes.
    pub models: Option<Value>,
    /// Version of the career data.
    pub data_version: Option<String>,
    /// How the reading was computed.
    pub reading: Option<Value>,
    /// The person's place in the norm group, if the models weigh evidence.
    pub assessment: Option<Value>,
    /// The share of the text that was read, 0 to 1.
    pub share_read: Option<f64>,
    /// The scores of interests on the share link's page: none unless the owner chose to show them.
    pub shared_interests: Option<InterestScores>,
    pub created_at: DateTime<Utc>,
    /// When it was finished or marked failed.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A record in a list of its owner's records.
#[derive(Clone, Debug)]
pub struct ListedRecord {
    pub key: OwnerKey,
    pub status: Status,
    pub shown: SharedRecord,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
pub(super) struct Row {
    #[diesel(embed)]
    pub(super) shown: SharedRow,
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
    pub(super) id: i64,
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
    assessment: Option<String>,
    share_read: Option<f64>,
    created_at: NaiveDateTime,
    finished_at: Option<NaiveDateTime>,
}

impl Row {
    /// The row as its owner may see it.
    pub(super) fn read(self, key: &OwnerKey, added: Additions) -> Result<Record, RecordsError> {
        let id = self.shown.id;
        let (shown, shares) = self.shown.split(added.shared_interests)?;
        Ok(Record {
            status: Status::parse(&self.status, id)?,
            text: self.text,
            spans: json(id, "spans", self.spans)?,
            ratings: json(id, "ratings", self.ratings)?,
            answers: json(id, "answers", self.answers)?,
            shares,
            is_shared: self.share_nonce.is_some(),
            share_key: self.share_nonce.and_then(|nonce| key.share_key(&nonce)),
            attempts: self.attempts,
            failure: self.failure,
            shown,
            added,
        })
    }
}

impl SharedRow {
    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// The row as a share link shows it.
    pub(super) fn read(self, shared_interests: Option<InterestScores>) -> Result<SharedRecord, RecordsError> {
        Ok(self.split(shared_interests)?.0)
    }

    /// Splits off what only the owner may see: the shares in the assessment, because they reveal the ratings.
    fn split(
        self,
        shared_interests: Option<InterestScores>,
    ) -> Result<(SharedRecord, Option<Value>), RecordsError> {
        let id = self.id;
        let mut assessment = json(id, "assessment", self.assessment)?;
        let shares = assessment.as_mut().and_then(Value::as_object_mut).and_then(|all| all.remove("shares"));
        let shown = SharedRecord {
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
            assessment,
            share_read: self.share_read,
            shared_interests,
            created_at: self.created_at.and_utc(),
            finished_at: self.finished_at.map(|time| time.and_utc()),
        };
        Ok((shown, shares))
    }
}

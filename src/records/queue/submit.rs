//! Stores a submission before anything reads it.

use std::time::Duration;

use chrono::Utc;
use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::lease::{Lease, database_now, lease_end};
use crate::records::accounts::{keep_sent, lock_account as lock, sent_result};
use crate::records::columns::{delta, timestamp, without_nul};
use crate::records::connection::DbConnection;
use crate::records::drafts::{OPEN, SUBMITTED, why_not_open};
use crate::records::error::{Conflict, RecordsError};
use crate::records::keys::{DraftKey, OwnerKey, secret};
use crate::records::notice;
use crate::records::record::{Source, Status};
use crate::records::schema::{draft_answers, drafts, personality_records};
use crate::records::store::Store;

/// The bytes of the composed text that belong to an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnswerSpan {
    /// The field's name, such as `q01`.
    pub field: String,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// A filled-in questionnaire.
#[derive(Clone)]
pub struct NewSubmission {
    /// The revision of the draft that this was composed from. If an answer was saved since, the submission is refused
    /// with [`Conflict::DraftChanged`], because it would lose that answer.
    pub draft_revision: i64,
    /// The composed text. Must not contain U+0000, since removing it would shift the spans.
    pub text: String,
    /// In the order of the text.
    pub spans: Vec<AnswerSpan>,
    /// The ratings as typed: a JSON object, field to value.
    pub ratings: Value,
    /// The open answers and skip flags as typed: a JSON object, field to value.
    pub answers: Value,
    pub questionnaire_version: String,
    /// SHA-256 of the questionnaire's content, in hex.
    pub questionnaire_hash: String,
    /// A JSON object: trait to score.
    pub keyed_scores: Value,
}

/// A text that was sent to the JSON interface.
#[derive(Clone)]
pub struct NewText {
    /// Stored without U+0000.
    pub text: String,
}

/// The outcome of submitting a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    pub owner_key: OwnerKey,
    /// Whether the draft was submitted before, in which case nothing was stored this time.
    pub already: bool,
}

#[derive(Insertable, Clone)]
#[diesel(table_name = personality_records, treat_none_as_default_value = false)]
pub(super) struct NewRow {
    text: String,
    source: &'static str,
    status: &'static str,
    pub(super) owner_key_hash: String,
    draft_key_hash: Option<String>,
    spans: Option<String>,
    ratings: Option<String>,
    answers: Option<String>,
    questionnaire_version: Option<String>,
    questionnaire_hash: Option<String>,
    keyed_scores: Option<String>,
    created_at: chrono::NaiveDateTime,
    lease_owner: Option<String>,
    lease_until: Option<chrono::NaiveDateTime>,
    attempts: i32,
    failures: i32,
    losses: i32,
    pub(super) unclaimed_until: Option<chrono::NaiveDateTime>,
    begun: bool,
}

impl Store {
    /// Stores a filled-in questionnaire and closes its draft. Submitting the same draft again returns the same key and
    /// stores nothing.
    ///
    /// # Errors
    /// [`Conflict::DraftChanged`] if an answer was saved meanwhile, [`Conflict::DraftDeleted`] if the result was
    /// deleted, and [`RecordsError::Missing`] if the draft is unknown or has expired.
    pub async fn submit(&self, key: &DraftKey, new: NewSubmission) -> Result<Submitted, RecordsError> {
        if new.text.contains('\0') {
            return Err(RecordsError::Invalid("a composed text holds no U+0000"));
        }
        let secret = secret();
        // That of an account's draft is forgotten at once: the account opens the result without it.
        let owner_key = key.owner_key(Some(&secret)).unwrap_or_else(OwnerKey::random);
        let revision = new.draft_revision;
        let now = Utc::now();
        let expires = timestamp(now + delta(self.draft_lifetime()));
        let now = timestamp(now);
        let hash = key.hash();
        let spans = serde_json::to_string(&new.spans)
            .map_err(|_| RecordsError::Invalid("the spans cannot be written as JSON"))?;
        let row = NewRow {
            draft_key_hash: Some(hash.clone()),
            spans: Some(spans),
            ratings: Some(new.ratings.to_string()),
            answers: Some(new.answers.to_string()),
            questionnaire_version: Some(without_nul(&new.questionnaire_version)),
            questionnaire_hash: Some(without_nul(&new.questionnaire_hash)),
            keyed_scores: Some(new.keyed_scores.to_string()),
            ..NewRow::queued(new.text, Source::Questionnaire, &owner_key)
        };
        let key = key.clone();
        self.add(move |connection| {
            if let Some(account) = key.account() {
                lock(connection, account)?;
            }
            // A compare-and-set: exactly one of several simultaneous submissions succeeds.
            let closed = diesel::update(drafts::table)
                .filter(
                    drafts::key_hash
                        .eq(&hash)
                        .and(drafts::state.eq(OPEN))
                        .and(drafts::revision.eq(revision))
                        .and(drafts::expires_at.gt(now)),
                )
                .set((
                    drafts::state.eq(SUBMITTED),
                    drafts::updated_at.eq(now),
                    drafts::expires_at.eq(expires),
                    drafts::owner_secret.eq(&secret),
                ))
                .execute(connection)?;
            if closed == 0 {
                return match why_not_open(connection, &hash, now)? {
                    RecordsError::Conflict(Conflict::DraftSubmitted) => {
                        Ok(Submitted { owner_key: sent_before(connection, &key, &hash)?, already: true })
                    }
                    other => Err(other),
                };
            }
            insert(connection, &row)?;
            let id: i64 =
                drafts::table.filter(drafts::key_hash.eq(&hash)).select(drafts::id).first(connection)?;
            diesel::delete(draft_answers::table)
                .filter(draft_answers::draft_id.eq(id))
                .execute(connection)?;
            notice::queued(connection)?;
            let owner_key = match key.account() {
                Some(account) => keep_sent(connection, account, &hash, now)?,
                None => owner_key.clone(),
            };
            Ok(Submitted { owner_key, already: false })
        })
        .await
    }

    /// Stores a text that this worker is already reading, under a lease that lasts for `hold`. The record is unclaimed,
    /// and kept for `unclaimed` unless [`Store::renew_unclaimed`] is called.
    ///
    /// # Errors
    /// After an error that [`RecordsError::is_ambiguous`], the text may be stored all the same: delete it by its key.
    pub async fn store_leased(
        &self,
        new: NewText,
        owner_key: &OwnerKey,
        worker: &str,
        hold: Duration,
        unclaimed: Duration,
    ) -> Result<Lease, RecordsError> {
        let worker = without_nul(worker);
        let mut row = NewRow {
            status: Status::Reading.as_str(),
            lease_owner: Some(worker.clone()),
            attempts: 1,
            begun: true,
            ..NewRow::queued(without_nul(&new.text), Source::Api, owner_key)
        };
        let id = self
            .add_for_program(move |connection| {
                let now = database_now(connection)?;
                row.lease_until = Some(lease_end(now, hold));
                row.unclaimed_until = Some(lease_end(now, unclaimed));
                insert(connection, &row)
            })
            .await?;
        Ok(Lease { id, worker, attempt: 1, sender_elsewhere: false })
    }
}

impl NewRow {
    /// A text that no worker has read yet and that has no questionnaire.
    pub(super) fn queued(text: String, source: Source, owner_key: &OwnerKey) -> NewRow {
        NewRow {
            text,
            source: source.as_str(),
            status: Status::Queued.as_str(),
            owner_key_hash: owner_key.hash(),
            draft_key_hash: None,
            spans: None,
            ratings: None,
            answers: None,
            questionnaire_version: None,
            questionnaire_hash: None,
            keyed_scores: None,
            created_at: timestamp(Utc::now()),
            lease_owner: None,
            lease_until: None,
            attempts: 0,
            failures: 0,
            losses: 0,
            unclaimed_until: None,
            begun: false,
        }
    }
}

/// Opens the result of a draft that was sent before.
fn sent_before(connection: &mut DbConnection, key: &DraftKey, hash: &str) -> Result<OwnerKey, RecordsError> {
    let found = match key.account() {
        Some(account) => sent_result(connection, account, hash)?,
        None => {
            let own = drafts::table.filter(drafts::key_hash.eq(hash));
            let secret: Option<String> = own.select(drafts::owner_secret).first(connection)?;
            key.owner_key(secret.as_deref())
        }
    };
    found.ok_or(Conflict::DraftDeleted.into())
}

/// Inserts the row and returns its id.
pub(super) fn insert(connection: &mut DbConnection, row: &NewRow) -> Result<i64, RecordsError> {
    let insert = diesel::insert_into(personality_records::table).values(row.clone());
    let insert = insert.returning(personality_records::id);
    Ok(match connection {
        DbConnection::Postgres(c) => insert.get_result(c)?,
        DbConnection::Sqlite(c) => insert.get_result(c)?,
    })
}

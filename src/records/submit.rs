//! A submission's first moment: it is written, whole, before anything reads it.

use std::time::Duration;

use chrono::Utc;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connection::DbConnection;
use super::drafts::{OPEN, SUBMITTED, why_not_open};
use super::error::{Conflict, RecordsError};
use super::keys::{DraftKey, OwnerKey};
use super::leases::{Lease, lease_end};
use super::record::{Source, Status};
use super::schema::{draft_answers, drafts, personality_records};
use super::{Store, clean, span, stamp};

/// Where an answer stands in the composed text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerSpan {
    /// The answer's field.
    pub field: String,
    /// First byte of the text.
    pub start: usize,
    /// One beyond the last byte.
    pub end: usize,
}

/// A filled-in questionnaire.
#[derive(Clone)]
pub struct NewSubmission {
    /// The revision of the draft that this was composed from: should an answer have been saved since, the
    /// submission is refused with [`Conflict::DraftChanged`], for it would lose that answer.
    pub draft_revision: i64,
    /// The composed text. Must not hold U+0000: the spans count its bytes.
    pub text: String,
    /// Each answer's place in the text, in order.
    pub spans: Vec<AnswerSpan>,
    /// The raw ratings, field to value.
    pub ratings: Value,
    /// The raw open answers and skip flags, field to value, as given.
    pub answers: Value,
    /// The questionnaire's version.
    pub questionnaire_version: String,
    /// The SHA-256 of its content, in hex.
    pub questionnaire_hash: String,
    /// The keyed scores.
    pub keyed_scores: Value,
}

/// A text that came through the JSON interface.
#[derive(Clone)]
pub struct NewText {
    /// The text; U+0000 is left out.
    pub text: String,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Opens the result.
    pub owner_key: OwnerKey,
    /// Whether the draft had been sent before; nothing was stored this time.
    pub already: bool,
}

#[derive(Insertable, Clone)]
#[diesel(table_name = personality_records, treat_none_as_default_value = false)]
struct NewRow {
    text: String,
    source: &'static str,
    status: &'static str,
    owner_key_hash: String,
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
}

impl Store {
    /// Stores a filled-in questionnaire, once for each draft, and closes the draft. The same draft again gives the
    /// same key and stores nothing.
    ///
    /// # Errors
    /// [`Conflict::DraftChanged`] when an answer was saved meanwhile, [`Conflict::DraftDeleted`] when the result was
    /// deleted, and [`super::Thing::Draft`] missing when the draft is unknown or has expired.
    pub async fn submit(&self, key: &DraftKey, new: NewSubmission) -> Result<Submitted, RecordsError> {
        if new.text.contains('\0') {
            return Err(RecordsError::Invalid("a composed text holds no U+0000"));
        }
        let owner_key = key.owner_key();
        let revision = new.draft_revision;
        let now = Utc::now();
        let expires = stamp(now + span(self.draft_lifetime()));
        let now = stamp(now);
        let hash = key.hash();
        let spans = serde_json::to_string(&new.spans)
            .map_err(|_| RecordsError::Invalid("the spans cannot be written as JSON"))?;
        let row = NewRow {
            text: new.text,
            source: Source::Questionnaire.as_str(),
            status: Status::Queued.as_str(),
            owner_key_hash: owner_key.hash(),
            draft_key_hash: Some(hash.clone()),
            spans: Some(spans),
            ratings: Some(new.ratings.to_string()),
            answers: Some(new.answers.to_string()),
            questionnaire_version: Some(clean(&new.questionnaire_version)),
            questionnaire_hash: Some(clean(&new.questionnaire_hash)),
            keyed_scores: Some(new.keyed_scores.to_string()),
            created_at: now,
            lease_owner: None,
            lease_until: None,
            attempts: 0,
            failures: 0,
            losses: 0,
        };
        let already = self
            .write(move |connection| {
                // The compare-and-set that lets exactly one of several submissions through.
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
                    ))
                    .execute(connection)?;
                if closed == 0 {
                    return match why_not_open(connection, &hash, now)? {
                        RecordsError::Conflict(Conflict::DraftSubmitted) => Ok(true),
                        other => Err(other),
                    };
                }
                insert(connection, &row)?;
                let id: i64 =
                    drafts::table.filter(drafts::key_hash.eq(&hash)).select(drafts::id).first(connection)?;
                diesel::delete(draft_answers::table)
                    .filter(draft_answers::draft_id.eq(id))
                    .execute(connection)?;
                Ok(false)
            })
            .await?;
        Ok(Submitted { owner_key, already })
    }

    /// Stores a text to be read by whoever leases it; every call stores one.
    pub async fn store_text(&self, new: NewText) -> Result<OwnerKey, RecordsError> {
        let (owner_key, row) = text_row(new);
        self.write(move |connection| insert(connection, &row)).await?;
        Ok(owner_key)
    }

    /// Stores a text that this worker is reading, under a lease for so long.
    pub async fn store_leased(
        &self,
        new: NewText,
        worker: &str,
        hold: Duration,
    ) -> Result<(OwnerKey, Lease), RecordsError> {
        let (owner_key, row) = text_row(new);
        let worker = clean(worker);
        let mut row = NewRow {
            status: Status::Reading.as_str(),
            lease_owner: Some(worker.clone()),
            attempts: 1,
            ..row
        };
        let id = self
            .write(move |connection| {
                row.lease_until = Some(lease_end(connection, hold)?);
                insert(connection, &row)?;
                Ok(personality_records::table
                    .filter(personality_records::owner_key_hash.eq(&row.owner_key_hash))
                    .select(personality_records::id)
                    .first(connection)?)
            })
            .await?;
        Ok((owner_key, Lease { id, worker, attempt: 1 }))
    }
}

/// A text's row, and the key that opens it.
fn text_row(new: NewText) -> (OwnerKey, NewRow) {
    let owner_key = OwnerKey::random();
    let row = NewRow {
        text: clean(&new.text),
        source: Source::Api.as_str(),
        status: Status::Queued.as_str(),
        owner_key_hash: owner_key.hash(),
        draft_key_hash: None,
        spans: None,
        ratings: None,
        answers: None,
        questionnaire_version: None,
        questionnaire_hash: None,
        keyed_scores: None,
        created_at: stamp(Utc::now()),
        lease_owner: None,
        lease_until: None,
        attempts: 0,
        failures: 0,
        losses: 0,
    };
    (owner_key, row)
}

fn insert(connection: &mut DbConnection, row: &NewRow) -> Result<(), RecordsError> {
    diesel::insert_into(personality_records::table).values(row.clone()).execute(connection)?;
    Ok(())
}

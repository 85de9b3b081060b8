//! Questionnaires being filled in: one row per draft, one row per answer.
//!
//! Every change of a draft first updates the draft's own row, which locks it until the change is committed. So two tabs, or
//! a tab and a submission, cannot lose each other's answers.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::accounts::sent_result;
use super::answers::{self, Held};
use super::columns::{delta, timestamp, without_nul};
use super::connection::DbConnection;
use super::error::{Conflict, RecordsError, Thing};
use super::keys::{DraftKey, OwnerKey};
use super::schema::{draft_answers, drafts};
use super::store::Store;

/// The longest name of a field, in bytes.
const FIELD_BYTES: usize = 64;
/// The longest answer, in bytes: 5,000 characters of at most four bytes, as much as can be submitted.
const ANSWER_BYTES: usize = 20_000;
/// The most answers in one draft.
const FIELDS: i64 = 512;

// The values of `drafts.state`.
pub(super) const OPEN: &str = "open";
pub(super) const SUBMITTED: &str = "submitted";
pub(super) const DELETED: &str = "deleted";

/// A draft and its answers at one moment.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Field name to value. Empty once the draft is submitted.
    pub answers: BTreeMap<String, String>,
    pub state: DraftState,
    /// Counts the saves; see [`super::NewSubmission::draft_revision`].
    pub revision: i64,
    pub created_at: DateTime<Utc>,
    /// When an answer was last saved, or when the draft was submitted.
    pub updated_at: DateTime<Utc>,
    /// When it expires unless it changes.
    pub expires_at: DateTime<Utc>,
    /// Whether the draft that its answers were copied from still exists; see [`Store::drop_predecessor`].
    pub took_over: bool,
}

impl std::fmt::Debug for Draft {
    /// Leaves out the answers, which must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("answers", &self.answers.len())
            .field("state", &self.state)
            .field("revision", &self.revision)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// It takes answers.
    Open,
    /// It was submitted. The key opens its result.
    Submitted(OwnerKey),
    /// It was submitted and its result has been deleted. It cannot be submitted again.
    Deleted,
}

/// A draft after a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    pub revision: i64,
    pub expires_at: DateTime<Utc>,
}

#[derive(Queryable)]
struct DraftRow {
    state: String,
    revision: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    owner_secret: Option<String>,
    predecessor: Option<i64>,
}

impl Store {
    /// Opens an empty draft.
    pub async fn open_draft(&self) -> Result<DraftKey, RecordsError> {
        let key = DraftKey::random();
        let hash = key.hash();
        let now = Utc::now();
        let expires = timestamp(now + delta(self.hardly_begun_lifetime()));
        let now = timestamp(now);
        self.add(move |connection| {
            diesel::insert_into(drafts::table)
                .values((
                    drafts::key_hash.eq(&hash),
                    drafts::state.eq(OPEN),
                    drafts::revision.eq(0i64),
                    drafts::created_at.eq(now),
                    drafts::updated_at.eq(now),
                    drafts::expires_at.eq(expires),
                ))
                .execute(connection)?;
            Ok(())
        })
        .await?;
        Ok(key)
    }

    /// The draft that this key opens, with its answers; `None` if there is none or it has expired.
    pub async fn draft(&self, key: &DraftKey) -> Result<Option<Draft>, RecordsError> {
        let hash = key.hash();
        let now = timestamp(Utc::now());
        let rows: Vec<(DraftRow, Option<(String, String)>)> = self
            .read(move |connection| {
                // A single query, so that answers and revision belong together.
                Ok(drafts::table
                    .left_join(draft_answers::table)
                    .filter(drafts::key_hash.eq(hash).and(drafts::expires_at.gt(now)))
                    .select((
                        (
                            drafts::state,
                            drafts::revision,
                            drafts::created_at,
                            drafts::updated_at,
                            drafts::expires_at,
                            drafts::owner_secret,
                            drafts::predecessor,
                        ),
                        (draft_answers::field, draft_answers::value).nullable(),
                    ))
                    .load(connection)?)
            })
            .await?;
        let mut answers = BTreeMap::new();
        let mut found = None;
        for (row, answer) in rows {
            answers.extend(answer);
            found = Some(row);
        }
        let Some(row) = found else { return Ok(None) };
        let state = match row.state.as_str() {
            OPEN => DraftState::Open,
            state => self.closed(key, state, row.owner_secret.as_deref()).await?,
        };
        Ok(Some(Draft {
            answers,
            state,
            revision: row.revision,
            created_at: row.created_at.and_utc(),
            updated_at: row.updated_at.and_utc(),
            expires_at: row.expires_at.and_utc(),
            took_over: row.predecessor.is_some(),
        }))
    }

    /// What became of a draft that is not open. An account opens the result of its draft while it keeps it.
    async fn closed(
        &self,
        key: &DraftKey,
        state: &str,
        secret: Option<&str>,
    ) -> Result<DraftState, RecordsError> {
        let result = match key.account() {
            Some(account) => {
                let hash = key.hash();
                self.read(move |connection| sent_result(connection, account, &hash)).await?
            }
            None if state == SUBMITTED => key.owner_key(secret),
            None => None,
        };
        Ok(result.map_or(DraftState::Deleted, DraftState::Submitted))
    }

    /// Changes only the answers named in `changes`: `Some` sets one, `None` removes it. U+0000 is left out. Every save,
    /// even an empty one, extends the draft's expiry: by its whole lifetime, or by a day while it has hardly begun.
    ///
    /// # Errors
    /// [`Conflict`] if the draft was submitted; [`RecordsError::Missing`] if there is none or it has expired;
    /// [`RecordsError::Invalid`] for more than 512 answers or one longer than [`ANSWER_BYTES`].
    pub async fn save_answers(
        &self,
        key: &DraftKey,
        changes: BTreeMap<String, Option<String>>,
    ) -> Result<Saved, RecordsError> {
        let hash = key.hash();
        let now = Utc::now();
        let expires = timestamp(now + delta(self.draft_lifetime()));
        let expires_soon = timestamp(now + delta(self.hardly_begun_lifetime()));
        let now = timestamp(now);
        let fields: Vec<String> = changes.keys().map(|field| without_nul(field)).collect();
        if fields.iter().any(|field| field.is_empty() || field.len() > FIELD_BYTES) {
            return Err(RecordsError::Invalid("a field's name has 1 to 64 bytes"));
        }
        let values: Vec<Held> = changes
            .iter()
            .filter_map(|(field, value)| {
                let value = without_nul(value.as_deref()?);
                Some(Held { field: without_nul(field), value, saved_at: Some(now) })
            })
            .collect();
        if values.iter().any(|answer| answer.value.len() > ANSWER_BYTES) {
            return Err(RecordsError::Invalid("an answer has at most 20,000 bytes"));
        }
        self.add(move |connection| {
            let held = diesel::update(drafts::table)
                .filter(
                    drafts::key_hash.eq(&hash).and(drafts::state.eq(OPEN)).and(drafts::expires_at.gt(now)),
                )
                .set((
                    drafts::revision.eq(drafts::revision + 1),
                    drafts::updated_at.eq(now),
                    drafts::expires_at.eq(expires),
                ))
                .execute(connection)?;
            if held == 0 {
                return Err(why_not_open(connection, &hash, now)?);
            }
            let (id, revision): (i64, i64) = drafts::table
                .filter(drafts::key_hash.eq(&hash))
                .select((drafts::id, drafts::revision))
                .first(connection)?;
            if !fields.is_empty() {
                diesel::delete(draft_answers::table)
                    .filter(draft_answers::draft_id.eq(id).and(draft_answers::field.eq_any(&fields)))
                    .execute(connection)?;
            }
            answers::insert(connection, id, &values)?;
            let held: i64 =
                draft_answers::table.filter(draft_answers::draft_id.eq(id)).count().get_result(connection)?;
            if held > FIELDS {
                return Err(RecordsError::Invalid("a draft has at most 512 answers"));
            }
            if answers::has_begun(connection, id)? {
                return Ok(Saved { revision, expires_at: expires.and_utc() });
            }
            diesel::update(drafts::table.find(id))
                .set(drafts::expires_at.eq(expires_soon))
                .execute(connection)?;
            Ok(Saved { revision, expires_at: expires_soon.and_utc() })
        })
        .await
    }

    /// Deletes a draft and its answers, and returns whether there was one. Its result, if any, stays.
    pub async fn forget_draft(&self, key: &DraftKey) -> Result<bool, RecordsError> {
        let hash = key.hash();
        self.erase(move |connection| {
            let own = drafts::table.filter(drafts::key_hash.eq(&hash));
            let taken_over: Option<Option<i64>> =
                own.select(drafts::predecessor).first(connection).optional()?;
            if let Some(Some(id)) = taken_over {
                diesel::delete(drafts::table.find(id)).execute(connection)?;
            }
            let gone =
                diesel::delete(drafts::table).filter(drafts::key_hash.eq(&hash)).execute(connection)?;
            Ok(gone > 0)
        })
        .await
    }
}

/// The error for a draft that is not open.
pub(super) fn why_not_open(
    connection: &mut DbConnection,
    hash: &str,
    now: NaiveDateTime,
) -> Result<RecordsError, RecordsError> {
    let state: Option<String> = drafts::table
        .filter(drafts::key_hash.eq(hash).and(drafts::expires_at.gt(now)))
        .select(drafts::state)
        .first(connection)
        .optional()?;
    Ok(match state.as_deref() {
        None => RecordsError::Missing(Thing::Draft),
        Some(SUBMITTED) => Conflict::DraftSubmitted.into(),
        Some(DELETED) => Conflict::DraftDeleted.into(),
        Some(_) => Conflict::DraftChanged.into(),
    })
}

//! Moves a draft to a new key.

use std::time::Duration;

use chrono::{NaiveDateTime, Utc};
use diesel::prelude::*;

use super::answers;
use super::columns::{delta, timestamp};
use super::drafts::OPEN;
use super::error::RecordsError;
use super::keys::DraftKey;
use super::schema::drafts;
use super::store::Store;

/// How long a draft is kept after its answers were copied: long enough for the new key to come back.
const TAKEN_OVER_LIFETIME: Duration = Duration::from_secs(60 * 60);

impl Store {
    /// Copies an open draft to a new key. The old draft is kept for a while, in case the new key never reaches the
    /// visitor. [`Store::drop_predecessor`] deletes it once the new key is used. `None` if this key has no open draft.
    pub async fn take_over(&self, old: &DraftKey) -> Result<Option<DraftKey>, RecordsError> {
        let (key, old_hash) = (DraftKey::random(), old.hash());
        let hash = key.hash();
        let now = Utc::now();
        let old_expires = timestamp(now + delta(TAKEN_OVER_LIFETIME));
        let now = timestamp(now);
        let copied = self
            .add(move |connection| {
                let is_open = drafts::key_hash
                    .eq(&old_hash)
                    .and(drafts::state.eq(OPEN))
                    .and(drafts::expires_at.gt(now));
                // Locks the draft, so that no answer is saved under the old key meanwhile.
                let locked = diesel::update(drafts::table)
                    .filter(is_open)
                    .set(drafts::revision.eq(drafts::revision + 1))
                    .execute(connection)?;
                if locked == 0 {
                    return Ok(false);
                }
                let (id, revision, created, updated, expires): (
                    i64,
                    i64,
                    NaiveDateTime,
                    NaiveDateTime,
                    NaiveDateTime,
                ) = drafts::table
                    .filter(drafts::key_hash.eq(&old_hash))
                    .select((
                        drafts::id,
                        drafts::revision,
                        drafts::created_at,
                        drafts::updated_at,
                        drafts::expires_at,
                    ))
                    .first(connection)?;
                diesel::insert_into(drafts::table)
                    .values((
                        drafts::key_hash.eq(&hash),
                        drafts::state.eq(OPEN),
                        drafts::revision.eq(revision),
                        drafts::created_at.eq(created),
                        drafts::updated_at.eq(updated),
                        drafts::expires_at.eq(expires),
                        drafts::predecessor.eq(id),
                    ))
                    .execute(connection)?;
                let new: i64 =
                    drafts::table.filter(drafts::key_hash.eq(&hash)).select(drafts::id).first(connection)?;
                let held = answers::of_draft(connection, id)?;
                answers::insert(connection, new, &held)?;
                diesel::update(drafts::table.find(id))
                    .set(drafts::expires_at.eq(expires.min(old_expires)))
                    .execute(connection)?;
                Ok(true)
            })
            .await?;
        Ok(copied.then_some(key))
    }

    /// Deletes the draft whose answers were copied to the draft of this key.
    pub async fn drop_predecessor(&self, key: &DraftKey) -> Result<(), RecordsError> {
        let hash = key.hash();
        self.erase(move |connection| {
            let own = drafts::table.filter(drafts::key_hash.eq(&hash));
            let predecessor: Option<Option<i64>> =
                own.select(drafts::predecessor).first(connection).optional()?;
            let Some(Some(id)) = predecessor else { return Ok(()) };
            diesel::delete(drafts::table.find(id)).execute(connection)?;
            diesel::update(drafts::table.filter(drafts::key_hash.eq(&hash)))
                .set(drafts::predecessor.eq(None::<i64>))
                .execute(connection)?;
            Ok(())
        })
        .await
    }
}

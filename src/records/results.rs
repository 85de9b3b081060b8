//! Loading, sharing and deleting results.

use std::collections::HashMap;

use chrono::Utc;
use diesel::prelude::*;

use super::additions::{self, Additions};
use super::columns::timestamp;
use super::drafts::DELETED;
use super::error::{Conflict, RecordsError, Thing};
use super::keys::{OwnerKey, ShareKey, nonce};
use super::noted::By;
use super::notice;
use super::queue::opened;
use super::record::{ListedRecord, Record, Row, SharedRecord, SharedRow, Status};
use super::schema::personality_records::{self as records, dsl};
use super::schema::{drafts, result_additions};
use super::store::Store;
use crate::personality::InterestScores;

impl Store {
    /// The record that this owner key opens. Claims it, so that what was shown once is kept, and notes
    /// that a finished one was opened.
    pub async fn by_owner(&self, key: &OwnerKey) -> Result<Option<Record>, RecordsError> {
        let hash = key.hash();
        let row: Option<(Row, Additions, bool)> = self
            .read(move |connection| {
                let row: Option<(Row, bool)> = records::table
                    .filter(dsl::owner_key_hash.eq(hash))
                    .select((Row::as_select(), dsl::unclaimed_until.is_not_null()))
                    .first(connection)
                    .optional()?;
                let Some((row, unclaimed)) = row else { return Ok(None) };
                let added = additions::of_record(connection, row.shown.id)?;
                Ok(Some((row, added, unclaimed)))
            })
            .await?;
        let Some((row, added, unclaimed)) = row else { return Ok(None) };
        if unclaimed {
            self.claim(vec![row.shown.id]).await?;
        }
        let record = row.read(key, added)?;
        if self.is_expired(&record.shown) {
            return Ok(None);
        }
        if record.status == Status::Done {
            self.openings().note(record.shown.id, By::Private, Utc::now());
        }
        Ok(Some(record))
    }

    /// The records that these owner keys open, in the order of the keys, without text and answers. Keys that open nothing
    /// are left out.
    pub async fn listed(&self, keys: Vec<OwnerKey>) -> Result<Vec<ListedRecord>, RecordsError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let hashes: Vec<String> = keys.iter().map(OwnerKey::hash).collect();
        let rows: Vec<(String, String, SharedRow)> = self
            .read(move |connection| {
                Ok(records::table
                    .filter(dsl::owner_key_hash.eq_any(hashes))
                    .select((dsl::owner_key_hash, dsl::status, SharedRow::as_select()))
                    .load(connection)?)
            })
            .await?;
        let mut found = HashMap::new();
        for (hash, status, row) in rows {
            let status = Status::parse(&status, row.id())?;
            found.insert(hash, (status, row.read(None)?));
        }
        let listed = keys.into_iter().filter_map(|key| {
            let (status, shown) = found.remove(&key.hash())?;
            (!self.is_expired(&shown)).then_some(ListedRecord { key, status, shown })
        });
        Ok(listed.collect())
    }

    /// The finished record that this share key opens, without text and answers. Notes that it was opened.
    pub async fn by_share(&self, key: &ShareKey) -> Result<Option<SharedRecord>, RecordsError> {
        let hash = key.hash();
        let row: Option<(SharedRow, Option<InterestScores>)> = self
            .read(move |connection| {
                let row: Option<SharedRow> = records::table
                    .filter(dsl::share_key_hash.eq(hash).and(dsl::status.eq(Status::Done.as_str())))
                    .select(SharedRow::as_select())
                    .first(connection)
                    .optional()?;
                row.map(|row| additions::shared_interests(connection, row.id).map(|shown| (row, shown)))
                    .transpose()
            })
            .await?;
        let record = row.map(|(row, shown)| row.read(shown)).transpose()?;
        let record = record.filter(|record| !self.is_expired(record));
        if let Some(record) = &record {
            self.openings().note(record.id, By::Shared, Utc::now());
        }
        Ok(record)
    }

    /// Whether a result has expired but the sweep has not deleted it yet.
    pub(super) fn is_expired(&self, record: &SharedRecord) -> bool {
        match (record.finished_at, self.expired_before(Utc::now())) {
            (Some(finished), Some(limit)) => finished.naive_utc() <= limit,
            _ => false,
        }
    }

    /// The share key of a finished record: the existing one, or a new one.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if there is no such record or only its account opens it, or [`Conflict::NotFinished`].
    pub async fn share(&self, key: &OwnerKey) -> Result<ShareKey, RecordsError> {
        let (key, hash, fresh) = (key.clone(), key.hash(), nonce());
        let share_key = key.share_key(&fresh).ok_or(RecordsError::Missing(Thing::Result))?;
        self.write(move |connection| {
            opened(connection, &hash)?;
            // Set only where there is none, so that two simultaneous calls return the same link.
            diesel::update(records::table)
                .filter(
                    dsl::owner_key_hash
                        .eq(&hash)
                        .and(dsl::share_nonce.is_null())
                        .and(dsl::status.eq(Status::Done.as_str())),
                )
                .set((dsl::share_nonce.eq(&fresh), dsl::share_key_hash.eq(share_key.hash())))
                .execute(connection)?;
            let nonce: Option<Option<String>> = records::table
                .filter(dsl::owner_key_hash.eq(&hash))
                .select(dsl::share_nonce)
                .first(connection)
                .optional()?;
            match nonce {
                None => Err(RecordsError::Missing(Thing::Result)),
                Some(None) => Err(Conflict::NotFinished.into()),
                Some(Some(nonce)) => key.share_key(&nonce).ok_or(RecordsError::Missing(Thing::Result)),
            }
        })
        .await
    }

    /// Permanently revokes the share link and the choice to show interests. Returns whether there was a link. Sharing
    /// again makes another link, which shows no interests.
    pub async fn unshare(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let hash = key.hash();
        self.write(move |connection| {
            let revoked = diesel::update(records::table)
                .filter(dsl::owner_key_hash.eq(&hash).and(dsl::share_nonce.is_not_null()))
                .set((dsl::share_nonce.eq(None::<String>), dsl::share_key_hash.eq(None::<String>)))
                .execute(connection)?;
            let of_owner = records::table.filter(dsl::owner_key_hash.eq(&hash)).select(dsl::id);
            diesel::update(result_additions::table)
                .filter(result_additions::record_id.eq_any(of_owner))
                .set(result_additions::shared_interests.eq(None::<String>))
                .execute(connection)?;
            Ok(revoked > 0)
        })
        .await
    }

    /// Deletes a record permanently, even while it is being read, and returns its id; `None` if there was none. The
    /// draft that it came from cannot be submitted again.
    pub async fn delete(&self, key: &OwnerKey) -> Result<Option<i64>, RecordsError> {
        let hash = key.hash();
        self.erase(move |connection| {
            let row: Option<(i64, Option<String>, String)> = records::table
                .filter(dsl::owner_key_hash.eq(&hash))
                .select((dsl::id, dsl::draft_key_hash, dsl::status))
                .first(connection)
                .optional()?;
            let Some((id, draft, status)) = row else { return Ok(None) };
            let gone = diesel::delete(records::table.find(id)).execute(connection)?;
            if status == Status::Reading.as_str() {
                notice::gone(connection)?;
            }
            if let Some(draft) = draft {
                diesel::update(drafts::table)
                    .filter(drafts::key_hash.eq(draft))
                    .set((drafts::state.eq(DELETED), drafts::updated_at.eq(timestamp(Utc::now()))))
                    .execute(connection)?;
            }
            Ok((gone > 0).then_some(id))
        })
        .await
    }
}

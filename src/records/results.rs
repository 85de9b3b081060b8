//! Loading, sharing and deleting results.

use std::collections::HashMap;

use chrono::Utc;
use diesel::prelude::*;

use super::additions::{self, Additions};
use super::columns::timestamp;
use super::drafts::DELETED;
use super::error::{Conflict, RecordsError, Thing};
use super::keys::{OwnerKey, ShareKey, nonce};
use super::record::{ListedRecord, Record, Row, SharedRecord, SharedRow, Status};
use super::schema::personality_records::{self as records, dsl};
use super::schema::{drafts, result_additions};
use super::store::Store;
use crate::personality::InterestScores;

impl Store {
    /// The record that this owner key opens.
    pub async fn by_owner(&self, key: &OwnerKey) -> Result<Option<Record>, RecordsError> {
        let hash = key.hash();
        let row: Option<(Row, Additions)> = self
            .read(move |connection| {
                let row: Option<Row> = records::table
                    .filter(dsl::owner_key_hash.eq(hash))
                    .select(Row::as_select())
                    .first(connection)
                    .optional()?;
                row.map(|row| additions::of_record(connection, row.shown.id).map(|added| (row, added)))
                    .transpose()
            })
            .await?;
        let record = row.map(|(row, added)| row.read(key, added)).transpose()?;
        Ok(record.filter(|record| !self.is_expired(&record.shown)))
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

    /// The finished record that this share key opens, without text and answers.
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
        Ok(record.filter(|record| !self.is_expired(record)))
    }

    /// Whether a result has expired, though the sweep has not deleted it yet.
    fn is_expired(&self, record: &SharedRecord) -> bool {
        match (record.finished_at, self.expired_before(Utc::now())) {
            (Some(finished), Some(limit)) => finished.naive_utc() <= limit,
            _ => false,
        }
    }

    /// The share key of a finished record: its present one, or a new one.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] when there is no such record, or [`Conflict::NotFinished`].
    pub async fn share(&self, key: &OwnerKey) -> Result<ShareKey, RecordsError> {
        let key = key.clone();
        let hash = key.hash();
        self.write(move |connection| {
            let fresh = nonce();
            // Set only where there is none, so that two simultaneous calls return the same link.
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

    /// Revokes the share link for good, with the choice to show interests, and returns whether there was one. Sharing again
    /// makes another link, which shows no interests.
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

    /// Deletes a record for good, even while it is read, and returns its id; `None` when there was none. The draft that it
    /// came from cannot be submitted again.
    pub async fn delete(&self, key: &OwnerKey) -> Result<Option<i64>, RecordsError> {
        let hash = key.hash();
        self.erase(move |connection| {
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
                    .set((drafts::state.eq(DELETED), drafts::updated_at.eq(timestamp(Utc::now()))))
                    .execute(connection)?;
            }
            Ok((gone > 0).then_some(id))
        })
        .await
    }
}

//! Results as their owners, and those they share them with, get to see them.

use chrono::Utc;
use diesel::prelude::*;

use super::drafts::DELETED;
use super::error::{Conflict, RecordsError, Thing};
use super::keys::{OwnerKey, ShareKey, nonce};
use super::record::{Record, Row, SharedRecord, SharedRow, Status};
use super::schema::drafts;
use super::schema::personality_records::{self as records, dsl};
use super::{Store, stamp};

/// Where a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The row's number.
    pub id: i64,
    /// How far it has come.
    pub status: Status,
    /// How many older submissions nobody has begun to read; 0 once it is settled.
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
        row.map(|row| row.read(key)).transpose()
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
        row.map(SharedRow::read).transpose()
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
                    .set((drafts::state.eq(DELETED), drafts::updated_at.eq(stamp(Utc::now()))))
                    .execute(connection)?;
            }
            Ok((gone > 0).then_some(id))
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
                    .filter(dsl::status.eq(Status::Queued.as_str()).and(dsl::id.lt(id)))
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

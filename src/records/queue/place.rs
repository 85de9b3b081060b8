//! Where a submission stands in the queue.

use diesel::prelude::*;

use crate::records::error::RecordsError;
use crate::records::keys::OwnerKey;
use crate::records::record::Status;
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::store::Store;

/// Where a submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The record's id.
    pub id: i64,
    pub status: Status,
    /// How many older submissions are queued; 0 once this one is done or failed.
    pub ahead: u64,
}

impl Store {
    /// Where the submission of this key stands; `None` when there is none. Claims it.
    pub async fn place_in_queue(&self, key: &OwnerKey) -> Result<Option<Place>, RecordsError> {
        let hash = key.hash();
        let found = self.read(move |connection| {
            let row: Option<(i64, String, bool)> = records::table
                .filter(dsl::owner_key_hash.eq(hash))
                .select((dsl::id, dsl::status, dsl::unclaimed_until.is_not_null()))
                .first(connection)
                .optional()?;
            let Some((id, status, unclaimed)) = row else { return Ok(None) };
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
            Ok(Some((Place { id, status, ahead }, unclaimed)))
        });
        let Some((place, unclaimed)) = found.await? else { return Ok(None) };
        if unclaimed {
            self.claim(vec![place.id]).await?;
        }
        Ok(Some(place))
    }
}

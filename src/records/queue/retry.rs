//! Queues a failed submission again.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::keys::OwnerKey;
use crate::records::notice;
use crate::records::record::Status;
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::store::Store;

impl Store {
    /// Queues a failed submission again, as if it had never been tried. Returns whether there was a failed one.
    pub async fn retry(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let hash = key.hash();
        self.write(move |connection| {
            let of_owner = records::table.filter(dsl::owner_key_hash.eq(&hash)).select(dsl::id);
            match of_owner.first(connection).optional()? {
                Some(id) => requeue(connection, id),
                None => Ok(false),
            }
        })
        .await
    }
}

/// Queues the submission with this id again if it failed. Returns whether it had.
pub(in crate::records) fn requeue(connection: &mut DbConnection, id: i64) -> Result<bool, RecordsError> {
    let queued = diesel::update(records::table.find(id))
        .filter(dsl::status.eq(Status::Failed.as_str()))
        .set((
            dsl::status.eq(Status::Queued.as_str()),
            dsl::failures.eq(0),
            dsl::losses.eq(0),
            dsl::failure.eq(None::<String>),
            dsl::finished_at.eq(None::<NaiveDateTime>),
            dsl::lease_until.eq(None::<NaiveDateTime>),
        ))
        .execute(connection)?;
    if queued > 0 {
        notice::queued(connection)?;
    }
    Ok(queued > 0)
}

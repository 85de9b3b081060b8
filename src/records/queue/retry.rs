//! A failed submission tried again at its owner's wish.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::records::error::RecordsError;
use crate::records::keys::OwnerKey;
use crate::records::record::Status;
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::store::Store;

impl Store {
    /// Queues a failed submission again, as if it was never tried. Returns whether there was a failed one.
    pub async fn retry(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let hash = key.hash();
        self.write(move |connection| {
            let failed = dsl::owner_key_hash.eq(&hash).and(dsl::status.eq(Status::Failed.as_str()));
            let queued = diesel::update(records::table)
                .filter(failed)
                .set((
                    dsl::status.eq(Status::Queued.as_str()),
                    dsl::failures.eq(0),
                    dsl::losses.eq(0),
                    dsl::failure.eq(None::<String>),
                    dsl::finished_at.eq(None::<NaiveDateTime>),
                    dsl::lease_until.eq(None::<NaiveDateTime>),
                ))
                .execute(connection)?;
            Ok(queued > 0)
        })
        .await
    }
}

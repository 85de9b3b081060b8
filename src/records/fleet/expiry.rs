//! Deletes rows about servers that are older than 48 hours.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use crate::records::columns::timestamp;
use crate::records::error::RecordsError;
use crate::records::schema::{fleet_minutes as minutes, fleet_servers as servers};
use crate::records::store::Store;

/// Hours for which a minute is kept, and a server after its last heartbeat.
pub const FLEET_HOURS_KEPT: i64 = 48;

pub(super) fn kept() -> TimeDelta {
    TimeDelta::hours(FLEET_HOURS_KEPT)
}

impl Store {
    /// Deletes the minutes and the servers that are too old.
    pub(in crate::records) async fn expire_fleet(&self, now: DateTime<Utc>) -> Result<(), RecordsError> {
        let limit = timestamp(now - kept());
        // A read first, so that a database without such rows is not written to.
        let oldest = self
            .read(move |connection| {
                let minute = minutes::table.filter(minutes::at.le(limit)).select(minutes::at);
                let server = servers::table.filter(servers::seen_at.le(limit)).select(servers::seen_at);
                Ok(minute.first::<chrono::NaiveDateTime>(connection).optional()?.is_some()
                    || server.first::<chrono::NaiveDateTime>(connection).optional()?.is_some())
            })
            .await?;
        if !oldest {
            return Ok(());
        }
        self.write(move |connection| {
            diesel::delete(minutes::table.filter(minutes::at.le(limit))).execute(connection)?;
            diesel::delete(servers::table.filter(servers::seen_at.le(limit))).execute(connection)?;
            Ok(())
        })
        .await
    }
}

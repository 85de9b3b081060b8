//! The number of unread submissions in the database, for all servers together.

use diesel::prelude::*;

use crate::records::error::RecordsError;
use crate::records::schema::queue_depth::{self as depth, dsl};
use crate::records::store::Store;

/// The view `queue_depth` computes this; an autoscaler can read it too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueDepth {
    /// Submissions waiting for a server.
    pub queued: u64,
    /// Submissions being read by a server.
    pub reading: u64,
    /// Servers that are reading a submission.
    pub workers: u64,
    /// Seconds since the oldest waiting submission was stored; 0 if none waits.
    pub oldest_seconds: f64,
}

impl Store {
    /// Counts the submissions that are not read yet.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn queue_depth(&self) -> Result<QueueDepth, RecordsError> {
        self.read(|connection| {
            let (queued, reading, workers, oldest): (i64, i64, i64, f64) = depth::table
                .select((dsl::queued, dsl::reading, dsl::workers, dsl::oldest_seconds))
                .first(connection)?;
            Ok(QueueDepth {
                queued: queued.unsigned_abs(),
                reading: reading.unsigned_abs(),
                workers: workers.unsigned_abs(),
                // A clock that was set back would make it negative.
                oldest_seconds: oldest.max(0.0),
            })
        })
        .await
    }
}

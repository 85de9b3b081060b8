//! How much the database holds that is not read yet, of all servers together.

use diesel::prelude::*;

use crate::records::error::RecordsError;
use crate::records::schema::queue_depth::{self as depth, dsl};
use crate::records::store::Store;

/// What is not read yet. The view `queue_depth` computes it, which an autoscaler can read too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueDepth {
    /// Submissions that wait for a server.
    pub queued: u64,
    /// Submissions that a server reads.
    pub reading: u64,
    /// Servers that read one.
    pub workers: u64,
    /// Seconds since the oldest waiting submission was stored; 0 without one.
    pub oldest_seconds: f64,
}

impl Store {
    /// Counts the submissions that are not read yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn queue_depth(&self) -> Result<QueueDepth, RecordsError> {
        self.read(|connection| {
            let (queued, reading, workers, oldest): (i64, i64, i64, f64) = depth::table
                .select((dsl::queued, dsl::reading, dsl::workers, dsl::oldest_seconds))
                .first(connection)?;
            Ok(QueueDepth {
                queued: queued.unsigned_abs(),
                reading: reading.unsigned_abs(),
                workers: workers.unsigned_abs(),
                // A clock that was set back makes it negative.
                oldest_seconds: oldest.max(0.0),
            })
        })
        .await
    }
}

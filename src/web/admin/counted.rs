//! What the database holds, counted at most once a minute on each server: with many rows, counting takes long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use crate::records::{Overview, RecordsError, Store};

/// How long counts are shown again.
const COUNTS_FOR: Duration = Duration::from_secs(60);

/// Counts, and when they were taken.
#[derive(Clone, Debug)]
pub struct Counted {
    pub overview: Arc<Overview>,
    pub at: DateTime<Utc>,
    since: Instant,
}

/// The latest counts of this server.
#[derive(Debug, Default)]
pub struct LastCount(Mutex<Option<Counted>>);

impl LastCount {
    /// The latest counts, or new ones if these are a minute old. Those who ask meanwhile wait for the same ones.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn get(&self, store: &Store) -> Result<Counted, RecordsError> {
        let mut last = self.0.lock().await;
        if let Some(counted) = last.as_ref().filter(|counted| counted.since.elapsed() < COUNTS_FOR) {
            return Ok(counted.clone());
        }
        let at = Utc::now();
        let overview = Arc::new(store.overview(at).await?);
        Ok(last.insert(Counted { overview, at, since: Instant::now() }).clone())
    }

    /// Counts again the next time.
    pub async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

//! What the database holds. Where counting takes long, because there are many rows, it is done at most once a minute on each
//! server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use crate::records::{Overview, RecordsError, Store};

/// How long counts are shown again that took long.
const COUNTS_FOR: Duration = Duration::from_secs(60);
/// Counting that takes less than this is done for each request.
const CHEAP: Duration = Duration::from_millis(100);

/// Counts, and when they were taken.
#[derive(Clone, Debug)]
pub struct Counted {
    pub overview: Arc<Overview>,
    pub at: DateTime<Utc>,
    since: Instant,
    took: Duration,
}

impl Counted {
    /// Whether these counts are shown to those who ask within the next minute.
    pub fn is_kept(&self) -> bool {
        self.took >= CHEAP
    }
}

/// The latest counts of this server.
#[derive(Debug, Default)]
pub struct LastCount(Mutex<Option<Counted>>);

impl LastCount {
    /// The latest counts, or new ones if these are a minute old or were cheap. Those who ask meanwhile wait for the same ones.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn get(&self, store: &Store) -> Result<Counted, RecordsError> {
        let mut last = self.0.lock().await;
        let fresh = |counted: &&Counted| is_fresh(counted.took, counted.since.elapsed());
        if let Some(counted) = last.as_ref().filter(fresh) {
            return Ok(counted.clone());
        }
        let (at, began) = (Utc::now(), Instant::now());
        let overview = Arc::new(store.overview(at).await?);
        Ok(last.insert(Counted { overview, at, since: Instant::now(), took: began.elapsed() }).clone())
    }

    /// Counts again the next time.
    pub async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// Whether counts of this age that took so long are shown again.
fn is_fresh(took: Duration, age: Duration) -> bool {
    took >= CHEAP && age < COUNTS_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_counts_that_took_long_are_shown_again_and_for_a_minute() {
        let (quick, slow) = (Duration::from_millis(99), Duration::from_millis(100));
        assert!(!is_fresh(quick, Duration::ZERO));
        assert!(is_fresh(slow, Duration::from_secs(59)));
        assert!(!is_fresh(slow, Duration::from_secs(60)));
    }
}

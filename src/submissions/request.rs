//! A text whose sender waits for the answer.
//!
//! The models have taken it on before it is stored, so it is read at its turn among the other requests and dropped from
//! their queue when its sender leaves. Its row is under this runner's lease from the start; should this process end, the
//! lease runs out, and the text is one that was left behind. Whoever leaves before the answer never learns the address, so
//! the row is deleted for them.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::work::{self, BROKE_OFF, Registered};
use super::{ReadError, Runner, Shared};
use crate::records::{Finished, Lease, NewText, OwnerKey, RecordsError, Unavailability};

/// What a sender is told.
pub struct Answer {
    /// Opens the record.
    pub key: OwnerKey,
    /// What was read, or why it is not read yet: whatever the reason, a runner will read it later.
    pub reading: Result<Finished, ReadError>,
}

impl Runner {
    /// Stores a text and its reading, which has been taken on already and ends within this time. Dropping the future
    /// cancels the reading and deletes the record.
    ///
    /// # Errors
    /// When the text could not be stored. The reading is cancelled then.
    pub async fn read_now(
        &self,
        new: NewText,
        reading: impl Future<Output = Result<Finished, ReadError>> + Send + 'static,
        within: Duration,
    ) -> Result<Answer, RecordsError> {
        let (tell, told) = oneshot::channel();
        // Apart from the request, so that it can tidy up when the request is dropped.
        self.shared.runtime.spawn(conduct(self.shared.clone(), new, reading, within, tell));
        told.await.unwrap_or_else(|silent| {
            // Only a runtime that shuts down leaves nothing said.
            Err(RecordsError::Unavailable { why: Unavailability::Lost, source: Some(silent.into()) })
        })
    }
}

/// Stores, waits, notes how it ended, and says so, unless nobody is there to hear it.
async fn conduct(
    shared: Arc<Shared>,
    new: NewText,
    reading: impl Future<Output = Result<Finished, ReadError>> + Send + 'static,
    within: Duration,
    mut tell: oneshot::Sender<Result<Answer, RecordsError>>,
) {
    let until = Instant::now() + within;
    // As a rule it is never renewed: a thousand who wait shall not keep the database busy.
    let length = within + shared.config.lease;
    let (key, lease) = match shared.store.store_leased(new, &shared.worker, length).await {
        Ok(stored) => stored,
        Err(error) => {
            // Whoever left needs no excuse.
            let _ = tell.send(Err(error));
            return;
        }
    };
    let reading = tokio::spawn(reading);
    let registered = Registered::new(shared.clone(), lease.clone(), reading.abort_handle(), false);
    let ended = tokio::select! {
        biased;
        () = tell.closed() => {
            shared.cancel(lease.id);
            return work::forget(&shared, lease.id, &key).await;
        }
        ended = work::hold(&shared, &lease, length, reading) => ended,
    };
    let reading = match ended {
        Some(Ok(reading)) => reading,
        Some(Err(join)) if join.is_panic() => {
            Err(ReadError::Failed { reason: BROKE_OFF.to_owned(), source: join.into() })
        }
        Some(Err(_cancelled)) => Err(ReadError::Stopped),
        // Too slow to renew its lease: another has it.
        None => Err(ReadError::Busy { retry_after: Duration::from_secs(1) }),
    };
    match &reading {
        Ok(finished) => {
            let finished = finished.clone();
            let storing = tokio::spawn(async move {
                work::finish(&registered.shared, &registered.lease, finished).await;
            });
            // Where the database is away it goes on trying, but nobody waits for that beyond their time.
            let _ = tokio::time::timeout_at(until, storing).await;
            tell_or_forget(&shared, &lease, key, reading, tell).await;
        }
        Err(error @ ReadError::Failed { reason, .. }) => {
            work::fail(&shared, &lease, reason, error).await;
            tell_or_forget(&shared, &lease, key, reading, tell).await;
        }
        Err(_) => {
            let told = tell_or_forget(&shared, &lease, key, reading, tell).await;
            // A runner that stops gives all back at once.
            if told && !shared.stopping.load(Ordering::Acquire) {
                work::give_back(&shared, &lease).await;
            }
        }
    }
}

/// Tells the sender, or deletes the record of one who has left. Whether they were there.
async fn tell_or_forget(
    shared: &Shared,
    lease: &Lease,
    key: OwnerKey,
    reading: Result<Finished, ReadError>,
    tell: oneshot::Sender<Result<Answer, RecordsError>>,
) -> bool {
    match tell.send(Ok(Answer { key: key.clone(), reading })) {
        Ok(()) => true,
        Err(_unheard) => {
            work::forget(shared, lease.id, &key).await;
            false
        }
    }
}

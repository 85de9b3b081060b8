//! What a runner does beside reading: it claims and renews the records of waiting senders, measures the queue in the database, and
//! deletes or frees what dead servers left.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::records::Released;
use crate::telemetry::sentence;

use super::shared::Shared;

/// The shortest time between two renewals.
const SHORTEST_BEAT: Duration = Duration::from_millis(100);

/// Runs until it is aborted.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut beat = tokio::time::interval((shared.config.lease / 3).max(SHORTEST_BEAT));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut beats: u32 = 0;
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            // What was sent while this waits for the database is recorded at once with it.
            () = shared.tell.notified() => {
                shared.claim_told().await;
                continue;
            }
        }
        shared.claim_told().await;
        if shared.unclaimed.load(Ordering::Acquire) > 0
            && let Err(error) = shared.store.renew_unclaimed(&shared.worker, shared.config.lease).await
        {
            tracing::warn!(error = sentence(&error), "the records of waiting senders could not be renewed");
        }
        shared.look_at_depth().await;
        // Once in the time of a lease, and at the start.
        if beats.is_multiple_of(3) {
            clean_up(&shared).await;
        }
        beats = beats.wrapping_add(1);
    }
}

async fn clean_up(shared: &Shared) {
    match shared.store.release_dead().await {
        Ok(Released { freed: 0, erased: 0 }) => {}
        Ok(Released { freed, erased }) => {
            shared.cancelled.fetch_add(erased, Ordering::Relaxed);
            tracing::info!(freed, erased, "took over from servers that were killed");
            shared.wake.notify_one();
        }
        Err(error) => tracing::warn!(error = sentence(&error), "leases of dead servers could not be freed"),
    }
    match shared.store.erase_unclaimed().await {
        Ok(0) => {}
        Ok(texts) => {
            shared.cancelled.fetch_add(texts, Ordering::Relaxed);
            tracing::info!(texts, "deleted texts whose senders were cut off");
        }
        Err(error) => tracing::warn!(error = sentence(&error), "unclaimed texts could not be deleted"),
    }
}

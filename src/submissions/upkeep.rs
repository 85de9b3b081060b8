//! What a runner does beside reading: it claims and renews the records of waiting senders, says that it is alive, measures the
//! queue in the database, writes on which days results were opened, and deletes what has expired and what dead servers left.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::Utc;
use tokio::time::MissedTickBehavior;

use crate::records::{Released, Swept};
use crate::telemetry::sentence;

use super::reader::Reader;
use super::shared::{Shared, jittered};

/// The shortest time between two renewals.
const SHORTEST_BEAT: Duration = Duration::from_millis(100);

/// Runs until it is aborted. A server that reads nothing has no reader.
pub(super) async fn run(shared: Arc<Shared>, reader: Option<Arc<dyn Reader>>) {
    let mut beat = tokio::time::interval((shared.config.lease / 3).max(SHORTEST_BEAT));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut beats: u32 = 0;
    let kept = if reader.is_some() { shared.config.lease } else { shared.kept_unread() };
    // Whether somebody was there to read at the last look.
    let mut attended = true;
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            // Addresses sent while this waits for the database are recorded in the same step.
            () = shared.tell.notified() => {
                shared.claim_told().await;
                continue;
            }
        }
        shared.claim_told().await;
        if shared.unclaimed.load(Ordering::Acquire) > 0
            && let Err(error) = shared.store.renew_unclaimed(&shared.worker, kept).await
        {
            tracing::warn!(error = sentence(&error), "the records of waiting senders could not be renewed");
        }
        match &reader {
            Some(reader) => say_alive(&shared, reader.tokens_per_second()).await,
            None => attended = note_workers(&shared, attended),
        }
        shared.look_at_depth().await;
        // Once per lease, and at the start.
        if beats.is_multiple_of(3) {
            clean_up(&shared).await;
            shared.write_openings().await;
        }
        beats = beats.wrapping_add(1);
    }
}

/// Lets servers that read nothing know that this one does. A SQLite file with no such server is not written to at rest.
async fn say_alive(shared: &Shared, tokens_per_second: f64) {
    let alone = !shared.config.for_others && !shared.store.url().is_postgres();
    if shared.is_stopping() || alone {
        return;
    }
    let said = shared.store.note_worker(&shared.worker, tokens_per_second, shared.config.lease).await;
    if let Err(error) = said {
        tracing::debug!(error = sentence(&error), "this server could not say that it is alive");
    }
}

/// Logs when the last server that reads is gone, and when the first is back. Returns whether there is one.
fn note_workers(shared: &Shared, attended: bool) -> bool {
    let Some((_, backlog)) = shared.depth() else { return attended };
    match (attended, backlog.workers) {
        (true, 0) => tracing::warn!("no worker is alive: what visitors send is kept, and waits for one"),
        (false, 1..) => tracing::info!(workers = backlog.workers, "a worker is alive"),
        _ => {}
    }
    backlog.workers > 0
}

/// Deletes what has expired, now and then, until it is aborted. Apart from the rest, because PostgreSQL may take long to clean up.
pub(super) async fn sweep_regularly(shared: Arc<Shared>) {
    loop {
        let pause = if sweep(&shared).await { shared.config.sweep } else { shared.config.lease };
        tokio::time::sleep(jittered(pause)).await;
    }
}

/// Deletes what has expired. Returns whether the database answered.
async fn sweep(shared: &Shared) -> bool {
    match shared.store.sweep(Utc::now()).await {
        Ok(swept) if swept == Swept::default() => {}
        Ok(Swept { drafts, results, mails }) => {
            tracing::info!(drafts, results, mails, "deleted expired rows");
            if mails > 0 {
                tracing::warn!(mails, "mails that could not be sent in time were given up");
            }
        }
        // Tried again soon.
        Err(error) if error.is_unavailable() => {
            tracing::debug!(error = sentence(&error), "expired rows could not be looked for");
            return false;
        }
        Err(error) => tracing::warn!(error = sentence(&error), "the sweep of expired rows failed"),
    }
    true
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
            tracing::info!(texts, "deleted texts whose senders never got an answer");
        }
        Err(error) => tracing::warn!(error = sentence(&error), "unclaimed texts could not be deleted"),
    }
}

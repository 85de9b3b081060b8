//! The runner's loop: leases submissions, has them read, stores how each ended.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::records::{Finished, Leased, RecordsError, Source, Swept};
use crate::telemetry::sentence;

use super::outcome::{LONGEST_PAUSE, PANICKED, fail, finish, give_back, hold};
use super::reader::{ReadError, Turn};
use super::shared::{Registered, Shared, jittered};

/// The submissions that this runner has leased.
#[derive(Default)]
struct Readings {
    questionnaires: JoinSet<()>,
    texts: JoinSet<()>,
}

/// Leases and reads until the runner stops and nothing is under way.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut readings = Readings::default();
    let mut unavailable = Duration::ZERO;
    let mut next_sweep = Instant::now();
    loop {
        for ended in [&mut readings.questionnaires, &mut readings.texts] {
            while ended.try_join_next().is_some() {}
        }
        let stopping = shared.is_stopping();
        if stopping && shared.reading() == 0 {
            return;
        }
        let mut pause = jittered(shared.config.poll);
        if !stopping {
            match take(&shared, &mut readings).await {
                Ok(()) if unavailable > Duration::ZERO => {
                    tracing::info!("the database is available again");
                    unavailable = Duration::ZERO;
                }
                Ok(()) => {}
                Err(error) => {
                    if unavailable.is_zero() {
                        tracing::warn!(error = sentence(&error), "no submissions can be leased");
                    }
                    unavailable = (2 * unavailable).clamp(Duration::from_millis(250), LONGEST_PAUSE);
                    pause = jittered(unavailable);
                }
            }
            if unavailable.is_zero() && Instant::now() >= next_sweep {
                next_sweep = Instant::now() + jittered(shared.config.sweep);
                sweep(&shared).await;
            }
        }
        // This process notifies when it stores, finishes or stops; the pause is for what other servers do.
        let _woken = tokio::time::timeout(pause, shared.wake.notified()).await;
    }
}

/// Leases as much as may be read at once. Timed-out API texts are read one at a time: their senders were told to come back
/// later, while others wait for an answer now.
async fn take(shared: &Arc<Shared>, readings: &mut Readings) -> Result<(), RecordsError> {
    let Readings { questionnaires, texts } = readings;
    for (source, readings, most) in
        [(Source::Questionnaire, questionnaires, shared.config.at_once), (Source::Api, texts, 1)]
    {
        while readings.len() < most && !shared.is_stopping() {
            let next = shared.store.lease_next(&shared.worker, shared.config.lease, source);
            let Some(leased) = next.await? else { break };
            let lease = leased.lease.clone();
            let reading = tokio::spawn(read_patiently(shared.clone(), leased));
            // Registered before anything else: stopping waits only for what is registered.
            let registered = Registered::new(shared.clone(), lease, reading.abort_handle(), true);
            readings.spawn(supervise(registered, reading));
        }
    }
    Ok(())
}

async fn sweep(shared: &Shared) {
    match shared.store.sweep(Utc::now()).await {
        Ok(swept) if swept == Swept::default() => {}
        Ok(Swept { drafts, results }) => tracing::info!(drafts, results, "deleted what had expired"),
        Err(error) => tracing::warn!(error = sentence(&error), "the sweep of expired rows failed"),
    }
}

/// Waits for the reading of one submission under its lease, and stores how it ended.
async fn supervise(registered: Registered, reading: JoinHandle<Result<Finished, ReadError>>) {
    let Registered { shared, lease, .. } = &registered;
    let begun = Instant::now();
    let Some(outcome) = hold(shared, lease, shared.config.lease, reading).await else { return };
    match outcome {
        Ok(Ok(finished)) => {
            if finish(shared, lease, finished).await {
                let seconds = begun.elapsed().as_secs_f64();
                tracing::info!(record = lease.id, attempt = lease.attempt, seconds, "read a submission");
            }
        }
        Ok(Err(ReadError::Stopped)) => {
            give_back(shared, lease).await;
        }
        // `read_patiently` waits instead of returning it.
        Ok(Err(ReadError::Busy { .. })) => {}
        Ok(Err(error @ ReadError::Failed { .. })) => fail(shared, lease, &error.to_string(), &error).await,
        Err(join) if join.is_cancelled() => {}
        Err(join) => fail(shared, lease, PANICKED, &join).await,
    }
}

/// Reads a submission. While the reader is busy, waits and tries again under the same lease.
async fn read_patiently(shared: Arc<Shared>, leased: Leased) -> Result<Finished, ReadError> {
    let turn = match leased.source {
        Source::Questionnaire => Turn::Questionnaire,
        Source::Api => Turn::Later,
    };
    let text: Arc<str> = leased.text.into();
    loop {
        let outcome = match shared.reader.read(text.clone(), turn) {
            Ok(reading) => reading.await,
            Err(error) => Err(error),
        };
        match outcome {
            Err(ReadError::Busy { retry_after }) => {
                tokio::time::sleep(jittered(retry_after.max(Duration::from_millis(50)))).await;
            }
            outcome => return outcome,
        }
    }
}

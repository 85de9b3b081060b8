//! The runner's loop: leases submissions, has them read, stores how each ended.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::records::{Finished, Lease, LeaseOutcome, Leased, RecordsError, Source, Swept, Wanted};
use crate::telemetry::sentence;

use super::outcome::{LONGEST_PAUSE, PANICKED, fail, finish, give_back, hold};
use super::reader::{ReadError, Turn};
use super::shared::{Registered, Shared, jittered};

/// Submissions leased before a suspect that waits is read.
const BEFORE_A_SUSPECT: usize = 16;

/// The submissions that this runner has leased.
#[derive(Default)]
struct Readings {
    questionnaires: JoinSet<()>,
    texts: JoinSet<()>,
    /// A submission whose server stopped while it read it.
    suspect: JoinSet<()>,
    /// Submissions leased since the last look for a suspect.
    since_suspect: usize,
}

impl Readings {
    fn of(&mut self, source: Source) -> &mut JoinSet<()> {
        match source {
            Source::Questionnaire => &mut self.questionnaires,
            Source::Api => &mut self.texts,
        }
    }

    fn is_empty(&self) -> bool {
        self.questionnaires.is_empty() && self.texts.is_empty() && self.suspect.is_empty()
    }

    fn forget_ended(&mut self) {
        for ended in [&mut self.questionnaires, &mut self.texts, &mut self.suspect] {
            while ended.try_join_next().is_some() {}
        }
    }
}

/// Leases and reads until the runner stops and nothing is under way.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut readings = Readings::default();
    let mut unavailable = Duration::ZERO;
    let mut next_sweep = Instant::now();
    loop {
        readings.forget_ended();
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
///
/// A suspect is read alone, so that a text that brings the server down takes no other with it. It waits until nothing else
/// is being read, and after [`BEFORE_A_SUSPECT`] others nothing else is leased until it was read.
async fn take(shared: &Arc<Shared>, readings: &mut Readings) -> Result<(), RecordsError> {
    if !readings.suspect.is_empty() {
        return Ok(());
    }
    if readings.since_suspect >= BEFORE_A_SUSPECT && !shared.store.has_suspect().await? {
        readings.since_suspect = 0;
    }
    if readings.since_suspect < BEFORE_A_SUSPECT {
        for (source, most) in [(Source::Questionnaire, shared.config.at_once), (Source::Api, 1)] {
            while readings.of(source).len() < most && !shared.is_stopping() {
                let Some(leased) = lease(shared, Wanted::Fresh(source)).await? else { break };
                readings.since_suspect += 1;
                start(shared, leased, readings.of(source));
            }
        }
    }
    if readings.is_empty() && !shared.is_stopping() {
        readings.since_suspect = 0;
        if let Some(leased) = lease(shared, Wanted::Suspect).await? {
            start(shared, leased, &mut readings.suspect);
        }
    }
    Ok(())
}

async fn lease(shared: &Shared, wanted: Wanted) -> Result<Option<Leased>, RecordsError> {
    shared.store.lease_next(&shared.worker, shared.config.lease, wanted).await
}

fn start(shared: &Arc<Shared>, leased: Leased, readings: &mut JoinSet<()>) {
    let lease = leased.lease.clone();
    let reading = tokio::spawn(read_patiently(shared.clone(), leased));
    // Registered before anything else: stopping waits only for what is registered.
    let registered = Registered::new(shared.clone(), lease, reading.abort_handle(), true);
    readings.spawn(supervise(registered, reading));
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
        Ok(Err(error @ ReadError::Failed { .. })) => {
            fail(shared, lease, &error.to_string(), &error).await;
        }
        Err(join) if join.is_cancelled() => {}
        Err(join) => {
            fail(shared, lease, PANICKED, &join).await;
        }
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
            Ok(reading) => {
                begin(&shared, &leased.lease).await;
                reading.await
            }
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

/// Notes that the reading begins. Where the database cannot, the attempt does not count.
async fn begin(shared: &Shared, lease: &Lease) {
    match shared.store.begin(lease).await {
        // `hold` notices a lost lease.
        Ok(LeaseOutcome::Held | LeaseOutcome::Gone | LeaseOutcome::Lost) => {}
        Err(error) => {
            tracing::warn!(
                record = lease.id,
                error = sentence(&error),
                "the beginning of an attempt could not be recorded"
            );
        }
    }
}

//! The runner's loop: leases submissions, has them read, and stores the outcome.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{FutureExt, TryFutureExt};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::assessment::RatingPace;
use crate::inference::Deadline;
use crate::records::{
    Asked, Finished, Labelled, Lease, LeaseOutcome, Leased, RecordsError, Source, Waited, Wanted,
};
use crate::telemetry::sentence;

use super::outcome::{LONGEST_PAUSE, PANICKED, fail, finish, finish_labelled, give_back, hold};
use super::reader::{ReadError, Reader, Turn};
use super::shared::{Registered, Shared, jittered};

/// The number of submissions leased before a waiting suspect is read.
const BEFORE_A_SUSPECT: usize = 16;

/// The submissions that this runner has leased.
#[derive(Default)]
struct Readings {
    questionnaires: JoinSet<usize>,
    texts: JoinSet<usize>,
    /// Texts whose senders wait at other servers.
    waited: JoinSet<usize>,
    /// Their bytes.
    waited_bytes: usize,
    /// A submission whose server stopped while reading it.
    suspect: JoinSet<usize>,
    /// Submissions leased since the last check for a suspect.
    since_suspect: usize,
}

impl Readings {
    fn is_empty(&self) -> bool {
        let all = [&self.questionnaires, &self.texts, &self.waited, &self.suspect];
        all.into_iter().all(JoinSet::is_empty)
    }

    fn forget_ended(&mut self) {
        for ended in [&mut self.questionnaires, &mut self.texts, &mut self.suspect] {
            while ended.try_join_next().is_some() {}
        }
        while let Some(ended) = self.waited.try_join_next() {
            // A panic here is a bug, after which fewer bytes than wanted are leased.
            self.waited_bytes -= ended.unwrap_or_default();
        }
    }
}

/// Leases and reads until the runner stops and nothing is in progress.
pub(super) async fn run(shared: Arc<Shared>, reader: Arc<dyn Reader>) {
    let mut readings = Readings::default();
    let mut unavailable = Duration::ZERO;
    let mut woken = false;
    loop {
        readings.forget_ended();
        let stopping = shared.is_stopping();
        if stopping && shared.reading() == 0 {
            return;
        }
        let usual = shared.config.poll;
        let mut pause = jittered(if shared.config.for_others { shared.between_looks(usual) } else { usual });
        if !stopping {
            match take(&shared, &reader, &mut readings).await {
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
        }
        // Not after each notice of a new text, because that would take time from its reading.
        let heard = shared.heard_of_deletion.swap(false, Ordering::AcqRel);
        let due = heard || !woken || !shared.hears_notices();
        if shared.config.for_others && due {
            shared.cancel_gone().await;
        }
        // This process wakes the runner when it stores, finishes or stops, and when a notice arrives. The pause is for what
        // other servers store.
        woken = tokio::time::timeout(pause, shared.wake.notified()).await.is_ok();
    }
}

/// Leases as many submissions as may be read at once. Timed-out API texts are read one at a time: their senders were
/// told to come back later, while others are waiting for an answer.
///
/// A suspect is read alone, so that a text that crashes the server takes no other with it. It waits until nothing else
/// is being read. After [`BEFORE_A_SUSPECT`] others, nothing else is leased until the suspect was read.
async fn take(
    shared: &Arc<Shared>,
    reader: &Arc<dyn Reader>,
    readings: &mut Readings,
) -> Result<(), RecordsError> {
    if !readings.suspect.is_empty() {
        return Ok(());
    }
    if shared.config.for_others && shared.hears_notices() && readings.since_suspect < BEFORE_A_SUSPECT {
        // Without asking first whether there are any, because somebody waits. A worker that looks ten times a second asks first.
        take_waited(shared, reader, readings).await?;
    }
    let leasable = shared.store.leasable().await?;
    if readings.since_suspect >= BEFORE_A_SUSPECT && !leasable.suspects {
        readings.since_suspect = 0;
    }
    if readings.since_suspect < BEFORE_A_SUSPECT {
        if leasable.questionnaires {
            let wanted = Wanted::Fresh(Source::Questionnaire);
            let most = shared.config.at_once.saturating_sub(readings.questionnaires.len());
            for leased in lease(shared, wanted, most, usize::MAX).await? {
                readings.since_suspect += 1;
                start(shared, reader, leased, &mut readings.questionnaires);
            }
        }
        if leasable.waited {
            take_waited(shared, reader, readings).await?;
        }
        if leasable.texts {
            let most = 1_usize.saturating_sub(readings.texts.len());
            for leased in lease(shared, Wanted::Fresh(Source::Api), most, usize::MAX).await? {
                readings.since_suspect += 1;
                start(shared, reader, leased, &mut readings.texts);
            }
        }
    }
    if leasable.suspects && readings.is_empty() {
        readings.since_suspect = 0;
        for leased in lease(shared, Wanted::Suspect, 1, usize::MAX).await? {
            start(shared, reader, leased, &mut readings.suspect);
        }
    }
    Ok(())
}

/// Leases texts whose senders wait at other servers.
async fn take_waited(
    shared: &Arc<Shared>,
    reader: &Arc<dyn Reader>,
    readings: &mut Readings,
) -> Result<(), RecordsError> {
    let config = &shared.config;
    let bytes = config.waited_bytes.saturating_sub(readings.waited_bytes);
    let most = config.waited_at_once.saturating_sub(readings.waited.len());
    for leased in lease(shared, Wanted::Waited, most, bytes).await? {
        readings.since_suspect += 1;
        readings.waited_bytes += leased.text.len();
        start(shared, reader, leased, &mut readings.waited);
    }
    Ok(())
}

async fn lease(
    shared: &Shared,
    wanted: Wanted,
    most: usize,
    bytes: usize,
) -> Result<Vec<Leased>, RecordsError> {
    if most == 0 || bytes == 0 || shared.is_stopping() {
        return Ok(Vec::new());
    }
    shared.store.lease_some(&shared.worker, shared.config.lease, wanted, most, bytes).await
}

fn start(shared: &Arc<Shared>, reader: &Arc<dyn Reader>, leased: Leased, readings: &mut JoinSet<usize>) {
    let (lease, bytes) = (leased.lease.clone(), leased.text.len());
    let reading = tokio::spawn(read_patiently(shared.clone(), reader.clone(), leased));
    // Registered first, because stopping waits only for registered readings.
    let registered = Registered::new(shared.clone(), lease.id, reading.abort_handle(), true);
    readings.spawn(async move {
        supervise(registered, lease, reading).await;
        bytes
    });
}

/// The outcome of a reading.
enum Read {
    Finished(Box<Finished>),
    Labelled(Labelled),
}

/// Waits for the reading of one submission under its lease, and stores the outcome.
async fn supervise(registered: Registered, lease: Lease, reading: JoinHandle<Result<Read, ReadError>>) {
    let (shared, lease) = (&registered.shared, &lease);
    let begun = Instant::now();
    let Some(outcome) = hold(shared, lease, shared.config.lease, reading).await else { return };
    match outcome {
        Ok(Ok(read)) => {
            let stored = match read {
                Read::Finished(finished) => finish(shared, lease, *finished).await,
                Read::Labelled(labelled) => finish_labelled(shared, lease, labelled).await,
            };
            if stored {
                let seconds = begun.elapsed().as_secs_f64();
                tracing::info!(record = lease.id, attempt = lease.attempt, seconds, "read a submission");
            }
        }
        // Busy: its sender no longer waits. In all other cases `read_patiently` tries again.
        Ok(Err(ReadError::Stopped | ReadError::Busy { .. })) => {
            give_back(shared, lease).await;
        }
        Ok(Err(error @ ReadError::Failed { .. })) => {
            fail(shared, lease, &error.to_string(), &error).await;
        }
        Err(join) if join.is_cancelled() => {}
        Err(join) => {
            fail(shared, lease, PANICKED, &join).await;
        }
    }
}

/// Reads a submission. While the reader is busy, waits and tries again under the same lease, unless nobody waits for it any
/// more.
async fn read_patiently(
    shared: Arc<Shared>,
    reader: Arc<dyn Reader>,
    leased: Leased,
) -> Result<Read, ReadError> {
    let turn = match (leased.source, leased.waited) {
        (Source::Questionnaire, _) => Turn::Questionnaire(pace(&leased)),
        (Source::Api, Some(waited)) => Turn::Waited(Deadline::within(waited.within)),
        (Source::Api, None) => Turn::Later,
    };
    let text: Arc<str> = leased.text.into();
    loop {
        let begun = match leased.waited {
            Some(Waited { asked: Asked::Labels(which), .. }) => {
                reader.label(text.clone(), which, turn).map(|labels| labels.map_ok(Read::Labelled).boxed())
            }
            _ => reader
                .read(text.clone(), turn)
                .map(|reading| reading.map_ok(|finished| Read::Finished(Box::new(finished))).boxed()),
        };
        let outcome = match begun {
            Ok(reading) => {
                if !leased.begun {
                    begin(&shared, &leased.lease).await;
                }
                reading.await
            }
            Err(error) => Err(error),
        };
        match outcome {
            Err(ReadError::Busy { retry_after }) if leased.waited.is_none() => {
                tokio::time::sleep(jittered(retry_after.max(Duration::from_millis(50)))).await;
            }
            outcome => return outcome,
        }
    }
}

/// The pace of the ratings that were sent.
fn pace(leased: &Leased) -> RatingPace {
    let stored = leased.keyed_scores.as_deref().map(RatingPace::stored).transpose();
    let pace = stored.unwrap_or_else(|error| {
        // The text can be read without the pace.
        tracing::warn!(
            record = leased.lease.id,
            error = sentence(&error),
            "the pace of ratings is not known"
        );
        None
    });
    pace.unwrap_or_default()
}

/// Notes that the reading begins. If the database cannot store this, the attempt does not count.
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

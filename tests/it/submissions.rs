//! Submissions under one or several runners, with readers that tests script.

mod leases;
mod runner;
mod tiers;
mod waiting;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use calling::internals::personality::ModelKind;
use calling::internals::records::{
    Finished, Labelled, Leased, ModelRead, OwnerKey, Record, RecordsError, Source, Status, Store, Wanted,
};
use calling::internals::submissions::{
    PendingLabels, PendingReading, ReadError, Reader, Runner, RunnerConfig, Turn,
};

use crate::records::{finished, left_behind};

const HOLD: Duration = Duration::from_secs(60);

/// Short enough to see leases expire.
fn brisk() -> RunnerConfig {
    RunnerConfig {
        lease: Duration::from_secs(2),
        poll: Duration::from_millis(200),
        retry_after: Duration::from_millis(20),
        ..RunnerConfig::default()
    }
}

/// A reader that calls a function with the text and how many times that text was begun.
pub struct Scripted<F> {
    script: F,
    pub begun: Arc<Mutex<HashMap<String, usize>>>,
    pub now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl<F> Scripted<F> {
    pub fn new(script: F) -> Scripted<F> {
        Scripted { script, begun: Arc::default(), now: Arc::default(), most: Arc::default() }
    }
}

/// Counts a reading until it ends or is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<F, R> Reader for Scripted<F>
where
    F: Fn(String, usize) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), ReadError>> + Send + 'static,
{
    fn read(&self, text: Arc<str>, _turn: Turn) -> Result<PendingReading, ReadError> {
        let reading = self.begin(&text);
        Ok(Box::pin(async move {
            reading.await?;
            Ok(Finished { data_version: format!("read {text}"), ..finished() })
        }))
    }

    /// One label, INFP, whose probability is the text.
    fn label(&self, text: Arc<str>, model: ModelKind, _turn: Turn) -> Result<PendingLabels, ReadError> {
        let reading = self.begin(&text);
        Ok(Box::pin(async move {
            reading.await?;
            let probabilities = vec![("INFP", text.parse().unwrap_or_default())];
            Ok(Labelled { model, probabilities, read: ModelRead::default() })
        }))
    }

    fn tokens_per_second(&self) -> f64 {
        0.0
    }
}

impl<F, R> Scripted<F>
where
    F: Fn(String, usize) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), ReadError>> + Send + 'static,
{
    fn begin(
        &self,
        text: &Arc<str>,
    ) -> impl Future<Output = Result<(), ReadError>> + Send + 'static + use<F, R> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        let counted = Counted(self.now.clone());
        self.most.fetch_max(now, Ordering::SeqCst);
        let begun = {
            let mut begun = self.begun.lock().unwrap();
            let count = begun.entry(text.to_string()).or_default();
            *count += 1;
            *count
        };
        let script = (self.script)(text.to_string(), begun);
        async move {
            let _counted = counted;
            script.await
        }
    }
}

/// Reads at once.
pub fn quick() -> Scripted<impl Fn(String, usize) -> std::future::Ready<Result<(), ReadError>>> {
    Scripted::new(|_text: String, _begun: usize| std::future::ready(Ok(())))
}

/// Begins to read and never finishes.
fn endless() -> Scripted<impl Fn(String, usize) -> std::future::Pending<Result<(), ReadError>>> {
    Scripted::new(|_text: String, _begun: usize| std::future::pending())
}

fn failed() -> ReadError {
    ReadError::Failed { reason: "the models disagree with themselves".to_owned(), source: "detail".into() }
}

async fn text(store: &Store, text: &str) -> OwnerKey {
    left_behind(store, text).await
}

/// Stores a text without a waiting sender, and wakes the runner.
pub async fn posted(runner: &Runner, words: &str) -> OwnerKey {
    let key = text(runner.store(), words).await;
    runner.wake();
    key
}

/// The record once it is done or failed, or in its current state when the time is up; `None` if there is none.
pub async fn wait_for(store: &Store, key: &OwnerKey, time: Duration) -> Result<Option<Record>, RecordsError> {
    let begun = Instant::now();
    loop {
        match store.by_owner(key).await? {
            Some(record) if !record.status.is_settled() && begun.elapsed() < time => {}
            found => return Ok(found),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn status(store: &Store, key: &OwnerKey) -> Status {
    store.place_in_queue(key).await.unwrap().unwrap().status
}

async fn lease(store: &Store, worker: &str, hold: Duration) -> Option<Leased> {
    store.lease_next(worker, hold, Wanted::Fresh(Source::Api)).await.unwrap()
}

/// Checks every few milliseconds; fails after 30 seconds.
pub async fn wait_until(mut condition: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited 30 seconds in vain");
}

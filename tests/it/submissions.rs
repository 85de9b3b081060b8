//! Submissions under one or several runners: read once, whoever stops, fails, stalls or is deleted meanwhile.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use calling::internals::records::{
    FailOutcome, Finished, LeaseOutcome, Leased, MAX_LOSSES, NewText, OwnerKey, Record, RecordsError, Source,
    Status, Store,
};
use calling::internals::submissions::{Answer, ReadError, Reader, Runner, RunnerConfig};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::database::{TestDatabase, on_both_databases};
use crate::records::{finished, left_behind, sent, sent_as};

on_both_databases!(
    leases_go_to_one_worker_each,
    a_lease_that_ran_out_goes_to_another_and_the_late_one_changes_nothing,
    a_lease_that_ran_out_untaken_still_finishes,
    three_failures_are_the_end,
    a_text_that_keeps_bringing_servers_down_is_given_up,
    a_parked_submission_is_queued_again_and_nothing_is_held_against_it,
    several_servers_read_every_submission_once,
    a_submission_is_read_at_once,
    readings_at_a_time_are_bounded,
    a_panic_fails_that_attempt_alone,
    a_busy_engine_is_no_failure,
    a_reading_that_keeps_failing_ends_as_failed_with_its_reason,
    deleting_stops_the_reading,
    stopping_lets_short_readings_finish_and_parks_long_ones,
    a_killed_server_loses_nothing,
    a_long_reading_keeps_its_lease,
    texts_that_were_left_behind_are_read_one_at_a_time_beside_the_questionnaires,
    a_sender_who_waits_is_told_what_was_read_and_where_it_is_stored,
    a_sender_who_leaves_is_forgotten_and_the_reading_cancelled,
    what_is_not_read_in_time_is_told_and_read_later,
    a_reading_that_fails_is_told_and_tried_again,
    those_who_wait_are_told_when_the_server_stops,
);

const HOLD: Duration = Duration::from_secs(60);

/// Short enough to see leases run out.
fn brisk() -> RunnerConfig {
    RunnerConfig {
        lease: Duration::from_secs(2),
        poll: Duration::from_millis(200),
        retry_after: Duration::from_millis(20),
        ..RunnerConfig::default()
    }
}

/// A reader made of a function of the text and of how often that text has been begun.
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

/// Counts down when a reading ends or is dropped.
struct Reading(Arc<AtomicUsize>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<F, R> Reader for Scripted<F>
where
    F: Fn(String, usize) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), ReadError>> + Send,
{
    async fn read(&self, work: Leased) -> Result<Finished, ReadError> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        let _reading = Reading(self.now.clone());
        self.most.fetch_max(now, Ordering::SeqCst);
        let begun = {
            let mut begun = self.begun.lock().unwrap();
            let count = begun.entry(work.text.clone()).or_default();
            *count += 1;
            *count
        };
        (self.script)(work.text.clone(), begun).await?;
        Ok(Finished { result_mbti: json!({"read": work.text}), ..finished() })
    }
}

/// Reads at once.
pub fn quick() -> impl Reader {
    Scripted::new(async |_text: String, _begun: usize| Ok(()))
}

fn failed() -> ReadError {
    ReadError::Failed { reason: "the models disagree with themselves".to_owned(), source: "detail".into() }
}

async fn text(store: &Store, text: &str) -> OwnerKey {
    left_behind(store, text).await
}

/// Stores a text as one that was left behind, and has the runner look for it.
pub async fn posted(runner: &Runner, words: &str) -> OwnerKey {
    let key = text(runner.store(), words).await;
    runner.wake();
    key
}

/// The record once it is done or failed, or as it stands when the time is up; `None` when there is none.
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
    store.lease_next(worker, hold, Source::Api).await.unwrap()
}

async fn leases_go_to_one_worker_each(database: TestDatabase) {
    let servers = [database.store(), database.store(), database.store()];
    for number in 0..30 {
        text(&servers[0], &number.to_string()).await;
    }
    let mut workers = tokio::task::JoinSet::new();
    for number in 0..6 {
        let store = servers[number % 3].clone();
        workers.spawn(async move {
            let mut taken = Vec::new();
            while let Some(leased) = lease(&store, &format!("worker {number}"), HOLD).await {
                assert_eq!(leased.lease.attempt, 2);
                taken.push(leased.text);
            }
            taken
        });
    }
    let mut taken = workers.join_all().await.concat();
    taken.sort_by_key(|text| text.parse::<u32>().unwrap());
    assert_eq!(taken, (0..30).map(|n| n.to_string()).collect::<Vec<_>>());
}

async fn a_lease_that_ran_out_goes_to_another_and_the_late_one_changes_nothing(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "one").await;
    let late = lease(&store, "late", Duration::from_secs(1)).await.unwrap();
    assert!(lease(&store, "early", HOLD).await.is_none());
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let other = lease(&store, "other", HOLD).await.unwrap();
    assert_eq!((other.lease.id, other.lease.attempt), (late.lease.id, 3));
    assert_eq!(store.finish(&late.lease, finished()).await.unwrap(), LeaseOutcome::Lost);
    assert_eq!(store.renew(&late.lease, HOLD).await.unwrap(), LeaseOutcome::Lost);
    assert_eq!(store.park(&late.lease).await.unwrap(), LeaseOutcome::Lost);
    assert_eq!(store.fail(&late.lease, "x", HOLD).await.unwrap(), FailOutcome::Lost);
    assert_eq!(status(&store, &key).await, Status::Reading);
    let ours = Finished { data_version: "ours".to_owned(), ..finished() };
    assert_eq!(store.finish(&other.lease, ours).await.unwrap(), LeaseOutcome::Held);
    // As when the answer to the first was lost on the way.
    assert_eq!(store.finish(&other.lease, finished()).await.unwrap(), LeaseOutcome::Held);
    assert_eq!(store.finish(&late.lease, finished()).await.unwrap(), LeaseOutcome::Lost);
    let record = store.by_owner(&key).await.unwrap().unwrap();
    assert_eq!(record.shown.data_version.as_deref(), Some("ours"), "finished once, and by the first who did");
}

async fn a_lease_that_ran_out_untaken_still_finishes(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "one").await;
    let leased = lease(&store, "slow", Duration::from_millis(10)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(40)).await;
    assert_eq!(store.renew(&leased.lease, HOLD).await.unwrap(), LeaseOutcome::Held);
    assert!(lease(&store, "other", HOLD).await.is_none(), "renewed, it is held again");
    assert_eq!(store.finish(&leased.lease, finished()).await.unwrap(), LeaseOutcome::Held);
    assert_eq!(status(&store, &key).await, Status::Done);
}

async fn three_failures_are_the_end(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "one").await;
    for (attempt, outcome) in
        [FailOutcome::Queued, FailOutcome::Queued, FailOutcome::GivenUp].into_iter().enumerate()
    {
        let leased = lease(&store, "worker", HOLD).await.unwrap();
        assert_eq!(leased.lease.attempt as usize, attempt + 2, "one more than the server that stopped");
        let pause = Duration::from_secs(1);
        assert_eq!(store.fail(&leased.lease, "a\0 reason", pause).await.unwrap(), outcome);
        assert!(lease(&store, "worker", HOLD).await.is_none(), "not before the pause is over");
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    assert!(lease(&store, "worker", HOLD).await.is_none());
    let record = store.by_owner(&key).await.unwrap().unwrap();
    assert_eq!((record.status, record.failure.as_deref()), (Status::Failed, Some("a reason")));
    assert!(record.shown.finished_at.is_some());
}

async fn a_text_that_keeps_bringing_servers_down_is_given_up(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "poison").await;
    for _ in 0..MAX_LOSSES {
        assert!(lease(&store, "doomed", Duration::from_millis(1)).await.is_some());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(lease(&store, "doomed", HOLD).await.is_none());
    assert_eq!(status(&store, &key).await, Status::Failed);
}

async fn a_parked_submission_is_queued_again_and_nothing_is_held_against_it(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "one").await;
    for _ in 0..2 * MAX_LOSSES {
        let leased = lease(&store, "stopping", HOLD).await.unwrap();
        assert_eq!(store.park(&leased.lease).await.unwrap(), LeaseOutcome::Held);
        assert_eq!(store.finish(&leased.lease, finished()).await.unwrap(), LeaseOutcome::Lost);
    }
    assert_eq!(status(&store, &key).await, Status::Queued);
}

async fn several_servers_read_every_submission_once(database: TestDatabase) {
    let reader = Scripted::new(async |_text: String, _begun: usize| {
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..15))).await;
        Ok(())
    });
    let begun = reader.begun.clone();
    let reader = Arc::new(reader);
    struct Shared<R>(Arc<R>);
    impl<R: Reader> Reader for Shared<R> {
        fn read(&self, work: Leased) -> impl Future<Output = Result<Finished, ReadError>> + Send {
            self.0.read(work)
        }
    }
    let runners: Vec<Runner> = (0..3)
        .map(|_| Runner::start(database.store(), Shared(reader.clone()), RunnerConfig::default()))
        .collect();
    let mut keys = Vec::new();
    for number in 0..60 {
        keys.push(posted(&runners[number % 3], &number.to_string()).await);
    }
    for (number, key) in keys.iter().enumerate() {
        let record = wait_for(runners[0].store(), key, Duration::from_secs(30)).await.unwrap().unwrap();
        assert_eq!(record.status, Status::Done);
        assert_eq!(record.shown.result_mbti, Some(json!({"read": number.to_string()})));
        assert_eq!(record.attempts, 2, "one attempt of the server that stopped, and one more");
    }
    assert!(begun.lock().unwrap().values().all(|times| *times == 1));
    assert_eq!(runners.iter().map(Runner::finished).sum::<usize>(), 60);
    assert!(runners.iter().all(|runner| runner.finished() > 0), "the work was shared");
    for runner in runners {
        assert_eq!(runner.stop(Duration::from_secs(5)).await, Default::default());
    }
}

async fn a_submission_is_read_at_once(database: TestDatabase) {
    let config = RunnerConfig { poll: Duration::from_secs(60), ..RunnerConfig::default() };
    let runner = Runner::start(database.store(), quick(), config);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = Instant::now();
    let key = posted(&runner, "now").await;
    let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!(record.status, Status::Done);
    assert!(begun.elapsed() < Duration::from_secs(5), "took {:?}, far from the poll's 60 s", begun.elapsed());
    // What another process stored is found by the poll alone.
    let slow = text(&database.store(), "elsewhere").await;
    let waited = wait_for(runner.store(), &slow, Duration::from_millis(300)).await.unwrap().unwrap();
    assert_eq!(waited.status, Status::Queued, "wait_for gives up when its time is up");
    runner.wake();
    assert_eq!(
        wait_for(runner.store(), &slow, Duration::from_secs(30)).await.unwrap().unwrap().status,
        Status::Done
    );
    let nobody = OwnerKey::parse(&"A".repeat(43)).unwrap();
    assert!(wait_for(runner.store(), &nobody, Duration::from_secs(30)).await.unwrap().is_none());
}

async fn readings_at_a_time_are_bounded(database: TestDatabase) {
    let reader = Scripted::new(async |_text: String, _begun: usize| {
        tokio::time::sleep(Duration::from_millis(30)).await;
        Ok(())
    });
    let most = reader.most.clone();
    let store = database.store();
    let mut keys = Vec::new();
    for number in 0..15 {
        keys.push(sent_as(&store, &number.to_string()).await.1);
    }
    let runner = Runner::start(store, reader, RunnerConfig { at_once: 3, ..RunnerConfig::default() });
    for key in keys {
        wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

async fn a_panic_fails_that_attempt_alone(database: TestDatabase) {
    let reader = Scripted::new(async |text: String, begun: usize| {
        assert!(text != "bad" || begun > 1, "a planted panic");
        Ok(())
    });
    let runner = Runner::start(database.store(), reader, brisk());
    let bad = posted(&runner, "bad").await;
    let good = posted(&runner, "good").await;
    for (key, attempts) in [(good, 2), (bad, 3)] {
        let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
        assert_eq!((record.status, record.attempts), (Status::Done, attempts));
    }
}

async fn a_busy_engine_is_no_failure(database: TestDatabase) {
    let reader = Scripted::new(async |_text: String, begun: usize| match begun {
        1..=5 => Err(ReadError::Busy { retry_after: Duration::from_millis(10) }),
        _ => Ok(()),
    });
    let runner = Runner::start(database.store(), reader, brisk());
    let key = posted(&runner, "patient").await;
    let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts, record.failure), (Status::Done, 2, None));
}

async fn a_reading_that_keeps_failing_ends_as_failed_with_its_reason(database: TestDatabase) {
    let reader = Scripted::new(async |_text: String, _begun: usize| Err(failed()));
    let begun = reader.begun.clone();
    let runner = Runner::start(database.store(), reader, brisk());
    let key = posted(&runner, "hopeless").await;
    let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!(record.status, Status::Failed);
    assert_eq!(record.failure.as_deref(), Some("the models disagree with themselves"), "and no internals");
    assert_eq!(begun.lock().unwrap()["hopeless"], 3);
}

async fn deleting_stops_the_reading(database: TestDatabase) {
    let reader = Scripted::new(async |_text: String, _begun: usize| std::future::pending().await);
    let now = reader.now.clone();
    let runner = Runner::start(database.store(), reader, brisk());
    let (_, here) = sent(runner.store()).await;
    let (_, elsewhere) = sent(runner.store()).await;
    runner.wake();
    wait_until(|| now.load(Ordering::SeqCst) == 2).await;
    assert!(runner.delete(&here).await.unwrap());
    wait_until(|| now.load(Ordering::SeqCst) == 1).await;
    // Deleted through another server: noticed when the lease is renewed.
    assert!(database.store().delete(&elsewhere).await.unwrap().is_some());
    wait_until(|| now.load(Ordering::SeqCst) == 0).await;
    wait_until(|| runner.reading() == 0).await;
    assert_eq!(database.beside().count("personality_records"), 0);
    assert!(!runner.delete(&here).await.unwrap());
}

async fn stopping_lets_short_readings_finish_and_parks_long_ones(database: TestDatabase) {
    let reader = Scripted::new(async |text: String, _begun: usize| {
        match text.as_str() {
            "short" => tokio::time::sleep(Duration::from_millis(200)).await,
            _ => std::future::pending().await,
        }
        Ok(())
    });
    let now = reader.now.clone();
    let runner = Runner::start(database.store(), reader, RunnerConfig::default());
    let (_, short) = sent_as(runner.store(), "short").await;
    let (_, long) = sent_as(runner.store(), "long").await;
    runner.wake();
    wait_until(|| now.load(Ordering::SeqCst) == 2).await;
    let begun = Instant::now();
    let report = runner.stop(Duration::from_secs(1)).await;
    assert_eq!((report.parked, report.abandoned), (1, 0));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(now.load(Ordering::SeqCst), 0, "the long reading was cancelled");
    let store = database.store();
    assert_eq!(status(&store, &short).await, Status::Done);
    assert_eq!(status(&store, &long).await, Status::Queued);
    // Another server goes on at once, without waiting for a lease to run out.
    let next = Runner::start(database.store(), quick(), RunnerConfig::default());
    assert_eq!(
        wait_for(next.store(), &long, Duration::from_secs(10)).await.unwrap().unwrap().status,
        Status::Done
    );
}

async fn a_killed_server_loses_nothing(database: TestDatabase) {
    let keys: Vec<OwnerKey> = {
        let store = database.store();
        let mut keys = Vec::new();
        for number in 0..8 {
            keys.push(sent_as(&store, &number.to_string()).await.1);
        }
        keys
    };
    // A server that takes what it can and is never heard of again: its runtime is dropped in the middle of it all.
    let address = database.address().to_owned();
    let taken = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let url = calling::internals::records::DatabaseUrl::parse(&address).unwrap();
            let store = Store::connect(url, Default::default()).unwrap();
            let reader = Scripted::new(async |_text: String, _begun: usize| std::future::pending().await);
            let now = reader.now.clone();
            let _runner = Runner::start(store, reader, brisk());
            wait_until(|| now.load(Ordering::SeqCst) == 4).await;
            now.load(Ordering::SeqCst)
        })
    })
    .join()
    .unwrap();
    assert_eq!(taken, 4);
    let runner = Runner::start(database.store(), quick(), brisk());
    for key in &keys {
        assert_eq!(
            wait_for(runner.store(), key, Duration::from_secs(30)).await.unwrap().unwrap().status,
            Status::Done
        );
    }
    assert_eq!(runner.finished(), 8);
}

async fn a_long_reading_keeps_its_lease(database: TestDatabase) {
    let gate = Arc::new(Semaphore::new(0));
    let reader = {
        let gate = gate.clone();
        Scripted::new(move |_text: String, _begun: usize| {
            let gate = gate.clone();
            async move {
                gate.acquire().await.unwrap().forget();
                Ok(())
            }
        })
    };
    let begun = reader.begun.clone();
    let runner = Runner::start(database.store(), reader, brisk());
    let idle = Runner::start(database.store(), quick(), brisk());
    let key = text(runner.store(), "long").await;
    // Only the first may take it: the other is asked to look once it is taken.
    runner.wake();
    wait_until(|| !begun.lock().unwrap().is_empty() || idle.finished() > 0).await;
    if idle.finished() == 0 {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(status(runner.store(), &key).await, Status::Reading);
        assert_eq!(idle.finished(), 0, "its lease of 2 s was renewed all the while");
        gate.add_permits(1);
    }
    let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts), (Status::Done, 2));
}

async fn texts_that_were_left_behind_are_read_one_at_a_time_beside_the_questionnaires(
    database: TestDatabase,
) {
    let reader = Scripted::new(async |_text: String, _begun: usize| std::future::pending().await);
    let (begun, store) = (reader.begun.clone(), database.store());
    for number in 0..5 {
        text(&store, &format!("text {number}")).await;
    }
    for number in 0..5 {
        sent_as(&store, &format!("answers {number}")).await;
    }
    let runner = Runner::start(store, reader, brisk());
    wait_until(|| begun.lock().unwrap().len() == 5).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut begun: Vec<String> = begun.lock().unwrap().keys().cloned().collect();
    begun.sort();
    assert_eq!(begun, ["answers 0", "answers 1", "answers 2", "answers 3", "text 0"]);
    assert_eq!(runner.stop(Duration::ZERO).await.parked, 5);
}

/// Reads nothing that is leased, so that only [`Runner::read_now`] reads.
fn idle(database: &TestDatabase) -> Runner {
    let reader = Scripted::new(async |_text: String, _begun: usize| std::future::pending().await);
    Runner::start(database.store(), reader, brisk())
}

async fn read_now(
    runner: &Runner,
    reading: impl Future<Output = Result<Finished, ReadError>> + Send + 'static,
) -> Answer {
    let new = NewText { text: "words".to_owned() };
    runner.read_now(new, reading, Duration::from_secs(20)).await.unwrap()
}

async fn a_sender_who_waits_is_told_what_was_read_and_where_it_is_stored(database: TestDatabase) {
    let runner = idle(&database);
    let answer = read_now(&runner, async { Ok(finished()) }).await;
    assert_eq!(answer.reading.unwrap().career_data, finished().career_data);
    let record = runner.store().by_owner(&answer.key).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts, record.text.as_str()), (Status::Done, 1, "words"));
    assert_eq!((runner.finished(), runner.reading()), (1, 0));
}

async fn a_sender_who_leaves_is_forgotten_and_the_reading_cancelled(database: TestDatabase) {
    let runner = idle(&database);
    let under_way = Arc::new(AtomicUsize::new(1));
    let reading = Reading(under_way.clone());
    let waiting = tokio::spawn({
        let runner = runner.clone();
        async move {
            let reading = async move {
                let _reading = reading;
                std::future::pending().await
            };
            read_now(&runner, reading).await
        }
    });
    wait_until(|| runner.reading() == 1).await;
    assert_eq!(database.beside().count("personality_records WHERE status = 'reading'"), 1);
    waiting.abort();
    wait_until(|| under_way.load(Ordering::SeqCst) == 0).await;
    wait_until(|| database.beside().count("personality_records") == 0).await;
    // One who left before the text was even stored.
    let mut short = Box::pin(read_now(&runner, async { Ok(finished()) }));
    let begun = std::future::poll_fn(|context| Poll::Ready(short.as_mut().poll(context).is_pending()));
    assert!(begun.await);
    drop(short);
    wait_until(|| runner.reading() == 0 && runner.finished() == 0).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    wait_until(|| database.beside().count("personality_records") == 0).await;
}

async fn what_is_not_read_in_time_is_told_and_read_later(database: TestDatabase) {
    let runner = Runner::start(database.store(), quick(), brisk());
    let late = async { Err(ReadError::Busy { retry_after: Duration::from_secs(1) }) };
    let answer = read_now(&runner, late).await;
    assert!(matches!(answer.reading, Err(ReadError::Busy { .. })));
    let record = wait_for(runner.store(), &answer.key, Duration::from_secs(20)).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts), (Status::Done, 2));
}

async fn a_reading_that_fails_is_told_and_tried_again(database: TestDatabase) {
    let runner = Runner::start(database.store(), quick(), brisk());
    for broken in [false, true] {
        let answer = read_now(&runner, async move {
            assert!(!broken, "a planted panic");
            Err(failed())
        })
        .await;
        assert!(matches!(answer.reading, Err(ReadError::Failed { .. })));
        let record = wait_for(runner.store(), &answer.key, Duration::from_secs(20)).await.unwrap().unwrap();
        assert_eq!((record.status, record.attempts), (Status::Done, 2));
    }
}

async fn those_who_wait_are_told_when_the_server_stops(database: TestDatabase) {
    let runner = idle(&database);
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let runner = runner.clone();
            tokio::spawn(async move { read_now(&runner, std::future::pending()).await })
        })
        .collect();
    wait_until(|| runner.reading() == 20).await;
    assert_eq!(runner.stop(Duration::from_millis(100)).await.parked, 20);
    for waiting in waiting {
        let answer = waiting.await.unwrap();
        assert!(matches!(answer.reading, Err(ReadError::Stopped)));
        assert_eq!(status(runner.store(), &answer.key).await, Status::Queued);
    }
}

/// Looks every few milliseconds; fails after thirty seconds.
pub async fn wait_until(mut condition: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited thirty seconds in vain");
}

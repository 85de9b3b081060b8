//! Runners over one database: every submission is read once, even if something stops, fails, stalls or is deleted.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use calling::internals::personality::ModelKind;
use calling::internals::records::{OwnerKey, Status, Store};
use calling::internals::submissions::{
    PendingLabels, PendingReading, ReadError, Reader, Runner, RunnerConfig, Turn,
};
use tokio::sync::Semaphore;

use super::{Scripted, brisk, failed, posted, quick, status, text, wait_for, wait_until};
use crate::database::{TestDatabase, on_both_databases};
use crate::records::{sent, sent_as};

on_both_databases!(
    several_servers_read_every_submission_once,
    a_submission_is_read_at_once,
    the_number_of_readings_at_a_time_is_limited,
    a_panic_fails_that_attempt_and_no_other,
    a_busy_engine_counts_as_no_failure,
    a_reading_that_keeps_failing_is_marked_failed_with_its_reason,
    deleting_a_record_cancels_its_reading,
    stopping_lets_short_readings_finish_and_gives_long_ones_back,
    a_killed_server_loses_nothing,
    a_text_that_kills_its_servers_takes_no_other_with_it,
    a_failed_submission_is_read_again_at_its_owners_wish,
    a_long_reading_keeps_its_lease,
    timed_out_texts_are_read_one_at_a_time_alongside_the_questionnaires,
);

async fn several_servers_read_every_submission_once(database: TestDatabase) {
    let reader = Scripted::new(async |_text: String, _begun: usize| {
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..15))).await;
        Ok(())
    });
    let begun = reader.begun.clone();
    let reader = Arc::new(reader);
    struct Shared<R>(Arc<R>);
    impl<R: Reader> Reader for Shared<R> {
        fn read(&self, text: Arc<str>, turn: Turn) -> Result<PendingReading, ReadError> {
            self.0.read(text, turn)
        }

        fn label(&self, text: Arc<str>, which: ModelKind, turn: Turn) -> Result<PendingLabels, ReadError> {
            self.0.label(text, which, turn)
        }

        fn tokens_per_second(&self) -> f64 {
            self.0.tokens_per_second()
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
        assert_eq!(record.shown.data_version, Some(format!("read {number}")));
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
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "took {:?}; the next poll is due after 60 s",
        begun.elapsed()
    );
    // Only the poll finds what another process stored.
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

async fn the_number_of_readings_at_a_time_is_limited(database: TestDatabase) {
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

async fn a_panic_fails_that_attempt_and_no_other(database: TestDatabase) {
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

async fn a_busy_engine_counts_as_no_failure(database: TestDatabase) {
    let reader = Scripted::new(async |_text: String, begun: usize| match begun {
        1..=5 => Err(ReadError::Busy { retry_after: Duration::from_millis(10) }),
        _ => Ok(()),
    });
    let runner = Runner::start(database.store(), reader, brisk());
    let key = posted(&runner, "patient").await;
    let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts, record.failure), (Status::Done, 2, None));
}

async fn a_reading_that_keeps_failing_is_marked_failed_with_its_reason(database: TestDatabase) {
    let reader = Scripted::new(async |_text: String, _begun: usize| Err(failed()));
    let begun = reader.begun.clone();
    let runner = Runner::start(database.store(), reader, brisk());
    let key = posted(&runner, "hopeless").await;
    let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!(record.status, Status::Failed);
    assert_eq!(record.failure.as_deref(), Some("the models disagree with themselves"), "and no internals");
    assert_eq!(begun.lock().unwrap()["hopeless"], 3);
}

async fn deleting_a_record_cancels_its_reading(database: TestDatabase) {
    let reader = Scripted::new(async |_text: String, _begun: usize| std::future::pending().await);
    let now = reader.now.clone();
    let runner = Runner::start(database.store(), reader, brisk());
    let (_, here) = sent(runner.store()).await;
    let (_, elsewhere) = sent(runner.store()).await;
    runner.wake();
    wait_until(|| now.load(Ordering::SeqCst) == 2).await;
    assert!(runner.delete(&here).await.unwrap());
    wait_until(|| now.load(Ordering::SeqCst) == 1).await;
    // The runner notices a deletion through another server when it renews the lease.
    assert!(database.store().delete(&elsewhere).await.unwrap().is_some());
    wait_until(|| now.load(Ordering::SeqCst) == 0).await;
    wait_until(|| runner.reading() == 0).await;
    assert_eq!(database.beside().count("personality_records"), 0);
    assert!(!runner.delete(&here).await.unwrap());
}

async fn stopping_lets_short_readings_finish_and_gives_long_ones_back(database: TestDatabase) {
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
    // Another server continues at once, without waiting for a lease to expire.
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
    // A server that leases what it can and dies: its runtime is dropped while it reads.
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

/// Servers that die whenever they read one particular text.
async fn a_text_that_kills_its_servers_takes_no_other_with_it(database: TestDatabase) {
    let store = database.store();
    let mut keys = Vec::new();
    for text in ["one", "two", "poison", "three", "four", "five"] {
        keys.push((text, sent_as(&store, text).await.1));
    }
    let config = RunnerConfig { lease: Duration::from_millis(600), ..brisk() };
    let mut lives = 0;
    while status(&store, &keys[2].1).await != Status::Failed {
        lives += 1;
        assert!(lives <= 20, "the poison is still read");
        let (address, config) = (database.address().to_owned(), config.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let url = calling::internals::records::DatabaseUrl::parse(&address).unwrap();
                let store = Store::connect(url, Default::default()).unwrap();
                let deadly = Arc::new(Semaphore::new(0));
                let kill = deadly.clone();
                let reader = Scripted::new(move |text: String, _begun: usize| {
                    let kill = kill.clone();
                    async move {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        if text == "poison" {
                            kill.add_permits(1);
                            std::future::pending::<()>().await;
                        }
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        Ok(())
                    }
                });
                let _runner = Runner::start(store, reader, config);
                let _killed = tokio::time::timeout(Duration::from_secs(3), deadly.acquire()).await;
            });
        })
        .join()
        .unwrap();
    }
    let last = Runner::start(database.store(), quick(), config);
    for (text, key) in &keys {
        let record = wait_for(last.store(), key, Duration::from_secs(30)).await.unwrap().unwrap();
        let expected = if *text == "poison" { Status::Failed } else { Status::Done };
        assert_eq!(record.status, expected, "{text}: {:?}", record.failure);
    }
}

async fn a_failed_submission_is_read_again_at_its_owners_wish(database: TestDatabase) {
    let reader =
        Scripted::new(async |_text: String, begun: usize| if begun > 3 { Ok(()) } else { Err(failed()) });
    let runner = Runner::start(database.store(), reader, brisk());
    let (_, key) = sent_as(runner.store(), "words").await;
    runner.wake();
    let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!(record.status, Status::Failed);
    assert!(runner.retry(&key).await.unwrap());
    let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!((record.status, record.failure), (Status::Done, None));
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
    // Only the first runner is woken.
    runner.wake();
    wait_until(|| !begun.lock().unwrap().is_empty() || idle.finished() > 0).await;
    if idle.finished() == 0 {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(status(runner.store(), &key).await, Status::Reading);
        assert_eq!(idle.finished(), 0, "its lease of 2 s was renewed");
        gate.add_permits(1);
    }
    let record = wait_for(runner.store(), &key, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts), (Status::Done, 2));
}

async fn timed_out_texts_are_read_one_at_a_time_alongside_the_questionnaires(database: TestDatabase) {
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

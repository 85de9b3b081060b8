//! Texts whose senders wait for the answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use calling::internals::personality::ModelKind;
use calling::internals::records::{Answered, DatabaseUrl, OwnerKey, PoolConfig, Status, Store};
use calling::internals::submissions::{
    NotRead, PendingLabels, PendingReading, ReadError, Reader, Receipt, Runner, RunnerConfig, Turn,
};

use super::{Scripted, brisk, endless, failed, quick, status, wait_for, wait_until};
use crate::database::{TestDatabase, on_both_databases};
use crate::records::finished;

on_both_databases!(
    a_waiting_sender_is_told_the_result_and_its_address,
    a_text_that_the_reader_refuses_is_not_stored,
    a_sender_who_hangs_up_is_forgotten_and_the_reading_cancelled,
    a_sender_who_hangs_up_before_the_text_is_stored_leaves_nothing,
    an_answer_that_is_not_sent_leaves_nothing,
    the_database_knows_soon_that_an_address_was_sent,
    a_text_whose_storing_failed_is_forgotten,
    a_text_whose_server_is_killed_is_erased_and_never_read,
    a_result_whose_server_is_killed_before_it_begins_to_answer_is_erased_at_once,
    a_result_whose_server_is_killed_while_it_answers_is_kept_for_a_day_unless_opened,
    a_text_deferred_by_a_server_that_is_killed_while_it_answers_is_read_once_opened,
    a_text_not_read_in_time_is_read_later,
    a_reading_that_fails_is_tried_again,
    waiting_senders_are_told_when_the_server_stops,
);

/// The address and the reading, once the answer was sent.
pub(super) async fn read_now(runner: &Runner, text: &str) -> (OwnerKey, Result<Answered, ReadError>) {
    let answer = runner.read_now(text.to_owned(), Duration::from_secs(20)).await.unwrap();
    let receipt = answer.receipt.unwrap();
    let key = receipt.key().clone();
    receipt.sent();
    (key, answer.reading)
}

async fn a_waiting_sender_is_told_the_result_and_its_address(database: TestDatabase) {
    let runner = Runner::start(database.store(), quick(), brisk());
    let (key, reading) = read_now(&runner, "words").await;
    let told = reading.unwrap();
    assert_eq!(told, finished().told().unwrap());
    let record = runner.store().by_owner(&key).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts, record.text.as_str()), (Status::Done, 1, "words"));
    assert_eq!(record.shown.data_version.as_deref(), Some("read words"));
    assert_eq!((runner.finished(), runner.reading()), (1, 0));
}

async fn a_text_that_the_reader_refuses_is_not_stored(database: TestDatabase) {
    struct Full;
    impl Reader for Full {
        fn read(&self, _text: Arc<str>, turn: Turn) -> Result<PendingReading, ReadError> {
            assert!(matches!(turn, Turn::Waiting(_)));
            Err(ReadError::Busy { retry_after: Duration::from_secs(7) })
        }

        fn label(&self, _text: Arc<str>, _which: ModelKind, _turn: Turn) -> Result<PendingLabels, ReadError> {
            Err(ReadError::Stopped)
        }

        fn tokens_per_second(&self) -> f64 {
            0.0
        }
    }
    let runner = Runner::start(database.store(), Full, RunnerConfig::default());
    runner.store().ping().await.unwrap();
    let refused = runner.read_now("words".to_owned(), Duration::from_secs(20)).await.err().unwrap();
    let NotRead::Refused(ReadError::Busy { retry_after }) = refused else { panic!("{refused:?}") };
    assert_eq!(retry_after, Duration::from_secs(7));
    assert_eq!(database.beside().count("personality_records"), 0);
}

async fn a_sender_who_hangs_up_is_forgotten_and_the_reading_cancelled(database: TestDatabase) {
    let reader = endless();
    let now = reader.now.clone();
    let runner = Runner::start(database.store(), reader, brisk());
    let waiting = tokio::spawn({
        let runner = runner.clone();
        async move { read_now(&runner, "words").await }
    });
    wait_until(|| runner.reading() == 1).await;
    assert_eq!(database.beside().count("personality_records WHERE status = 'reading'"), 1);
    waiting.abort();
    wait_until(|| now.load(Ordering::SeqCst) == 0).await;
    wait_until(|| database.beside().count("personality_records") == 0).await;
}

async fn a_sender_who_hangs_up_before_the_text_is_stored_leaves_nothing(database: TestDatabase) {
    let runner = Runner::start(database.store(), quick(), brisk());
    runner.store().ping().await.unwrap();
    let mut waiting = Box::pin(read_now(&runner, "words"));
    let pending = std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending()));
    assert!(pending.await);
    drop(waiting);
    tokio::time::sleep(Duration::from_millis(300)).await;
    wait_until(|| runner.reading() == 0 && database.beside().count("personality_records") == 0).await;
    assert_eq!(runner.finished(), 0);
}

async fn an_answer_that_is_not_sent_leaves_nothing(database: TestDatabase) {
    let runner = Runner::start(database.store(), quick(), brisk());
    let answer = runner.read_now("words".to_owned(), Duration::from_secs(20)).await.unwrap();
    assert_eq!(database.beside().count("personality_records WHERE status = 'done'"), 1);
    drop(answer);
    wait_until(|| database.beside().count("personality_records") == 0).await;
    wait_until(|| runner.cancelled() == 1).await;
}

async fn the_database_knows_soon_that_an_address_was_sent(database: TestDatabase) {
    let runner = Runner::start(database.store(), quick(), brisk());
    read_now(&runner, "words").await.1.unwrap();
    wait_until(|| database.beside().count("personality_records WHERE unclaimed_until IS NULL") == 1).await;
}

async fn a_text_whose_storing_failed_is_forgotten(database: TestDatabase) {
    database.store().ping().await.unwrap();
    let hasty = PoolConfig { timeout: Duration::from_secs(1), ..PoolConfig::default() };
    let runner = Runner::start(database.store_with(hasty), quick(), brisk());
    // Its upkeep and its first sweep are over, which write too.
    wait_until(|| runner.depth().is_some()).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut beside = database.beside();
    match database.url() {
        DatabaseUrl::Postgres(_) => beside.execute("BEGIN; LOCK TABLE personality_records IN EXCLUSIVE MODE"),
        DatabaseUrl::Sqlite(_) => beside.execute("BEGIN IMMEDIATE"),
    }
    let refused = runner.read_now("words".to_owned(), Duration::from_secs(20)).await.err().unwrap();
    let NotRead::NotStored(error) = refused else { panic!("{refused:?}") };
    assert!(error.is_ambiguous(), "{error:?}");
    beside.execute("COMMIT");
    tokio::time::sleep(Duration::from_secs(1)).await;
    wait_until(|| database.beside().count("personality_records") == 0).await;
    assert_eq!(runner.finished(), 0);
}

async fn a_text_whose_server_is_killed_is_erased_and_never_read(database: TestDatabase) {
    let store = database.store();
    store.ping().await.unwrap();
    let address = database.address().to_owned();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::connect(DatabaseUrl::parse(&address).unwrap(), PoolConfig::default()).unwrap();
            let runner = Runner::start(store, endless(), brisk());
            let sender = runner.clone();
            let waiting = tokio::spawn(async move { read_now(&sender, "words").await.1.is_ok() });
            wait_until(|| runner.reading() == 1).await;
            // The sender waits to the end.
            assert!(!waiting.is_finished());
        });
        // The runtime is dropped with all its tasks, as by a kill.
    })
    .join()
    .unwrap();
    let reader = quick();
    let begun = reader.begun.clone();
    let next = Runner::start(store, reader, brisk());
    wait_until(|| database.beside().count("personality_records") == 0).await;
    assert!(begun.lock().unwrap().is_empty(), "it was read for nobody");
    wait_until(|| next.cancelled() == 1).await;
}

/// Reads texts under a server that is killed when it has stored how the readings ended. Returns the keys.
fn killed_server(
    database: &TestDatabase,
    reader: impl Reader,
    texts: &[&str],
    before: impl Fn(&mut Receipt) + Send + Sync,
) -> Vec<OwnerKey> {
    let address = database.address().to_owned();
    std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let mut receipts = runtime.block_on(async {
                let store =
                    Store::connect(DatabaseUrl::parse(&address).unwrap(), PoolConfig::default()).unwrap();
                let runner = Runner::start(store, reader, brisk());
                let mut receipts = Vec::new();
                for text in texts {
                    let answer = runner.read_now((*text).to_owned(), Duration::from_secs(20)).await.unwrap();
                    receipts.push(answer.receipt.unwrap());
                }
                receipts
            });
            receipts.iter_mut().for_each(before);
            // The runtime ends with all its tasks, as by a kill, so that the receipts delete nothing when they are dropped.
            drop(runtime);
            receipts.iter().map(|receipt| receipt.key().clone()).collect::<Vec<_>>()
        });
        server.join().unwrap()
    })
}

/// Moves the clock on by a day, as far as unclaimed records are concerned.
pub(super) fn a_day_passes(database: &TestDatabase) {
    let moved = match database.url() {
        DatabaseUrl::Postgres(_) => "unclaimed_until - INTERVAL '1 day'",
        DatabaseUrl::Sqlite(_) => "strftime('%Y-%m-%d %H:%M:%f', unclaimed_until, '-1 day')",
    };
    database.beside().execute(&format!("UPDATE personality_records SET unclaimed_until = {moved}"));
}

async fn a_result_whose_server_is_killed_before_it_begins_to_answer_is_erased_at_once(
    database: TestDatabase,
) {
    let store = database.store();
    store.ping().await.unwrap();
    killed_server(&database, quick(), &["words"], |_| {});
    assert_eq!(database.beside().count("personality_records WHERE status = 'done'"), 1);
    let next = Runner::start(store, quick(), brisk());
    wait_until(|| database.beside().count("personality_records") == 0).await;
    wait_until(|| next.cancelled() == 1).await;
}

async fn a_result_whose_server_is_killed_while_it_answers_is_kept_for_a_day_unless_opened(
    database: TestDatabase,
) {
    let store = database.store();
    store.ping().await.unwrap();
    let keys = killed_server(&database, quick(), &["arrived", "opened", "lost"], Receipt::sending);
    let next = Runner::start(store, quick(), brisk());
    // The next server has seen what the killed one left when it frees this lease of its.
    killed_server(&database, quick(), &["marker"], |_| {});
    wait_until(|| next.cancelled() == 1).await;
    let mut beside = database.beside();
    assert_eq!(beside.count("personality_records WHERE unclaimed_until IS NOT NULL"), 3, "nobody knows");
    assert_eq!(status(next.store(), &keys[0]).await, Status::Done);
    next.store().share(&keys[1]).await.unwrap();
    a_day_passes(&database);
    wait_until(|| beside.count("personality_records") == 2).await;
    assert_eq!(beside.count("personality_records WHERE unclaimed_until IS NOT NULL"), 0);
    for (key, text) in keys.iter().zip(["arrived", "opened"]) {
        assert_eq!(next.store().by_owner(key).await.unwrap().unwrap().text, text);
    }
}

async fn a_text_deferred_by_a_server_that_is_killed_while_it_answers_is_read_once_opened(
    database: TestDatabase,
) {
    let store = database.store();
    store.ping().await.unwrap();
    let late = Scripted::new(async |_text: String, _begun: usize| {
        Err::<(), _>(ReadError::Busy { retry_after: Duration::from_secs(1) })
    });
    let keys = killed_server(&database, late, &["words", "for nobody"], Receipt::sending);
    let reader = quick();
    let begun = reader.begun.clone();
    let next = Runner::start(store, reader, brisk());
    killed_server(&database, quick(), &["marker"], |_| {});
    wait_until(|| next.cancelled() == 1).await;
    assert!(begun.lock().unwrap().is_empty(), "nobody may know their keys");
    let record = wait_for(next.store(), &keys[0], Duration::from_secs(20)).await.unwrap().unwrap();
    assert_eq!((record.status, record.text.as_str()), (Status::Done, "words"));
    a_day_passes(&database);
    wait_until(|| database.beside().count("personality_records") == 1).await;
    assert_eq!(begun.lock().unwrap().keys().collect::<Vec<_>>(), ["words"]);
}

async fn a_text_not_read_in_time_is_read_later(database: TestDatabase) {
    let late_at_first = Scripted::new(async |_text: String, begun: usize| match begun {
        1 => Err(ReadError::Busy { retry_after: Duration::from_secs(1) }),
        _ => Ok(()),
    });
    let runner = Runner::start(database.store(), late_at_first, brisk());
    let (key, reading) = read_now(&runner, "words").await;
    assert!(matches!(reading, Err(ReadError::Busy { .. })));
    let record = wait_for(runner.store(), &key, Duration::from_secs(20)).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts), (Status::Done, 2));
}

async fn a_reading_that_fails_is_tried_again(database: TestDatabase) {
    let fails_at_first = Scripted::new(async |text: String, begun: usize| match (text.as_str(), begun) {
        ("panics", 1) => panic!("a planted panic"),
        (_, 1) => Err(failed()),
        _ => Ok(()),
    });
    let runner = Runner::start(database.store(), fails_at_first, brisk());
    for text in ["fails", "panics"] {
        let (key, reading) = read_now(&runner, text).await;
        assert!(matches!(reading, Err(ReadError::Failed { .. })));
        let record = wait_for(runner.store(), &key, Duration::from_secs(20)).await.unwrap().unwrap();
        assert_eq!((record.status, record.attempts), (Status::Done, 2));
    }
}

async fn waiting_senders_are_told_when_the_server_stops(database: TestDatabase) {
    let runner = Runner::start(database.store(), endless(), brisk());
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let runner = runner.clone();
            tokio::spawn(async move { read_now(&runner, "words").await })
        })
        .collect();
    wait_until(|| runner.reading() == 20).await;
    assert_eq!(runner.stop(Duration::from_millis(100)).await.parked, 20);
    for waiting in waiting {
        let (key, reading) = waiting.await.unwrap();
        assert!(matches!(reading, Err(ReadError::Stopped)));
        assert_eq!(status(runner.store(), &key).await, Status::Queued);
    }
}

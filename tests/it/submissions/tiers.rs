//! Texts whose senders wait at a server that reads nothing, while others read them.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use calling::internals::personality::ModelKind;
use calling::internals::records::{DatabaseUrl, PoolConfig, Status, Store};
use calling::internals::submissions::{Answer, NotRead, ReadError, Reader, Runner, RunnerConfig};

use super::waiting::{a_day_passes, read_now};
use super::{Scripted, brisk, endless, failed, quick, status, wait_for, wait_until};
use crate::database::{TestDatabase, on_both_databases};
use crate::records::{finished, sent};

on_both_databases!(
    each_sender_is_told_what_was_read_in_its_own_text,
    nothing_is_kept_of_a_text_whose_sender_wants_labels,
    a_questionnaire_sent_at_one_server_is_read_by_another,
    several_texts_are_read_at_a_time_alongside_the_questionnaires,
    a_sender_elsewhere_who_hangs_up_is_forgotten_and_the_reading_cancelled,
    the_texts_of_a_killed_web_server_are_erased_and_never_read,
    the_texts_of_a_web_server_that_is_never_heard_of_again_are_erased_and_never_read,
    a_web_server_that_was_away_too_long_answers_that_it_lost_the_text,
    a_text_whose_worker_is_killed_is_read_by_another_and_told,
    a_text_whose_worker_stops_is_read_by_another_and_told,
    a_text_nobody_reads_in_time_is_read_once_its_sender_knows_the_address,
    a_told_address_keeps_its_row_when_the_worker_that_reads_it_dies,
    a_failed_reading_elsewhere_is_told_and_tried_again,
    a_text_is_refused_if_the_queue_in_the_database_takes_too_long,
    senders_elsewhere_are_told_when_their_web_server_stops,
    a_web_server_knows_which_workers_live,
);

async fn web(database: &TestDatabase) -> Runner {
    let store = database.store();
    // Makes the tables, which the test looks at.
    store.ping().await.unwrap();
    Runner::start_without_reader(store, 1_000_000, brisk())
}

fn worker(database: &TestDatabase, reader: impl Reader) -> Runner {
    Runner::start(database.store(), reader, for_others())
}

fn for_others() -> RunnerConfig {
    RunnerConfig { for_others: true, ..brisk() }
}

async fn label(runner: &Runner, text: &str) -> Answer {
    runner.label(text.to_owned(), ModelKind::Mbti, Duration::from_secs(20)).await.unwrap()
}

/// Runs a part of a server's life on a thread, and ends it with all its tasks, as by a kill.
fn killed_after<T: Send>(database: &TestDatabase, life: impl AsyncFnOnce(Store) -> T + Send) -> T {
    let address = database.address();
    std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                life(Store::connect(DatabaseUrl::parse(address).unwrap(), PoolConfig::default()).unwrap())
                    .await
            })
        });
        server.join().unwrap()
    })
}

async fn each_sender_is_told_what_was_read_in_its_own_text(database: TestDatabase) {
    let slow = || {
        Scripted::new(async |_text: String, _begun: usize| {
            tokio::time::sleep(Duration::from_millis(rand::random_range(0..30))).await;
            Ok(())
        })
    };
    let (web, workers) = (web(&database).await, [worker(&database, slow()), worker(&database, slow())]);
    // Until both workers had a share: on a busy machine one may come late.
    for round in 0..20 {
        if round > 0 && workers.iter().all(|worker| worker.finished() > 0) {
            break;
        }
        let mut senders = tokio::task::JoinSet::new();
        for number in 0..60 {
            let web = web.clone();
            senders.spawn(async move {
                let told = label(&web, &format!("0.{number:03}")).await.reading.unwrap();
                assert_eq!(told.answer, format!("{{\"INFP\":{:?}}}", f64::from(number) / 1000.0));
            });
        }
        senders.join_all().await;
    }
    let (key, told) = read_now(&web, "words").await;
    assert_eq!(told.unwrap(), finished().told().unwrap());
    let record = web.store().by_owner(&key).await.unwrap().unwrap();
    assert_eq!((record.status, record.text.as_str()), (Status::Done, "words"));
    assert!(workers.iter().all(|worker| worker.finished() > 0), "the work was shared");
    // Claimed as any other.
    let unclaimed = "personality_records WHERE unclaimed_until IS NOT NULL";
    wait_until(|| database.beside().count(unclaimed) == 0).await;
    assert_eq!(database.beside().count("waiting_senders"), 0);
}

async fn nothing_is_kept_of_a_text_whose_sender_wants_labels(database: TestDatabase) {
    let (web, _worker) = (web(&database).await, worker(&database, quick()));
    let answer = label(&web, "0.5").await;
    assert!(answer.receipt.is_none());
    assert_eq!(answer.reading.unwrap().answer, "{\"INFP\":0.5}");
    wait_until(|| database.beside().count("personality_records") == 0).await;
    assert_eq!(web.cancelled(), 0, "its sender got an answer");
}

async fn a_questionnaire_sent_at_one_server_is_read_by_another(database: TestDatabase) {
    let web = web(&database).await;
    let (_, key) = sent(web.store()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(status(web.store(), &key).await, Status::Queued, "nobody reads");
    let _worker = worker(&database, quick());
    let record = wait_for(web.store(), &key, Duration::from_secs(20)).await.unwrap().unwrap();
    assert_eq!(record.status, Status::Done);
}

async fn several_texts_are_read_at_a_time_alongside_the_questionnaires(database: TestDatabase) {
    let web = web(&database).await;
    let senders: Vec<_> = (0..20)
        .map(|number| {
            let web = web.clone();
            tokio::spawn(async move { label(&web, &number.to_string()).await })
        })
        .collect();
    wait_until(|| database.beside().count("waiting_senders") == 20).await;
    for _ in 0..6 {
        sent(web.store()).await;
    }
    let reader = endless();
    let now = reader.now.clone();
    let config = RunnerConfig { waited_at_once: 8, waited_bytes: 5, ..for_others() };
    let worker = Runner::start(database.store(), reader, config);
    // Four questionnaires, and texts of one byte each.
    wait_until(|| now.load(Ordering::SeqCst) == 9).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(now.load(Ordering::SeqCst), 9);
    assert_eq!(worker.stop(Duration::ZERO).await.parked, 9);
    senders.iter().for_each(|sender| sender.abort());
}

async fn a_sender_elsewhere_who_hangs_up_is_forgotten_and_the_reading_cancelled(database: TestDatabase) {
    let reader = endless();
    let now = reader.now.clone();
    let (web, worker) = (web(&database).await, worker(&database, reader));
    let sender = tokio::spawn({
        let web = web.clone();
        async move { read_now(&web, "words").await }
    });
    wait_until(|| now.load(Ordering::SeqCst) == 1).await;
    sender.abort();
    let begun = Instant::now();
    wait_until(|| now.load(Ordering::SeqCst) == 0).await;
    assert!(begun.elapsed() < Duration::from_millis(600), "sooner than the lease is renewed");
    assert_eq!(database.beside().count("personality_records"), 0);
    wait_until(|| worker.reading() == 0 && web.cancelled() == 1).await;
}

async fn the_texts_of_a_killed_web_server_are_erased_and_never_read(database: TestDatabase) {
    database.store().ping().await.unwrap();
    killed_after(&database, async |store| {
        let web = Runner::start_without_reader(store, 1_000_000, brisk());
        let sender = tokio::spawn({
            let web = web.clone();
            async move { read_now(&web, "words").await.1.is_ok() }
        });
        wait_until(|| database.beside().count("waiting_senders") == 1).await;
        // The sender waits to the end.
        assert!(!sender.is_finished());
    });
    let reader = quick();
    let begun = reader.begun.clone();
    // Its upkeep begins with what dead servers left.
    let other = web(&database).await;
    wait_until(|| database.beside().count("personality_records") == 0).await;
    let _worker = worker(&database, reader);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(begun.lock().unwrap().is_empty(), "it was read for nobody");
    assert_eq!(other.cancelled(), 1);
}

async fn the_texts_of_a_web_server_that_is_never_heard_of_again_are_erased_and_never_read(
    database: TestDatabase,
) {
    let lost = web(&database).await;
    let sender = tokio::spawn({
        let lost = lost.clone();
        async move { read_now(&lost, "words").await }
    });
    let mut beside = database.beside();
    wait_until(|| beside.count("waiting_senders") == 1).await;
    // As if it had been on another machine, and had not renewed the record for as long as a lease. The test's server does renew
    // it, so the time is set back at each look.
    let mut silent = || {
        beside.execute("UPDATE personality_records SET unclaimed_until = '2001-01-01 00:00:00'");
        beside.count("personality_records") == 0
    };
    silent();
    let reader = quick();
    let begun = reader.begun.clone();
    let _worker = worker(&database, reader);
    wait_until(silent).await;
    assert!(begun.lock().unwrap().is_empty(), "it was read for nobody");
    sender.abort();
}

async fn a_web_server_that_was_away_too_long_answers_that_it_lost_the_text(database: TestDatabase) {
    let web = web(&database).await;
    let sender = tokio::spawn({
        let web = web.clone();
        async move { web.read_now("words".to_owned(), Duration::from_secs(20)).await }
    });
    let mut beside = database.beside();
    wait_until(|| beside.count("waiting_senders") == 1).await;
    beside.execute("DELETE FROM personality_records");
    let answer = sender.await.unwrap().unwrap();
    assert!(answer.receipt.is_none() && matches!(answer.reading, Err(ReadError::Busy { .. })));
}

async fn a_text_whose_worker_is_killed_is_read_by_another_and_told(database: TestDatabase) {
    let web = web(&database).await;
    let sender = tokio::spawn({
        let web = web.clone();
        async move { label(&web, "0.25").await }
    });
    wait_until(|| database.beside().count("waiting_senders") == 1).await;
    killed_after(&database, async |store| {
        let reader = endless();
        let now = reader.now.clone();
        let _worker = Runner::start(store, reader, for_others());
        wait_until(|| now.load(Ordering::SeqCst) == 1).await;
    });
    assert_eq!(database.beside().count("personality_records WHERE status = 'reading'"), 1, "not erased");
    let reader = quick();
    let begun = reader.begun.clone();
    let _next = worker(&database, reader);
    assert_eq!(sender.await.unwrap().reading.unwrap().answer, "{\"INFP\":0.25}");
    assert_eq!(begun.lock().unwrap()["0.25"], 1);
}

async fn a_text_whose_worker_stops_is_read_by_another_and_told(database: TestDatabase) {
    let web = web(&database).await;
    let sender = tokio::spawn({
        let web = web.clone();
        async move { label(&web, "0.25").await }
    });
    let reader = endless();
    let now = reader.now.clone();
    let first = worker(&database, reader);
    wait_until(|| now.load(Ordering::SeqCst) == 1).await;
    assert_eq!(first.stop(Duration::ZERO).await.parked, 1);
    assert_eq!(database.beside().count("personality_records WHERE status = 'queued' AND losses = 0"), 1);
    assert_eq!(database.beside().count("workers"), 0);
    let _next = worker(&database, quick());
    assert_eq!(sender.await.unwrap().reading.unwrap().answer, "{\"INFP\":0.25}");
}

async fn a_text_nobody_reads_in_time_is_read_once_its_sender_knows_the_address(database: TestDatabase) {
    let web = web(&database).await;
    let answer = web.read_now("words".to_owned(), Duration::from_millis(200)).await.unwrap();
    assert!(matches!(answer.reading, Err(ReadError::Busy { .. })));
    let reader = quick();
    let begun = reader.begun.clone();
    let _worker = worker(&database, reader);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(begun.lock().unwrap().is_empty(), "its sender may never know its key");
    let receipt = answer.receipt.unwrap();
    let key = receipt.key().clone();
    receipt.sent();
    let record = wait_for(web.store(), &key, Duration::from_secs(20)).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts), (Status::Done, 1));
}

async fn a_told_address_keeps_its_row_when_the_worker_that_reads_it_dies(database: TestDatabase) {
    let web = web(&database).await;
    let answer = tokio::spawn({
        let web = web.clone();
        async move { web.read_now("words".to_owned(), Duration::from_secs(1)).await.unwrap() }
    });
    wait_until(|| database.beside().count("waiting_senders") == 1).await;
    killed_after(&database, async |store| {
        let reader = endless();
        let now = reader.now.clone();
        let _worker = Runner::start(store, reader, for_others());
        wait_until(|| now.load(Ordering::SeqCst) == 1).await;
    });
    let mut answer = answer.await.unwrap();
    assert!(matches!(answer.reading, Err(ReadError::Busy { .. })));
    // The address is being sent, and the database does not know it yet.
    let receipt = answer.receipt.as_mut().unwrap();
    receipt.sending();
    let next = worker(&database, quick());
    // It begins with what dead servers left.
    wait_until(|| database.beside().count("workers") == 1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(database.beside().count("personality_records"), 1, "its client may know the address");
    let receipt = answer.receipt.unwrap();
    let key = receipt.key().clone();
    receipt.sent();
    let record = wait_for(next.store(), &key, Duration::from_secs(20)).await.unwrap().unwrap();
    assert_eq!(record.status, Status::Done);
    a_day_passes(&database);
    assert_eq!(status(next.store(), &key).await, Status::Done);
}

async fn a_failed_reading_elsewhere_is_told_and_tried_again(database: TestDatabase) {
    let fails_at_first =
        Scripted::new(async |_text: String, begun: usize| if begun > 1 { Ok(()) } else { Err(failed()) });
    let web = web(&database).await;
    // Not tried again before the first attempt is told.
    let config = RunnerConfig { retry_after: Duration::from_secs(1), ..for_others() };
    let _worker = Runner::start(database.store(), fails_at_first, config);
    let (key, reading) = read_now(&web, "words").await;
    assert!(matches!(reading, Err(ReadError::Failed { .. })));
    let record = wait_for(web.store(), &key, Duration::from_secs(20)).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts), (Status::Done, 2));
}

async fn a_text_is_refused_if_the_queue_in_the_database_takes_too_long(database: TestDatabase) {
    let web = web(&database).await;
    let store = database.store();
    store.note_worker("slow", 10.0, Duration::from_secs(60)).await.unwrap();
    let text = "I like quiet mornings. ".repeat(20);
    // An empty queue has room for any text.
    let first = tokio::spawn({
        let (web, text) = (web.clone(), text.clone());
        async move { read_now(&web, &text).await }
    });
    wait_until(|| database.beside().count("waiting_senders") == 1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let refused = web.read_now(text.clone(), Duration::from_secs(20)).await.err().unwrap();
    let NotRead::Refused(ReadError::Busy { retry_after }) = refused else { panic!("{refused:?}") };
    // 460 bytes are some 234 tokens for both models together, at ten a second.
    assert_eq!(retry_after, Duration::from_secs(24));
    assert_eq!(database.beside().count("personality_records"), 1);
    // With more workers there is room.
    store.note_worker("fast", 1000.0, Duration::from_secs(60)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let _worker = worker(&database, quick());
    assert!(read_now(&web, &text).await.1.is_ok());
    assert!(first.await.unwrap().1.is_ok());
}

async fn senders_elsewhere_are_told_when_their_web_server_stops(database: TestDatabase) {
    let web = web(&database).await;
    let senders: Vec<_> = (0..5)
        .map(|_| {
            let web = web.clone();
            tokio::spawn(async move { read_now(&web, "words").await })
        })
        .collect();
    wait_until(|| database.beside().count("waiting_senders") == 5).await;
    web.stop(Duration::from_millis(100)).await;
    let store = database.store();
    for sender in senders {
        let (key, reading) = sender.await.unwrap();
        assert!(matches!(reading, Err(ReadError::Stopped)));
        assert_eq!(status(&store, &key).await, Status::Queued);
    }
}

async fn a_web_server_knows_which_workers_live(database: TestDatabase) {
    let web = web(&database).await;
    let workers = || web.depth().map(|(_, backlog)| backlog.workers);
    wait_until(|| workers() == Some(0)).await;
    let worker = worker(&database, quick());
    wait_until(|| workers() == Some(1)).await;
    let mut beside = database.beside();
    // One that is not heard of again.
    beside.execute("INSERT INTO workers VALUES ('lost', '2001-01-01 00:00:00', 5)");
    wait_until(|| beside.count("workers WHERE name = 'lost'") == 0).await;
    assert_eq!(workers(), Some(1));
    worker.stop(Duration::ZERO).await;
    wait_until(|| workers() == Some(0)).await;
}

//! Leases as the database keeps them: one worker each, expired ones taken over, counted attempts.

use std::time::Duration;

use calling::internals::records::{
    FailOutcome, Finished, Lease, LeaseOutcome, Leased, MAX_LOSSES, NewText, OwnerKey, QueueDepth, Released,
    Status, Store, Wanted,
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::SimpleConnection;

use super::{HOLD, lease, status, text};
use crate::database::{TestDatabase, on_both_databases};
use crate::records::finished;

on_both_databases!(
    leases_go_to_one_worker_each,
    an_expired_lease_goes_to_another_worker_and_the_late_one_changes_nothing,
    an_expired_lease_that_nobody_took_can_be_renewed_and_finished,
    a_submission_is_marked_failed_after_three_failed_attempts,
    a_submission_is_marked_failed_after_ten_readings_cut_short,
    a_lease_that_expires_before_the_reading_began_counts_for_nothing,
    a_suspect_is_leased_only_as_one,
    a_lease_that_ends_further_away_than_any_can_is_expired,
    a_failed_submission_is_tried_again_as_if_it_was_never_tried,
    an_unclaimed_text_is_erased_unless_renewed_and_never_leased,
    what_may_be_known_is_not_kept_for_ever_by_a_clock_set_back,
    a_text_is_claimed_only_when_its_address_was_sent,
    what_a_dead_process_leaves_is_freed_at_once,
    a_submission_given_back_is_queued_again_and_counts_no_failure,
    the_depth_of_the_queue_counts_what_is_not_read_yet,
);

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

async fn an_expired_lease_goes_to_another_worker_and_the_late_one_changes_nothing(database: TestDatabase) {
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
    // As if the answer to the first call had been lost on the way.
    assert_eq!(store.finish(&other.lease, finished()).await.unwrap(), LeaseOutcome::Held);
    assert_eq!(store.finish(&late.lease, finished()).await.unwrap(), LeaseOutcome::Lost);
    let record = store.by_owner(&key).await.unwrap().unwrap();
    assert_eq!(record.shown.data_version.as_deref(), Some("ours"), "the first result stays");
}

async fn an_expired_lease_that_nobody_took_can_be_renewed_and_finished(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "one").await;
    let leased = lease(&store, "slow", Duration::from_millis(10)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(40)).await;
    assert_eq!(store.renew(&leased.lease, HOLD).await.unwrap(), LeaseOutcome::Held);
    assert!(lease(&store, "other", HOLD).await.is_none(), "renewed, it is held again");
    assert_eq!(store.finish(&leased.lease, finished()).await.unwrap(), LeaseOutcome::Held);
    assert_eq!(status(&store, &key).await, Status::Done);
}

async fn a_submission_is_marked_failed_after_three_failed_attempts(database: TestDatabase) {
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

/// Leases the next suspect.
async fn suspect(store: &Store, worker: &str, hold: Duration) -> Option<Leased> {
    store.lease_next(worker, hold, Wanted::Suspect).await.unwrap()
}

async fn a_submission_is_marked_failed_after_ten_readings_cut_short(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "poison").await;
    let mut leased = lease(&store, "doomed", Duration::from_millis(50)).await;
    for attempt in 1..=MAX_LOSSES {
        let lease = leased.unwrap_or_else(|| panic!("no attempt {attempt}")).lease;
        assert_eq!(store.begin(&lease).await.unwrap(), LeaseOutcome::Held);
        tokio::time::sleep(Duration::from_millis(60)).await;
        leased = suspect(&store, "doomed", Duration::from_millis(50)).await;
    }
    assert!(leased.is_none());
    assert_eq!(status(&store, &key).await, Status::Failed);
}

async fn a_lease_that_expires_before_the_reading_began_counts_for_nothing(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "innocent").await;
    for _ in 0..=MAX_LOSSES {
        assert!(lease(&store, "doomed", Duration::from_millis(1)).await.is_some());
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(suspect(&store, "doomed", HOLD).await.is_none(), "it was never read");
    }
    assert_eq!(status(&store, &key).await, Status::Reading);
}

async fn a_suspect_is_leased_only_as_one(database: TestDatabase) {
    let store = database.store();
    text(&store, "suspect").await;
    let leased = lease(&store, "killed", Duration::from_millis(1)).await.unwrap();
    assert_eq!(store.begin(&leased.lease).await.unwrap(), LeaseOutcome::Held);
    text(&store, "fresh").await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(lease(&store, "next", HOLD).await.unwrap().text, "fresh");
    assert!(lease(&store, "next", HOLD).await.is_none());
    assert!(store.leasable().await.unwrap().suspects);
    assert_eq!(suspect(&store, "next", HOLD).await.unwrap().text, "suspect");
    assert!(!store.leasable().await.unwrap().suspects);
}

/// As after setting a clock right that was a day ahead.
async fn a_lease_that_ends_further_away_than_any_can_is_expired(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "one").await;
    let ahead = lease(&store, "ahead", HOLD).await.unwrap();
    assert!(lease(&store, "other", HOLD).await.is_none());
    let tomorrow = timestamp(Utc::now() + TimeDelta::days(1));
    database.beside().execute(&format!("UPDATE personality_records SET lease_until = '{tomorrow}'"));
    let taken = lease(&store, "other", HOLD).await.unwrap();
    assert_eq!(taken.lease.attempt, ahead.lease.attempt + 1);
    assert_eq!(store.finish(&taken.lease, finished()).await.unwrap(), LeaseOutcome::Held);
    assert_eq!(status(&store, &key).await, Status::Done);
}

fn timestamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

async fn a_failed_submission_is_tried_again_as_if_it_was_never_tried(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "one").await;
    assert!(!store.retry(&key).await.unwrap(), "it has not failed");
    for round in 0..2 {
        for attempt in 1..=3 {
            let leased = lease(&store, "worker", HOLD).await.unwrap();
            let outcome = store.fail(&leased.lease, "a reason", Duration::ZERO).await.unwrap();
            assert_eq!(outcome == FailOutcome::GivenUp, attempt == 3, "round {round}, attempt {attempt}");
        }
        assert!(store.retry(&key).await.unwrap());
    }
    let record = store.by_owner(&key).await.unwrap().unwrap();
    assert_eq!((record.status, record.failure), (Status::Queued, None));
    assert!(record.shown.finished_at.is_none());
    assert!(!store.retry(&OwnerKey::random()).await.unwrap());
}

async fn unclaimed(store: &Store, worker: &str, kept: Duration) -> (OwnerKey, Lease) {
    let (key, new) = (OwnerKey::random(), NewText { text: "waiting".to_owned() });
    let lease = store.store_leased(new, &key, worker, Duration::from_millis(1), kept).await.unwrap();
    (key, lease)
}

async fn an_unclaimed_text_is_erased_unless_renewed_and_never_leased(database: TestDatabase) {
    let store = database.store();
    // Longer than the next operations take on a busy machine.
    let kept_for = Duration::from_secs(2);
    unclaimed(&store, "dead", kept_for).await;
    let (kept, _) = unclaimed(&store, "alive", kept_for).await;
    let (claimed, lease_of_claimed) = unclaimed(&store, "gave back", kept_for).await;
    assert_eq!(store.park(&lease_of_claimed).await.unwrap(), LeaseOutcome::Held);
    store.claim(vec![lease_of_claimed.id]).await.unwrap();
    assert_eq!(store.erase_unclaimed().await.unwrap(), 0, "not yet");
    tokio::time::sleep(kept_for + Duration::from_millis(50)).await;
    assert_eq!(lease(&store, "other", HOLD).await.unwrap().text, "waiting");
    assert!(lease(&store, "other", HOLD).await.is_none(), "only the claimed one is read");
    assert!(suspect(&store, "other", HOLD).await.is_none());
    assert_eq!(store.renew_unclaimed("alive", HOLD).await.unwrap(), 1);
    assert_eq!(store.erase_unclaimed().await.unwrap(), 1);
    assert!(
        store.by_owner(&kept).await.unwrap().is_some() && store.by_owner(&claimed).await.unwrap().is_some()
    );
    // As after a clock was set back.
    let tomorrow = timestamp(Utc::now() + TimeDelta::days(1));
    let set =
        format!("UPDATE personality_records SET unclaimed_until = '{tomorrow}' WHERE lease_owner = 'alive'");
    database.beside().execute(&set);
    assert_eq!(store.erase_unclaimed().await.unwrap(), 1);
    assert!(store.by_owner(&kept).await.unwrap().is_none());
}

/// As after a clock that was a day ahead is set right.
async fn what_may_be_known_is_not_kept_for_ever_by_a_clock_set_back(database: TestDatabase) {
    let store = database.store();
    let (_, lease) = unclaimed(&store, "dead", HOLD).await;
    assert_eq!(store.finish(&lease, finished()).await.unwrap(), LeaseOutcome::Held);
    assert_eq!(store.renew_unclaimed("dead", HOLD).await.unwrap(), 0, "its reading has ended");
    for (hours, erased) in [(23, 0), (24, 0), (26, 1)] {
        let until = timestamp(Utc::now() + TimeDelta::hours(hours));
        let set = format!("UPDATE personality_records SET unclaimed_until = '{until}'");
        database.beside().execute(&set);
        assert_eq!(store.erase_unclaimed().await.unwrap(), erased, "{hours}");
    }
}

async fn a_text_is_claimed_only_when_its_address_was_sent(database: TestDatabase) {
    let store = database.store();
    let (_, done) = unclaimed(&store, "worker", HOLD).await;
    let (_, failed) = unclaimed(&store, "worker", HOLD).await;
    let (_, given_back) = unclaimed(&store, "worker", HOLD).await;
    unclaimed(&store, "worker", HOLD).await;
    let mut beside = database.beside();
    assert_eq!(beside.count("personality_records WHERE unclaimed_until IS NOT NULL"), 4);
    assert_eq!(store.finish(&done, finished()).await.unwrap(), LeaseOutcome::Held);
    assert_eq!(store.fail(&failed, "a reason", HOLD).await.unwrap(), FailOutcome::Queued);
    assert_eq!(store.park(&given_back).await.unwrap(), LeaseOutcome::Held);
    assert_eq!(store.park_all("worker").await.unwrap(), 0, "nobody was told their addresses");
    assert_eq!(beside.count("personality_records WHERE unclaimed_until IS NOT NULL"), 4);
    assert!(lease(&store, "other", HOLD).await.is_none());
    store.claim(vec![done.id, given_back.id]).await.unwrap();
    assert_eq!(beside.count("personality_records WHERE unclaimed_until IS NOT NULL"), 2);
    assert_eq!(lease(&store, "other", HOLD).await.unwrap().lease.id, given_back.id);
}

async fn what_a_dead_process_leaves_is_freed_at_once(database: TestDatabase) {
    let store = database.store();
    store.ping().await.unwrap();
    let (alive, dead) = (store.announce("alive").unwrap(), store.announce("dead").unwrap());
    text(&store, "one").await;
    text(&store, "two").await;
    assert!(lease(&store, "dead", HOLD).await.is_some() && lease(&store, "alive", HOLD).await.is_some());
    unclaimed(&store, "dead", HOLD).await;
    unclaimed(&store, "alive", HOLD).await;
    let (sent, sent_lease) = unclaimed(&store, "dead", HOLD).await;
    assert_eq!(store.finish(&sent_lease, finished()).await.unwrap(), LeaseOutcome::Held);
    dead.note_sending(sent_lease.id).unwrap();
    dead.note_sent(sent_lease.id).unwrap();
    assert_eq!(database.store().release_dead().await.unwrap(), Released::default(), "both are alive");
    drop(dead);
    let released = Released { freed: 1, erased: 1 };
    assert_eq!(database.store().release_dead().await.unwrap(), released);
    assert_eq!(lease(&store, "other", HOLD).await.unwrap().text, "one");
    assert!(lease(&store, "other", HOLD).await.is_none(), "the living one keeps its lease");
    assert_eq!(database.beside().count("personality_records"), 4);
    assert_eq!(status(&store, &sent).await, Status::Done, "its address was sent");
    assert_eq!(database.beside().count("personality_records WHERE unclaimed_until IS NOT NULL"), 1);
    assert_eq!(database.store().release_dead().await.unwrap(), Released::default(), "its file is gone");
    alive.end().unwrap();
}

async fn a_submission_given_back_is_queued_again_and_counts_no_failure(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "one").await;
    for _ in 0..2 * MAX_LOSSES {
        let leased = lease(&store, "stopping", HOLD).await.unwrap();
        assert_eq!(store.park(&leased.lease).await.unwrap(), LeaseOutcome::Held);
        assert_eq!(store.finish(&leased.lease, finished()).await.unwrap(), LeaseOutcome::Lost);
    }
    assert_eq!(status(&store, &key).await, Status::Queued);
}

async fn the_depth_of_the_queue_counts_what_is_not_read_yet(database: TestDatabase) {
    let store = database.store();
    let nothing = QueueDepth { queued: 0, reading: 0, workers: 0, oldest_seconds: 0.0 };
    assert_eq!(store.queue_depth().await.unwrap(), nothing);
    for number in 0..5 {
        text(&store, &number.to_string()).await;
    }
    let minute_ago = timestamp(Utc::now() - TimeDelta::seconds(60));
    let mut beside = database.beside();
    beside.execute(&format!(
        "UPDATE personality_records SET created_at = '{minute_ago}' WHERE text IN ('0', '3')"
    ));
    let depth = store.queue_depth().await.unwrap();
    assert_eq!((depth.queued, depth.reading, depth.workers), (5, 0, 0));
    // SQLite computes with days as floats, which are exact to a few hundredths of a millisecond.
    assert!((59.99..75.0).contains(&depth.oldest_seconds), "{depth:?}");

    let first = lease(&store, "one", HOLD).await.unwrap();
    lease(&store, "one", HOLD).await.unwrap();
    lease(&store, "two", HOLD).await.unwrap();
    let depth = store.queue_depth().await.unwrap();
    assert_eq!((depth.queued, depth.reading, depth.workers), (2, 3, 2));
    assert!(depth.oldest_seconds >= 59.99, "the text 3 still waits: {depth:?}");
    assert_eq!(store.finish(&first.lease, finished()).await.unwrap(), LeaseOutcome::Held);
    lease(&store, "two", HOLD).await.unwrap();
    let depth = store.queue_depth().await.unwrap();
    assert_eq!((depth.queued, depth.reading, depth.workers), (1, 3, 2));
    assert!(depth.oldest_seconds < 59.0, "a younger one waits: {depth:?}");

    // A server that died is no longer busy, though its submission still waits for another one.
    beside.execute(
        "UPDATE personality_records SET lease_until = '2001-01-01 00:00:00' WHERE lease_owner = 'two'",
    );
    let depth = store.queue_depth().await.unwrap();
    assert_eq!((depth.queued, depth.reading, depth.workers), (1, 3, 1));
}

#[test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
fn a_role_for_the_depth_of_the_queue_reads_nothing_else() {
    let database = TestDatabase::postgres();
    crate::database::block_on(async {
        let store = database.store();
        text(&store, "private words").await;
    });
    let mut beside = database.beside();
    // As deploy/kubernetes/overlays/keda describes. Roles belong to the whole server, so the name must be unique to
    // this test.
    beside.execute(
        "CREATE ROLE reads_the_depth LOGIN PASSWORD 'x'; GRANT SELECT ON queue_depth TO reads_the_depth; \
         SET ROLE reads_the_depth",
    );
    assert_eq!(beside.count("queue_depth WHERE queued + reading = 1"), 1);
    let crate::database::Beside::Postgres(connection) = &mut beside else { panic!("not PostgreSQL") };
    for table in ["personality_records", "drafts", "draft_answers"] {
        let refused = connection.batch_execute(&format!("SELECT * FROM {table}")).unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{table}: {refused}");
    }
    beside.execute("RESET ROLE; DROP OWNED BY reads_the_depth; DROP ROLE reads_the_depth");
}

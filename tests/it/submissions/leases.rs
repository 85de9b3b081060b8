//! Leases as the database keeps them: one worker each, expired ones taken over, counted attempts.

use std::time::Duration;

use calling::internals::records::{FailOutcome, Finished, LeaseOutcome, MAX_LOSSES, Status};

use super::{HOLD, lease, status, text};
use crate::database::{TestDatabase, on_both_databases};
use crate::records::finished;

on_both_databases!(
    leases_go_to_one_worker_each,
    an_expired_lease_goes_to_another_worker_and_the_late_one_changes_nothing,
    an_expired_lease_that_nobody_took_can_be_renewed_and_finished,
    a_submission_is_marked_failed_after_three_failed_attempts,
    a_submission_is_marked_failed_after_ten_expired_leases,
    a_submission_given_back_is_queued_again_and_counts_no_failure,
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
    // As if the answer to the first call was lost on the way.
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

async fn a_submission_is_marked_failed_after_ten_expired_leases(database: TestDatabase) {
    let store = database.store();
    let key = text(&store, "poison").await;
    for _ in 0..MAX_LOSSES {
        assert!(lease(&store, "doomed", Duration::from_millis(1)).await.is_some());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(lease(&store, "doomed", HOLD).await.is_none());
    assert_eq!(status(&store, &key).await, Status::Failed);
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

//! What an owner adds to a result, on both databases: interests and a shortlist.

use std::time::Duration;

use calling::internals::personality::InterestScores;
use calling::internals::records::{Interests, OwnerKey, PoolConfig, RecordsError, Store, Thing};
use chrono::Utc;

use crate::database::{TestDatabase, on_both_databases};
use crate::records::{finish_next, sent};

on_both_databases!(
    interests_are_stored_shared_by_choice_and_deleted_by_themselves,
    changes_of_a_shortlist_at_once_lose_nothing,
    additions_are_deleted_with_the_result_and_with_expired_ones,
    an_unreadable_addition_is_an_error,
);

fn interests(artistic: f64) -> Interests {
    Interests {
        answers: [("A1".to_owned(), 5), ("R1".to_owned(), 2)].into(),
        measured: Some(InterestScores { means: [2.0, 2.0, artistic, 2.0, 2.0, 2.0], error: 0.35 }),
    }
}

fn missing<T: std::fmt::Debug>(result: Result<T, RecordsError>) {
    assert!(matches!(result, Err(RecordsError::Missing(Thing::Result))), "{result:?}");
}

async fn keep(store: &Store, owner: &OwnerKey, soc: &str) -> Vec<String> {
    let soc = soc.to_owned();
    store.change_shortlist(owner, move |codes| codes.push(soc.clone())).await.unwrap()
}

async fn interests_are_stored_shared_by_choice_and_deleted_by_themselves(database: TestDatabase) {
    let store = database.store();
    let (_, owner) = sent(&store).await;
    let added = async || store.by_owner(&owner).await.unwrap().unwrap().added;
    assert_eq!(added().await.interests, None);
    store.save_interests(&owner, &interests(5.0)).await.unwrap();
    assert_eq!(added().await.interests, Some(interests(5.0)), "before the text has been read");
    store.share_interests(&owner, true).await.unwrap();
    assert_eq!(added().await.shared_interests, None, "there is no link to share them with");
    finish_next(&store).await;
    assert_eq!(added().await.interests, Some(interests(5.0)), "reading the text changes nothing");

    let share = store.share(&owner).await.unwrap();
    let shown = async || store.by_share(&share).await.unwrap().unwrap().shared_interests;
    assert_eq!(shown().await, None, "a link shows none unless the owner chooses so");
    store.share_interests(&owner, true).await.unwrap();
    assert_eq!(shown().await, interests(5.0).measured);
    store.save_interests(&owner, &interests(4.0)).await.unwrap();
    assert_eq!(shown().await, interests(4.0).measured, "answers given again replace those that are shown");
    let everything = format!("{:?}", store.by_share(&share).await.unwrap().unwrap());
    assert!(!everything.contains("A1"), "no answers behind a link: {everything}");
    store.share_interests(&owner, false).await.unwrap();
    assert_eq!(shown().await, None);

    store.share_interests(&owner, true).await.unwrap();
    assert!(store.unshare(&owner).await.unwrap());
    let another = store.share(&owner).await.unwrap();
    let shown = store.by_share(&another).await.unwrap().unwrap().shared_interests;
    assert_eq!(shown, None, "a new link starts without them");

    store.share_interests(&owner, true).await.unwrap();
    assert!(store.delete_interests(&owner).await.unwrap());
    assert!(!store.delete_interests(&owner).await.unwrap());
    assert_eq!((added().await.interests, added().await.shared_interests), (None, None));
    assert!(store.by_share(&another).await.unwrap().unwrap().shared_interests.is_none());
    let stranger = OwnerKey::random();
    missing(store.save_interests(&stranger, &interests(1.0)).await);
    missing(store.share_interests(&stranger, true).await);
    assert!(!store.delete_interests(&stranger).await.unwrap());
}

async fn changes_of_a_shortlist_at_once_lose_nothing(database: TestDatabase) {
    let store = database.store();
    let (_, owner) = sent(&store).await;
    let mut keeping = tokio::task::JoinSet::new();
    for place in 0..8 {
        let (store, owner) = (store.clone(), owner.clone());
        keeping.spawn(async move { keep(&store, &owner, &format!("11-000{place}")).await });
    }
    while let Some(kept) = keeping.join_next().await {
        kept.unwrap();
    }
    let mut codes = store.by_owner(&owner).await.unwrap().unwrap().added.shortlist;
    codes.sort();
    assert_eq!(codes, (0..8).map(|place| format!("11-000{place}")).collect::<Vec<_>>());
    assert_eq!(store.change_shortlist(&owner, |codes| codes.truncate(1)).await.unwrap().len(), 1);
    assert!(store.change_shortlist(&owner, Vec::clear).await.unwrap().is_empty());
    assert_eq!(database.beside().count("result_additions WHERE shortlist IS NULL"), 1);
    missing(store.change_shortlist(&OwnerKey::random(), Vec::clear).await);
}

async fn additions_are_deleted_with_the_result_and_with_expired_ones(database: TestDatabase) {
    let week = Duration::from_secs(7 * 24 * 3600);
    let store = database.store_with(PoolConfig { result_lifetime: Some(week), ..PoolConfig::default() });
    for _ in 0..2 {
        let (_, owner) = sent(&store).await;
        finish_next(&store).await;
        store.save_interests(&owner, &interests(5.0)).await.unwrap();
        keep(&store, &owner, "29-1141").await;
        if database.beside().count("result_additions") == 2 {
            store.delete(&owner).await.unwrap();
        }
    }
    assert_eq!(database.beside().count("result_additions"), 1);
    assert_eq!(store.sweep(Utc::now() + 2 * week).await.unwrap().results, 1);
    assert_eq!(database.beside().count("result_additions"), 0);
}

async fn an_unreadable_addition_is_an_error(database: TestDatabase) {
    let store = database.store();
    let (_, owner) = sent(&store).await;
    store.save_interests(&owner, &interests(5.0)).await.unwrap();
    database
        .beside()
        .execute("UPDATE result_additions SET interests = '{\"answers\": {}, \"measured\": {}}'");
    match store.by_owner(&owner).await {
        Err(RecordsError::Corrupt { column: "interests", .. }) => {}
        other => panic!("{other:?}"),
    }
}

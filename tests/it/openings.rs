//! The days on which a result was opened, on both databases and on its page.

use std::time::Duration;

use calling::internals::personality::Profile;
use calling::internals::records::{Finished, LeaseOutcome, OpenedDays, Source, Store, Wanted};
use chrono::{NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::database::{TestDatabase, on_both_databases};
use crate::harness::Site;
use crate::records::{finish_next, finished, left_behind, sent};
use crate::site::{Visitor, text};

on_both_databases!(
    days_are_written_by_address_once_and_only_of_finished_results,
    openings_of_a_deleted_result_keep_no_others_from_being_written,
    what_could_not_be_written_is_written_later,
    days_are_deleted_after_ninety_days,
);

async fn days(store: &Store, record: i64) -> OpenedDays {
    store.opened_days(record, Utc::now()).await.unwrap()
}

/// Today in UTC; at midnight a test may see two days.
fn today() -> NaiveDate {
    Utc::now().date_naive()
}

async fn days_are_written_by_address_once_and_only_of_finished_results(database: TestDatabase) {
    let store = database.store();
    let (_, owner) = sent(&store).await;
    store.by_owner(&owner).await.unwrap().unwrap();
    store.write_openings().await.unwrap();
    assert_eq!(database.beside().count("result_openings"), 0, "it was not finished");
    finish_next(&store).await;
    let share = store.share(&owner).await.unwrap();
    let begun = today();
    let record = store.by_owner(&owner).await.unwrap().unwrap().shown.id;
    assert_eq!(days(&store, record).await, OpenedDays::default(), "written later");
    store.write_openings().await.unwrap();
    let opened = days(&store, record).await;
    assert!((begun..=today()).contains(&opened.private[0]) && opened.shared.is_empty(), "{opened:?}");
    // Another server, which does not know what this one wrote.
    let other = database.store();
    for _ in 0..3 {
        other.by_owner(&owner).await.unwrap().unwrap();
        other.by_share(&share).await.unwrap().unwrap();
    }
    other.write_openings().await.unwrap();
    if begun == today() {
        assert_eq!(days(&store, record).await, OpenedDays { private: vec![begun], shared: vec![begun] });
    }
    store.delete(&owner).await.unwrap();
    assert_eq!(database.beside().count("result_openings"), 0, "they go with the result");
}

async fn openings_of_a_deleted_result_keep_no_others_from_being_written(database: TestDatabase) {
    let store = database.store();
    let ((_, deleted), (_, kept)) = (sent(&store).await, sent(&store).await);
    finish_next(&store).await;
    finish_next(&store).await;
    for key in [&deleted, &kept] {
        store.by_owner(key).await.unwrap().unwrap();
    }
    store.delete(&deleted).await.unwrap();
    store.write_openings().await.unwrap();
    assert_eq!(database.beside().count("result_openings"), 1);
}

async fn what_could_not_be_written_is_written_later(database: TestDatabase) {
    let store = database.store();
    let (_, owner) = sent(&store).await;
    finish_next(&store).await;
    let mut beside = database.beside();
    beside.execute("ALTER TABLE result_openings RENAME TO elsewhere");
    let record = store.by_owner(&owner).await.unwrap().unwrap().shown.id;
    store.write_openings().await.unwrap_err();
    beside.execute("ALTER TABLE elsewhere RENAME TO result_openings");
    store.write_openings().await.unwrap();
    assert_eq!(days(&store, record).await.private.len(), 1);
}

async fn days_are_deleted_after_ninety_days(database: TestDatabase) {
    let store = database.store();
    let (_, owner) = sent(&store).await;
    finish_next(&store).await;
    let record = store.by_owner(&owner).await.unwrap().unwrap().shown.id;
    store.write_openings().await.unwrap();
    for (later, kept) in [(90, 1), (92, 0)] {
        let then = Utc::now() + TimeDelta::days(later);
        assert_eq!(store.opened_days(record, then).await.unwrap().private.len(), kept, "{later}");
        store.sweep(then).await.unwrap();
        assert_eq!(database.beside().count("result_openings"), kept as i64, "{later}");
    }
    assert_eq!(database.beside().count("personality_records"), 1);
}

#[actix_web::test]
async fn the_owner_is_shown_the_days_and_a_page_never_waits_for_them() {
    let database = TestDatabase::sqlite();
    let store = database.store();
    let owner = left_behind(&store, "I like tea.").await;
    let leased = store.lease_next("test", Duration::from_secs(60), Wanted::Fresh(Source::Api)).await;
    let profile = Profile { types: [1.0 / 16.0; 16], traits: [1.0 / 16.0; 5] };
    let reading = Finished { profile, ..finished() };
    let lease = leased.unwrap().unwrap().lease;
    assert_eq!(store.finish(&lease, reading).await.unwrap(), LeaseOutcome::Held);
    let share = store.share(&owner).await.unwrap();
    let path = format!("/results/{}", owner.as_text());
    {
        let site = Site::start(&["--database-url", database.address()]);
        let visitor = Visitor::new(&site);
        visitor.page(&path).await;
        visitor.page(&format!("/shared/{}", share.as_text())).await;
        // Stopping writes what it knows.
    }
    let mut beside = database.beside();
    assert_eq!(beside.count("result_openings"), 2);
    beside.execute("UPDATE result_openings SET day = '2001-02-03' WHERE address = 'shared'");
    let long_ago = (Utc::now() - TimeDelta::days(40)).date_naive();
    beside.execute(&format!("UPDATE result_openings SET day = '{long_ago}' WHERE address = 'private'"));
    let site = Site::start(&["--database-url", database.address()]);
    let visitor = Visitor::new(&site);
    let said = text(&visitor.page(&path).await, "#keep details");
    let private =
        format!("At its private address: {}, {}.", today().format("%B %-d"), long_ago.format("%B %-d"));
    assert!(said.contains(&private) && said.contains("By its share link: on no day."), "{said}");
    let shared = visitor.page(&format!("/shared/{}", share.as_text())).await;
    assert!(!text(&shared, "main").contains("Days on which"), "they are for the owner");
    let exported =
        async || -> Value { visitor.get(&format!("{path}/export.json")).await.json().await.unwrap() };
    let days = json!({"private": [today(), long_ago], "shared": []});
    assert_eq!(exported().await["opened"], days);
    let table = visitor.get(&format!("{path}/export.csv")).await.text().await.unwrap();
    assert!(table.contains(&format!("opened,private address,,{long_ago}\n")), "{table}");
    beside.execute("DROP TABLE result_openings");
    assert_eq!(exported().await["opened"], Value::Null);
    let said = text(&visitor.page(&path).await, "#keep details");
    assert!(said.contains("cannot be shown right now"), "{said}");
}

//! Deleted words disappear from SQLite's files, including the write-ahead log, however they are deleted.

use calling::internals::records::Store;
use chrono::{TimeDelta, Utc};

use crate::database::{TestDatabase, block_on};
use crate::harness::Site;
use crate::records::{answers, left_behind};

const SECRET: &str = "unmistakable-words-of-a-visitor";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Delete,
    Forget,
    Expire,
}

fn holds_the_words(database: &TestDatabase) -> bool {
    std::fs::read_dir(database.directory()).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
    })
}

/// Stores words and deletes them. Calls `before` in between.
async fn store_and_erase(store: &Store, way: Way, before: impl FnOnce()) {
    let words = format!("{SECRET} ").repeat(500);
    if way == Way::Delete {
        let key = left_behind(store, &words).await;
        before();
        store.delete(&key).await.unwrap();
        return;
    }
    let key = store.open_draft().await.unwrap();
    store.save_answers(&key, answers([("q01", Some(&words))])).await.unwrap();
    before();
    if way == Way::Forget {
        store.forget_draft(&key).await.unwrap();
    } else {
        assert_eq!(store.sweep(Utc::now() + TimeDelta::days(365)).await.unwrap().drafts, 1);
    }
}

#[test]
fn erased_words_are_gone_from_the_sqlite_files_at_once() {
    for way in [Way::Delete, Way::Forget, Way::Expire] {
        block_on(async {
            let database = TestDatabase::sqlite();
            let store = database.store();
            store_and_erase(&store, way, || assert!(holds_the_words(&database), "{way:?}")).await;
            assert!(!holds_the_words(&database), "{way:?}");
        });
    }
}

#[test]
fn words_that_a_reader_held_in_the_write_ahead_log_are_gone_after_the_next_sweep() {
    for way in [Way::Delete, Way::Forget, Way::Expire] {
        block_on(async {
            let database = TestDatabase::sqlite();
            let store = database.store();
            let mut reader = database.beside();
            store_and_erase(&store, way, || reader.execute("BEGIN; SELECT * FROM drafts")).await;
            assert!(holds_the_words(&database), "{way:?}: the reader held nothing, so nothing is tested");
            reader.execute("ROLLBACK");
            assert_eq!(store.sweep(Utc::now()).await.unwrap().drafts, 0);
            assert!(!holds_the_words(&database), "{way:?}");
        });
    }
}

#[actix_web::test]
async fn the_privacy_page_says_how_long_results_and_backups_are_kept() {
    let privacy =
        async |arguments: &[&str]| Site::start(arguments).page("/privacy").await.text().await.unwrap();
    for (arguments, sentences) in [
        (
            [].as_slice(),
            [
                "until you delete them.",
                "overwritten in the database file",
                "If the operator of this server makes backups",
            ],
        ),
        (
            &["--result-days", "30", "--backup-days", "1"],
            ["for 30 days at most", "30 days after your result was finished", "gone after 1 day."],
        ),
        (
            &["--result-days", "1", "--backup-days", "0"],
            ["for 1 day at most", "1 day after your result was finished", "keeps no backups"],
        ),
    ] {
        let page = privacy(arguments).await;
        for sentence in sentences {
            assert!(page.contains(sentence), "{arguments:?}: {sentence:?} is missing from\n{page}");
        }
    }
}

//! Erased words leave SQLite's files, the log written ahead included, whichever way they are erased.

use calling::records::{NewText, Store};
use chrono::{TimeDelta, Utc};

use crate::database::{TestDatabase, block_on};
use crate::records::answers;

const SECRET: &str = "unmistakable-words-of-a-visitor";

/// How words are erased.
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

/// Stores words and erases them; `before` is called in between.
async fn store_and_erase(store: &Store, way: Way, before: impl FnOnce()) {
    let words = format!("{SECRET} ").repeat(500);
    if way == Way::Delete {
        let key = store.store_text(NewText { text: words }).await.unwrap();
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
        assert_eq!(store.expire_drafts(Utc::now() + TimeDelta::days(365)).await.unwrap(), 1);
    }
}

#[test]
fn erased_words_leave_the_sqlite_files_at_once() {
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
fn words_that_a_reader_kept_in_the_log_leave_it_with_the_next_sweep() {
    for way in [Way::Delete, Way::Forget, Way::Expire] {
        block_on(async {
            let database = TestDatabase::sqlite();
            let store = database.store();
            let mut reader = database.beside();
            store_and_erase(&store, way, || reader.execute("BEGIN; SELECT * FROM drafts")).await;
            assert!(holds_the_words(&database), "{way:?}: the reader kept nothing, and nothing is tested");
            reader.execute("ROLLBACK");
            assert_eq!(store.expire_drafts(Utc::now()).await.unwrap(), 0);
            assert!(!holds_the_words(&database), "{way:?}");
        });
    }
}

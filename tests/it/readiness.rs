//! Whether /ready notices a database that does not work, and what is still possible then.

use std::time::{Duration, Instant};

use calling::internals::records::{DatabaseUrl, PoolConfig, RecordsError, Store, Unavailability};
use tempfile::TempDir;

use crate::database::{TestDatabase, block_on, on_both_databases};
use crate::harness::{BIG_FIVE_MODEL, PATIENCE, Process, Site, calling};
use crate::postgres::Cluster;
use crate::records::{answers, left_behind, submission};

on_both_databases!(a_check_leaves_no_row_and_is_repeated_after_a_while_only);

fn unavailable<T: std::fmt::Debug>(result: Result<T, RecordsError>) -> Unavailability {
    match result {
        Err(RecordsError::Unavailable { why, .. }) => why,
        other => panic!("expected an unavailable database, got {other:?}"),
    }
}

async fn a_check_leaves_no_row_and_is_repeated_after_a_while_only(database: TestDatabase) {
    let store = database.store();
    for _ in 0..3 {
        store.check().await.unwrap();
    }
    let mut beside = database.beside();
    assert_eq!(beside.count("drafts"), 0);
    assert_eq!(beside.count("draft_answers"), 0);
    store.open_draft().await.unwrap();
    assert_eq!(beside.count("drafts WHERE id = 2"), 1, "one row was stored for three checks");
}

#[test]
fn a_sqlite_file_that_was_removed_or_replaced_is_reported_and_takes_no_new_words() {
    block_on(async {
        let database = TestDatabase::sqlite();
        let store = database.store();
        store.check().await.unwrap();
        let file = database.directory().join("calling.db");
        let aside = database.directory().join("aside.db");
        std::fs::rename(&file, &aside).unwrap();
        assert_eq!(unavailable(store.check().await), Unavailability::Replaced);
        assert_eq!(unavailable(store.open_draft().await), Unavailability::Replaced);
        std::fs::write(&file, "").unwrap();
        assert_eq!(unavailable(store.check().await), Unavailability::Replaced);
        std::fs::rename(&aside, &file).unwrap();
        store.check().await.unwrap();
        store.open_draft().await.unwrap();
    });
}

#[test]
fn a_nearly_full_disk_takes_no_new_words_but_erasing_works() {
    block_on(async {
        let database = TestDatabase::sqlite();
        let roomy = database.store();
        let key = roomy.open_draft().await.unwrap();
        roomy.save_answers(&key, answers([("q01", Some("words"))])).await.unwrap();
        let result = left_behind(&roomy, "words").await;
        let full = database.store_with(PoolConfig { min_free: u64::MAX, ..PoolConfig::default() });
        assert_eq!(unavailable(full.check().await), Unavailability::NoSpace);
        assert_eq!(unavailable(full.open_draft().await), Unavailability::NoSpace);
        let change = answers([("q01", Some("more"))]);
        assert_eq!(unavailable(full.save_answers(&key, change).await), Unavailability::NoSpace);
        assert_eq!(unavailable(full.submit(&key, submission(1)).await), Unavailability::NoSpace);
        assert_eq!(full.draft(&key).await.unwrap().unwrap().answers["q01"], "words");
        assert!(full.forget_draft(&key).await.unwrap());
        assert!(full.delete(&result).await.unwrap().is_some());
    });
}

#[actix_web::test]
async fn a_visitor_is_told_in_words_that_there_is_no_room() {
    let site = Site::start(&["--min-free-space", "1000000TiB"]);
    let agreed = site.client.post(site.url("/begin")).header("accept", "text/html").form(&[("agree", "1")]);
    let refused = agreed.send().await.unwrap();
    assert_eq!(refused.status(), 503);
    let page = refused.text().await.unwrap();
    assert!(page.contains("no room for new answers") && page.contains("Deleting still works"), "{page}");
    let started = Instant::now();
    loop {
        let ready = site.get("/ready").await;
        assert_eq!(ready.status(), 503);
        let reason = ready.text().await.unwrap();
        if reason.contains("the disk of the database is nearly full") {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{reason}");
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until /ready answers this status; returns what it says.
#[cfg(target_os = "linux")]
async fn ready_becomes(server: &Process, status: u16) -> String {
    let started = Instant::now();
    loop {
        let ready = reqwest::get(format!("http://{}/ready", server.address)).await.unwrap();
        let found = ready.status().as_u16();
        let said = ready.text().await.unwrap();
        if found == status {
            return said;
        }
        assert!(started.elapsed() < PATIENCE, "still {found}: {said}");
        actix_web::rt::time::sleep(Duration::from_millis(200)).await;
    }
}

#[cfg(target_os = "linux")]
#[actix_web::test]
async fn a_disk_that_takes_no_write_is_reported_until_it_does_again() {
    let folder = TempDir::new().unwrap();
    let server = calling(&["--listen", "127.0.0.1:0"]);
    // A write beyond the limit is then an error and not the end of the process.
    let mut ignoring = std::process::Command::new("env");
    ignoring.arg("--ignore-signal=XFSZ").arg(server.get_program()).args(server.get_args());
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => ignoring.env(name, value),
            None => ignoring.env_remove(name),
        };
    }
    let server = Process::start(ignoring.current_dir(&folder));
    ready_becomes(&server, 200).await;
    let limit = |size: &str| {
        let process = server.id().to_string();
        let mut prlimit = std::process::Command::new("prlimit");
        assert!(prlimit.args(["--pid", &process, &format!("--fsize={size}:")]).status().unwrap().success());
    };
    limit("0");
    let said = ready_becomes(&server, 503).await;
    assert!(said.contains("the database could not carry out the operation"), "{said}");
    limit("unlimited");
    ready_becomes(&server, 200).await;
    server.terminate();
    let (code, _, log) = server.ended();
    assert_eq!(code, Some(0), "{log}");
}

/// A copy of the small BERT whose numbers grow until they are none.
#[cfg(target_os = "linux")]
fn without_numbers() -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in std::fs::read_dir(BIG_FIVE_MODEL).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let weights = folder.path().join("model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    let length = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let (head, tensors) = bytes[8..].split_at_mut(length);
    let head: serde_json::Value = serde_json::from_slice(head).unwrap();
    let scale = &head["bert.embeddings.LayerNorm.weight"];
    assert_eq!(scale["dtype"], "F32");
    let [start, end] = [0, 1].map(|i| scale["data_offsets"][i].as_u64().unwrap() as usize);
    for number in tensors[start..end].as_chunks_mut::<4>().0 {
        *number = f32::MAX.to_le_bytes();
    }
    std::fs::write(weights, bytes).unwrap();
    folder
}

#[cfg(target_os = "linux")]
#[actix_web::test]
async fn a_server_whose_model_gives_no_numbers_is_never_ready_and_says_why() {
    let model = without_numbers();
    let folder = TempDir::new().unwrap();
    let mut server = calling(&["--listen", "127.0.0.1:0"]);
    server.env("CALLING_BIG_FIVE_MODEL", model.path());
    let server = Process::start(server.current_dir(&folder));
    let expected =
        "not ready: the big_five model failed its self-check: the model returned a number that is not finite";
    let started = Instant::now();
    let mut failed = 0;
    // It is tried again every five seconds.
    while failed < 60 {
        let ready = reqwest::get(format!("http://{}/ready", server.address)).await.unwrap();
        assert_eq!(ready.status(), 503);
        let said = ready.text().await.unwrap();
        let reason = said.lines().next().unwrap();
        if failed > 0 {
            assert_eq!(reason, expected);
        }
        failed += usize::from(reason == expected);
        assert!(started.elapsed() < PATIENCE, "{said}");
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
    }
    server.terminate();
    let (code, _, log) = server.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.matches("a model failed its self-check model=big_five").count() > 1, "{log}");
}

#[test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
fn the_sweep_has_postgresql_clean_up() {
    block_on(async {
        let database = TestDatabase::postgres();
        let store = database.store();
        store.sweep(chrono::Utc::now()).await.unwrap();
        let vacuumed = "pg_stat_user_tables WHERE last_vacuum IS NOT NULL AND relname IN \
                        ('drafts', 'draft_answers', 'personality_records')";
        let started = Instant::now();
        while database.beside().count(vacuumed) < 3 {
            assert!(started.elapsed() < PATIENCE, "no table was vacuumed");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
}

#[test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
fn a_database_that_cannot_hold_every_character_is_reported() {
    block_on(async {
        let url = Cluster::shared().new_database_with("ENCODING 'LATIN1' TEMPLATE template0");
        let store = Store::connect(DatabaseUrl::parse(&url).unwrap(), PoolConfig::default()).unwrap();
        assert_eq!(unavailable(store.check().await), Unavailability::Characters);
    });
}

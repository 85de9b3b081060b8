//! Databases that are down, locked, unmigrated or unusable, and the migrations themselves.

use std::time::{Duration, Instant};

use calling::internals::records::{
    DatabaseUrl, DatabaseUrlError, PoolConfig, RecordsError, Status, Store, Unavailability, migrate_down,
    migrate_up, migration_status,
};
use calling::internals::submissions::{Runner, RunnerConfig};

use crate::database::{TestDatabase, block_on, on_both_databases};
use crate::harness::{calling, output};
use crate::postgres::Cluster;
use crate::records::{answers, left_behind, sent};
use crate::submissions::{posted, quick, wait_for, wait_until};

on_both_databases!(
    migrations_go_up_and_down_and_up_again,
    the_command_line_migrates,
    servers_that_start_together_migrate_once,
    without_migrating_an_empty_database_is_unavailable,
    waiting_for_a_held_lock_times_out_and_changes_nothing,
    a_finished_reading_waits_until_a_locked_database_is_free,
);

fn unavailable<T: std::fmt::Debug>(result: Result<T, RecordsError>) -> Unavailability {
    match result {
        Err(RecordsError::Unavailable { why, .. }) => why,
        other => panic!("expected an unavailable database, got {other:?}"),
    }
}

fn short_timeout() -> PoolConfig {
    PoolConfig { timeout: Duration::from_secs(2), ..PoolConfig::default() }
}

async fn migrations_go_up_and_down_and_up_again(database: TestDatabase) {
    let (url, config) = (database.url(), PoolConfig::default());
    let names: Vec<String> =
        migration_status(&url, &config).unwrap().into_iter().map(|migration| migration.name).collect();
    assert!(!names.is_empty());
    let applied = || -> Vec<String> {
        let all = migration_status(&url, &config).unwrap();
        all.into_iter().filter(|migration| migration.applied).map(|migration| migration.name).collect()
    };
    for _ in 0..2 {
        assert!(applied().is_empty());
        assert_eq!(migrate_up(&url, &config).unwrap(), names);
        assert_eq!(migrate_up(&url, &config).unwrap(), Vec::<String>::new());
        assert_eq!(applied(), names);
        let store = database.store_with(PoolConfig { migrate: false, ..PoolConfig::default() });
        sent(&store).await;
        assert_eq!(
            database.beside().count("personality_records"),
            1,
            "the tables are created anew each time"
        );
        drop(store);
        for name in names.iter().rev() {
            assert_eq!(migrate_down(&url, &config).unwrap().as_ref(), Some(name));
        }
        assert_eq!(migrate_down(&url, &config).unwrap(), None);
        let tables = match &url {
            DatabaseUrl::Postgres(_) => "information_schema.tables WHERE table_schema = 'public'",
            DatabaseUrl::Sqlite(_) => "sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        };
        assert_eq!(database.beside().count(tables), 1, "only diesel's list of migrations is left");
    }
}

async fn the_command_line_migrates(database: TestDatabase) {
    let run = |arguments: &[&str]| {
        let mut command = calling(&["migrate"]);
        let output = output(command.args(arguments).args(["--database-url", database.address()]));
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), said.trim().to_owned())
    };
    let (code, status) = run(&["status"]);
    assert!(code == Some(0) && status.lines().all(|line| line.starts_with("pending ")), "{status}");
    let (code, up) = run(&["up"]);
    assert!(code == Some(0) && up.starts_with("ran 2026-11-21-000001_records"), "{up}");
    assert_eq!(run(&["up"]), (Some(0), "already up to date".to_owned()));
    let (_, status) = run(&["status"]);
    assert!(status.lines().all(|line| line.starts_with("applied ")), "{status}");
    let (code, down) = run(&["down"]);
    assert!(code == Some(0) && down.starts_with("reverted "), "{down}");
    let wrong = output(&mut calling(&["migrate", "up", "--database-url", "mysql://u:hunter2@h/d"]));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(2), "{said}");
    assert!(said.contains("sqlite://") && !said.contains("hunter2"), "{said}");
}

async fn servers_that_start_together_migrate_once(database: TestDatabase) {
    let mut servers = tokio::task::JoinSet::new();
    for store in (0..6).map(|_| database.store()) {
        servers.spawn(async move { store.ping().await });
    }
    for pinged in servers.join_all().await {
        pinged.unwrap();
    }
    let migrations = migration_status(&database.url(), &PoolConfig::default()).unwrap();
    assert_eq!(
        usize::try_from(database.beside().count("__diesel_schema_migrations")).unwrap(),
        migrations.len()
    );
}

async fn without_migrating_an_empty_database_is_unavailable(database: TestDatabase) {
    let store = database.store_with(PoolConfig { migrate: false, ..PoolConfig::default() });
    let Err(error) = store.ping().await else { panic!("an empty database is ready") };
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("_records") && source.contains("migrate up"), "{source}");
    assert_eq!(unavailable(store.open_draft().await), Unavailability::SchemaBehind);
    migrate_up(&database.url(), &PoolConfig::default()).unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    store.ping().await.unwrap();
}

async fn waiting_for_a_held_lock_times_out_and_changes_nothing(database: TestDatabase) {
    database.store().ping().await.unwrap();
    let store = database.store_with(short_timeout());
    let key = store.open_draft().await.unwrap();
    let mut beside = database.beside();
    match database.url() {
        DatabaseUrl::Postgres(_) => beside.execute("BEGIN; UPDATE drafts SET revision = revision"),
        DatabaseUrl::Sqlite(_) => beside.execute("BEGIN IMMEDIATE"),
    }
    let begun = Instant::now();
    let why = unavailable(store.save_answers(&key, answers([("r01", Some("1"))])).await);
    assert!(matches!(why, Unavailability::Refused | Unavailability::TimedOut), "{why:?}");
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    // Reading still works.
    assert!(store.draft(&key).await.unwrap().unwrap().answers.is_empty());
    beside.execute("ROLLBACK");
    store.save_answers(&key, answers([("r02", Some("2"))])).await.unwrap();
    let draft = store.draft(&key).await.unwrap().unwrap();
    assert_eq!(draft.answers.into_iter().collect::<Vec<_>>(), [("r02".to_owned(), "2".to_owned())]);
}

async fn a_finished_reading_waits_until_a_locked_database_is_free(database: TestDatabase) {
    database.store().ping().await.unwrap();
    let store = database.store_with(short_timeout());
    let key = left_behind(&store, "one").await;
    let mut beside = database.beside();
    let reader = crate::submissions::Scripted::new(async |_text: String, _begun: usize| {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(())
    });
    let (begun, now) = (reader.begun.clone(), reader.now.clone());
    let runner = Runner::start(store, reader, RunnerConfig::default());
    wait_until(|| !begun.lock().unwrap().is_empty()).await;
    match database.url() {
        DatabaseUrl::Postgres(_) => beside.execute("BEGIN; LOCK TABLE personality_records IN EXCLUSIVE MODE"),
        DatabaseUrl::Sqlite(_) => beside.execute("BEGIN IMMEDIATE"),
    }
    wait_until(|| now.load(std::sync::atomic::Ordering::SeqCst) == 0).await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(runner.finished(), 0);
    beside.execute("ROLLBACK");
    let record = wait_for(runner.store(), &key, Duration::from_secs(20)).await.unwrap().unwrap();
    assert_eq!((record.status, record.attempts), (Status::Done, 2), "the text is not read again");
}

#[test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
fn nothing_is_lost_while_postgresql_is_down() {
    block_on(async {
        let cluster = tokio::task::spawn_blocking(|| Cluster::start_new(true).unwrap()).await.unwrap();
        let url = DatabaseUrl::parse(&cluster.new_database()).unwrap();
        cluster.stop();
        // Down at the start: connecting succeeds at once, and operations say why they fail.
        let begun = Instant::now();
        let store = Store::connect(url.clone(), PoolConfig::default()).unwrap();
        assert!(begun.elapsed() < Duration::from_millis(200));
        assert_eq!(unavailable(store.ping().await), Unavailability::NoConnection);
        assert_eq!(unavailable(store.open_draft().await), Unavailability::NoConnection);
        let runner = Runner::start(store.clone(), quick(), RunnerConfig::default());
        cluster.start();
        let until = Instant::now() + Duration::from_secs(20);
        while store.ping().await.is_err() {
            assert!(Instant::now() < until, "the store did not notice that the database is back");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // Down while in use, killed as by a power cut.
        let draft = store.open_draft().await.unwrap();
        store.save_answers(&draft, answers([("q01", Some("kept"))])).await.unwrap();
        let mut keys = Vec::new();
        for number in 0..20 {
            keys.push(posted(&runner, &number.to_string()).await);
        }
        cluster.stop();
        let begun = Instant::now();
        assert!(matches!(
            unavailable(store.save_answers(&draft, answers([("q02", Some("x"))])).await),
            Unavailability::NoConnection | Unavailability::Lost | Unavailability::TimedOut
        ));
        assert!(store.ping().await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
        let begun = Instant::now();
        assert_eq!(unavailable(store.ping().await), Unavailability::NoConnection);
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "once it is known to be down, operations fail soon: {:?}",
            begun.elapsed()
        );
        cluster.start();
        for key in &keys {
            let record = loop {
                match wait_for(runner.store(), key, Duration::from_secs(60)).await {
                    Ok(record) => break record.unwrap(),
                    Err(error) => assert!(error.is_unavailable(), "{error:?}"),
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            };
            assert_eq!(record.status, Status::Done);
        }
        assert_eq!(store.draft(&draft).await.unwrap().unwrap().answers["q01"], "kept");
    });
}

#[test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
fn a_wrong_database_name_does_not_stop_the_start_and_is_reported() {
    block_on(async {
        let url = DatabaseUrl::parse(&Cluster::shared().url("no_such_database")).unwrap();
        let store = Store::connect(url, PoolConfig::default()).unwrap();
        let error = store.ping().await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("no_such_database"), "{source}");
    });
}

#[test]
fn a_sqlite_file_that_cannot_be_used_stops_the_start() {
    let directory = tempfile::TempDir::new().unwrap();
    let connect = |path: &std::path::Path| {
        Store::connect(DatabaseUrl::Sqlite(path.to_owned()), PoolConfig::default()).unwrap_err()
    };
    let missing = directory.path().join("nowhere").join("calling.db");
    let error = connect(&missing);
    assert!(matches!(error, DatabaseUrlError::NoDirectory { .. }), "{error}");
    assert!(error.to_string().contains("nowhere/calling.db"), "{error}");
    assert!(!missing.exists() && !missing.parent().unwrap().exists());
    let other = directory.path().join("letter.txt");
    std::fs::write(&other, "Dear Sir or Madam, this is no database at all. ".repeat(100)).unwrap();
    for path in [other.as_path(), directory.path()] {
        let error = connect(path);
        assert!(matches!(error, DatabaseUrlError::Unusable { .. }), "{error}");
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
    assert!(std::fs::read_to_string(&other).unwrap().starts_with("Dear Sir"), "and it is left unchanged");
}

#[test]
fn operations_beyond_the_waiting_limit_fail_at_once() {
    block_on(async {
        let directory = tempfile::TempDir::new().unwrap();
        let url = DatabaseUrl::Sqlite(directory.path().join("calling.db"));
        let store = Store::connect(url, PoolConfig { max_waiting: 10, ..PoolConfig::default() }).unwrap();
        store.ping().await.unwrap();
        let mut drafts = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let store = store.clone();
            drafts.spawn(async move { store.open_draft().await });
        }
        let (opened, busy): (Vec<_>, Vec<_>) = drafts.join_all().await.into_iter().partition(Result::is_ok);
        assert!(opened.len() >= 11, "{}", opened.len());
        assert!(!busy.is_empty());
        for refused in busy {
            assert_eq!(unavailable(refused), Unavailability::Busy);
        }
        store.open_draft().await.unwrap();
    });
}

//! The server is killed, or stopped at once by a second SIGTERM, repeatedly at random moments while clients post. Everything it
//! accepted is stored once and read.
//!
//! CALLING_KILLS=300 does so 300 times.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use calling::internals::records::{DatabaseUrl, OwnerKey, PoolConfig, Status, Store};
use serde_json::json;

use crate::database::{TestDatabase, off_the_disk};
use crate::harness::{Process, calling};
use crate::records::sent;

const CLIENTS: usize = 4;

/// How a server ends before its work is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Killed,
    TerminatedTwice,
}

impl End {
    async fn of(self, server: Process) {
        if self == End::Killed {
            return server.kill();
        }
        server.terminate();
        let pause = rand::random_range(0..50);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.terminate();
        let ended = tokio::task::spawn_blocking(move || server.ended()).await.unwrap();
        assert_eq!(ended.0, Some(0), "{}", ended.2);
    }
}

/// Shared by the clients and the test.
#[derive(Default)]
struct Load {
    /// Where the server listens; `None` while it is not running.
    address: Mutex<Option<SocketAddr>>,
    /// Key to text of each accepted submission.
    accepted: Mutex<BTreeMap<String, String>>,
    /// Requests that were interrupted, not counting refused connections.
    broken: AtomicUsize,
    over: AtomicBool,
}

/// Posts different texts until `over`, and records those that the server accepted.
async fn post(load: Arc<Load>, client: reqwest::Client, number: usize) {
    for count in 0.. {
        if load.over.load(Ordering::Acquire) {
            return;
        }
        let address = *load.address.lock().unwrap();
        let Some(address) = address else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let text = format!("Client {number} writes text {count}. I like quiet rooms and long walks.");
        let url = format!("http://{address}/get_career_recommendations");
        match client.post(url).json(&json!({"text": text})).send().await {
            Ok(answer) => {
                if let Some(location) = answer.headers().get("location") {
                    let key = location.to_str().unwrap().rsplit('/').next().unwrap().to_owned();
                    assert_eq!(
                        load.accepted.lock().unwrap().insert(key, text),
                        None,
                        "two results with one key"
                    );
                }
            }
            Err(error) if error.is_connect() => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(_interrupted) => drop(load.broken.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

/// Number of servers that hold a locked file, or were killed and are not noticed yet.
fn workers(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().contains("-worker-")).count()
}

/// Waits until it is so, for a minute and a half.
async fn until(mut condition: impl FnMut() -> bool, otherwise: &str) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(90), "{otherwise}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn survives(database: &TestDatabase, end: End, times: usize) {
    // Stores questionnaires directly, as a server would. They must be read too.
    let store = Store::connect(
        database.url(),
        PoolConfig { timeout: Duration::from_secs(30), ..PoolConfig::default() },
    )
    .unwrap();
    store.ping().await.unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    // For the servers' locked files, if the database has no folder of its own.
    let temporary = tempfile::TempDir::new_in(off_the_disk()).unwrap();
    let start = || {
        let mut command = calling(&["--listen", "127.0.0.1:0", "--database-url", database.address()]);
        command.env("CALLING_LEASE", "2").env("CALLING_DEADLINE", "2").env("CALLING_RATE_LIMIT", "0");
        command.current_dir(folder.path());
        command.env("TMPDIR", temporary.path());
        tokio::task::spawn_blocking(move || Process::start(&mut command))
    };
    let load = Arc::new(Load::default());
    let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(post(load.clone(), client.clone(), number));
    }
    let mut own: BTreeSet<String> = BTreeSet::new();
    // On a busy machine many servers are killed before they answer anything, and servers that are terminated may have answered
    // everything, so more servers are needed.
    let enough =
        |load: &Load| load.accepted.lock().unwrap().len() >= times && load.broken.load(Ordering::Relaxed) > 0;
    for ended in 0..4 * times {
        if ended >= times && enough(&load) {
            break;
        }
        let server = start().await.unwrap();
        *load.address.lock().unwrap() = Some(server.address);
        let (_, key) = sent(&store).await;
        own.insert(key.as_text());
        let life = rand::random_range(0..600);
        tokio::time::sleep(Duration::from_millis(life)).await;
        end.of(server).await;
        *load.address.lock().unwrap() = None;
    }
    load.over.store(true, Ordering::Release);
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    // The last server reads what the others left.
    let server = start().await.unwrap();
    let locked_files = match database.url() {
        DatabaseUrl::Sqlite(_) => database.directory(),
        DatabaseUrl::Postgres(_) => temporary.path(),
    };
    until(|| workers(locked_files) == 1, "killed servers have left files").await;
    let accepted = load.accepted.lock().unwrap().clone();
    let lost = load.broken.load(Ordering::Relaxed);
    assert!(accepted.len() >= times, "too little load to show anything: {} accepted", accepted.len());
    assert!(lost > 0, "no request was in progress when the server ended");
    // Clients open what they know. What was deferred is read then, at the latest.
    for (key, text) in &accepted {
        let record = store.by_owner(&OwnerKey::parse(key).unwrap()).await.unwrap();
        assert_eq!(record.unwrap_or_else(|| panic!("accepted but not stored: {text}")).text, *text);
    }
    let mut beside = database.beside();
    until(
        || beside.count("personality_records WHERE status <> 'done' AND unclaimed_until IS NULL") == 0,
        "submissions are not read",
    )
    .await;
    // What is left of those that no client knows: servers were killed between their two notes. Without the first note every
    // answer that a kill interrupted would be kept like this.
    let perhaps = beside.count("personality_records WHERE unclaimed_until IS NOT NULL");
    println!("{perhaps} records are kept for a day after {lost} interrupted requests");
    // Rounded up, since a second SIGTERM interrupts only a few requests.
    assert!(perhaps <= i64::try_from(lost.div_ceil(10)).unwrap(), "{perhaps} of {lost} are kept for a day");
    beside.execute(
        "UPDATE personality_records SET unclaimed_until = '2001-01-01 00:00:00' WHERE unclaimed_until IS NOT NULL",
    );
    until(
        || beside.count("personality_records WHERE unclaimed_until IS NOT NULL") == 0,
        "records whose day is over are not erased",
    )
    .await;
    for (key, text) in &accepted {
        let record = store.by_owner(&OwnerKey::parse(key).unwrap()).await.unwrap();
        let record = record.unwrap_or_else(|| panic!("accepted but not stored: {text}"));
        assert_eq!((record.status, &record.text), (Status::Done, text), "{:?}", record.failure);
    }
    for key in &own {
        let record = store.by_owner(&OwnerKey::parse(key).unwrap()).await.unwrap().unwrap();
        assert_eq!(record.status, Status::Done, "{:?}", record.failure);
    }
    assert_eq!(beside.count("personality_records WHERE status <> 'done'"), 0);
    assert_eq!(
        beside.count(
            "(SELECT text FROM personality_records WHERE source = 'api' GROUP BY text HAVING COUNT(*) > 1) d"
        ),
        0,
        "a text was stored twice"
    );
    let rows = beside.count("personality_records");
    let known = i64::try_from(accepted.len() + own.len()).unwrap();
    assert_eq!(rows, known, "records without a holder, after {lost} interrupted requests");
    println!(
        "{times} ends, {} accepted and {} of our own: none lost, none without a holder",
        accepted.len(),
        own.len()
    );
    server.kill();
}

fn run(database: &TestDatabase, end: End, times: usize) {
    let times = std::env::var("CALLING_KILLS").map_or(times, |times| times.parse().unwrap());
    let patience = Duration::from_secs(600.max(12 * times as u64));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(patience, survives(database, end, times)).await.unwrap() });
}

#[test]
fn fifty_kills_lose_nothing_on_sqlite() {
    run(&TestDatabase::sqlite_off_the_disk(), End::Killed, 50);
}

#[test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
fn fifty_kills_lose_nothing_on_postgresql() {
    run(&TestDatabase::postgres(), End::Killed, 50);
}

#[test]
fn a_second_sigterm_loses_nothing_and_leaves_nothing_without_a_holder() {
    run(&TestDatabase::sqlite_off_the_disk(), End::TerminatedTwice, 5);
}

//! The server is killed repeatedly at random moments while clients post. Everything it accepted is stored once and read.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use calling::internals::records::{OwnerKey, PoolConfig, Status, Store};
use serde_json::json;

use crate::database::{TestDatabase, off_the_disk};
use crate::harness::{Process, calling};
use crate::records::sent;

const KILLS: usize = 50;
const CLIENTS: usize = 4;

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

async fn survives(database: &TestDatabase) {
    // Stores questionnaires directly, as a server would. They must be read too.
    let store = Store::connect(
        database.url(),
        PoolConfig { timeout: Duration::from_secs(30), ..PoolConfig::default() },
    )
    .unwrap();
    store.ping().await.unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let start = || {
        let mut command = calling(&["--listen", "127.0.0.1:0", "--database-url", database.address()]);
        command.env("CALLING_LEASE", "2").env("CALLING_DEADLINE", "2").env("CALLING_RATE_LIMIT", "0");
        command.current_dir(folder.path());
        // The server notes in a file that it is about to send an address. If the disk is busy, the note takes milliseconds, and
        // each of them is a chance to be killed between the note and the answer.
        command.env("TMPDIR", off_the_disk());
        tokio::task::spawn_blocking(move || Process::start(&mut command))
    };
    let load = Arc::new(Load::default());
    let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(post(load.clone(), client.clone(), number));
    }
    let mut own: BTreeSet<String> = BTreeSet::new();
    // On a busy machine many servers are killed before they answer anything, so it takes more of them.
    let enough = |load: &Load| load.accepted.lock().unwrap().len() >= KILLS;
    for kill in 0..4 * KILLS {
        if kill >= KILLS && enough(&load) {
            break;
        }
        let server = start().await.unwrap();
        *load.address.lock().unwrap() = Some(server.address);
        let (_, key) = sent(&store).await;
        own.insert(key.as_text());
        let life = rand::random_range(0..600);
        tokio::time::sleep(Duration::from_millis(life)).await;
        server.kill();
        *load.address.lock().unwrap() = None;
    }
    load.over.store(true, Ordering::Release);
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    // The last server reads what the others left.
    let server = start().await.unwrap();
    let begun = Instant::now();
    loop {
        // A record that its dead server had read but told nobody of is unclaimed until it is erased.
        let left = database.beside().count(
            "personality_records WHERE status IN ('queued', 'reading') OR unclaimed_until IS NOT NULL",
        );
        if left == 0 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(90), "{left} submissions are neither read nor erased");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let accepted = load.accepted.lock().unwrap().clone();
    let lost = load.broken.load(Ordering::Relaxed);
    assert!(accepted.len() >= KILLS, "too little load to show anything: {} accepted", accepted.len());
    assert!(lost > 0, "no request was in progress when the server was killed");
    for (key, text) in &accepted {
        let record = store.by_owner(&OwnerKey::parse(key).unwrap()).await.unwrap();
        let record = record.unwrap_or_else(|| panic!("accepted but not stored: {text}"));
        assert_eq!((record.status, &record.text), (Status::Done, text), "{:?}", record.failure);
    }
    for key in &own {
        let record = store.by_owner(&OwnerKey::parse(key).unwrap()).await.unwrap().unwrap();
        assert_eq!(record.status, Status::Done, "{:?}", record.failure);
    }
    let mut beside = database.beside();
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
    // A kill between noting that an address is sent and sending it leaves a record that nobody knows. That is a fraction of a
    // millisecond, but longer when other tests take the processor away in between: 0 of some 190 interrupted requests on a
    // quiet machine, up to 2 on a busy one. When texts were stored as claimed from the start, it was 419 of 611.
    let nobodys = rows - known;
    println!("{nobodys} records without a holder after {lost} interrupted requests");
    let most = i64::try_from(lost / 50).unwrap().max(1);
    assert!((0..=most).contains(&nobodys), "{rows} rows, {known} known, {lost} interrupted");
    server.kill();
}

fn run(database: &TestDatabase) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(600), survives(database)).await.unwrap()
    });
}

#[test]
fn fifty_kills_lose_nothing_on_sqlite() {
    run(&TestDatabase::sqlite_off_the_disk());
}

#[test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
fn fifty_kills_lose_nothing_on_postgresql() {
    run(&TestDatabase::postgres());
}

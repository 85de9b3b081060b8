//! A server that loads no model and workers, as processes on one database: what visitors and programs see of two tiers.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use calling::internals::assessment::known;
use calling::internals::inference::read_alone;
use calling::internals::models::load;
use calling::internals::norm::Norm;
use calling::internals::personality::Pair;
use calling::internals::records::{OwnerKey, Status, Store};
use calling::internals::survey::Questionnaire;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::database::{Beside, TestDatabase, block_on, off_the_disk};
use crate::harness::{BIG_FIVE_MODEL, DATASETS, MBTI_MODEL, PATIENCE, Process, calling, output};

const CLIENTS: usize = 100;

/// A server with this role. `machine` is the folder of its locked file: servers with different ones do not see who was killed.
fn serve(role: &str, database: &TestDatabase, machine: &Path) -> Process {
    let mut command = calling(&["serve", "--role", role, "--listen", "127.0.0.1:0"]);
    command.env("DATABASE_URL", database.address()).env("TMPDIR", machine).current_dir(machine);
    command.env("CALLING_LEASE", "3").env("CALLING_RATE_LIMIT", "0");
    // On a busy machine a debug build reads slowly, and no text is to be refused.
    command.env("CALLING_DEADLINE", "300").env("CALLING_DATABASE_TIMEOUT", "60");
    if database.url().is_postgres() {
        command.env("CALLING_LISTEN_URL", database.address());
    }
    Process::start(&mut command)
}

fn signal(process: &Process, name: &str) {
    let sent = Command::new("kill").args([name, &process.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

async fn until(mut condition: impl FnMut() -> bool, otherwise: &str) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "{otherwise}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Texts of different lengths.
fn text(number: usize) -> String {
    let sentence = "I like quiet rooms, long walks and lists of what to do.";
    format!("Person {number} says: {}", vec![sentence; 1 + 7 * number % 40].join(" "))
}

/// What a lone reader finds in each text: types and traits.
fn lone(texts: usize) -> BTreeMap<usize, [Value; 2]> {
    let folder = Path::new(DATASETS);
    let questionnaire = Questionnaire::load(&folder.join("questionnaire.toml")).unwrap();
    let known = known(&questionnaire, &Norm::load(&folder.join("norm")).unwrap());
    let models = Pair { mbti: MBTI_MODEL, big_five: BIG_FIVE_MODEL }.map(|dir| load(Path::new(dir)).unwrap());
    let object = |listed: Vec<(&str, f64)>| {
        Value::Object(listed.into_iter().map(|(name, p)| (name.to_owned(), p.into())).collect())
    };
    let read = |number| {
        let reading = models.as_ref().map(|model| read_alone(model, &text(number), &known).unwrap());
        let profile = reading.profile().unwrap();
        [object(profile.listed_types()), object(profile.listed_traits())]
    };
    (0..texts).map(|number| (number, read(number))).collect()
}

/// The same from the program `calling classify`.
fn classified(number: usize) -> [Value; 2] {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("text");
    std::fs::write(&file, text(number)).unwrap();
    let said = output(&mut calling(&["classify", file.to_str().unwrap()]));
    let found: Value = serde_json::from_slice(&said.stdout).unwrap();
    ["mbti", "big_five"].map(|model| found[model].clone())
}

/// One client: posts its text to each of the three addresses, and compares what it is told.
async fn ask(
    client: reqwest::Client,
    web: String,
    store: Store,
    number: usize,
    expected: [Value; 2],
    done: Arc<AtomicUsize>,
) {
    let body = json!({ "text": text(number) });
    let post = async |path: &str| {
        let answer = client.post(format!("{web}{path}")).json(&body).send().await.unwrap();
        done.fetch_add(1, Ordering::Relaxed);
        if answer.status() != 200 {
            panic!("{path} {number}: {}", answer.text().await.unwrap());
        }
        answer
    };
    let said: Value = post("/classify_mbti").await.json().await.unwrap();
    assert_eq!(said, expected[0], "the types of {number}");
    let careers = post("/get_career_recommendations").await;
    let location = careers.headers()["location"].to_str().unwrap().to_owned();
    let careers: Value = careers.json().await.unwrap();
    let key = OwnerKey::parse(location.rsplit('/').next().unwrap()).unwrap();
    let record = store.by_owner(&key).await.unwrap().unwrap();
    assert_eq!((record.status, record.text), (Status::Done, text(number)));
    assert_eq!(record.shown.career_data.unwrap(), careers);
    assert_eq!([record.shown.result_mbti.unwrap(), record.shown.result_big_five.unwrap()], expected);
    let said: Value = post("/classify_big_five").await.json().await.unwrap();
    assert_eq!(said, expected[1], "the traits of {number}");
}

#[test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
fn each_of_a_hundred_clients_gets_its_own_answer_while_workers_die_freeze_and_come() {
    let expected = lone(CLIENTS);
    for number in (0..CLIENTS).step_by(25) {
        assert_eq!(classified(number), expected[&number], "calling classify reads as the others do");
    }
    let database = TestDatabase::postgres();
    let machines: Vec<TempDir> = (0..4).map(|_| TempDir::new_in(off_the_disk()).unwrap()).collect();
    let web = serve("web", &database, machines[0].path());
    let (first, second) =
        (serve("worker", &database, machines[1].path()), serve("worker", &database, machines[2].path()));
    block_on(async {
        let client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        let (store, done) = (database.store(), Arc::new(AtomicUsize::new(0)));
        let mut clients = tokio::task::JoinSet::new();
        for (number, expected) in expected {
            let web = format!("http://{}", web.address);
            clients.spawn(ask(client.clone(), web, store.clone(), number, expected, done.clone()));
        }
        let reached = async |share: usize| {
            until(|| done.load(Ordering::Relaxed) >= 3 * CLIENTS * share / 100, "no progress").await;
        };
        reached(10).await;
        first.kill();
        reached(25).await;
        let third = serve("worker", &database, machines[3].path());
        reached(40).await;
        signal(&second, "-STOP");
        // Its lease ends, and its late results must change nothing.
        reached(70).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        signal(&second, "-CONT");
        while let Some(client) = clients.join_next().await {
            client.unwrap();
        }
        let mut beside = database.beside();
        nothing_else_is_left(&mut beside, CLIENTS).await;
        for worker in [second, third] {
            worker.terminate();
            assert_eq!(worker.ended().0, Some(0));
        }
        assert_eq!(beside.count("workers"), 0);
    });
}

/// Waits until only these many results are left, each read and claimed once.
async fn nothing_else_is_left(beside: &mut Beside, results: usize) {
    let results = i64::try_from(results).unwrap();
    until(|| beside.count("personality_records") == results, "records of nobody are left").await;
    until(|| beside.count("waiting_senders") == 0, "senders are left").await;
    let claimed = "personality_records WHERE status = 'done' AND unclaimed_until IS NULL";
    assert_eq!(beside.count(claimed), results);
    assert_eq!(beside.count("(SELECT DISTINCT text FROM personality_records) AS texts"), results);
}

#[test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
fn what_a_killed_web_server_told_is_kept_and_nothing_else() {
    let database = TestDatabase::postgres();
    let (here, there) = (TempDir::new_in(off_the_disk()).unwrap(), TempDir::new_in(off_the_disk()).unwrap());
    let _workers = [serve("worker", &database, here.path()), serve("worker", &database, there.path())];
    block_on(async {
        let client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        let store = database.store();
        let mut told = BTreeMap::new();
        for life in 0..3 {
            let web = serve("web", &database, here.path());
            let mut clients = tokio::task::JoinSet::new();
            for number in 100 * life..100 * life + 40 {
                let post = client.post(format!("http://{}/get_career_recommendations", web.address));
                clients
                    .spawn(async move { (number, post.json(&json!({ "text": text(number) })).send().await) });
            }
            let mut web = Some(web);
            while let Some(answered) = clients.join_next().await {
                let (number, answer) = answered.unwrap();
                // Those that a kill interrupts know nothing.
                if let Ok(answer) = answer {
                    assert_eq!(answer.status(), 200, "{number}: {}", answer.text().await.unwrap_or_default());
                    let location = answer.headers()["location"].to_str().unwrap().to_owned();
                    let key = location.rsplit('/').next().unwrap().to_owned();
                    assert!(told.insert(key, number).is_none(), "one address for two texts");
                }
                if told.len() > 15 * (life + 1)
                    && let Some(web) = web.take()
                {
                    web.kill();
                }
            }
            assert!(web.is_none(), "it was not killed");
        }
        let mut beside = database.beside();
        // What was being sent when a server was killed is kept for a day.
        let unclaimed = "personality_records WHERE unclaimed_until IS NOT NULL";
        let next = serve("web", &database, here.path());
        until(
            || beside.count(&format!("{unclaimed} AND status IN ('queued', 'reading')")) == 0,
            "texts are kept for nobody",
        )
        .await;
        for (key, number) in &told {
            let record = store.by_owner(&OwnerKey::parse(key).unwrap()).await.unwrap();
            assert_eq!(record.expect("a told address was lost").text, text(*number));
        }
        beside.execute(&format!(
            "UPDATE personality_records SET unclaimed_until = '2001-01-01' WHERE id IN (SELECT id FROM {unclaimed})"
        ));
        nothing_else_is_left(&mut beside, told.len()).await;
        next.kill();
    });
}

#[test]
fn a_web_server_loads_no_model_and_a_worker_has_no_pages() {
    let database = TestDatabase::sqlite();
    let machine = TempDir::new().unwrap();
    let web = serve("web", &database, machine.path());
    block_on(async {
        let get = async |server: &Process, path: &str| {
            let answer = reqwest::get(format!("http://{}{path}", server.address)).await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let said = async |expected: &str| {
            let begun = Instant::now();
            loop {
                let (status, said) = get(&web, "/ready").await;
                assert_eq!(status, 200, "{said}");
                if said.contains(expected) {
                    return;
                }
                assert!(begun.elapsed() < PATIENCE, "{said}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        said("workers: none is alive; what visitors send is kept, and waits for one").await;
        // The models' cards are there all the same.
        let (status, page) = get(&web, "/about").await;
        assert_eq!(status, 200);
        assert!(page.contains("albert-spiece") && page.contains("bert-vocab-txt"), "{page}");
        assert!(!page.contains("Computed in"));
        let worker = serve("worker", &database, machine.path());
        said("workers: 1 alive").await;
        assert_eq!(get(&worker, "/health").await, (200, "OK".to_owned()));
        for path in ["/", "/about", "/questions/1", "/api/v1/careers"] {
            assert_eq!(get(&worker, path).await.0, 404, "{path}");
        }
        let (number, begun) = (3, Instant::now());
        let answer = reqwest::Client::new().post(format!("http://{}/classify_mbti", web.address));
        let answer = answer.json(&json!({ "text": text(number) })).send().await.unwrap();
        assert_eq!(answer.status(), 200, "after {:?}", begun.elapsed());
        assert!(answer.headers()["server-timing"].to_str().unwrap().starts_with("queue;dur="));
        assert_eq!(answer.json::<Value>().await.unwrap().as_object().unwrap().len(), 16);
        worker.terminate();
        assert_eq!(worker.ended().0, Some(0));
        said("workers: none is alive").await;
        web.terminate();
        let (code, _, log) = web.ended();
        assert_eq!(code, Some(0));
        for line in ["no models are loaded", "use the same file", "no worker is alive", "a worker is alive"] {
            assert!(log.contains(line), "{line} is not in {log}");
        }
        assert!(!log.contains("model loaded"));
    });
}

#[test]
fn an_address_to_listen_at_needs_postgresql() {
    let folder = TempDir::new().unwrap();
    for (listen, expected) in [
        ("postgres://calling@localhost/calling", "SQLite tells nobody what is new"),
        ("mysql://localhost", "--listen-url (CALLING_LISTEN_URL) cannot be used"),
    ] {
        let mut command =
            calling(&["serve", "--role", "web", "--listen", "127.0.0.1:0", "--listen-url", listen]);
        let ended = output(command.current_dir(folder.path()));
        assert_eq!(ended.status.code(), Some(2));
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(said.contains(expected), "{said}");
    }
    assert!(!folder.path().join("calling.db").exists());
}

//! The servers' signs of life, and how a server is removed, on both databases and with real processes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use calling::internals::records::{FleetMinute, NewServer, Removals, ServerState, Store};
use calling::internals::scaling::Policy;
use chrono::{TimeDelta, Utc};

use crate::database::{TestDatabase, on_both_databases};
use crate::harness::{PATIENCE, Process, Site, calling};

on_both_databases!(
    a_server_has_one_row_and_a_row_for_each_minute,
    what_is_older_than_two_days_is_deleted,
    a_removal_is_settled_once_after_the_server_has_gone,
    a_silent_server_counts_as_stopped,
    a_removal_that_the_engine_made_is_settled_already,
    what_administrators_set_is_remembered,
    servers_that_compute_in_another_way_are_named,
);

const SILENT: Duration = Duration::from_secs(150);
const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);

pub fn server(id: &str) -> NewServer {
    let computed_in = Some("int8 on avx2".to_owned());
    NewServer {
        id: id.into(),
        name: format!("name of {id}"),
        role: "site".into(),
        version: "0.1.0".into(),
        computed_in,
    }
}

fn minute(requests: i64) -> FleetMinute {
    FleetMinute {
        cpu: Some(0.25),
        requests,
        net_in: Some(1),
        net_out: None,
        memory: Some(1 << 40),
        queued: Some(3),
        readings: 2,
        ..FleetMinute::default()
    }
}

async fn note(store: &Store, id: &str, state: ServerState, minute: Option<FleetMinute>) {
    store.note_server(&server(id), state, minute).await.unwrap();
}

async fn a_server_has_one_row_and_a_row_for_each_minute(database: TestDatabase) {
    let store = database.store();
    note(&store, "a", ServerState::Starting, None).await;
    let first = store.fleet(HALF_AN_HOUR).await.unwrap();
    assert_eq!((first.servers[0].state, first.minutes.len()), (ServerState::Starting, 0));
    for requests in [5, 7] {
        note(&store, "a", ServerState::Ready, Some(minute(requests))).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    note(&store, "b", ServerState::Ready, Some(minute(1))).await;
    let fleet = store.fleet(HALF_AN_HOUR).await.unwrap();
    let names: Vec<&str> = fleet.servers.iter().map(|server| server.name.as_str()).collect();
    assert_eq!(names, ["name of a", "name of b"]);
    let (a, before) = (&fleet.servers[0], &first.servers[0]);
    assert_eq!((a.state, a.started_at), (ServerState::Ready, before.started_at));
    assert!(a.seen_at >= before.seen_at && (Utc::now() - a.seen_at).abs() < TimeDelta::minutes(1));
    let requests: Vec<i64> = fleet.minutes.iter().map(|(_, minute)| minute.requests).collect();
    assert_eq!(requests, [5, 7, 1], "oldest first");
    let stored = FleetMinute { at: fleet.minutes[0].1.at, ..minute(5) };
    assert_eq!(fleet.minutes[0], ("a".to_owned(), stored));
    let own = store.minutes_of_server("a", HALF_AN_HOUR).await.unwrap();
    assert_eq!(own.len(), 2);
    let mut beside = database.beside();
    beside.execute("UPDATE fleet_minutes SET at = '2001-02-03 04:05:06' WHERE requests = 7");
    assert_eq!(store.minutes_of_server("a", HALF_AN_HOUR).await.unwrap().len(), 1);
    assert_eq!(store.fleet(HALF_AN_HOUR).await.unwrap().minutes.len(), 2);
}

async fn what_is_older_than_two_days_is_deleted(database: TestDatabase) {
    let store = database.store();
    note(&store, "a", ServerState::Ready, Some(minute(1))).await;
    for (later, kept) in [(47, 1), (49, 0)] {
        store.sweep(Utc::now() + TimeDelta::hours(later)).await.unwrap();
        let mut beside = database.beside();
        assert_eq!(
            (beside.count("fleet_minutes"), beside.count("fleet_servers")),
            (kept, kept),
            "{later} hours"
        );
    }
    // A server that lives on keeps its row when its old minutes go.
    note(&store, "b", ServerState::Ready, Some(minute(1))).await;
    let mut beside = database.beside();
    beside.execute("UPDATE fleet_minutes SET at = '2001-02-03 04:05:06'");
    store.sweep(Utc::now()).await.unwrap();
    assert_eq!((beside.count("fleet_minutes"), beside.count("fleet_servers")), (0, 1));
}

async fn a_removal_is_settled_once_after_the_server_has_gone(database: TestDatabase) {
    let store = database.store();
    store.set_desired(3, None).await.unwrap();
    note(&store, "a", ServerState::Ready, None).await;
    assert_eq!(store.removals("a", SILENT).await.unwrap(), Removals::default());
    assert!(!store.ask_to_drain("nobody", false, None).await.unwrap());
    assert!(store.ask_to_drain("a", false, None).await.unwrap());
    assert!(!store.ask_to_drain("a", false, None).await.unwrap(), "it was asked already");
    assert_eq!(store.removals("a", SILENT).await.unwrap(), Removals { own: true, unsettled: false });
    assert_eq!(
        store.removals("b", SILENT).await.unwrap(),
        Removals::default(),
        "another server is not meant"
    );
    note(&store, "a", ServerState::Draining, None).await;
    assert_eq!(store.settle_removal(SILENT).await.unwrap(), None, "it still finishes its work");
    note(&store, "a", ServerState::Left, None).await;
    assert!(store.removals("b", SILENT).await.unwrap().unsettled);
    // Two servers find it at once, and one of them takes it.
    let other = database.store();
    let (one, two) = tokio::join!(store.settle_removal(SILENT), other.settle_removal(SILENT));
    let settled: Vec<_> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
    assert_eq!(settled, [("a".to_owned(), 2)]);
    assert_eq!(store.fleet(HALF_AN_HOUR).await.unwrap().settings.desired, Some(2));
    assert!(!store.removals("b", SILENT).await.unwrap().unsettled);
}

async fn a_silent_server_counts_as_stopped(database: TestDatabase) {
    let store = database.store();
    store.set_desired(2, None).await.unwrap();
    note(&store, "a", ServerState::Ready, None).await;
    store.ask_to_drain("a", false, None).await.unwrap();
    database.beside().execute("UPDATE fleet_servers SET seen_at = '2001-02-03 04:05:06'");
    assert_eq!(store.settle_removal(SILENT).await.unwrap(), Some(("a".to_owned(), 1)));
}

async fn a_removal_that_the_engine_made_is_settled_already(database: TestDatabase) {
    let store = database.store();
    store.set_desired(2, None).await.unwrap();
    note(&store, "a", ServerState::Ready, None).await;
    store.ask_to_drain("a", true, None).await.unwrap();
    note(&store, "a", ServerState::Left, None).await;
    assert_eq!(store.settle_removal(SILENT).await.unwrap(), None);
    assert!(!store.ask_to_drain("a", false, None).await.unwrap(), "it has gone");
}

async fn what_administrators_set_is_remembered(database: TestDatabase) {
    let store = database.store();
    let settings = store.fleet(HALF_AN_HOUR).await.unwrap().settings;
    assert_eq!((settings.desired, settings.policy), (None, None));
    store.set_policy(&Policy::default(), None).await.unwrap();
    store.set_desired(4, None).await.unwrap();
    store.set_desired(0, None).await.unwrap();
    let settings = database.store().fleet(HALF_AN_HOUR).await.unwrap().settings;
    assert_eq!((settings.desired, settings.policy), (Some(0), Some(Policy::default())));
    // A policy that was changed by hand is checked again.
    database.beside().execute("UPDATE fleet_settings SET policy = '{\"grow\": 5}'");
    store.fleet(HALF_AN_HOUR).await.unwrap_err();
}

/// Waits until a server of this name is in this state, and returns its id.
async fn until(store: &Store, name: &str, state: ServerState) -> String {
    let began = Instant::now();
    loop {
        let fleet = store.fleet(HALF_AN_HOUR).await.unwrap();
        if let Some(found) = fleet.servers.iter().find(|server| server.name == name && server.state == state)
        {
            return found.id.clone();
        }
        assert!(began.elapsed() < PATIENCE, "{name} is not {state:?}: {:?}", fleet.servers);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn a_server_reports_its_name_role_and_version_and_that_it_stops() {
    let database = TestDatabase::sqlite();
    let store = database.store();
    {
        let _site = Site::start(&["--database-url", database.address(), "--server-name", "one"]);
        until(&store, "one", ServerState::Ready).await;
        let fleet = store.fleet(HALF_AN_HOUR).await.unwrap();
        assert_eq!((fleet.servers.len(), fleet.servers[0].role.as_str()), (1, "all"));
        assert_eq!(fleet.servers[0].version, env!("CARGO_PKG_VERSION"));
    }
    until(&store, "one", ServerState::Left).await;
}

#[actix_web::test]
async fn a_removed_server_answers_through_its_notice_then_goes_and_the_program_is_told() {
    let database = TestDatabase::sqlite();
    let store = database.store();
    let told = database.directory().join("told");
    let program = database.directory().join("scale");
    fs::write(&program, format!("#!/bin/sh\necho \"$1\" >> {}\n", told.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let start = |name: &str| {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--workers", "1", "--drain-notice", "1.5"];
        let command = &mut calling(&arguments);
        let command = command.env("DATABASE_URL", database.address()).env("CALLING_SERVER_NAME", name);
        Process::start(command.env("CALLING_SCALE_PROGRAM", &program))
    };
    let (leaving, staying) = (start("leaving"), start("staying"));
    let id = until(&store, "leaving", ServerState::Ready).await;
    until(&store, "staying", ServerState::Ready).await;
    store.set_desired(2, None).await.unwrap();
    store.ask_to_drain(&id, false, None).await.unwrap();
    let (page, ready) =
        (format!("http://{}/about", leaving.address), format!("http://{}/ready", leaving.address));
    let began = Instant::now();
    let mut answered_unready = 0;
    while reqwest::get(&ready).await.is_ok_and(|answer| answer.status() == 200) {
        assert!(began.elapsed() < PATIENCE, "it was never told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stopping = reqwest::get(&ready).await.unwrap();
    assert_eq!(stopping.status(), 404, "HAProxy finishes the requests of such a server");
    assert!(stopping.text().await.unwrap().starts_with("not ready: the server is stopping"));
    while reqwest::get(&page).await.is_ok_and(|answer| answer.status() == 200) {
        answered_unready += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(answered_unready > 5, "it did not answer while the load balancer took it out");
    let (code, _, log) = leaving.ended();
    assert_eq!(code, Some(0), "{log}");
    until(&store, "leaving", ServerState::Left).await;
    while !told.exists() {
        assert!(began.elapsed() < PATIENCE, "the program was never run");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(fs::read_to_string(&told).unwrap(), "1\n");
    drop(staying);
}

#[test]
fn a_program_that_is_not_there_stops_the_start() {
    let command = &mut calling(&["serve", "--listen", "127.0.0.1:0", "--scale-program", "/nowhere/scale"]);
    let ended = crate::harness::output(command);
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(
        said.contains("--scale-program (CALLING_SCALE_PROGRAM) is \"/nowhere/scale\"; expected a program"),
        "{said}"
    );
}

async fn servers_that_compute_in_another_way_are_named(database: TestDatabase) {
    let store = database.store();
    let way = |id: &str, way: Option<&str>| NewServer { computed_in: way.map(str::to_owned), ..server(id) };
    let own = server("own");
    for other in [way("same", Some("int8 on avx2")), way("web", None), way("gone", Some("f32 on avx2"))] {
        store.note_server(&other, ServerState::Ready, None).await.unwrap();
    }
    store.note_server(&way("gone", Some("f32 on avx2")), ServerState::Left, None).await.unwrap();
    assert!(store.computed_otherwise(&own, SILENT).await.unwrap().is_empty());
    for other in ["b", "c"] {
        store.note_server(&way(other, Some("int8 on avx512")), ServerState::Ready, None).await.unwrap();
    }
    assert_eq!(store.computed_otherwise(&own, SILENT).await.unwrap(), ["int8 on avx512"]);
    assert!(store.computed_otherwise(&way("web", None), SILENT).await.unwrap().is_empty());
    let servers = store.fleet(HALF_AN_HOUR).await.unwrap().servers;
    let shown: Vec<_> =
        servers.iter().map(|server| (server.id.as_str(), server.computed_in.as_deref())).collect();
    assert!(shown.contains(&("b", Some("int8 on avx512"))) && shown.contains(&("web", None)), "{shown:?}");
}

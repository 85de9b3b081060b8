//! Who may open the manager, its pages while the database is away, and how long they take. tests/browser/manager.test.mjs checks
//! their content, tests/deploy/manager.py scales with them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use reqwest::StatusCode;

use crate::accounts::{EMAIL, administrator, register};
use crate::database::TestDatabase;
use crate::harness::{PATIENCE, Site};
use crate::postgres::Cluster;
use crate::site::Visitor;

/// Every page of the manager.
const PAGES: [&str; 6] = [
    "/manager",
    "/manager/servers",
    "/manager/servers/s1",
    "/manager/size",
    "/manager/stop",
    "/manager/policy",
];
const JSON: [&str; 4] =
    ["/manager.json", "/manager/servers.json", "/manager/servers/s1/minutes.json", "/manager/policy.json"];
/// What changes something.
const CHANGES: [&str; 4] =
    ["/manager/size", "/manager/stop", "/manager/policy", "/manager/servers/s1/remove"];

/// A program that writes the numbers that it gets into a file of this folder.
fn program(folder: &Path) -> (String, impl Fn() -> String) {
    let (path, told) = (folder.join("scale"), folder.join("told"));
    fs::write(&path, format!("#!/bin/sh\necho \"$1\" >> {}\n", told.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    (path.display().to_string(), move || fs::read_to_string(&told).unwrap_or_default())
}

#[actix_web::test]
async fn strangers_log_in_first_and_to_visitors_there_is_no_manager() {
    let database = TestDatabase::sqlite();
    let (program, told) = program(database.directory());
    let site = Site::start(&["--database-url", database.address(), "--scale-program", &program]);
    let (stranger, visitor) = (Visitor::new(&site), Visitor::new(&site));
    register(&visitor, EMAIL).await;
    database.beside().execute(
        "INSERT INTO fleet_servers (id, name, role, version, state, started_at, seen_at)
         VALUES ('s1', 'one', 'site', '0.1.0', 'ready', '2999-01-01 00:00:00', '2999-01-01 00:00:00')",
    );
    for path in PAGES.iter().chain(&JSON).chain(&["/manager/servers/s1/remove"]) {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        assert!(
            answer.headers()["location"].to_str().unwrap().starts_with("/login?next=%2Fmanager"),
            "{path}"
        );
        assert_eq!(visitor.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let fields = [("servers", "2"), ("step", "stop"), ("typed", "stop all servers"), ("grow", "65")];
    for path in CHANGES {
        assert_eq!(stranger.sent_on(path, &fields).await, "/login", "{path}");
        assert_eq!(visitor.post(path, &fields).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(told(), "");
    assert_eq!(database.beside().count("fleet_servers WHERE drain_asked_at IS NOT NULL"), 0);
}

#[actix_web::test]
#[ignore = "needs PostgreSQL; run with --include-ignored"]
async fn while_the_database_is_away_the_pages_say_so_and_show_what_was_last_read() {
    let (database, folder) = (TestDatabase::postgres(), tempfile::tempdir().unwrap());
    let (program, numbers) = program(folder.path());
    let site = Site::start(&[
        "--database-url",
        database.address(),
        "--database-timeout",
        "1",
        "--scale-program",
        &program,
    ]);
    let boss = administrator(&site, &database).await;
    database.beside().execute(
        "INSERT INTO fleet_servers (id, name, role, version, state, started_at, seen_at)
         VALUES ('s1', 'server one', 'all', '0.1.0', 'ready', '2999-01-01 00:00:00', '2999-01-01 00:00:00')",
    );
    for path in PAGES {
        let page = boss.get(path).await.text().await.unwrap();
        assert!(!page.contains("The database does not answer"), "{path}");
    }
    let name = database.address().split('?').next().unwrap().rsplit('/').next().unwrap();
    let mut cluster = PgConnection::establish(&Cluster::shared().url("postgres")).unwrap();
    let mut connections = |allowed: bool| {
        let allow = format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS {allowed}");
        cluster.batch_execute(&allow).unwrap();
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        cluster.batch_execute(&end).unwrap();
    };
    connections(false);
    for path in PAGES {
        let answer = boss.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("The database does not answer"), "{path}");
        assert!(!page.contains("method=\"post\""), "{path} offers a change");
    }
    for path in ["/manager/servers", "/manager/servers/s1", "/manager/servers.json"] {
        assert!(boss.get(path).await.text().await.unwrap().contains("server one"), "{path}");
    }
    for path in JSON {
        let said: serde_json::Value = boss.get(path).await.json().await.unwrap();
        assert_eq!(said["outdated"], true, "{path}");
    }
    for path in CHANGES {
        let answer =
            boss.post(path, &[("servers", "2"), ("step", "stop"), ("typed", "stop all servers")]).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    let stranger = Visitor::new(&site).get("/manager/servers").await;
    assert!(!stranger.text().await.unwrap().contains("server one"), "nobody else sees it");
    assert_eq!(numbers(), "");
    connections(true);
    let began = Instant::now();
    while boss.get("/manager").await.text().await.unwrap().contains("The database does not answer") {
        assert!(began.elapsed() < PATIENCE, "it was not noticed that the database is back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The goal for a page of the manager, in a release build on a quiet machine.
const GOAL: Duration = Duration::from_millis(50);
/// How many times as long as the page "About" a page of the manager may take instead, on a machine that is slower or busy.
const TIMES_ABOUT: u32 = 40;

#[actix_web::test]
async fn eight_servers_and_two_days_of_minutes_do_not_slow_the_pages() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    let boss = administrator(&site, &database).await;
    database.beside().execute(
        "INSERT INTO fleet_servers (id, name, role, version, state, started_at, seen_at)
         WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 8)
         SELECT 's' || i, 'server ' || i, 'all', '0.1.0', 'ready', strftime('%Y-%m-%d %H:%M:%f', 'now', '-2 days'),
                strftime('%Y-%m-%d %H:%M:%f', 'now') FROM s;
         INSERT INTO fleet_minutes
         WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 8),
              m(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM m WHERE i < 2879)
         SELECT 's' || s.i, strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || m.i || ' minutes'), .5, 60, 1000000, 2000000,
                150000000, 3, 1 FROM s, m",
    );
    assert_eq!(database.beside().count("fleet_minutes"), 8 * 2880);
    let paths: Vec<&str> = ["/about"]
        .into_iter()
        .chain(PAGES)
        .chain(["/manager/servers/s1?period=48h"])
        .chain(JSON)
        .chain(["/manager/servers/s1/minutes.json?period=48h"])
        .collect();
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); paths.len()];
    for round in 0..8 {
        // In turns, so that a busy moment meets all of them. The first round finds empty caches.
        for (path, times) in paths.iter().zip(&mut times) {
            let began = Instant::now();
            let answer = boss.get(path).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            let page = answer.text().await.unwrap();
            if round > 0 {
                times.push(began.elapsed());
            }
            assert!(!path.starts_with("/manager/servers") || page.contains("server 1"), "{path}");
        }
    }
    // The quickest, because what else runs on the machine only adds time.
    let quickest: Vec<Duration> = times.iter().map(|times| *times.iter().min().unwrap()).collect();
    let bound = GOAL.max(quickest[0] * TIMES_ABOUT);
    for (path, quickest) in paths.iter().zip(&quickest) {
        eprintln!("{path}: {quickest:?} of {bound:?}");
        assert!(*quickest <= bound, "{path} takes {quickest:?}, and at most {bound:?} is expected");
    }
}

#[actix_web::test]
async fn what_the_manager_changes_is_in_the_audit_log() {
    let database = TestDatabase::sqlite();
    let (program, told) = program(database.directory());
    let site = Site::start(&["--database-url", database.address(), "--scale-program", &program]);
    let admin = administrator(&site, &database).await;
    assert_eq!(admin.sent_on("/manager/size", &[("servers", "3")]).await, "/manager/size");
    let policy = [
        ("grow", "65"),
        ("shrink", "25"),
        ("expand", "2"),
        ("shrink_ratio", "0.1"),
        ("least", "1"),
        ("most", "8"),
    ];
    assert_eq!(admin.sent_on("/manager/policy", &policy).await, "/manager/policy");
    let one = "('s1', 'one', 'site', '0.1.0', 'ready', '2999-01-01 00:00:00', '2999-01-01 00:00:00')";
    database.beside().execute(&format!(
        "INSERT INTO fleet_servers (id, name, role, version, state, started_at, seen_at) VALUES {one}"
    ));
    admin.sent_on("/manager/servers/s1/remove", &[]).await;
    assert!(told().starts_with("3\n"));
    let noted = |act: &str, subject: &str| {
        format!(
            "audit_log WHERE act = '{act}' AND subject LIKE '{subject}' AND actor = (SELECT random_id FROM accounts)"
        )
    };
    let mut beside = database.beside();
    for row in [
        noted("set number of servers", "3 servers"),
        noted("set policy", "%65%"),
        noted("remove server", "one"),
    ] {
        assert_eq!(beside.count(&row), 1, "{row}");
    }
}

//! Stopping under load, starting without a database, and what the log never contains.

use std::time::{Duration, Instant};

use calling::internals::records::{OwnerKey, Status};
use scraper::Html;
use serde_json::json;
use tempfile::TempDir;

use crate::database::TestDatabase;
use crate::harness::{PATIENCE, Process, calling, output};
use crate::site::{Visitor, texts};

fn server(database: &str, arguments: &[&str]) -> Process {
    let folder = TempDir::new().unwrap();
    let mut command = calling(&["--listen", "127.0.0.1:0", "--database-url", database]);
    command.args(arguments).current_dir(&folder);
    Process::start(&mut command)
}

async fn post(url: String, text: String) -> reqwest::Result<reqwest::Response> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    client.post(url).json(&json!({ "text": text })).send().await
}

#[actix_web::test]
async fn sigterm_answers_every_request_within_ten_seconds_and_the_next_server_reads_the_rest() {
    let database = TestDatabase::sqlite();
    let first = server(database.address(), &["--stop-grace", "0.2"]);
    let url = |path: &str| format!("http://{}{path}", first.address);
    // Far more than can be read within the grace period.
    let texts: Vec<String> =
        (0..8).map(|n| format!("Text {n}. I like quiet mornings and long walks. ").repeat(600)).collect();
    let stored: Vec<_> = texts
        .iter()
        .map(|text| actix_web::rt::spawn(post(url("/get_career_recommendations"), text.clone())))
        .collect();
    let unstored = actix_web::rt::spawn(post(url("/classify_mbti"), texts[0].clone()));
    // Wait until all are stored.
    let store = database.store();
    store.ping().await.unwrap();
    let started = Instant::now();
    while database.beside().count("personality_records") < 8 {
        assert!(started.elapsed() < PATIENCE, "the texts were not stored");
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    }
    first.terminate();
    let ended = actix_web::rt::task::spawn_blocking(move || first.ended());
    let mut keys = Vec::new();
    for answer in stored {
        let answer = answer.await.unwrap().unwrap();
        assert!([200, 503].contains(&answer.status().as_u16()), "{}", answer.status());
        assert_eq!(answer.status() == 503, answer.headers().contains_key("retry-after"));
        let location = answer.headers()["location"].to_str().unwrap();
        keys.push(OwnerKey::parse(location.strip_prefix("/results/").unwrap()).unwrap());
    }
    let answer = unstored.await.unwrap().unwrap();
    assert!([200, 503].contains(&answer.status().as_u16()), "{}", answer.status());
    let (code, took, log) = ended.await.unwrap();
    assert_eq!(code, Some(0), "{log}");
    assert!(took < Duration::from_secs(10), "stopping took {took:?}");

    let settled = async |key: &OwnerKey| {
        store.by_owner(key).await.unwrap().is_some_and(|record| record.status == Status::Done)
    };
    let mut left = 0;
    for key in &keys {
        left += usize::from(!settled(key).await);
    }
    assert!(left > 0, "everything was read within the grace period: the test has too little work");
    let _second = server(database.address(), &[]);
    let started = Instant::now();
    for key in &keys {
        while !settled(key).await {
            assert!(started.elapsed() < 2 * PATIENCE, "the next server did not read the rest");
            actix_web::rt::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[actix_web::test]
async fn a_server_starts_without_its_database_and_ready_says_why_it_is_not_ready() {
    // A port that was just free: nothing listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = server(&format!("postgres://nobody:hunter2@{closed}/calling"), &["--database-timeout", "1"]);
    let get = async |path: &str| {
        let answer = reqwest::get(format!("http://{}{path}", away.address)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(get("/health").await.0, 200);
    let started = Instant::now();
    loop {
        let (status, reason) = get("/ready").await;
        assert_eq!(status, 503);
        if reason.contains("the database does not answer") {
            assert!(!reason.contains("hunter2") && !reason.contains(&closed.to_string()), "{reason}");
            break;
        }
        assert!(started.elapsed() < PATIENCE, "{reason}");
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
    let url = format!("http://{}/get_career_recommendations", away.address);
    let answer = post(url, "I like quiet mornings.".to_owned()).await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let message = answer.text().await.unwrap();
    assert!(message.contains("cannot reach our records") && !message.contains("hunter2"), "{message}");
    away.terminate();
    let (code, _, log) = away.ended();
    assert_eq!(code, Some(0));
    assert!(!log.contains("hunter2"), "{log}");
}

#[actix_web::test]
async fn the_log_contains_routes_and_request_ids_but_no_key_and_no_word_of_a_text() {
    let database = TestDatabase::sqlite();
    for format in ["text", "json"] {
        let site = server(database.address(), &["--log", "debug,hyper=info", "--log-format", format]);
        let base = format!("http://{}", site.address);
        let text = "Marmalade sandwiches before breakfast.".to_owned();
        let answer = post(format!("{base}/get_career_recommendations"), text).await.unwrap();
        assert_eq!(answer.status(), 200);
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        let key = location.strip_prefix("/results/").unwrap();
        for path in [location.clone(), format!("{location}?again=1"), format!("/results/{key}x")] {
            reqwest::get(format!("{base}{path}")).await.unwrap();
        }
        post(format!("{base}/classify_mbti"), String::new()).await.unwrap();
        let request_id = reqwest::get(format!("{base}/no/such/page")).await.unwrap();
        let request_id = request_id.json::<serde_json::Value>().await.unwrap();
        let request_id = request_id["request_id"].as_str().unwrap();
        site.terminate();
        let (_, _, log) = site.ended();
        assert!(log.contains("/results/{key}"), "the route is missing from\n{log}");
        assert!(log.contains(request_id), "the request id is missing from\n{log}");
        assert!(!log.contains(&key[..12]), "the key is in\n{log}");
        assert!(!log.contains("armalade"), "the text is in\n{log}");
        if format == "json" {
            for line in log.lines() {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
        }
    }
}

/// The values of the cookies that an answer sets: the tokens of a session and of a browser.
fn tokens(answer: &reqwest::Response) -> Vec<String> {
    let lines = answer.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let values = lines.filter_map(|line| line.split(['=', ';']).nth(1)).map(str::to_owned);
    values.filter(|value| !value.is_empty()).collect()
}

#[actix_web::test]
async fn the_log_contains_no_address_password_code_or_token_of_an_account() {
    const EMAIL: &str = "marmalade@example.org";
    for format in ["text", "json"] {
        let database = TestDatabase::sqlite();
        let site = server(database.address(), &["--log", "debug,hyper=info", "--log-format", format]);
        let visitor = Visitor::of(&site);
        let mut secrets =
            ["marmalade", "kelp orbit marzipan", "lamp ferry quince", "moss anvil tulip", "orchid"]
                .map(str::to_owned)
                .to_vec();
        let registered =
            visitor.post("/register", &[("email", EMAIL), ("new", "kelp orbit marzipan nine")]).await;
        assert_eq!(registered.status(), 200);
        let tokens_at_first = tokens(&registered);
        assert_eq!(tokens_at_first.len(), 2, "a session's and a browser's");
        secrets.extend(tokens_at_first);
        let codes = texts(&Html::parse_document(&registered.text().await.unwrap()), "#codes li");
        assert_eq!(codes.len(), 8);
        visitor.post("/logout", &[]).await;

        let wrong = visitor.post("/login", &[("email", EMAIL), ("password", "orchid and more")]).await;
        assert_eq!(wrong.status(), 422);
        let by_code = [("email", EMAIL), ("code", codes[0].as_str()), ("new", "lamp ferry quince eleven")];
        let recovered = visitor.post("/recover", &by_code).await;
        assert_eq!(recovered.status(), 303);
        secrets.extend(tokens(&recovered));
        secrets.extend(codes.iter().map(|code| code.to_lowercase()));

        let mut create = calling(&["admin", "create", EMAIL]);
        let created = output(create.env("DATABASE_URL", database.address()));
        let printed = String::from_utf8(created.stdout).unwrap();
        let link = printed.lines().last().unwrap().to_owned();
        assert!(link.starts_with("/link/"), "{printed}");
        secrets.push(link.trim_start_matches("/link/")[..12].to_owned());
        for path in [link.clone(), format!("{link}?again=1"), format!("{link}x")] {
            visitor.get(&path).await;
        }
        let followed = visitor.post(&link, &[("new", "moss anvil tulip seven")]).await;
        assert_eq!(followed.status(), 303);
        secrets.extend(tokens(&followed));

        site.terminate();
        let (_, _, log) = site.ended();
        for route in ["/register", "/login", "/recover", "/link/{token}"] {
            assert!(log.contains(route), "the route {route} is missing from\n{log}");
        }
        let log = log.to_lowercase();
        for secret in secrets {
            assert!(!log.contains(&secret.to_lowercase()), "{secret} is in\n{log}");
        }
    }
}

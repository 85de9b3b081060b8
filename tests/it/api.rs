//! The JSON endpoints.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::database::TestDatabase;
use crate::harness::{PATIENCE, Site};

const TEXT: &str = "I like quiet mornings. I would rather plan a week than be surprised by it.";

#[actix_web::test]
async fn health_is_ok_as_text_and_ready_follows() {
    let site = Site::start(&[]);
    let health = site.get("/health").await;
    assert_eq!(health.status(), 200);
    assert_eq!(health.text().await.unwrap(), "OK");
    site.ready().await;
}

/// Checks that every label occurs once, with a value from 0 to 1 of at most three decimals, highest first.
fn check_listed(body: &str, labels: &[&str]) -> Vec<f64> {
    let answer: Value = serde_json::from_str(body).unwrap();
    let answer = answer.as_object().unwrap();
    let found: BTreeSet<&str> = answer.keys().map(String::as_str).collect();
    assert_eq!(found, labels.iter().copied().collect());
    let values: Vec<f64> = answer.values().map(|value| value.as_f64().unwrap()).collect();
    for value in &values {
        assert!((0.0..=1.0).contains(value));
        assert!((value * 1000.0 - (value * 1000.0).round()).abs() < 1e-9, "{value}");
    }
    assert!(values.windows(2).all(|pair| pair[0] >= pair[1]), "{values:?}");
    values
}

#[actix_web::test]
async fn a_text_is_classified_over_the_sixteen_types_highest_first() {
    let site = Site::start(&[]);
    let answer = site.post_json("/classify_mbti", &json!({ "text": TEXT })).await;
    assert_eq!(answer.status(), 200);
    let timing = answer.headers()["server-timing"].to_str().unwrap().to_owned();
    assert!(timing.contains("forward;dur=") && timing.contains("total;dur="), "{timing}");
    let types: Vec<&str> = calling::internals::personality::Mbti::ALL.iter().map(|t| t.name()).collect();
    let values = check_listed(&answer.text().await.unwrap(), &types);
    let sum: f64 = values.iter().sum();
    assert!((sum - 1.0).abs() < 0.0081, "{sum}");
}

#[actix_web::test]
async fn a_text_is_classified_over_the_five_traits_by_their_names() {
    let site = Site::start(&[]);
    let answer = site.post_json("/classify_big_five", &json!({ "text": TEXT })).await;
    assert_eq!(answer.status(), 200);
    let names = ["Extraversion", "Neuroticism", "Agreeableness", "Conscientiousness", "Openness"];
    check_listed(&answer.text().await.unwrap(), &names);
}

#[actix_web::test]
async fn the_same_text_gives_the_same_answer_and_another_text_another() {
    let site = Site::start(&[]);
    let mut seen = Vec::new();
    for text in [TEXT, TEXT, "Parties every night!"] {
        let answer = site.post_json("/classify_mbti", &json!({ "text": text })).await;
        seen.push(answer.text().await.unwrap());
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
}

#[actix_web::test]
async fn a_body_without_a_text_is_refused_and_told_what_was_expected() {
    let site = Site::start(&[]);
    for path in ["/classify_mbti", "/classify_big_five"] {
        let send = async |kind: &str, body: &str| {
            let request = site.client.post(site.url(path)).header("content-type", kind).body(body.to_owned());
            // The JSON endpoints answer with JSON even to a browser.
            let answer = request.header("accept", "text/html").send().await.unwrap();
            let status = answer.status().as_u16();
            let body: Value = answer.json().await.unwrap();
            // A success has no message.
            (status, body["message"].as_str().unwrap_or_default().to_owned())
        };
        let json = "application/json";
        for body in ["", "{", "{}", "[]", "{\"text\":\"\"}", "{\"text\":\"  \"}", "{\"text\":5}"] {
            let (status, message) = send(json, body).await;
            assert_eq!(status, 400, "{body}");
            assert!(message.contains("Expected a JSON object with a text"), "{message}");
        }
        let (status, message) = send("text/plain", "{\"text\":\"hello\"}").await;
        assert_eq!((status, message.contains("application/json")), (415, true), "{message}");
        let large = format!("{{\"text\":\"{}\"}}", "a ".repeat(132 * 1024));
        let (status, message) = send(json, &large).await;
        assert_eq!((status, message.contains("256 KiB")), (413, true), "{message}");
        let (status, _) = send("application/json; charset=utf-8", "{\"text\":\"hello\"}").await;
        assert_eq!(status, 200);
    }
}

#[actix_web::test]
async fn a_text_just_under_the_limit_is_read_whole_in_any_language() {
    let site = Site::start(&[]);
    let text = "Ich mag ruhige Morgen. 我喜歡安靜的早晨。 ".repeat(200_000 / 55);
    let answer = site.post_json("/classify_big_five", &json!({ "text": text })).await;
    assert_eq!(answer.status(), 200);
}

#[actix_web::test]
async fn a_null_character_is_accepted() {
    let site = Site::start(&[]);
    let answer = site.post_json("/classify_mbti", &json!({ "text": "quiet\u{0}mornings" })).await;
    assert_eq!(answer.status(), 200);
}

#[actix_web::test]
async fn a_wrong_method_is_405_with_allow() {
    let site = Site::start(&[]);
    let answer = site.get("/classify_mbti").await;
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "POST");
}

#[actix_web::test]
async fn a_deadline_that_passes_is_503_with_retry_after() {
    let site = Site::start(&["--deadline", "0.001"]);
    let text = "I like quiet mornings. ".repeat(5000);
    let answer = site.post_json("/classify_mbti", &json!({ "text": text })).await;
    assert_eq!(answer.status(), 503);
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(wait >= 1);
    let body: Value = answer.json().await.unwrap();
    assert!(body["message"].as_str().unwrap().contains("not read in time"));
}

#[actix_web::test]
async fn a_full_queue_is_503_with_retry_after_for_the_one_that_is_too_many() {
    let site = Site::start(&["--queue-tokens", "100"]);
    // The warm-up text is in the same queue.
    site.ready().await;
    let text = "I like quiet mornings. ".repeat(8000);
    let body = json!({ "text": text });
    let send = || site.post_json("/classify_mbti", &body);
    let (a, b, c) = tokio::join!(send(), send(), send());
    let mut refused = 0;
    for answer in [a, b, c] {
        match answer.status().as_u16() {
            200 => {}
            503 => {
                assert!(answer.headers().contains_key("retry-after"));
                refused += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!((1..=2).contains(&refused), "{refused} of 3 were refused");
}

#[actix_web::test]
async fn a_text_is_stored_and_answered_with_careers_in_the_originals_shape() {
    let site = Site::start(&[]);
    let answer = site.post_json("/get_career_recommendations", &json!({ "text": TEXT })).await;
    assert_eq!(answer.status(), 200);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let careers: Value = answer.json().await.unwrap();
    let keys: Vec<&String> = careers.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["MBTI", "big_5"]);
    let mbti: Value = site.post_json("/classify_mbti", &json!({ "text": TEXT })).await.json().await.unwrap();
    let big_five: Value =
        site.post_json("/classify_big_five", &json!({ "text": TEXT })).await.json().await.unwrap();
    for (tables, ranked) in [(&careers["MBTI"], mbti), (&careers["big_5"], big_five)] {
        let highest: Vec<&String> = ranked.as_object().unwrap().keys().take(2).collect();
        let tables = tables.as_array().unwrap();
        assert_eq!(tables.len(), 2);
        for (table, name) in tables.iter().zip(highest) {
            let table = table.as_object().unwrap();
            assert_eq!(table.keys().collect::<Vec<_>>(), [name]);
            let rows = table[name].as_array().unwrap();
            assert!(rows.len() >= 20, "{name} has {} careers", rows.len());
            let salary = |row: &Value| row["Average Salary (USD)"].as_u64().unwrap();
            for row in rows {
                let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
                assert_eq!(keys, ["Type", "Career", "Average Salary (USD)"]);
                assert_eq!(row["Type"], **name);
                assert!(row["Career"].is_string());
            }
            assert!(rows.windows(2).all(|pair| salary(&pair[0]) >= salary(&pair[1])));
        }
    }
    assert!(location.starts_with("/results/"), "{location}");
}

#[actix_web::test]
async fn a_stored_text_that_was_not_read_in_time_is_503_with_its_location() {
    let site = Site::start(&["--deadline", "0.001"]);
    let text = "I like quiet mornings. ".repeat(5000);
    let answer = site.post_json("/get_career_recommendations", &json!({ "text": text })).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    assert!(answer.headers()["location"].to_str().unwrap().starts_with("/results/"));
}

/// How many rows match a condition.
fn rows(database: &TestDatabase, condition: &str) -> i64 {
    database.beside().count(&format!("personality_records WHERE {condition}"))
}

#[actix_web::test]
async fn a_refused_text_is_not_stored() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--queue-tokens", "100", "--database-url", database.address()]);
    site.ready().await;
    let body = json!({ "text": "I like quiet mornings. ".repeat(8000) });
    let send = || site.post_json("/get_career_recommendations", &body);
    let (a, b, c) = tokio::join!(send(), send(), send());
    let mut stored = 0;
    for answer in [a, b, c] {
        assert!([200, 503].contains(&answer.status().as_u16()), "{}", answer.status());
        assert_eq!(answer.status() == 200, answer.headers().contains_key("location"));
        assert_eq!(answer.status() == 503, answer.headers().contains_key("retry-after"));
        stored += i64::from(answer.status() == 200);
    }
    assert!((1..=2).contains(&stored), "{stored} of 3 were taken");
    assert_eq!((rows(&database, "status = 'done'"), rows(&database, "status <> 'done'")), (stored, 0));
}

#[actix_web::test]
async fn the_texts_of_clients_that_hang_up_are_deleted() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    site.ready().await;
    let body = json!({ "text": "I like quiet mornings. ".repeat(10_000) });
    let (client, url) = (site.client.clone(), site.url("/get_career_recommendations"));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let request = client.post(&url).json(&body);
            actix_web::rt::spawn(async move { request.send().await.unwrap().status() })
        })
        .collect();
    let started = Instant::now();
    while rows(&database, "1 = 1") < 8 {
        assert!(started.elapsed() < PATIENCE, "the texts were not stored");
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }
    clients.iter().for_each(|client| client.abort());
    let mut served = 0;
    for client in clients {
        served += i64::from(client.await.is_ok());
    }
    let started = Instant::now();
    while rows(&database, "1 = 1") > served {
        assert!(started.elapsed() < PATIENCE, "{} rows, {served} served", rows(&database, "1 = 1"));
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(served < 8, "all were served before they could hang up: the test has too little work");
}

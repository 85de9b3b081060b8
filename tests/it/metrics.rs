//! The metrics on their own listener, and the Server-Timing header.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use calling::internals::survey::Questionnaire;
use serde_json::json;

use crate::database::TestDatabase;
use crate::harness::{DATASETS, PATIENCE, Site};
use crate::records::left_behind;

const TEXT: &str = "I like quiet mornings. I would rather plan a week than be surprised by it.";

/// Every sample: its name with labels, and its value.
async fn scrape(site: &Site) -> BTreeMap<String, f64> {
    let url = format!("http://{}/metrics", site.metrics.unwrap());
    let answer = site.client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"));
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap_or_else(|_| panic!("{line}")))
        })
        .collect()
}

fn start(arguments: &[&str]) -> Site {
    Site::start(&[&["--metrics-listen", "127.0.0.1:0"], arguments].concat())
}

#[actix_web::test]
async fn requests_and_readings_are_counted_by_route_and_stage() {
    let site = start(&[]);
    site.ready().await;
    let before = scrape(&site).await;
    assert_eq!(before["calling_models_ready"], 1.0);
    assert!(before["process_resident_memory_bytes"] > 1e6);
    site.post_json("/classify_mbti", &json!({ "text": TEXT })).await;
    site.get("/no/such/page").await;
    let after = scrape(&site).await;
    let count = |route: &str, method: &str, status: &str| {
        let name = format!(
            "calling_http_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}}"
        );
        after.get(&name).copied().unwrap_or_default()
    };
    assert_eq!(count("/classify_mbti", "POST", "2xx"), 1.0, "{after:?}");
    assert_eq!(count("none", "GET", "4xx"), 1.0, "{after:?}");
    assert!(count("/ready", "GET", "2xx") >= 1.0);
    let stage = |seen: &BTreeMap<String, f64>, stage: &str, what: &str| {
        let name = format!("calling_reading_seconds_{what}{{model=\"mbti\",stage=\"{stage}\"}}");
        seen.get(&name).copied().unwrap_or_default()
    };
    let mut parts = 0.0;
    for name in ["queue", "tokenize", "forward"] {
        assert_eq!(stage(&after, name, "count") - stage(&before, name, "count"), 1.0, "{name}");
        parts += stage(&after, name, "sum");
    }
    assert!((parts - stage(&after, "total", "sum")).abs() < 1e-6);
    assert_eq!(after["calling_readings_total{outcome=\"completed\"}"], 3.0);
    assert!(after["calling_tokens_read_total"] > before["calling_tokens_read_total"]);
    assert!(after["calling_batch_seconds_count{model=\"mbti\"}"] >= 2.0);
}

/// Each of the 300 sentences is one window of each model.
#[actix_web::test]
async fn rated_sentences_are_read_before_the_first_questionnaire_comes() {
    let folder = |name| format!("{}/models/{name}", env!("CARGO_MANIFEST_DIR"));
    let (mbti, big_five) = (folder("mbti"), folder("big-five"));
    let site = start(&[
        "--mbti-model",
        &mbti,
        "--big-five-model",
        &big_five,
        "--precision",
        "f32",
        "--inference-threads",
        "1",
    ]);
    site.ready().await;
    let started = Instant::now();
    while scrape(&site).await["calling_reuse_entries"] < 600.0 {
        assert!(started.elapsed() < PATIENCE, "the rated sentences are not cached");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let before = scrape(&site).await;
    let questionnaire = Questionnaire::load(&Path::new(DATASETS).join("questionnaire.toml")).unwrap();
    let sentences: Vec<&str> = questionnaire.items.iter().map(|item| item.sentences[3].as_str()).collect();
    site.post_json("/classify_mbti", &json!({ "text": sentences.join(" ") })).await;
    let after = scrape(&site).await;
    let more = |name: &str| after[name] - before[name];
    assert_eq!(more("calling_reuse_windows_total{logits=\"known\"}"), 60.0);
    assert_eq!(more("calling_reuse_windows_total{logits=\"read\"}"), 0.0);
}

#[actix_web::test]
async fn a_route_is_counted_by_its_pattern_without_a_key() {
    let site = start(&[]);
    let answer = site.post_json("/get_career_recommendations", &json!({ "text": TEXT })).await;
    assert_eq!(answer.status(), 200);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(site.page(&location).await.status(), 200);
    let samples = scrape(&site).await;
    let route = "calling_http_requests_total{route=\"/results/{key}\",method=\"GET\",status=\"2xx\"}";
    assert_eq!(samples[route], 1.0);
    let key = location.strip_prefix("/results/").unwrap();
    assert!(!samples.keys().any(|name| name.contains(&key[..12])), "{samples:?}");
    assert_eq!(samples["calling_submissions_finished_total"], 1.0);
}

#[actix_web::test]
async fn the_queue_in_the_database_is_measured_again_and_again() {
    let database = TestDatabase::sqlite();
    left_behind(&database.store(), TEXT).await;
    // Will be retried in five minutes, as after a failure; stored a minute ago.
    let mut beside = database.beside();
    beside.execute(
        "UPDATE personality_records SET lease_until = strftime('%Y-%m-%d %H:%M:%f', 'now', '5 minutes'), \
         created_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 minutes')",
    );
    // The queue is measured three times per lease.
    let site = start(&["--database-url", database.address(), "--lease", "1"]);
    let until = Instant::now() + PATIENCE;
    let becomes = async |waiting: f64| loop {
        let samples = scrape(&site).await;
        let settled = samples.get("calling_queue_waiting") == Some(&waiting)
            && samples.get("calling_queue_reading") == Some(&0.0)
            && samples.get("calling_queue_busy_servers") == Some(&0.0);
        if settled {
            return samples["calling_queue_oldest_seconds"];
        }
        assert!(Instant::now() < until, "{samples:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let oldest = becomes(1.0).await;
    assert!((60.0..60.0 + PATIENCE.as_secs_f64()).contains(&oldest), "{oldest}");
    beside.execute("UPDATE personality_records SET lease_until = NULL");
    assert_eq!(becomes(0.0).await, 0.0);
}

#[actix_web::test]
async fn metrics_and_site_are_served_on_separate_addresses() {
    let site = start(&[]);
    assert_eq!(site.get("/metrics").await.status(), 404);
    for path in ["/", "/health", "/classify_mbti"] {
        let url = format!("http://{}{path}", site.metrics.unwrap());
        assert_eq!(site.client.get(url).send().await.unwrap().status(), 404, "{path}");
    }
    assert!(Site::start(&["--metrics-listen", "off"]).metrics.is_none());
}

#[actix_web::test]
async fn every_json_response_has_the_duration_of_each_stage() {
    let site = Site::start(&[]);
    for path in ["/classify_mbti", "/classify_big_five", "/get_career_recommendations"] {
        let answer = site.post_json(path, &json!({ "text": TEXT })).await;
        assert_eq!(answer.status(), 200);
        let timing = answer.headers()["server-timing"].to_str().unwrap().to_owned();
        let stages: BTreeMap<&str, f64> = timing
            .split(", ")
            .map(|stage| {
                let (name, milliseconds) = stage.split_once(";dur=").unwrap();
                (name, milliseconds.parse().unwrap())
            })
            .collect();
        let names: Vec<_> = stages.keys().copied().collect();
        assert_eq!(names, ["forward", "queue", "tokenize", "total"], "{path}");
        let parts = stages["forward"] + stages["queue"] + stages["tokenize"];
        // Each duration is rounded to 0.1 ms.
        assert!(parts <= stages["total"] + 0.2, "{timing}");
    }
}

#[actix_web::test]
async fn ready_says_how_each_model_is_computed() {
    let site = Site::start(&["--precision", "f32", "--instructions", "portable", "--inference-threads", "1"]);
    site.ready().await;
    let said = site.get("/ready").await.text().await.unwrap();
    let of_ways = |said: &str| {
        said.lines().filter(|line| !line.contains("not verified")).map(str::to_owned).collect::<Vec<_>>()
    };
    let lines = of_ways(&said);
    let way = "f32 on portable, 1 thread (as asked for)";
    assert_eq!(lines, ["ready".to_owned(), format!("mbti: {way}"), format!("big_five: {way}")]);
    let chosen = Site::start(&["--precision", "auto"]);
    let said = of_ways(&chosen.get("/ready").await.text().await.unwrap()).join("\n");
    assert!(said.lines().skip(1).all(|line| line.contains(" on ") && line.contains('(')), "{said}");
    assert_eq!(said.lines().count(), 3, "{said}");
}

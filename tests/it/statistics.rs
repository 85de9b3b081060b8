//! The statistics: who counts, from how many people on something is shown, and which server computes them.

use std::path::Path;

use calling::internals::norm::Norm;
use calling::internals::records::{Role, Store};
use calling::internals::startup::refresh_statistics;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::account_rows::account;
use crate::database::{Beside, TestDatabase, on_both_databases};
use crate::harness::{DATASETS, Site};
use crate::interests::result_of_a_text;
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text, texts};

on_both_databases!(
    one_of_two_servers_computes_them_once_a_day,
    only_finished_questionnaires_count_and_deleted_ones_no_longer,
    nothing_is_stored_of_what_was_deleted_meanwhile,
);

fn norm() -> Norm {
    Norm::load(&Path::new(DATASETS).join("norm")).unwrap()
}

/// An assessment that places somebody at this percentile of each trait, with this chance of each second letter.
pub fn assessment(percentile: f64, second: f64) -> Value {
    let norm = norm();
    let standing = |percentile: f64, above: f64| json!({ "percentile": percentile, "low": 1.0, "high": 99.0, "above": above });
    let traits =
        ["Extraversion", "Neuroticism", "Agreeableness", "Conscientiousness", "Openness"].map(|name| {
            json!({ "trait": name, "ratings": null, "words": null, "together": standing(percentile, 0.5),
                "score": { "mean": 0.0, "sd": 0.5 } })
        });
    let axes = ["EI", "SN", "TF", "JP"]
        .map(|axis| json!({ "axis": axis, "words": null, "together": standing(50.0, second) }));
    json!({
        "version": 1,
        "norm": { "name": norm.name, "version": norm.version, "people": norm.people },
        "traits": traits,
        "axes": axes,
        "naming": { "kind": "none", "why": { "reason": "close", "axes": ["EI", "JP"] } },
        "notices": [],
        "ground": { "words": 0, "ratings": 60, "explained": 0.3 },
        "shares": { "made by": "another release" },
    })
}

/// Stores so many records.
fn add(beside: &mut Beside, people: usize, source: &str, status: &str, assessment: &str) {
    let assessment = assessment.replace('\'', "''");
    let row = |_| {
        let key = rand::random::<u128>();
        format!(
            "('secret words', '{source}', '{status}', '{key:x}', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 1, \
             '{assessment}')"
        )
    };
    let rows: Vec<String> = (0..people).map(row).collect();
    beside.execute(&format!(
        "INSERT INTO personality_records (text, source, status, owner_key_hash, created_at, finished_at, attempts, \
         assessment) VALUES {}",
        rows.join(", ")
    ));
}

fn finished(beside: &mut Beside, people: usize, percentile: f64, second: f64) {
    add(beside, people, "questionnaire", "done", &assessment(percentile, second).to_string());
}

async fn people(store: &Store) -> Option<u64> {
    let (_, figures) = store.statistics().await.unwrap()?;
    serde_json::from_str::<Value>(&figures).unwrap()["people"].as_u64()
}

/// A day later each time.
async fn count_again(store: &Store, now: &mut DateTime<Utc>) -> Option<u64> {
    *now += TimeDelta::hours(24);
    assert!(refresh_statistics(store, &norm(), *now).await.unwrap());
    people(store).await
}

async fn one_of_two_servers_computes_them_once_a_day(database: TestDatabase) {
    let servers = [database.store(), database.store()];
    assert!(servers[0].statistics().await.unwrap().is_none(), "a new database has none");
    finished(&mut database.beside(), 3, 50.0, 0.5);
    let (norm, now) = (norm(), Utc::now());
    let at = async |hours: i64| {
        let now = now + TimeDelta::hours(hours);
        let both = [refresh_statistics(&servers[0], &norm, now), refresh_statistics(&servers[1], &norm, now)];
        let [one, two] = both;
        let (one, two) = tokio::join!(one, two);
        [one.unwrap(), two.unwrap()].into_iter().filter(|computed| *computed).count()
    };
    assert_eq!(at(0).await, 1);
    assert_eq!(people(&servers[1]).await, Some(3));
    assert_eq!(at(23).await, 0);
    assert_eq!(at(24).await, 1);

    // A server that dies at it is followed by another after an hour, and stores nothing if it was only slow.
    let later = |minutes: i64| now + TimeDelta::days(3) + TimeDelta::minutes(minutes);
    let slow = servers[0].claim_statistics(later(0)).await.unwrap().unwrap();
    assert!(servers[1].claim_statistics(later(59)).await.unwrap().is_none());
    assert!(refresh_statistics(&servers[1], &norm, later(61)).await.unwrap());
    assert!(!servers[0].store_statistics(slow, later(62), "{}".to_owned()).await.unwrap());
    assert_eq!(people(&servers[0]).await, Some(3));
}

async fn only_finished_questionnaires_count_and_deleted_ones_no_longer(database: TestDatabase) {
    let store = database.store();
    store.ping().await.unwrap();
    let (mut beside, mut now) = (database.beside(), Utc::now());
    assert_eq!(count_again(&store, &mut now).await, Some(0), "of an empty database");
    // More than a page of records.
    finished(&mut beside, 450, 50.0, 0.5);
    let own = assessment(50.0, 0.5);
    add(&mut beside, 3, "api", "done", &own.to_string());
    add(&mut beside, 3, "questionnaire", "failed", &own.to_string());
    for (place, other) in [("/version", json!(2)), ("/norm/version", json!("other")), ("/traits", json!([]))]
    {
        let mut changed = own.clone();
        *changed.pointer_mut(place).unwrap() = other;
        add(&mut beside, 3, "questionnaire", "done", &changed.to_string());
    }
    assert_eq!(count_again(&store, &mut now).await, Some(450));
    beside.execute("DELETE FROM personality_records WHERE id % 2 = 0 AND id <= 100");
    assert_eq!(people(&store).await, Some(450), "until the next count");
    assert_eq!(count_again(&store, &mut now).await, Some(400));
    let (_, stored) = store.statistics().await.unwrap().unwrap();
    assert!(!stored.contains("secret"), "{stored}");
}

async fn nothing_is_stored_of_what_was_deleted_meanwhile(database: TestDatabase) {
    let store = database.store();
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    finished(&mut database.beside(), 30, 50.0, 0.5);
    let mut now = Utc::now();
    assert_eq!(count_again(&store, &mut now).await, Some(30));
    let claim = store.claim_statistics(now + TimeDelta::hours(25)).await.unwrap().unwrap();
    let erasure = store.begin_erasure(&boss, false).await.unwrap();
    store.erase_all(erasure).await.unwrap();
    assert!(store.statistics().await.unwrap().is_none());
    assert!(!store.store_statistics(claim, now, "{}".to_owned()).await.unwrap());
    assert!(store.statistics().await.unwrap().is_none());
    assert_eq!(count_again(&store, &mut now).await, Some(0));
}

#[actix_web::test]
async fn the_page_shows_nothing_about_fewer_than_twenty_people() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    site.ready().await;
    let (visitor, store) = (Visitor::new(&site), database.store());
    let (mut beside, mut now) = (database.beside(), Utc::now());
    let page = async || {
        let page = visitor.page("/statistics").await;
        assert_headings_in_order(&page, "/statistics");
        assert_nothing_inline(&page, "/statistics");
        page
    };
    let told = async || site.get("/api/v1/statistics").await.json::<Value>().await.unwrap();
    assert!(text(&page().await, "main").contains("Nothing has been counted yet."));
    assert_eq!(told().await, json!({ "schema": 1, "counted_at": null, "figures": null }));

    finished(&mut beside, 19, 40.0, 0.0);
    count_again(&store, &mut now).await;
    let shown = page().await;
    assert!(text(&shown, "main").contains("fewer than 20 finished questionnaires, so no figure"));
    assert!(all(&shown, "table").is_empty());
    let figures = told().await;
    assert!(figures["counted_at"].is_string() && figures["figures"].is_null(), "{figures}");

    finished(&mut beside, 1, 60.0, 0.0);
    count_again(&store, &mut now).await;
    let shown = page().await;
    assert!(text(&shown, "main").contains("from 20 or a few more finished questionnaires"));
    assert_eq!(texts(&shown, "#traits + table td").concat(), "414".repeat(5), "mean 41, deviation 4");
    assert!(all(&shown, "#fifths").is_empty(), "19 stand in one fifth, and one in another");
    assert!(text(&shown, "main").contains("How the people are spread over the percentiles is not shown yet"));
    let traits = told().await["figures"]["traits"].take();
    assert_eq!(traits[4]["fifths"][2], json!({ "first": 40, "last": 59, "percent": null }));
    assert_eq!(traits[4]["together"], 100);
    // All are ESTJ, so that the rest of the whole is nobody: it is not said.
    assert!(text(&shown, "main").contains("No type has 20 people or more yet"));

    finished(&mut beside, 60, 50.0, 1.0);
    finished(&mut beside, 25, 50.0, 0.0);
    count_again(&store, &mut now).await;
    let shown = page().await;
    assert!(text(&shown, "main").contains("from 100 or a few more"));
    // 60 of 105 are INFP. The 45 ESTJ are shown with the other fourteen, which nobody has.
    assert_eq!(texts(&shown, "#types + table tbody td"), ["57%", "43%"]);
    assert!(texts(&shown, "#types + table tbody th")[1].ends_with(", together"));
    let figures = told().await["figures"].take();
    assert_eq!(
        (&figures["people"], &figures["types"]),
        (&json!(100), &json!([{ "name": "INFP", "percent": 57 }]))
    );
    assert_eq!(figures["together"]["names"].as_array().unwrap().len(), 15);
    let whole = figures.to_string();
    assert!(!whole.contains("105") && !whole.contains("sum"), "{whole}");

    finished(&mut beside, 30, 70.0, 0.0);
    count_again(&store, &mut now).await;
    let shown = page().await;
    // 104 of 135 stand in the third fifth, and 31 in the fourth, with whom the three that nobody has are shown.
    let row = ["–in the rest", "–in the rest", "77%", "–in the rest", "–in the rest", "23%"];
    assert_eq!(texts(&shown, "#fifths td"), row.repeat(5));
    let ranges = ["Trait", "0–19", "20–39", "40–59", "60–79", "80–100", "The rest, together"];
    assert_eq!(texts(&shown, "#fifths thead th"), ranges);
    assert_eq!(all(&shown, "#fifths tbody td[data-label='40–59']").len(), 5, "named where they are cards");
    let traits = told().await["figures"]["traits"].take();
    let percents: Vec<&Value> =
        traits[0]["fifths"].as_array().unwrap().iter().map(|fifth| &fifth["percent"]).collect();
    assert_eq!(percents, [&Value::Null, &Value::Null, &json!(77), &Value::Null, &Value::Null]);
    assert_eq!(traits[0]["together"], 23);

    // With twenty in each fifth nothing is hidden, and there is no column of the rest.
    for percentile in [0.0, 30.0, 100.0] {
        finished(&mut beside, 30, percentile, 0.0);
    }
    count_again(&store, &mut now).await;
    let shown = page().await;
    assert_eq!(texts(&shown, "#fifths td"), ["13%", "13%", "46%", "14%", "13%"].repeat(5));
    assert_eq!(texts(&shown, "#fifths thead th"), ranges[..6]);
    for path in ["/", "/about"] {
        assert!(!all(&visitor.page(path).await, "a[href='/statistics']").is_empty(), "{path}");
    }
}

#[actix_web::test]
async fn a_result_says_where_somebody_stands_among_three_hundred_visitors() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    site.ready().await;
    let (visitor, store) = (Visitor::new(&site), database.store());
    let result = result_of_a_text(&site).await;
    let mut own = assessment(50.0, 0.5);
    own.as_object_mut().unwrap().remove("shares");
    let (mut beside, mut now) = (database.beside(), Utc::now());
    beside.execute(&format!("UPDATE personality_records SET assessment = '{own}', source = 'questionnaire'"));
    finished(&mut beside, 199, 30.0, 0.5);
    finished(&mut beside, 99, 80.0, 0.5);
    assert_eq!(count_again(&store, &mut now).await, Some(299));
    let page = visitor.finished(&result).await;
    assert_eq!(all(&page, "#visitors").len(), 0);
    assert_eq!(all(&page, "#traits details").len(), 2, "the page of an assessment");

    finished(&mut beside, 1, 80.0, 0.5);
    assert_eq!(count_again(&store, &mut now).await, Some(300));
    let page = visitor.finished(&result).await;
    assert_headings_in_order(&page, &result);
    assert_eq!(text(&page, "#visitors caption"), "Percentiles among 300 visitors of this site");
    // 199 stand lower, and half of the one at the same place.
    assert_eq!(texts(&page, "#visitors td"), ["67"; 5]);
    assert!(text(&page, "#visitors + p").contains("They chose to come to this site"));
    beside.execute("DELETE FROM personality_records WHERE id = (SELECT MAX(id) FROM personality_records)");
    assert_eq!(count_again(&store, &mut now).await, Some(299));
    assert_eq!(all(&visitor.finished(&result).await, "#visitors").len(), 0);
}

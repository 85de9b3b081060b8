//! The description of the JSON addresses, and the page that shows it.

use std::collections::BTreeSet;

use scraper::Html;
use serde_json::{Value, json};

use crate::harness::Site;
use crate::site::{Visitor, all, text};

const SOC: &str = "29-1141";

/// The route table, as its file says it: the verbs and the path of each route.
fn routes() -> Vec<(&'static str, String)> {
    let table = include_str!("../../src/web/mod.rs");
    let (mut found, mut from) = (Vec::new(), table);
    while let Some(at) = from.find(".service(") {
        from = &from[at + ".service(".len()..];
        let (verbs, rest) = from.split_once('(').unwrap();
        let verbs = match verbs {
            "get" => "GET",
            "post" => "POST",
            "both" => "GET POST",
            other => panic!("a route that this test cannot read: {other}"),
        };
        let argument = rest.split(',').next().unwrap();
        let path = match argument {
            "first::PATH" => "/questions/first",
            "install::MANIFEST" => "/manifest.webmanifest",
            "install::WORKER" => "/sw.js",
            "install::OFFLINE" => "/offline",
            literal => literal.trim_matches('"'),
        };
        assert!(path.starts_with('/'), "a path that this test cannot read: {argument}");
        found.push((verbs, path.to_owned()));
    }
    assert!(found.len() > 50, "too few routes were found");
    found
}

async fn description(site: &Site) -> Value {
    let answer = site.get("/api/openapi.json").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    answer.json().await.unwrap()
}

/// Method, path and operation of each operation.
fn operations(description: &Value) -> Vec<(String, String, &Value)> {
    let paths = description["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations.map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
        })
        .collect()
}

/// A device with a draft and a result that is shared.
struct Device<'a> {
    site: &'a Site,
    cookie: String,
    key: String,
    shared: String,
}

impl<'a> Device<'a> {
    async fn new(site: &'a Site) -> Device<'a> {
        let began = site.client.post(site.url("/begin")).form(&[("agree", "1")]).send().await.unwrap();
        let cookie = began.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let read = site.post_json("/get_career_recommendations", &json!({ "text": "I like tea." })).await;
        let key = read.headers()["location"].to_str().unwrap().trim_start_matches("/results/").to_owned();
        let share = site.client.post(site.url(&format!("/results/{key}/share"))).send().await.unwrap();
        assert!(share.status().is_redirection());
        let page = site.page(&format!("/results/{key}")).await.text().await.unwrap();
        let at = page.find("/shared/").expect("the result's page shows its share link") + "/shared/".len();
        Device { site, cookie, shared: page[at..at + 43].to_owned(), key }
    }

    fn path(&self, route: &str) -> String {
        let key = if route.starts_with("/shared/") { &self.shared } else { &self.key };
        route
            .replace("{key}", key)
            .replace("{soc}", SOC)
            .replace("{trait}", "openness")
            .replace("{type}", "intj")
            .replace("{page}", "1")
    }

    /// Whether a GET or one of two POSTs is answered with JSON, as asked.
    async fn answers_json(&self, method: &str, route: &str) -> bool {
        let client = &self.site.client;
        let url = self.site.url(&self.path(route));
        let requests = match method {
            "GET" => vec![client.get(url)],
            _ => vec![
                client.post(&url).json(&json!({ "text": "I like tea." })),
                client.post(&url).form(&[("e1", "3")]),
            ],
        };
        for request in requests {
            let answer = request.header("cookie", &self.cookie).send().await.unwrap();
            let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
            if answer.status().is_success() && kind.is_some_and(|kind| kind.starts_with("application/json")) {
                return true;
            }
        }
        false
    }
}

#[actix_web::test]
async fn every_address_that_answers_json_is_described_and_no_other() {
    let site = Site::start(&["--rate-limit", "0"]);
    site.ready().await;
    let mut answering = BTreeSet::new();
    for (verbs, path) in routes() {
        for method in verbs.split(' ') {
            // A device for each, since some of them delete.
            if Device::new(&site).await.answers_json(method, &path).await {
                answering.insert(format!("{method} {path}"));
            }
        }
    }
    assert!(answering.len() >= 9, "{answering:?}");
    let description = description(&site).await;
    let described: BTreeSet<String> = operations(&description)
        .into_iter()
        .filter(|(.., operation)| operation["responses"]["200"]["content"]["application/json"].is_object())
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert_eq!(answering, described);
    let table: BTreeSet<String> = routes()
        .into_iter()
        .flat_map(|(verbs, path)| {
            verbs.split(' ').map(move |verb| format!("{verb} {path}")).collect::<Vec<_>>()
        })
        .collect();
    for (method, path, _) in operations(&description) {
        assert!(table.contains(&format!("{method} {path}")), "{method} {path} is described and has no route");
    }
}

/// Every `$ref` in a value.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[actix_web::test]
async fn the_description_is_whole_and_says_this_servers_limits() {
    let site = Site::start(&["--body-limit", "3KiB", "--rate-limit", "77", "--deadline", "12"]);
    let description = description(&site).await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"), "{}", description["openapi"]);
    let said = description["info"]["description"].as_str().unwrap();
    for limit in ["3 KiB", "77 a minute", "12 seconds"] {
        assert!(said.contains(limit), "{limit}: {said}");
    }
    let mut found = Vec::new();
    references(&description, &mut found);
    assert!(found.len() > 10);
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("a reference inside the document");
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&description) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}");
        assert!(operation["summary"].as_str().is_some_and(|said| !said.is_empty()), "{path}");
        for status in ["400", "429", "500"] {
            assert!(operation["responses"][status].is_object(), "{path} does not say {status}");
        }
        if method == "POST" && operation["requestBody"].is_object() {
            for status in ["408", "413", "415"] {
                assert!(operation["responses"][status].is_object(), "{path} does not say {status}");
            }
        }
        for placeholder in path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()) {
            let named = |parameter: &Value| parameter["name"] == placeholder && parameter["required"] == true;
            assert!(operation["parameters"].as_array().unwrap().iter().any(named), "{path}: {placeholder}");
        }
    }
}

#[actix_web::test]
async fn the_examples_of_the_description_are_accepted() {
    let site = Site::start(&[]);
    site.ready().await;
    let description = description(&site).await;
    let mut sent = 0;
    for (method, path, operation) in operations(&description) {
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        if method == "POST" && !example.is_null() {
            assert_eq!(site.post_json(&path, example).await.status(), 200, "{path}");
            sent += 1;
        }
    }
    assert_eq!(sent, 3);
}

#[actix_web::test]
async fn people_read_and_try_every_address_on_a_page_that_needs_no_script() {
    let site = Site::start(&[]);
    let page = Visitor::new(&site).page("/api").await;
    let description = description(&site).await;
    for (method, path, operation) in operations(&description) {
        let id = operation["operationId"].as_str().unwrap();
        assert_eq!(text(&page, &format!("h3[id='{id}']")), operation["summary"].as_str().unwrap());
        assert!(text(&page, "main").contains(&format!("{method} {path}")), "{path}");
    }
    for schema in description["components"]["schemas"].as_object().unwrap().keys() {
        assert_eq!(all(&page, &format!("h3[id='schema-{schema}']")).len(), 1, "{schema}");
    }
    // A list can be asked for without script; what needs script says so.
    let form = "form[action='/api/v1/careers'][method='get']";
    assert_eq!(all(&page, &format!("{form} input[name='q']")).len(), 1);
    assert_eq!(all(&page, &format!("{form} span:not([hidden]) > button")).len(), 1);
    let post = "form[data-try='/classify_mbti']";
    assert_eq!(all(&page, &format!("{post} [hidden] > button")).len(), 1);
    assert!(text(&page, &format!("{post} .no-script")).contains("needs script"));
    assert!(text(&page, &format!("{post} textarea")).contains("quiet mornings"));
    let answer = site.get("/api/v1/careers?q=nurse&sort=&zone=").await;
    assert_eq!(answer.status(), 200, "an empty field, as a form sends it");
    let html = site.page("/api").await.text().await.unwrap();
    let elsewhere = Html::parse_document(&html);
    for element in all(&elsewhere, "script[src], link[href], img[src], form[action]") {
        let address = ["src", "href", "action"].iter().find_map(|name| element.attr(name)).unwrap();
        let own = address.starts_with('/') || address.starts_with(&site.url(""));
        assert!(own, "{address}");
    }
}

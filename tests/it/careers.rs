//! The catalogue over HTTP: browsing, searching, one occupation, and the same as JSON.

use scraper::{Html, Selector};
use serde_json::Value;

use crate::harness::Site;

async fn page(site: &Site, path: &str) -> Html {
    let answer = site.page(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    Html::parse_document(&answer.text().await.unwrap())
}

fn texts(page: &Html, css: &str) -> Vec<String> {
    let one = |e: scraper::ElementRef<'_>| e.text().collect::<String>();
    page.select(&Selector::parse(css).unwrap()).map(one).collect()
}

async fn json(site: &Site, path: &str) -> Value {
    let answer = site.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

#[actix_web::test]
async fn a_visitor_searches_filters_and_reads_about_an_occupation() {
    let site = Site::start(&["--public-url", "https://calling.example"]);
    let all = page(&site, "/careers").await;
    assert_eq!(texts(&all, "tbody tr").len(), 25);
    let canonical = Selector::parse("link[rel=canonical]").unwrap();
    let address = all.select(&canonical).next().unwrap().attr("href").unwrap().to_owned();
    assert_eq!(address, "https://calling.example/careers");
    assert!(texts(&all, "meta[name=robots]").is_empty());

    let found = page(&site, "/careers?q=sofware+developper").await;
    let titles = texts(&found, "tbody th a");
    assert_eq!(titles[0], "Software developer");
    let robots = Selector::parse("meta[name=robots][content=noindex]").unwrap();
    assert_eq!(found.select(&robots).count(), 1, "a search is nothing for a search engine");

    let paid = page(&site, "/careers?field=15&zone=5&sort=salary&salary=100000").await;
    assert!(texts(&paid, "tbody tr").len() < 25);
    assert_eq!(texts(&paid, "option[selected]"), ["Computing and mathematics", "highest pay first"]);

    let nothing = page(&site, "/careers?q=xqzzy").await;
    assert_eq!(texts(&nothing, "h2"), ["Nothing found"]);

    let work = page(&site, "/careers/15-1252").await;
    assert_eq!(texts(&work, "h1"), ["Software developer"]);
    assert!(texts(&work, "table").iter().any(|table| table.contains("$148,100")));
}

#[actix_web::test]
async fn addresses_of_careers_are_canonical_and_wrong_ones_are_told() {
    let site = Site::start(&[]);
    let moved = site.page("/careers/15-1252.00").await;
    assert_eq!(
        (moved.status().as_u16(), moved.headers()["location"].to_str().unwrap()),
        (301, "/careers/15-1252")
    );
    assert_eq!(site.page("/careers/99-9999").await.status(), 404);
    assert_eq!(site.get("/api/v1/careers/99-9999").await.status(), 404);
    let wrong = site.get("/api/v1/careers?zone=7").await;
    assert_eq!(wrong.status(), 400);
    let said = wrong.json::<Value>().await.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(said.contains("zone") && said.contains("from 1 to 5") && said.contains('7'), "{said}");
}

#[actix_web::test]
async fn the_catalogue_as_json_has_every_occupation_once() {
    let site = Site::start(&[]);
    let mut codes = std::collections::BTreeSet::new();
    let first = json(&site, "/api/v1/careers").await;
    let pages = first["pages"].as_u64().unwrap();
    for page in 1..=pages {
        let list = json(&site, &format!("/api/v1/careers?page={page}")).await;
        for career in list["careers"].as_array().unwrap() {
            assert!(career["salary_usd"].as_u64().unwrap() > 10_000);
            assert!(codes.insert(career["soc"].as_str().unwrap().to_owned()), "{career}");
        }
    }
    assert_eq!(codes.len() as u64, first["total"].as_u64().unwrap());
    let one = json(&site, "/api/v1/careers/29-1141").await;
    assert_eq!(one["salary_usd"], 101_420);
    assert_eq!(one["ratings"].as_object().unwrap().len(), 27);
    assert_eq!(one["version"], first["version"]);
}

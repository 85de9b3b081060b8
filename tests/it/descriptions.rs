//! The pages about traits and types, and what search engines are told.

use std::collections::BTreeSet;

use calling::internals::personality::{Mbti, Trait};
use reqwest::StatusCode;
use scraper::Html;

use crate::harness::Site;
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text};

const PUBLIC: &str = "https://calling.example.org";

fn paths() -> Vec<String> {
    let types = Mbti::ALL.map(|mbti| format!("/types/{}", mbti.name().to_lowercase()));
    let traits = Trait::ALL.map(|trait_| format!("/traits/{}", trait_.name().to_lowercase()));
    types.into_iter().chain(traits).chain(["/types".to_owned(), "/traits".to_owned()]).collect()
}

fn attribute(page: &Html, selector: &str, name: &str) -> String {
    let found = all(page, selector);
    assert_eq!(found.len(), 1, "{selector}");
    found[0].attr(name).unwrap().to_owned()
}

#[actix_web::test]
async fn every_type_and_trait_has_a_page_with_a_title_and_description_of_its_own() {
    let site = Site::start(&["--public-url", PUBLIC]);
    let visitor = Visitor::new(&site);
    let (mut titles, mut descriptions, mut links) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for path in paths() {
        let page = visitor.page(&path).await;
        assert_nothing_inline(&page, &path);
        assert_headings_in_order(&page, &path);
        assert_eq!(attribute(&page, "link[rel=canonical]", "href"), format!("{PUBLIC}{path}"));
        assert!(all(&page, "meta[name=robots]").is_empty(), "{path}");
        let title = text(&page, "title");
        assert!(title.ends_with(" – Calling") && title.chars().count() <= 80, "{path}: {title}");
        assert!(titles.insert(title), "{path}");
        let description = attribute(&page, "meta[name=description]", "content");
        assert!((70..=220).contains(&description.chars().count()), "{path}: {description}");
        assert!(descriptions.insert(description), "{path}");
        for link in all(&page, "main a[href^='/']") {
            links.insert(link.attr("href").unwrap().to_owned());
        }
    }
    for path in paths() {
        assert!(links.contains(&path), "nothing links to {path}");
    }
    for link in links {
        assert_eq!(visitor.get(&link).await.status(), StatusCode::OK, "{link}");
    }
}

#[actix_web::test]
async fn a_page_has_one_address_and_other_names_have_none() {
    let site = Site::start(&[]);
    for (path, to) in [
        ("/types/INFJ", "/types/infj"),
        ("/traits/Openness", "/traits/openness"),
        ("/traits/extroversion", "/traits/extraversion"),
    ] {
        let answer = site.page(path).await;
        assert_eq!(answer.status(), StatusCode::MOVED_PERMANENTLY, "{path}");
        assert_eq!(answer.headers()["location"], to);
    }
    for path in ["/types/abcd", "/traits/honesty"] {
        assert_eq!(site.page(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[actix_web::test]
async fn careers_stand_on_every_page_but_that_of_neuroticism() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    for path in paths().into_iter().filter(|path| path.matches('/').count() == 2) {
        let page = visitor.page(&path).await;
        let rows = all(&page, "main tbody tr a[href^='/careers/']").len();
        let expected = if path == "/traits/neuroticism" { 0 } else { 10 };
        assert_eq!(rows, expected, "{path}");
    }
}

#[actix_web::test]
async fn the_sitemap_lists_public_pages_only_and_robots_name_it() {
    let site = Site::start(&["--public-url", PUBLIC]);
    let robots = site.get("/robots.txt").await;
    assert_eq!(robots.status(), StatusCode::OK);
    assert!(robots.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let robots = robots.text().await.unwrap();
    assert!(robots.lines().any(|line| line == format!("Sitemap: {PUBLIC}/sitemap.xml")), "{robots}");
    let answer = site.get("/sitemap.xml").await;
    assert!(answer.headers()["content-type"].to_str().unwrap().contains("xml"));
    let sitemap = answer.text().await.unwrap();
    let listed: Vec<&str> =
        sitemap.split("<loc>").skip(1).filter_map(|part| part.split("</loc>").next()).collect();
    let listed: BTreeSet<&str> = listed.iter().map(|url| url.strip_prefix(PUBLIC).unwrap()).collect();
    for path in paths() {
        assert!(listed.contains(path.as_str()), "{path}");
    }
    assert!(listed.contains("/") && listed.contains("/careers/29-1141"));
    for path in &listed {
        assert!(!path.starts_with("/results") && !path.starts_with("/questions"), "{path}");
    }
    let visitor = Visitor::new(&site);
    for path in listed.iter().filter(|path| !path.starts_with("/careers/")) {
        assert_eq!(visitor.get(path).await.status(), StatusCode::OK, "{path}");
    }
}

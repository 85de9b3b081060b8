//! What makes the site installable, and what a device keeps of it for times without a network.

use reqwest::StatusCode;
use serde_json::Value;

use crate::harness::Site;
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text};

/// What the service worker is told to keep.
async fn build(site: &Site) -> Value {
    let worker = site.page("/sw.js").await;
    assert_eq!(worker.headers()["cache-control"], "no-cache");
    assert!(worker.headers()["content-type"].to_str().unwrap().starts_with("text/javascript"));
    let policy = worker.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("worker-src 'self'") && policy.contains("manifest-src 'self'"), "{policy}");
    let source = worker.text().await.unwrap();
    let build = source.lines().next().unwrap().strip_prefix("const BUILD = ").unwrap();
    serde_json::from_str(build.strip_suffix(';').unwrap()).unwrap()
}

/// Every address that the service worker keeps.
fn kept(build: &Value) -> Vec<&str> {
    let named = |list: &str| build[list].as_array().unwrap().iter().map(|path| path.as_str().unwrap());
    named("files").chain(named("shells")).chain(build["offline"].as_str()).collect()
}

#[actix_web::test]
async fn what_a_device_keeps_is_the_same_for_everybody() {
    let site = Site::start(&[]);
    let build = build(&site).await;
    let stranger = Visitor::new(&site);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    for number in 1..=12 {
        visitor.answer_page(number, "4", "A lighthouse by the sea").await;
    }
    assert_eq!(build["shells"].as_array().unwrap().len(), 12);
    for path in kept(&build) {
        let (theirs, nobodys) = (visitor.get(path).await, stranger.get(path).await);
        assert_eq!(theirs.status(), StatusCode::OK, "{path}");
        assert!(theirs.headers().get("set-cookie").is_none(), "{path}");
        assert_ne!(theirs.headers()["cache-control"], "no-store", "{path}");
        assert_eq!(theirs.bytes().await.unwrap(), nobodys.bytes().await.unwrap(), "{path}");
    }
}

#[actix_web::test]
async fn a_kept_page_has_the_fields_of_the_page_and_no_draft() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    for number in [1, 6, 7, 12] {
        let page = visitor.page(&format!("/questions/{number}")).await;
        let path = format!("/questions/{number}/shell");
        let shell = visitor.page(&path).await;
        let fields = |page| all(page, "form[data-save] [name]:not([name=shown])").len();
        assert_eq!(fields(&shell), fields(&page), "{path}");
        assert_eq!(all(&shell, "[data-draft='']").len(), 1, "{path}");
        assert_eq!(all(&page, "[data-draft='']").len(), 0, "{path}");
        assert!(all(&shell, "[checked]").is_empty(), "{path}");
        assert!(text(&shell, "[data-offline]").contains("You are offline"));
        assert_nothing_inline(&shell, &path);
        assert_headings_in_order(&shell, &path);
    }
    assert_eq!(site.page("/questions/13/shell").await.status(), StatusCode::NOT_FOUND);
    let offline = visitor.page("/offline").await;
    assert_eq!(all(&offline, "main li a[href^='/questions/']").len(), 12);
    assert_nothing_inline(&offline, "/offline");
    assert_headings_in_order(&offline, "/offline");
}

#[actix_web::test]
async fn the_version_of_what_is_kept_follows_its_content() {
    let site = Site::start(&[]);
    let version = build(&site).await["version"].clone();
    assert_eq!(version, build(&site).await["version"]);
    // Another number of days changes the pages.
    let other = Site::start(&["--draft-days", "7"]);
    assert_ne!(version, build(&other).await["version"]);
}

#[actix_web::test]
async fn every_page_links_a_manifest_whose_icons_are_there() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    for path in ["/", "/about", "/careers", "/offline", "/sample"] {
        let page = visitor.page(path).await;
        let links = all(&page, "link[rel=manifest]");
        assert_eq!(links.len(), 1, "{path}");
        assert_eq!(links[0].attr("href"), Some("/manifest.webmanifest"));
    }
    let answer = site.get("/manifest.webmanifest").await;
    assert_eq!(answer.headers()["content-type"], "application/manifest+json");
    let manifest: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!((&manifest["name"], &manifest["start_url"]), (&"Calling".into(), &"/".into()));
    let icons = manifest["icons"].as_array().unwrap();
    for size in [192u32, 512] {
        let named = format!("{size}x{size}");
        let icon = icons.iter().find(|icon| icon["sizes"] == named).unwrap();
        let bytes = site.get(icon["src"].as_str().unwrap()).await.bytes().await.unwrap();
        // A PNG says its width and height in its first chunk.
        assert_eq!(&bytes[1..4], b"PNG");
        assert_eq!(bytes[16..20], size.to_be_bytes());
        assert_eq!(bytes[20..24], size.to_be_bytes());
    }
    let svg = icons.iter().find(|icon| icon["type"] == "image/svg+xml").unwrap();
    assert_eq!(site.get(svg["src"].as_str().unwrap()).await.status(), StatusCode::OK);
}

async fn draft(visitor: &Visitor<'_>) -> String {
    let page = visitor.page("/questions/1").await;
    all(&page, "[data-draft]")[0].attr("data-draft").unwrap().to_owned()
}

#[actix_web::test]
async fn answers_kept_for_one_draft_never_get_into_another() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let first = draft(&visitor).await;
    let save = async |draft: &str| visitor.post("/answers", &[("draft", draft), ("q01", "Tea")]).await;
    assert_eq!(save(&first).await.status(), StatusCode::OK);
    // The same draft goes on under a new key.
    assert_eq!(visitor.sent_on("/begin", &[("agree", "1")]).await, "/questions");
    assert_eq!(draft(&visitor).await, first);
    assert_eq!(save(&first).await.status(), StatusCode::OK);
    visitor.sent_on("/discard", &[]).await;
    assert_eq!(save(&first).await.status(), StatusCode::GONE);
    visitor.begin().await;
    assert_ne!(draft(&visitor).await, first);
    let refused = save(&first).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(refused.text().await.unwrap().contains("has left"));
    assert_eq!(text(&visitor.page("/questions/7").await, "textarea#q01"), "");
}

#[actix_web::test]
async fn asking_whether_a_draft_is_open_changes_nothing() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let draft = draft(&visitor).await;
    let answer = visitor.post("/answers", &[("draft", &draft)]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().contains_key("set-cookie"));
    let told: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!((&told["answered"], &told["marks"]), (&0.into(), &serde_json::json!({})));
}

//! Errors as pages and as JSON.

use crate::harness::Site;

#[actix_web::test]
async fn an_unknown_address_is_a_page_for_people_and_json_for_programs() {
    let site = Site::start(&[]);
    let page = site.page("/no/such/page").await;
    assert_eq!(page.status(), 404);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let html = page.text().await.unwrap();
    let html = scraper::Html::parse_document(&html);
    let heading = html.select(&scraper::Selector::parse("h1").unwrap()).next().unwrap();
    assert_eq!(heading.inner_html().trim(), "Not found");

    let json = site.get("/no/such/page").await;
    assert_eq!(json.status(), 404);
    let json: serde_json::Value = json.json().await.unwrap();
    assert!(json["message"].as_str().unwrap().contains("nothing at this address"));
    assert_eq!(json["request_id"].as_str().unwrap().len(), 36);
}

#[actix_web::test]
async fn a_wrong_method_is_405_and_says_what_is_allowed() {
    let site = Site::start(&[]);
    let answer = site.client.delete(site.url("/health")).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "GET, HEAD");
    let json: serde_json::Value = answer.json().await.unwrap();
    assert!(json["message"].is_string());
}

#[actix_web::test]
async fn head_is_answered_like_get_without_the_body() {
    let site = Site::start(&[]);
    let answer = site.client.head(site.url("/health")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-length"], "2");
    assert!(answer.bytes().await.unwrap().is_empty());
}

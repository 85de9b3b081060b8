//! The keys in cookies: who has which, and what a cookie from another site can do.

use reqwest::header::HeaderValue;
use reqwest::{Response, StatusCode};
use scraper::Html;

use crate::harness::Site;
use crate::site::text;

/// A request with these cookies, as bytes.
async fn with(site: &Site, method: &str, path: &str, cookies: &[u8]) -> Response {
    let request = site.client.request(method.parse().unwrap(), site.url(path)).header("accept", "text/html");
    let request = request.header("cookie", HeaderValue::from_bytes(cookies).unwrap());
    let request = if method == "POST" { request.form(&[("agree", "1"), ("r01", "4")]) } else { request };
    request.send().await.unwrap()
}

async fn status(site: &Site, path: &str, cookies: &[u8]) -> u16 {
    with(site, "GET", path, cookies).await.status().as_u16()
}

/// The cookies that an answer sets: name, value and the rest.
fn set(answer: &Response) -> Vec<(String, String, String)> {
    let lines = answer.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
    lines
        .map(|line| {
            let (pair, rest) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.to_owned(), rest.to_owned())
        })
        .collect()
}

/// Opens a draft and returns its key.
async fn begun(site: &Site) -> String {
    let answer = with(site, "POST", "/begin", b"").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    set(&answer)[0].1.clone()
}

#[actix_web::test]
async fn a_key_that_was_planted_does_not_open_what_is_answered_after_the_start() {
    let site = Site::start(&[]);
    let planted = begun(&site).await;
    let planted_cookie = format!("calling_draft={planted}");
    let begins = with(&site, "POST", "/begin", planted_cookie.as_bytes()).await;
    let own = format!("calling_draft={}", set(&begins)[0].1);
    assert_ne!(own, planted_cookie);
    assert_eq!(with(&site, "POST", "/answers", own.as_bytes()).await.status(), StatusCode::OK);
    assert_eq!(status(&site, "/questions/1", own.as_bytes()).await, 200);
    assert_eq!(status(&site, "/questions/1", planted_cookie.as_bytes()).await, 404);
}

#[actix_web::test]
async fn starting_again_keeps_the_answers_even_if_the_browser_misses_the_new_key() {
    let site = Site::start(&[]);
    let cookie = format!("calling_draft={}", begun(&site).await);
    with(&site, "POST", "/answers", cookie.as_bytes()).await;
    // A double tap: the first answer is never looked at.
    with(&site, "POST", "/begin", cookie.as_bytes()).await;
    let second = with(&site, "POST", "/begin", cookie.as_bytes()).await;
    let own = format!("calling_draft={}", set(&second)[0].1);
    let home = with(&site, "GET", "/", own.as_bytes()).await.text().await.unwrap();
    assert!(text(&Html::parse_document(&home), ".hero").contains("1 of 86 answered"));
}

#[actix_web::test]
async fn over_https_only_names_that_no_neighbor_can_set_are_read() {
    let site = Site::start(&["--public-url", "https://calling.example.org"]);
    let begins = with(&site, "POST", "/begin", b"").await;
    let (name, own, rest) = set(&begins).remove(0);
    assert_eq!(name, "__Host-calling_draft");
    assert!(rest.contains("Secure") && rest.contains("Path=/") && !rest.contains("Domain"), "{rest}");
    let planted = begun(&site).await;
    // Besides the site's own cookie, one under a name that anybody can set is not read.
    let both = format!("calling_draft={planted}; {name}={own}");
    with(&site, "POST", "/answers", both.as_bytes()).await;
    let answered = async |cookie: String| {
        let page = with(&site, "GET", "/", cookie.as_bytes()).await.text().await.unwrap();
        text(&Html::parse_document(&page), ".hero").contains("1 of 86 answered")
    };
    assert!(answered(format!("{name}={own}")).await);
    assert!(!answered(format!("{name}={planted}")).await);
}

#[actix_web::test]
async fn a_draft_from_before_https_is_taken_once_and_gets_a_new_key() {
    let site = Site::start(&["--public-url", "https://calling.example.org"]);
    let key = begun(&site).await;
    with(&site, "POST", "/answers", format!("__Host-calling_draft={key}").as_bytes()).await;
    let former = format!("calling_draft={key}");
    let home = with(&site, "GET", "/", former.as_bytes()).await;
    let cookies = set(&home);
    let page = Html::parse_document(&home.text().await.unwrap());
    assert!(text(&page, ".hero").contains("1 of 86 answered"));
    let new = cookies.iter().find(|(name, ..)| name == "__Host-calling_draft").unwrap();
    assert_ne!(new.1, key);
    let cleared = cookies.iter().find(|(name, ..)| name == "calling_draft").unwrap();
    assert!(cleared.1.is_empty() && cleared.2.contains("Max-Age=0"), "{cleared:?}");
    assert_eq!(status(&site, "/questions/1", format!("{}={}", new.0, new.1).as_bytes()).await, 200);
    assert_eq!(status(&site, "/questions/1", former.as_bytes()).await, 404, "it is taken once");
}

#[actix_web::test]
async fn each_cookie_of_the_name_is_tried_and_odd_bytes_hide_none() {
    let site = Site::start(&[]);
    let key = begun(&site).await;
    let gone = {
        let other = begun(&site).await;
        with(&site, "POST", "/discard", format!("calling_draft={other}").as_bytes()).await;
        other
    };
    for cookies in [
        format!("calling_draft=junk; calling_draft={key}"),
        format!("calling_draft={gone}; calling_draft={key}"),
        format!("calling_draft={key}; calling_draft={gone}"),
    ] {
        assert_eq!(status(&site, "/questions/1", cookies.as_bytes()).await, 200, "{cookies}");
    }
    let odd = [b"other=\xff\xfe; ".as_slice(), format!("calling_draft={key}").as_bytes()].concat();
    assert_eq!(status(&site, "/questions/1", &odd).await, 200);
}

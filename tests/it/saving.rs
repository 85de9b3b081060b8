//! What a posted page changes and what it leaves alone, and that nothing typed is lost.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use scraper::Html;

use crate::harness::Site;
use crate::site::{Visitor, all, text, texts};

/// A page in one tab: every field that a browser would post, as it was shown until it is changed.
struct Tab {
    path: String,
    fields: BTreeMap<String, String>,
}

impl Tab {
    async fn open(visitor: &Visitor<'_>, path: &str) -> Tab {
        let page = visitor.page(path).await;
        let own = |what: &str| format!("form[data-save] {what}");
        let mut fields = BTreeMap::new();
        for area in all(&page, &own("textarea")) {
            fields.insert(area.attr("name").unwrap().to_owned(), area.text().collect());
        }
        for input in all(&page, &own("input[type=hidden], input[checked]")) {
            let field = |name| input.attr(name).unwrap().to_owned();
            fields.insert(field("name"), field("value"));
        }
        Tab { path: path.to_owned(), fields }
    }

    fn set(&mut self, field: &str, value: &str) {
        self.fields.insert(field.to_owned(), value.to_owned());
    }

    fn uncheck(&mut self, field: &str) {
        self.fields.remove(field);
    }

    async fn post(&self, visitor: &Visitor<'_>, button: &str) -> String {
        let mut fields: Vec<_> =
            self.fields.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
        fields.push(("go", button));
        visitor.sent_on(&self.path, &fields).await
    }
}

async fn words(visitor: &Visitor<'_>, field: &str) -> String {
    text(&visitor.page("/questions/7").await, &format!("textarea#{field}"))
}

async fn shown(visitor: &Visitor<'_>, path: &str, selector: &str) -> usize {
    all(&visitor.page(path).await, selector).len()
}

#[actix_web::test]
async fn a_page_posted_later_leaves_alone_what_it_did_not_change() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    visitor.post("/answers", &[("q04", "Milk"), ("q04-skip", ""), ("r01", "2")]).await;
    let mut stale = Tab::open(&visitor, "/questions/7").await;
    let mut other = Tab::open(&visitor, "/questions/7").await;
    other.set("q01", "Tea\r\nor coffee");
    other.set("q02-skip", "1");
    other.set("q04", "");
    other.post(&visitor, "later").await;

    stale.set("q03", "Walks");
    assert_eq!(stale.post(&visitor, "later").await, "/questions/8");
    assert_eq!(words(&visitor, "q01").await, "Tea\nor coffee");
    assert_eq!(words(&visitor, "q03").await, "Walks");
    assert_eq!(words(&visitor, "q04").await, "");
    assert_eq!(shown(&visitor, "/questions/7", "input[name='q02-skip'][checked]").await, 1);

    // Where both changed the same field, the later save wins.
    stale.set("q01", "Water");
    stale.post(&visitor, "later").await;
    assert_eq!(words(&visitor, "q01").await, "Water");
    // An emptied field and an unchecked box are removed.
    let mut fresh = Tab::open(&visitor, "/questions/7").await;
    fresh.set("q01", "");
    fresh.uncheck("q02-skip");
    fresh.post(&visitor, "later").await;
    assert_eq!(words(&visitor, "q01").await, "");
    assert_eq!(shown(&visitor, "/questions/7", "input[name='q02-skip'][checked]").await, 0);

    let stale = Tab::open(&visitor, "/questions/1").await;
    let mut other = Tab::open(&visitor, "/questions/1").await;
    other.set("r01", "5");
    other.post(&visitor, "later").await;
    stale.post(&visitor, "later").await;
    assert_eq!(shown(&visitor, "/questions/1", "#r01-5[checked]").await, 1);
}

#[actix_web::test]
async fn a_stale_check_page_sends_what_other_tabs_have_saved() {
    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let stale = Tab::open(&visitor, "/questions/check").await;
    visitor.sent_on("/questions/random", &[]).await;
    visitor.post("/answers", &[("q01", "A lighthouse"), ("q01-skip", "")]).await;
    let path = stale.post(&visitor, "send").await;
    assert!(path.starts_with("/results/"), "{path}");
    assert!(text(&visitor.finished(&path).await, "#text .words").contains("A lighthouse."));
}

#[actix_web::test]
async fn only_the_send_button_sends_the_check_page() {
    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    visitor.sent_on("/questions/random", &[]).await;
    assert_eq!(visitor.sent_on("/questions/check", &[("r01", "3")]).await, "/questions/check");
    // The first button is what Enter presses.
    let page = visitor.page("/questions/check").await;
    assert_eq!(all(&page, "form[data-save] button")[0].attr("value"), Some("stay"));
}

#[actix_web::test]
async fn a_result_is_listed_even_if_the_browser_missed_the_first_answer() {
    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    let begun = visitor.post("/begin", &[("agree", "1")]).await;
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    visitor.sent_on("/questions/random", &[]).await;
    let tab = Tab::open(&visitor, "/questions/check").await;
    // The browser never receives the answer to the first tap, and taps again.
    let mut fields: Vec<_> =
        tab.fields.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
    fields.push(("go", "send"));
    let missed = site.client.post(site.url("/questions/check")).header("cookie", cookie).form(&fields);
    assert_eq!(missed.send().await.unwrap().status(), StatusCode::SEE_OTHER);
    assert!(tab.post(&visitor, "send").await.starts_with("/results/"));
    assert_eq!(texts(&visitor.page("/").await, ".mine li").len(), 1);
}

#[actix_web::test]
async fn every_save_keeps_the_cookie_as_long_as_the_draft() {
    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let posts: [(&str, &[(&str, &str)]); 4] = [
        ("/answers", &[("r01", "3")]),
        ("/questions/2", &[("r11", "3")]),
        ("/questions/random", &[]),
        ("/questions/check", &[("go", "stay")]),
    ];
    for (path, fields) in posts {
        let answer = visitor.post(path, fields).await;
        let cookie = answer.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap());
        assert!(cookie.is_some_and(|cookie| cookie.starts_with("calling_draft=")), "{path}: {cookie:?}");
    }
}

#[actix_web::test]
async fn words_that_could_not_be_saved_are_shown_again() {
    let site = Site::start(&[]);
    let posted = [("q01", "Tea & <b>milk</b>"), ("q02", " "), ("r01", "3"), ("go", "next")];
    for path in ["/questions/7", "/questions/check"] {
        let answer = Visitor::new(&site).post(path, &posted).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let page = Html::parse_document(&answer.text().await.unwrap());
        assert_eq!(texts(&page, "main textarea[readonly]"), ["Tea & <b>milk</b>"], "{path}");
    }
    assert!(
        all(&Html::parse_document(&site.page("/questions/7").await.text().await.unwrap()), "textarea")
            .is_empty()
    );

    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let long = "x".repeat(300 * 1024);
    let answer = visitor.post("/questions/7", &[("q01", "Tea"), ("q02", &long), ("go", "next")]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = Html::parse_document(&answer.text().await.unwrap());
    assert!(text(&page, ".lede").contains("number 62 is far too long"));
    assert_eq!(texts(&page, "main textarea[readonly]"), ["Tea", &long]);
}

#[actix_web::test]
async fn an_answer_that_cannot_be_stored_is_named_so_that_the_others_can_be_saved() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let long = "x".repeat(300 * 1024);
    let answer = visitor.post("/answers", &[("q01", "Tea"), ("q02", &long)]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(told["field"], "q02");
    assert!(told["message"].as_str().unwrap().contains("number 62"));
    let told: serde_json::Value = visitor.post("/answers", &[("q01", "Tea")]).await.json().await.unwrap();
    let mark = visitor.page("/questions/7").await;
    assert_eq!(told["marks"]["q01"].as_str(), all(&mark, "input[name='q01-was']")[0].attr("value"));
}

#[actix_web::test]
async fn words_under_a_checked_skip_box_need_attention() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let mut tab = Tab::open(&visitor, "/questions/7").await;
    for field in ["q01", "q02", "q03", "q04", "q05"] {
        tab.set(field, "Tea");
    }
    tab.set("q02-skip", "1");
    assert_eq!(tab.post(&visitor, "next").await, "/questions/7?missing");
    let page = visitor.page("/questions/7?missing").await;
    assert_eq!(text(&page, "[role=alert] h2"), "One answer needs attention");
    assert!(text(&page, "#q02-flag").contains("Untick the box"));
    assert_eq!(text(&page, "#q02"), "Tea");
}

#[actix_web::test]
async fn saving_to_a_draft_that_was_sent_or_deleted_says_which() {
    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    let begun = visitor.post("/begin", &[("agree", "1")]).await;
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    visitor.sent_on("/questions/random", &[]).await;
    let path = Tab::open(&visitor, "/questions/check").await.post(&visitor, "send").await;
    // A tab that was left open keeps its cookie.
    let save = async || {
        let request = site.client.post(site.url("/answers")).header("cookie", &cookie);
        let answer = request.form(&[("r01", "3")]).send().await.unwrap();
        let status = answer.status();
        let told: serde_json::Value = answer.json().await.unwrap();
        (status, told["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(save().await, (StatusCode::CONFLICT, "These answers have been sent.".to_owned()));
    visitor.sent_on(&format!("{path}/delete"), &[]).await;
    let (status, message) = save().await;
    assert_eq!(status, StatusCode::GONE);
    assert!(message.contains("deleted"), "{message}");
}

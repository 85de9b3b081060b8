//! What a posted page changes and what it leaves alone, and that nothing typed is lost.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use scraper::Html;

use crate::database::TestDatabase;
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
    visitor.page("/questions/check").await;
    visitor.sent_on("/questions/random", &[]).await;
    visitor.post("/answers", &[("q01", "A lighthouse"), ("q01-skip", "")]).await;
    let path = visitor.sent_on("/questions/check", &[("go", "send")]).await;
    assert!(path.starts_with("/results/"), "{path}");
    assert!(text(&visitor.finished(&path).await, "#text .words").contains("A lighthouse."));
}

#[actix_web::test]
async fn only_the_send_button_sends_the_check_page() {
    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    visitor.sent_on("/questions/random", &[]).await;
    assert_eq!(visitor.sent_on("/questions/check", &[]).await, "/questions/check");
}

#[actix_web::test]
async fn a_result_is_listed_even_if_the_browser_missed_the_first_answer() {
    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    let begun = visitor.post("/begin", &[("agree", "1")]).await;
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    visitor.sent_on("/questions/random", &[]).await;
    // The browser never receives the answer to the first tap, and taps again.
    let send = [("go", "send")];
    let missed = site.client.post(site.url("/questions/check")).header("cookie", cookie).form(&send);
    assert_eq!(missed.send().await.unwrap().status(), StatusCode::SEE_OTHER);
    assert!(visitor.sent_on("/questions/check", &send).await.starts_with("/results/"));
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
        ("/questions/7", &[("go", "stay")]),
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
    let answer = Visitor::new(&site).post("/questions/7", &posted).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let page = Html::parse_document(&answer.text().await.unwrap());
    assert_eq!(texts(&page, "main textarea[readonly]"), ["Tea & <b>milk</b>"]);
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
    assert_eq!((text(&page, "#q01"), text(&page, "#q02")), ("Tea".to_owned(), long));
    assert!(text(&page, "#q02-flag").contains("Shorten it by 302200"));
    assert!(text(&page, "[role=alert]").contains("Everything else is saved"));
    assert_eq!(all(&page, "[role=alert] a[href='#q02']").len(), 1);
    assert_eq!(
        (words(&visitor, "q01").await, words(&visitor, "q02").await),
        ("Tea".to_owned(), String::new())
    );
}

#[actix_web::test]
async fn words_that_are_too_long_stay_on_the_page_until_they_fit() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    visitor.post("/answers", &[("q01", "Tea")]).await;
    let mut tab = Tab::open(&visitor, "/questions/7").await;
    tab.set("q01", &"y".repeat(5_001));
    // "Back" would leave the unsaved words behind.
    for button in ["back", "later", "check", "next"] {
        let mut fields: Vec<_> = tab.fields.iter().map(|(f, v)| (f.as_str(), v.as_str())).collect();
        fields.push(("go", button));
        let answer = visitor.post("/questions/7", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{button}");
        let page = Html::parse_document(&answer.text().await.unwrap());
        assert_eq!(text(&page, "#q01").len(), 5_001);
        let mark = all(&page, "input[name='q01-was']")[0].attr("value").unwrap().to_owned();
        tab.set("q01-was", &mark);
    }
    assert_eq!(words(&visitor, "q01").await, "Tea", "what was saved before is still saved");
    tab.set("q01", &"y".repeat(5_000));
    assert_eq!(tab.post(&visitor, "later").await, "/questions/8");
    assert_eq!(words(&visitor, "q01").await.len(), 5_000);
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
async fn answers_are_kept_for_a_day_while_there_are_fewer_than_five() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let kept_for = async |days: i64| {
        let until = (chrono::Utc::now() + chrono::TimeDelta::days(days)).format("%B %-d, %Y").to_string();
        let said = text(&visitor.page("/").await, ".hero");
        assert!(said.contains(&until), "{until}: {said}");
    };
    kept_for(1).await;
    visitor.post("/answers", &[("r01", "3"), ("r02", "3"), ("r03", "3"), ("r04", "3")]).await;
    kept_for(1).await;
    visitor.post("/answers", &[("q01", "Tea")]).await;
    kept_for(30).await;
    visitor.post("/answers", &[("r01", "")]).await;
    kept_for(1).await;
}

#[actix_web::test]
async fn one_client_can_have_only_so_much_stored_and_nothing_is_lost() {
    let arguments = ["--rate-bytes", "20000", "--trusted-proxies", "127.0.0.1"];
    let site = Site::start(&arguments);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let long = "z".repeat(5_000);
    for field in ["q01", "q02", "q03"] {
        assert_eq!(visitor.post("/answers", &[(field, &long)]).await.status(), StatusCode::OK);
    }
    let refused = visitor.post("/answers", &[("q04", &long)]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    let refused = visitor.post("/questions/7", &[("q04", &long), ("go", "next")]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let page = Html::parse_document(&refused.text().await.unwrap());
    assert_eq!(texts(&page, "main textarea[readonly]"), [long]);
    assert_eq!(words(&visitor, "q03").await.len(), 5_000);
    // A text for the JSON interface is stored as well.
    let text = serde_json::json!({ "text": "I like quiet mornings." });
    assert_eq!(site.post_json("/get_career_recommendations", &text).await.status(), 429);
    assert_eq!(site.post_json("/classify_mbti", &text).await.status(), 200);
}

#[actix_web::test]
async fn one_client_can_begin_only_so_often() {
    let site = Site::start(&["--rate-limit", "1200", "--rate-burst", "20"]);
    let begin = async |times: usize| {
        let posts = (0..times).map(|_| async { Visitor::new(&site).post("/begin", &[("agree", "1")]).await });
        let answers = futures_util::future::join_all(posts).await;
        answers.iter().filter(|answer| answer.status() == StatusCode::TOO_MANY_REQUESTS).count()
    };
    assert_eq!(begin(15).await, 0);
    // Requests come back at 20 a second, drafts at one a second.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(begin(15).await > 0, "drafts had no limit of their own");
    assert_eq!(site.page("/about").await.status(), StatusCode::OK);
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
    let path = visitor.sent_on("/questions/check", &[("go", "send")]).await;
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

#[actix_web::test]
async fn without_script_saving_and_staying_is_confirmed() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let path = visitor.sent_on("/questions/7", &[("q01", "Tea"), ("go", "stay")]).await;
    assert_eq!(path, "/questions/7?saved");
    let page = visitor.page(&path).await;
    assert_eq!((text(&page, "[data-saved]"), text(&page, "#q01")), ("Saved.".to_owned(), "Tea".to_owned()));
    assert_eq!(text(&visitor.page("/questions/7").await, "[data-saved]"), "");
}

#[actix_web::test]
async fn the_check_page_lists_gaps_by_page_and_leads_back_after_a_change() {
    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    visitor.sent_on("/questions/random", &[]).await;
    visitor
        .post("/answers", &[("r11", ""), ("q26", " "), ("q26-skip", ""), ("q01", "Tea"), ("q01-skip", "")])
        .await;
    let page = visitor.page("/questions/check").await;
    let gaps: Vec<_> = all(&page, "[role=alert] a").iter().map(|link| link.attr("href").unwrap()).collect();
    assert_eq!(gaps, ["/questions/2?check", "/questions/12?check"]);
    let lines = texts(&page, ".given li");
    assert_eq!(lines.len(), 86);
    assert!(lines[10].contains("missing") && lines[60].contains("Tea"), "{lines:?}");
    // Every link leads to a field that its page has.
    for link in all(&page, ".given a") {
        let (path, field) = link.attr("href").unwrap().split_once('#').unwrap();
        assert!(path.ends_with("?check"), "{path}");
        if ["r11-1", "q26"].contains(&field) {
            let changed = visitor.page(path).await;
            assert_eq!(all(&changed, &format!("#{field}")).len(), 1);
            assert_eq!(all(&changed, "button[value=check]").len(), 1);
        }
    }
    assert_eq!(
        visitor.sent_on("/questions/2?check", &[("r11", "4"), ("go", "check")]).await,
        "/questions/check"
    );
    assert_eq!(all(&visitor.page("/questions/check").await, "[role=alert] a").len(), 1);
}

#[actix_web::test]
async fn the_rest_can_be_skipped_and_sent_from_any_page_of_questions() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    for number in 1..=6 {
        visitor.answer_page(number, "4", "").await;
    }
    assert!(
        all(&visitor.page("/questions/1").await, "button[value=skip]").is_empty(),
        "ratings cannot be skipped"
    );
    assert_eq!(all(&visitor.page("/questions/7").await, "button[value=skip]").len(), 1);
    let path = visitor.sent_on("/questions/7", &[("q01", "A lighthouse"), ("go", "skip")]).await;
    assert!(path.starts_with("/results/"), "{path}");
    assert!(text(&visitor.finished(&path).await, "#text .words").contains("A lighthouse."));

    let early = Visitor::new(&site);
    early.begin().await;
    let path = early.sent_on("/questions/7", &[("q01", "Tea"), ("go", "skip")]).await;
    assert_eq!(path, "/questions/check?missing", "without ratings nothing is sent");
}

#[actix_web::test]
async fn answers_can_be_discarded_alone() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let result = visitor.answer_all("Tea").await;
    visitor.finished(&result).await;
    visitor.begin().await;
    visitor.post("/answers", &[("r01", "3")]).await;
    assert!(text(&visitor.page("/discard").await, "main").contains("1 of 86"));
    assert_eq!(visitor.sent_on("/discard", &[]).await, "/discarded");
    assert_eq!(visitor.get("/questions/1").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(texts(&visitor.page("/").await, ".mine li").len(), 1, "results stay listed");
    assert_eq!(visitor.sent_on("/discard", &[]).await, "/");
}

/// A draft of an early release has rows of ratings and answers and nothing else: no times, no flow, no number of a device.
#[actix_web::test]
async fn a_draft_begun_by_an_early_release_goes_on() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let rated: Vec<String> =
        (1..=60).map(|number| format!("(1, 'r{number:02}', '{}')", number % 5 + 1)).collect();
    database.beside().execute(&format!(
        "DELETE FROM draft_answers;
         INSERT INTO draft_answers (draft_id, field, value)
         SELECT id, field, value FROM drafts, (SELECT column2 AS field, column3 AS value FROM (VALUES {}))",
        rated
            .iter()
            .map(String::as_str)
            .chain(["(1, 'q01', 'A lighthouse')", "(1, 'q02-skip', '1')"])
            .collect::<Vec<_>>()
            .join(", "),
    ));
    assert!(text(&visitor.page("/").await, ".hero").contains("62 of 86"));
    let page = visitor.page("/questions/1").await;
    assert_eq!(all(&page, "input[type=radio][checked]").len(), 10);
    assert_eq!(words(&visitor, "q01").await, "A lighthouse");
    assert!(text(&visitor.page("/questions/first").await, "h1").contains("first result"));
    // It takes answers, keeps those that it had, and is sent.
    let mut tab = Tab::open(&visitor, "/questions/7").await;
    tab.set("q03", "Walks");
    tab.post(&visitor, "later").await;
    assert!(text(&visitor.page("/").await, ".hero").contains("63 of 86"));
    let path = visitor.sent_on("/questions/check", &[("go", "skip")]).await;
    assert!(path.starts_with("/results/"), "{path}");
    let told = text(&visitor.finished(&path).await, "#text .words");
    assert!(told.contains("A lighthouse.") && told.contains("Walks."), "{told}");
}

//! A first result from the ratings, results on the home page, and answering again from old answers.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use reqwest::StatusCode;

use crate::harness::Site;
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text, texts};

const FIRST: &str = "/questions/first";

/// Rates every item, each page in a minute, submits the last page with this button, and returns where it leads.
async fn rate_all(visitor: &Visitor<'_>, rating: impl Fn(usize) -> &'static str, button: &str) -> String {
    rate_in(60, visitor, rating, button).await
}

/// Rates every item, each page in so many seconds.
async fn rate_in(
    seconds: i64,
    visitor: &Visitor<'_>,
    rating: impl Fn(usize) -> &'static str,
    button: &str,
) -> String {
    visitor.begin().await;
    let mut to = String::new();
    for number in 1..=6 {
        let page = visitor.page(&format!("/questions/{number}")).await;
        let names: Vec<String> = all(&page, "main form input[type=radio]")
            .iter()
            .map(|r| r.attr("name").unwrap().to_owned())
            .collect();
        let mut fields: BTreeMap<&str, &str> =
            names.iter().map(|name| (name.as_str(), rating(name[1..].parse().unwrap()))).collect();
        // As if the page had been served so much earlier.
        let shown: i64 = all(&page, "main form input[name=shown]")[0].attr("value").unwrap().parse().unwrap();
        let shown = (shown - 1000 * seconds).to_string();
        fields.insert("shown", &shown);
        fields.insert("go", if number == 6 { button } else { "next" });
        let fields: Vec<_> = fields.into_iter().collect();
        to = visitor.sent_on(&format!("/questions/{number}"), &fields).await;
    }
    to
}

/// Ratings that are about as consistent as people's.
fn usual(item: usize) -> &'static str {
    ["3", "2", "4", "3", "5"][item % 5]
}

#[actix_web::test]
async fn a_first_result_follows_the_ratings_and_belongs_to_the_draft() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    assert_eq!(rate_all(&visitor, usual, "first").await, FIRST);
    let answer = visitor.get(FIRST).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(answer.headers()["x-robots-tag"].to_str().unwrap().contains("noindex"));
    let page = visitor.page(FIRST).await;
    assert_headings_in_order(&page, FIRST);
    assert_nothing_inline(&page, FIRST);
    assert!(text(&page, ".lede").starts_with("By your ratings you are"));
    let rows = texts(&page, "#traits tbody tr");
    assert_eq!(rows.len(), 5, "{rows:?}");
    assert_eq!(all(&page, "#traits h3 a[href^='/traits/']").len(), 5);
    let percentiles = texts(&page, "#traits td[data-label=Percentile]");
    let numbers: Vec<u8> =
        percentiles.iter().map(|at| at.trim_start_matches(['<', '>']).parse().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a >= b), "{percentiles:?}");
    let said = texts(&page, "#traits tbody td:nth-child(2)");
    let headings = texts(&page, "#traits h3");
    assert!(
        said.iter().zip(&headings).all(|(said, heading)| heading.ends_with(said)),
        "{said:?} {headings:?}"
    );
    assert_eq!(all(&page, "#careers tbody tr").len(), 10);
    let pay = text(&page, "#careers table + p");
    assert_eq!(pay, "Mean yearly pay of employees before tax, May 2025.");
    assert!(text(&page, "#more").contains("26 questions are left"));
    assert_eq!(all(&page, "#more a.button[href='/questions/7']").len(), 1);
    // It leads on, and remains available.
    assert_eq!(all(&visitor.page("/questions/7").await, "button[name=go][value=first]").len(), 1);
    assert_eq!(all(&visitor.page("/questions/check").await, "main a[href='/questions/first']").len(), 1);
    assert_eq!(all(&visitor.page("/").await, ".hero a[href='/questions/first']").len(), 1);
    // Nobody else sees it, and it disappears with the draft.
    assert_eq!(Visitor::new(&site).get(FIRST).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(visitor.sent_on("/discard", &[]).await, "/discarded");
    assert_eq!(visitor.get(FIRST).await.status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn without_all_ratings_the_first_result_leads_to_the_page_with_the_gap() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    visitor.answer_page(1, "3", "").await;
    assert!(all(&visitor.page("/questions/7").await, "button[value=first]").is_empty());
    let answer = visitor.get(FIRST).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/questions/2?missing");
}

#[actix_web::test]
async fn ratings_that_are_all_alike_are_noticed_and_usual_ones_are_not() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    rate_all(&visitor, |_| "4", "first").await;
    assert!(text(&visitor.page(FIRST).await, ".heed").starts_with("100% of your ratings are the same step"));
    let visitor = Visitor::new(&site);
    rate_all(&visitor, |item| if item % 2 == 0 { "3" } else { "4" }, "first").await;
    assert!(texts(&visitor.page(FIRST).await, ".heed").is_empty());
}

#[actix_web::test]
async fn ratings_faster_than_people_read_are_noticed_and_the_result_knows_of_them() {
    let site = Site::start(&[]);
    let ranges = |page: &_| texts(page, "#traits td[data-label=Range]");
    let slow = Visitor::new(&site);
    rate_in(21, &slow, usual, "first").await;
    let unhurried = slow.page(FIRST).await;
    assert!(texts(&unhurried, ".heed").is_empty());
    let fast = Visitor::new(&site);
    rate_in(5, &fast, usual, "first").await;
    let page = fast.page(FIRST).await;
    let notice = text(&page, ".heed");
    assert!(notice.starts_with("You gave 60 of your 60 ratings in less than two seconds each"), "{notice}");
    let width = |range: &String| {
        let number = |end: &str| end.trim().trim_start_matches(['<', '>']).parse::<f64>().unwrap();
        let (low, high) = range.split_once("to").unwrap();
        number(high) - number(low)
    };
    let sum = |page: &_| ranges(page).iter().map(width).sum::<f64>();
    assert!(sum(&page) > sum(&unhurried) + 50.0, "{:?} {:?}", ranges(&page), ranges(&unhurried));
    for (visitor, hurried) in [(&slow, 0), (&fast, 60)] {
        let path = visitor.sent_on("/questions/check", &[("go", "skip")]).await;
        visitor.finished(&path).await;
        let exported = visitor.get(&format!("{path}/export.json")).await.text().await.unwrap();
        let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
        assert_eq!(exported["keyed_scores"]["pace"], serde_json::json!({"ratings": 60, "hurried": hurried}));
    }
}

#[actix_web::test]
async fn a_result_of_hurried_ratings_says_so() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/models");
    let [mbti, big_five] = ["mbti", "big-five"].map(|name| format!("{root}/{name}"));
    let site = Site::start(&["--mbti-model", &mbti, "--big-five-model", &big_five]);
    for (seconds, hurried) in [(5, true), (60, false)] {
        let visitor = Visitor::new(&site);
        rate_in(seconds, &visitor, usual, "first").await;
        let path = visitor.sent_on("/questions/check", &[("go", "skip")]).await;
        let notices = texts(&visitor.finished(&path).await, "#words .heed li");
        let told = notices.iter().any(|said| said.starts_with("You gave 60 of your 60 ratings"));
        assert_eq!(told, hurried, "{notices:?}");
    }
}

#[actix_web::test]
async fn who_has_had_enough_sends_from_the_first_result_and_finds_it_on_the_home_page() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    rate_all(&visitor, usual, "first").await;
    let path = visitor.sent_on("/questions/check", &[("go", "skip")]).await;
    visitor.finished(&path).await;
    let listed = texts(&visitor.page("/").await, ".mine li");
    assert_eq!(listed.len(), 1);
    let today = chrono::Utc::now().format("%Y").to_string();
    assert!(listed[0].contains(&today) && listed[0].contains(" first, at "), "{listed:?}");
}

#[actix_web::test]
async fn answering_again_begins_from_the_old_answers() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let result = visitor.answer_all("Tea and silence").await;
    visitor.finished(&result).await;
    assert_eq!(visitor.sent_on(&format!("{result}/answers"), &[]).await, "/questions/1");
    let page = visitor.page("/questions/1").await;
    assert_eq!(all(&page, "input[type=radio][checked]").len(), 10);
    assert_eq!(texts(&visitor.page("/questions/7").await, "textarea")[0], "Tea and silence");
    // Another draft must not make a draft with answers unreachable.
    let refused = visitor.post(&format!("{result}/answers"), &[]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(refused.text().await.unwrap().contains("86 of 86 are answered"));
    assert!(text(&visitor.page("/").await, ".hero").contains("86 of 86"));
    let changed = visitor.sent_on("/questions/check", &[("go", "send")]).await;
    assert_ne!(changed, result, "the old result stays as it is");
    visitor.finished(&result).await;
    assert_eq!(visitor.post("/results/AAAA/answers", &[]).await.status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_home_page_stands_while_results_cannot_be_looked_up() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("own.db");
    let site = Site::start(&["--database-url", &format!("sqlite://{}", file.display())]);
    let visitor = Visitor::new(&site);
    let result = visitor.answer_all("Tea").await;
    visitor.finished(&result).await;
    visitor.begin().await;
    visitor.sent_on("/discard", &[]).await;
    let mut beside = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    beside.batch_execute("ALTER TABLE personality_records RENAME TO elsewhere").unwrap();
    let home = visitor.page("/").await;
    assert_eq!(texts(&home, ".mine li"), ["Result 1: cannot be looked up right now"]);
    assert_eq!(all(&home, &format!(".mine a[href='{result}']")).len(), 1);
}

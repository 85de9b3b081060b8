//! The optional part on interests: answering, the six scores, sharing, deleting, and the careers with them.

use reqwest::StatusCode;
use scraper::Html;
use serde_json::Value;

use crate::harness::Site;
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text, texts};

/// "5" to every artistic activity and "2" to the others.
pub fn artistic() -> Vec<(String, String)> {
    let answer = |interest: &str| if interest == "A" { "5" } else { "2" };
    (1..=8)
        .flat_map(|n| ["R", "I", "A", "S", "E", "C"].map(|i| (format!("{i}{n}"), answer(i).to_owned())))
        .collect()
}

pub fn fields(answers: &[(String, String)]) -> Vec<(&str, &str)> {
    answers.iter().map(|(id, answer)| (id.as_str(), answer.as_str())).collect()
}

/// The path of the result of a text that was sent as JSON.
pub async fn result_of_a_text(site: &Site) -> String {
    site.ready().await;
    let text = serde_json::json!({ "text": "I like to work alone on hard questions and to build things that last." });
    let answer = site.post_json("/get_career_recommendations", &text).await;
    assert_eq!(answer.status(), 200);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn export(visitor: &Visitor<'_>, result: &str) -> Value {
    visitor.get(&format!("{result}/export.json")).await.json().await.unwrap()
}

#[actix_web::test]
async fn answers_are_stored_scored_shown_and_counted() {
    let site = Site::start(&[]);
    let result = result_of_a_text(&site).await;
    let visitor = Visitor::new(&site);
    let page = format!("{result}/interests");
    let shown = visitor.page(&result).await;
    assert_eq!(all(&shown, &format!("#careers a[href='{page}']")).len(), 1, "the result leads there");
    let questions = visitor.page(&page).await;
    assert_eq!(all(&questions, "form[method=post] fieldset").len(), 48);
    assert_eq!(all(&questions, "input[checked]").len(), 0, "nothing is answered beforehand");

    assert_eq!(visitor.sent_on(&page, &fields(&artistic())).await, page);
    let scores = visitor.page(&page).await;
    assert_headings_in_order(&scores, &page);
    assert_nothing_inline(&scores, &page);
    assert_eq!(text(&scores, ".lede"), "You like creative expression more than the rest.");
    let rows = texts(&scores, "tbody tr");
    assert_eq!(rows.len(), 6);
    assert!(rows[0].starts_with("Artistic") && rows[0].contains("5.0"), "{}", rows[0]);
    assert_eq!(all(&scores, "figure svg path.shape").len(), 1);
    assert_eq!(all(&scores, "dl dt").len(), 6, "a text for each");
    assert!(text(&scores, "section p.small:not(.quiet)").contains("reliability of .85"));

    let ranking = visitor.page(&format!("{result}/careers")).await;
    assert!(text(&ranking, ".lede").contains("interests"), "stored interests count");
    let best = visitor.page(&result).await;
    assert!(text(&best, "#best").contains("traits and interests"));
    let without = visitor.page(&format!("{result}/careers?likes=none")).await;
    assert!(!text(&without, ".lede").contains("interests"));
    assert!(texts(&without, "p.note")[0].contains("left out"));
    // An address from before interests were stored, or of somebody else's interests.
    let other = visitor.page(&format!("{result}/careers?likes=5.00-1.00-1.00-1.00-1.00-1.00")).await;
    assert!(texts(&other, "details.note td.num").contains(&"5.0".to_owned()));
    assert_ne!(texts(&other, "tbody th a"), texts(&ranking, "tbody th a"));

    let exported = export(&visitor, &result).await;
    assert_eq!(exported["interests"]["measured"]["scores"]["Artistic"], 5.0);
    assert_eq!(exported["interests"]["measured"]["error"], 0.35);
    assert_eq!(exported["interests"]["answers"].as_object().unwrap().len(), 48);
    let csv = visitor.get(&format!("{result}/export.csv")).await.text().await.unwrap();
    assert!(csv.contains("interest,Artistic,creative expression,5.00"), "{csv}");
    assert_eq!(csv.lines().filter(|line| line.starts_with("activity,")).count(), 48);
}

#[actix_web::test]
async fn too_few_answers_are_kept_and_what_is_missing_is_named() {
    let site = Site::start(&[]);
    let result = result_of_a_text(&site).await;
    let visitor = Visitor::new(&site);
    let page = format!("{result}/interests");
    let mut some = artistic();
    some.retain(|(id, _)| !["S1", "S2", "S3"].contains(&id.as_str()));
    some.push(("S4".to_owned(), "9".to_owned()));
    let answer = visitor.post(&page, &fields(&some)).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let asked = Html::parse_document(&answer.text().await.unwrap());
    assert_eq!(texts(&asked, "[role=alert] li"), ["Social: 4 answered"]);
    assert_eq!(all(&asked, "[role=alert] a[href='#S1']").len(), 1);
    let later = visitor.page(&page).await;
    assert_eq!(all(&later, "input[checked]").len(), 44, "what was answered is there when they come back");
    assert!(all(&later, "[role=alert]").is_empty());
    let ranking = visitor.page(&format!("{result}/careers")).await;
    assert!(!text(&ranking, ".lede").contains("interests"), "no scores, so nothing counts");
    let nothing = visitor.post(&page, &[]).await;
    assert_eq!(nothing.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(all(&visitor.page(&page).await, "input[checked]").len(), 44, "an empty form erases nothing");
}

#[actix_web::test]
async fn only_the_owner_sees_them_unless_they_choose_to_share() {
    let site = Site::start(&[]);
    let result = result_of_a_text(&site).await;
    let owner = Visitor::new(&site);
    let page = format!("{result}/interests");
    owner.sent_on(&page, &fields(&artistic())).await;
    assert!(all(&owner.page(&page).await, "input[name=shown]").is_empty(), "there is no link yet");
    owner.sent_on(&format!("{result}/share"), &[]).await;
    let link = text(&owner.page(&result).await, "#shared");
    let shared = link[link.find("/shared/").unwrap()..].to_owned();

    let choice = owner.page(&page).await;
    assert_eq!(all(&choice, "input[name=shown]").len(), 1);
    assert!(all(&choice, "input[name=shown][checked]").is_empty(), "not ticked beforehand");
    let friend = Visitor::new(&site);
    assert_eq!(friend.get(&format!("{shared}/interests")).await.status(), StatusCode::NOT_FOUND);
    let lede = async || text(&friend.page(&format!("{shared}/careers")).await, ".lede");
    assert!(!lede().await.contains("interests"));

    owner.sent_on(&format!("{page}/share"), &[("shown", "1")]).await;
    assert_eq!(all(&owner.page(&page).await, "input[name=shown][checked]").len(), 1);
    let scores = friend.page(&format!("{shared}/interests")).await;
    assert!(texts(&scores, "tbody tr")[0].contains("5.0"));
    assert!(all(&scores, "form, a[href*=results]").is_empty(), "nothing there is the owner's");
    assert!(lede().await.contains("interests"));
    // A visitor's own interests are in the address.
    let answers: Vec<String> = artistic().iter().map(|(id, answer)| format!("{id}={answer}")).collect();
    let own = friend.get(&format!("{shared}/careers/interests?{}", answers.join("&"))).await;
    assert_eq!(own.headers()["location"], format!("{shared}/careers?likes=2.00-2.00-5.00-2.00-2.00-2.00"));

    owner.sent_on(&format!("{page}/share"), &[]).await;
    assert_eq!(friend.get(&format!("{shared}/interests")).await.status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn they_are_deleted_by_themselves_and_the_result_stays() {
    let site = Site::start(&[]);
    let result = result_of_a_text(&site).await;
    let visitor = Visitor::new(&site);
    let page = format!("{result}/interests");
    visitor.sent_on(&page, &fields(&artistic())).await;
    assert_eq!(text(&visitor.page(&format!("{page}/delete")).await, "h1"), "Delete your interests?");
    assert_eq!(visitor.sent_on(&format!("{page}/delete"), &[]).await, format!("{result}#careers"));
    assert_eq!(all(&visitor.page(&page).await, "input[checked]").len(), 0);
    assert_eq!(export(&visitor, &result).await["interests"], Value::Null);
    assert!(!text(&visitor.page(&format!("{result}/careers")).await, ".lede").contains("interests"));
    let strange = format!("/results/{}/interests", "A".repeat(43));
    for path in [strange.clone(), format!("{strange}/delete")] {
        assert_eq!(visitor.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(visitor.post(&strange, &fields(&artistic())).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(visitor.post(&strange, &[]).await.status(), StatusCode::NOT_FOUND);
}

//! Questionnaires that follow an account from device to device: moved, merged, sent and deleted.

use std::collections::BTreeMap;

use calling::internals::records::{Conflict, DraftKey, DraftState, RecordsError, Role, Store};
use chrono::{TimeDelta, Utc};
use reqwest::StatusCode;
use scraper::Html;

use crate::account_rows::account;
use crate::accounts::{EMAIL, PASSWORD, register};
use crate::administration::administrator;
use crate::database::{TestDatabase, on_both_databases};
use crate::harness::Site;
use crate::records::{answers, conflict, finish_next, submission};
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text};

on_both_databases!(
    a_draft_that_moves_into_an_account_has_no_key,
    of_two_drafts_the_answer_that_was_saved_last_stays,
    an_account_has_one_open_draft,
    what_an_account_sends_is_kept_in_it,
    an_accounts_draft_goes_with_it,
);

const OTHER: &str = "other@example.org";

async fn opened(store: &Store, fields: &[(&str, &str)]) -> DraftKey {
    let key = store.open_draft().await.unwrap();
    for (field, value) in fields {
        store.save_answers(&key, answers([(field, Some(value))])).await.unwrap();
    }
    key
}

async fn held(store: &Store, account: i64) -> BTreeMap<String, String> {
    let draft = store.account_draft(account).await.unwrap().unwrap();
    store.draft(&draft.key).await.unwrap().unwrap().answers
}

async fn a_draft_that_moves_into_an_account_has_no_key(database: TestDatabase) {
    let store = database.store();
    let jo = account(&store, EMAIL, Role::Visitor).await;
    let first = opened(&store, &[("r01", "5")]).await;
    // A browser may still have the key from before the draft was handed over.
    let key = store.take_over(&first).await.unwrap().unwrap();
    assert!(store.account_draft(jo.id).await.unwrap().is_none());
    let before = store.draft(&key).await.unwrap().unwrap();
    assert!(store.adopt_draft(jo.id, &key).await.unwrap());
    for old in [&key, &first] {
        assert!(store.draft(old).await.unwrap().is_none(), "the account alone opens it");
        assert!(!store.adopt_draft(jo.id, old).await.unwrap());
        let save = store.save_answers(old, answers([("r02", Some("1"))])).await;
        assert!(matches!(save, Err(RecordsError::Missing(_))));
    }
    let own = store.account_draft(jo.id).await.unwrap().unwrap();
    let draft = store.draft(&own.key).await.unwrap().unwrap();
    assert_eq!((&draft.answers, draft.created_at), (&before.answers, before.created_at));
    assert_eq!((own.key.as_text(), own.merged_at, own.merged.len()), (None, None, 0));
    store.save_answers(&own.key, answers([("r02", Some("1"))])).await.unwrap();
    assert_eq!(held(&store, jo.id).await.len(), 2);
    let mut beside = database.beside();
    assert_eq!((beside.count("drafts"), beside.count("account_drafts")), (1, 1));
    let expired = Utc::now() + TimeDelta::days(400);
    store.sweep(expired).await.unwrap();
    assert_eq!((beside.count("drafts"), beside.count("account_drafts")), (0, 0));
}

async fn of_two_drafts_the_answer_that_was_saved_last_stays(database: TestDatabase) {
    let store = database.store();
    let jo = account(&store, EMAIL, Role::Visitor).await;
    let theirs = opened(&store, &[("r01", "1"), ("r02", "1"), ("q01", "tea"), ("q02", "walks")]).await;
    assert!(store.adopt_draft(jo.id, &theirs).await.unwrap());
    let own = opened(&store, &[("r01", "5"), ("r02", "5"), ("q01", "milk"), ("q02-skip", "1")]).await;
    let opened_at = store.draft(&own).await.unwrap().unwrap().created_at;
    let mut beside = database.beside();
    let saved = |field: &str, value: &str, at: &str| {
        format!("UPDATE draft_answers SET saved_at = {at} WHERE field = '{field}' AND value = '{value}';")
    };
    beside.execute(
        &[
            saved("r01", "1", "'2026-01-02 03:04:05.001'"),
            saved("r01", "5", "'2026-01-02 03:04:05.002'"),
            saved("r02", "1", "'2026-01-02 03:04:05.002'"),
            saved("r02", "5", "'2026-01-02 03:04:05.001'"),
            // Of an older release: the device's draft was changed later.
            saved("q01", "tea", "NULL"),
            saved("q01", "milk", "NULL"),
        ]
        .concat(),
    );
    let linked = store.account_draft(jo.id).await.unwrap().unwrap();
    let before = store.draft(&linked.key).await.unwrap().unwrap();
    assert!(store.adopt_draft(jo.id, &own).await.unwrap());
    let expected = [("r01", "5"), ("r02", "1"), ("q01", "milk"), ("q02", "walks"), ("q02-skip", "1")];
    let expected = expected.map(|(field, value)| (field.to_owned(), value.to_owned()));
    assert_eq!(held(&store, jo.id).await, BTreeMap::from(expected));
    let merged = store.account_draft(jo.id).await.unwrap().unwrap();
    assert_eq!((merged.key, merged.merged), (linked.key.clone(), vec![opened_at]));
    assert!(merged.merged_at.is_some());
    let after = store.draft(&linked.key).await.unwrap().unwrap();
    assert_eq!(after.created_at, before.created_at, "it keeps its name on devices");
    assert!(before.expires_at < Utc::now() + TimeDelta::days(2), "neither had begun by itself");
    assert!(after.expires_at > Utc::now() + TimeDelta::days(20), "together they have");
    let stale = store.submit(&linked.key, submission(before.revision)).await;
    assert_eq!(conflict(stale), Conflict::DraftChanged, "what was composed before would lose answers");
    assert!(store.draft(&own).await.unwrap().is_none());
    assert_eq!(beside.count("drafts"), 1);
}

async fn an_account_has_one_open_draft(database: TestDatabase) {
    let store = database.store();
    let jo = account(&store, EMAIL, Role::Visitor).await;
    let [one, two] = [store.open_account_draft(jo.id), store.open_account_draft(jo.id)];
    let (one, two) = tokio::join!(one, two);
    assert_eq!(one.unwrap(), two.unwrap());
    // Two devices log in at once.
    let [left, right] = [[("r01", "1"), ("r02", "1")], [("r03", "1"), ("r01", "2")]];
    let (left, right) = (opened(&store, &left).await, opened(&store, &right).await);
    let (a, b) = tokio::join!(store.adopt_draft(jo.id, &left), store.adopt_draft(jo.id, &right));
    assert!(a.unwrap() && b.unwrap());
    let all = [("r01", "2"), ("r02", "1"), ("r03", "1")].map(|(f, v)| (f.to_owned(), v.to_owned()));
    assert_eq!(held(&store, jo.id).await, BTreeMap::from(all));
    assert_eq!(database.beside().count("drafts"), 1);
    let gone = store.open_account_draft(jo.id + 1).await;
    assert!(matches!(gone, Err(RecordsError::Missing(_))), "{gone:?}");
    let gone = store.adopt_draft(jo.id + 1, &opened(&store, &[("r01", "1")]).await).await;
    assert!(matches!(gone, Err(RecordsError::Missing(_))), "{gone:?}");
}

async fn what_an_account_sends_is_kept_in_it(database: TestDatabase) {
    let store = database.store();
    let jo = account(&store, EMAIL, Role::Visitor).await;
    let other = account(&store, OTHER, Role::Visitor).await;
    let key = store.open_account_draft(jo.id).await.unwrap();
    let saved = store.save_answers(&key, answers([("r01", Some("5"))])).await.unwrap();
    let sent = store.submit(&key, submission(saved.revision)).await.unwrap();
    assert!(!sent.already && !sent.owner_key.is_private(), "no key of it is known");
    let again = store.submit(&key, submission(saved.revision)).await.unwrap();
    assert!(again.already && again.owner_key == sent.owner_key);
    assert_eq!(
        store.draft(&key).await.unwrap().unwrap().state,
        DraftState::Submitted(sent.owner_key.clone())
    );
    finish_next(&store).await;
    let id = store.by_owner(&sent.owner_key).await.unwrap().unwrap().shown.id;
    assert_eq!(sent.owner_key.as_text(), format!("kept-{id}"));
    assert_eq!(store.kept_results(jo.id).await.unwrap().len(), 1);
    assert!(store.kept_key(other.id, id).await.unwrap().is_none());
    // With another private address it is still the account's.
    store.renew_address(jo.id, id).await.unwrap();
    let draft = store.draft(&key).await.unwrap().unwrap();
    assert!(matches!(draft.state, DraftState::Submitted(owner) if owner.as_text() == format!("kept-{id}")));
    store.drop_kept(jo.id, id).await.unwrap();
    assert_eq!(store.draft(&key).await.unwrap().unwrap().state, DraftState::Deleted);
    // The next one is another draft.
    assert_ne!(store.open_account_draft(jo.id).await.unwrap(), key);
}

async fn an_accounts_draft_goes_with_it(database: TestDatabase) {
    let store = database.store();
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    let mut beside = database.beside();
    let mut left =
        |what: &str| assert_eq!((beside.count("drafts"), beside.count("draft_answers")), (0, 0), "{what}");
    for how in ["by its owner", "by an administrator", "with all data"] {
        let jo = account(&store, EMAIL, Role::Visitor).await;
        let key = store.open_account_draft(jo.id).await.unwrap();
        store.save_answers(&key, answers([("q01", Some("my words"))])).await.unwrap();
        match how {
            "by its owner" => store.delete_account(jo.id).await.unwrap(),
            "by an administrator" => store.remove_account(&boss, &jo).await.unwrap(),
            _ => {
                let begun = store.begin_erasure(&boss, true).await.unwrap();
                store.erase_all(begun).await.unwrap();
            }
        }
        left(how);
        assert!(store.account_draft(jo.id).await.unwrap().is_none());
    }
}

async fn log_in(visitor: &Visitor<'_>, email: &str) {
    let fields = [("email", email), ("password", PASSWORD)];
    assert_eq!(visitor.post("/login", &fields).await.status(), StatusCode::SEE_OTHER);
}

async fn status(visitor: &Visitor<'_>, path: &str) -> StatusCode {
    visitor.get(path).await.status()
}

async fn answered(visitor: &Visitor<'_>, fields: &[(&str, &str)]) -> StatusCode {
    visitor.post("/answers", fields).await.status()
}

fn sets(answer: &reqwest::Response, cookie: &str) -> Vec<String> {
    let set = answer.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
    set.filter(|line| line.starts_with(cookie)).collect()
}

fn checked(page: &Html, item: &str) -> Option<String> {
    let chosen = all(page, &format!("input[name='{item}'][checked]"));
    chosen.first().map(|radio| radio.attr("value").unwrap().to_owned())
}

#[actix_web::test]
async fn a_questionnaire_goes_on_on_another_device() {
    let site = Site::start(&[]);
    let (phone, laptop) = (Visitor::new(&site), Visitor::new(&site));
    register(&phone, EMAIL).await;
    let began = phone.post("/begin", &[("agree", "1")]).await;
    assert_eq!(sets(&began, "calling_draft"), [""; 0], "no cookie opens it");
    assert_eq!(phone.sent_on("/begin", &[("agree", "1")]).await, "/questions", "the same one again");
    let saved = phone.post("/answers", &[("r01", "2"), ("q01", "Tea")]).await;
    assert_eq!(sets(&saved, "calling_draft"), [""; 0]);

    assert_eq!(status(&laptop, "/questions/1").await, StatusCode::NOT_FOUND);
    assert_eq!(all(&laptop.page("/").await, "button[name=agree]").len(), 1);
    log_in(&laptop, EMAIL).await;
    let own = laptop.page("/account").await;
    assert_headings_in_order(&own, "/account");
    assert_nothing_inline(&own, "/account");
    assert!(text(&own, "#begun + p").contains("begun a questionnaire: 2 of 86 answered"));
    assert_eq!(all(&own, "a[href='/questions']").len(), 1);
    let home = text(&laptop.page("/").await, ".hero");
    assert!(home.contains("2 of 86 answered in your account") && !home.contains("two devices"), "{home}");
    assert_eq!(checked(&laptop.page("/questions/1").await, "r01").as_deref(), Some("2"));
    assert_eq!(answered(&laptop, &[("r02", "4")]).await, StatusCode::OK);
    assert_eq!(checked(&phone.page("/questions/1").await, "r02").as_deref(), Some("4"));

    // Somebody else has none of it.
    let other = Visitor::new(&site);
    register(&other, OTHER).await;
    assert_eq!(status(&other, "/questions/1").await, StatusCode::NOT_FOUND);
    assert_eq!(all(&other.page("/account").await, "#begun").len(), 0);

    // Its owner deletes it, on both devices at once.
    assert!(text(&phone.page("/discard").await, ".lede").contains("3 of 86"));
    assert_eq!(phone.sent_on("/discard", &[]).await, "/discarded");
    assert_eq!(status(&laptop, "/questions/1").await, StatusCode::NOT_FOUND);
    assert_eq!(all(&laptop.page("/account").await, "#begun").len(), 0);
}

#[actix_web::test]
async fn nothing_of_the_account_is_left_on_a_device_that_logs_out() {
    let site = Site::start(&[]);
    let device = Visitor::new(&site);
    let began = device.post("/begin", &[("agree", "1")]).await;
    let cookie = sets(&began, "calling_draft")[0].split(';').next().unwrap().to_owned();
    device.post("/answers", &[("r01", "2"), ("q01", "My secret")]).await;
    register(&device, EMAIL).await;
    let own = device.get("/account").await;
    assert_eq!(sets(&own, "calling_draft=;").len(), 1, "the device's key is taken away");
    let own = Html::parse_document(&own.text().await.unwrap());
    assert!(text(&own, "#begun + p").contains("2 of 86"));
    let out = "form[action='/logout'][data-erases]";
    assert_eq!(all(&own, out).len(), 1, "the script erases what it has kept on the device");
    assert!(own.html().contains("/static/saving"), "the page has that script");
    let page = device.get("/questions/7").await;
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert!(page.text().await.unwrap().contains("My secret"));

    device.post("/logout", &[]).await;
    assert_eq!(status(&device, "/questions/7").await, StatusCode::NOT_FOUND);
    assert_eq!(answered(&device, &[("r01", "3")]).await, StatusCode::GONE);
    let home = device.page("/").await;
    assert_eq!(all(&home, "button[name=agree]").len(), 1);
    let copied = site.client.get(site.url("/questions/7")).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(copied.status(), StatusCode::NOT_FOUND, "nor does a copy of its cookie open it");
    // Another person begins on the device, and the two do not meet.
    device.begin().await;
    assert_eq!(checked(&device.page("/questions/1").await, "r01"), None);
    let elsewhere = Visitor::new(&site);
    log_in(&elsewhere, EMAIL).await;
    assert_eq!(checked(&elsewhere.page("/questions/1").await, "r01").as_deref(), Some("2"));
}

#[actix_web::test]
async fn two_questionnaires_are_put_together_as_those_of_two_tabs() {
    let site = Site::start(&[]);
    let (phone, laptop) = (Visitor::new(&site), Visitor::new(&site));
    register(&phone, EMAIL).await;
    phone.begin().await;
    phone.post("/answers", &[("r01", "1"), ("q01", "Tea"), ("q02", "Walks")]).await;
    laptop.begin().await;
    laptop.post("/answers", &[("r01", "5"), ("r02", "5"), ("q03", "Rain"), ("q02-skip", "1")]).await;
    let named = |page: &Html| all(page, "[data-draft]")[0].attr("data-draft").unwrap().to_owned();
    let before = named(&laptop.page("/questions/1").await);
    phone.post("/answers", &[("q03", "Snow")]).await;

    log_in(&laptop, EMAIL).await;
    let own = text(&laptop.page("/account").await, "#begun + p");
    assert!(own.contains("4 of 86") && own.contains("You had begun on two devices"), "{own}");
    for device in [&laptop, &phone] {
        let ratings = device.page("/questions/1").await;
        assert_eq!(["r01", "r02"].map(|item| checked(&ratings, item)), [Some("5".into()), Some("5".into())]);
        let words = device.page("/questions/7").await;
        let areas = ["q01", "q02", "q03"].map(|field| text(&words, &format!("textarea#{field}")));
        assert_eq!(areas, ["Tea", "Walks", "Snow"]);
        // An answer and a skip both stay: only the visitor knows which one is meant, and the check page asks.
        assert_eq!(all(&words, "input[name='q02-skip'][checked]").len(), 1);
        let home = text(&device.page("/").await, ".hero");
        assert!(home.contains("the answer that was saved last stays"), "{home}");
    }
    // What a tab or the device had kept for its own draft still arrives.
    let now = named(&laptop.page("/questions/1").await);
    assert_ne!(now, before);
    for name in [&before, &now] {
        assert_eq!(answered(&laptop, &[("draft", name), ("r03", "3")]).await, StatusCode::OK);
    }
    assert_eq!(answered(&laptop, &[("draft", "abc"), ("r03", "3")]).await, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn what_is_sent_is_in_the_account_and_not_on_the_device() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--random-answers", "--database-url", database.address()]);
    site.ready().await;
    let (device, other) = (Visitor::new(&site), Visitor::new(&site));
    register(&device, EMAIL).await;
    device.begin().await;
    device.sent_on("/questions/random", &[]).await;
    let sent = device.post("/questions/check", &[("go", "send")]).await;
    let result = sent.headers()["location"].to_str().unwrap().to_owned();
    assert!(result.starts_with("/results/kept-"), "{result}");
    assert_eq!(sets(&sent, "calling_"), [""; 0]);
    device.finished(&result).await;
    assert_eq!(device.sent_on("/questions/check", &[("go", "send")]).await, result, "a second tap");
    let own = device.page("/account").await;
    assert_eq!(all(&own, &format!("a[href='{result}']")).len(), 1);
    assert_eq!(all(&own, "#begun").len(), 0);
    log_in(&other, EMAIL).await;
    other.finished(&result).await;
    assert_eq!(other.sent_on("/questions/1", &[("r01", "1")]).await, result);

    // Again from its answers, in the account; a second time it asks.
    assert_eq!(other.sent_on(&format!("{result}/answers"), &[]).await, "/questions/1");
    assert!(text(&device.page("/account").await, "#begun + p").contains("86 of 86"));
    let asks = device.post(&format!("{result}/answers"), &[]).await;
    assert_eq!(asks.status(), StatusCode::CONFLICT);
    assert!(asks.text().await.unwrap().contains("86 of 86 are answered in your account."));
    assert_eq!(device.sent_on(&format!("{result}/delete"), &[]).await, "/deleted");
    assert_eq!(status(&device, "/questions/1").await, StatusCode::OK, "the new questionnaire is another one");

    device.post("/logout", &[]).await;
    assert_eq!(all(&device.page("/").await, "#mine").len(), 0);
    assert_eq!(device.get(&result).await.status(), StatusCode::SEE_OTHER, "to the login");
    let deleted = other.post("/account/delete", &[("password", PASSWORD)]).await;
    assert_eq!(deleted.status(), StatusCode::OK);
    let mut beside = database.beside();
    assert_eq!((beside.count("drafts WHERE state = 'open'"), beside.count("draft_answers")), (0, 0));
}

#[actix_web::test]
async fn an_administrator_without_the_second_factor_reads_nothing() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    let device = administrator(&site, &database, EMAIL).await;
    device.begin().await;
    device.post("/answers", &[("r01", "2")]).await;
    let half = Visitor::new(&site);
    half.post("/login", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert_eq!(status(&half, "/questions/1").await, StatusCode::NOT_FOUND);
    // What is begun meanwhile stays the device's until the second factor is shown.
    half.begin().await;
    half.post("/answers", &[("r02", "4")]).await;
    database.beside().execute("UPDATE account_sessions SET factor_passed = TRUE");
    let page = half.page("/questions/1").await;
    assert_eq!(["r01", "r02"].map(|item| checked(&page, item)), [Some("2".into()), Some("4".into())]);
}

#[actix_web::test]
async fn without_accounts_a_draft_is_the_devices() {
    let site = Site::start(&["--accounts", "off"]);
    let device = Visitor::new(&site);
    let began = device.post("/begin", &[("agree", "1")]).await;
    assert_eq!(sets(&began, "calling_draft=").len(), 1);
    assert!(text(&device.page("/").await, ".hero").contains("0 of 86 answered on this device"));
}

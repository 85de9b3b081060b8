//! The pages of administrators over real HTTP.

use reqwest::StatusCode;
use scraper::Html;

use crate::accounts::{EMAIL, PASSWORD, register};
use crate::database::TestDatabase;
use crate::harness::Site;
use crate::interests::result_of_a_text;
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text, texts};

const BOSS: &str = "boss@example.org";
const OTHER: &str = "lamp ferry quince eleven";

/// Makes this visitor an administrator who has shown the second factor.
pub async fn administrator<'a>(site: &'a Site, database: &TestDatabase, email: &str) -> Visitor<'a> {
    let visitor = Visitor::new(site);
    register(&visitor, email).await;
    let own = format!("SELECT id FROM accounts WHERE email_key = '{email}'");
    let mut beside = database.beside();
    beside.execute(&format!(
        "UPDATE accounts SET role = 'administrator', factor_confirmed = TRUE WHERE email_key = '{email}';
         UPDATE account_sessions SET factor_passed = TRUE WHERE account_id = ({own})"
    ));
    visitor
}

/// A site with a database that can be looked into.
fn started(database: &TestDatabase) -> Site {
    Site::start(&["--database-url", database.address()])
}

/// The path of an account's page.
async fn path_of(admin: &Visitor<'_>, email: &str) -> String {
    let users = admin.page(&format!("/admin/users?q={email}")).await;
    all(&users, "tbody th a")[0].attr("href").unwrap().to_owned()
}

/// The first page of the log: acts and subjects.
async fn log(admin: &Visitor<'_>) -> Vec<(String, String)> {
    let page = admin.page("/admin/audit").await;
    let subjects = texts(&page, "tbody td:nth-child(4)");
    texts(&page, "tbody td:nth-child(2)").into_iter().zip(subjects).collect()
}

async fn log_in(visitor: &Visitor<'_>, email: &str, password: &str) -> reqwest::Response {
    visitor.post("/login", &[("email", email), ("password", password)]).await
}

async fn shown(answer: reqwest::Response, status: StatusCode) -> Html {
    assert_eq!(answer.status(), status);
    let page = Html::parse_document(&answer.text().await.unwrap());
    assert_headings_in_order(&page, "an answer");
    assert_nothing_inline(&page, "an answer");
    page
}

#[actix_web::test]
async fn strangers_log_in_first_and_to_visitors_there_is_no_administration() {
    let database = TestDatabase::sqlite();
    let site = started(&database);
    let (stranger, visitor) = (Visitor::new(&site), Visitor::new(&site));
    register(&visitor, EMAIL).await;
    let admin = administrator(&site, &database, BOSS).await;
    let jo = path_of(&admin, EMAIL).await;
    let pages = [
        "/admin".to_owned(),
        "/admin/users".to_owned(),
        "/admin/invite".to_owned(),
        "/admin/audit".to_owned(),
        "/admin/data".to_owned(),
        "/admin/failed".to_owned(),
        "/admin/export".to_owned(),
        "/admin/erase".to_owned(),
        jo.clone(),
        format!("{jo}/remove"),
    ];
    for path in &pages {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        let to = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(to.starts_with("/login?next=%2Fadmin"), "{path} leads to {to}");
        assert_eq!(visitor.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
        if path != "/admin" {
            let page = admin.page(path).await;
            assert_headings_in_order(&page, path);
            assert_nothing_inline(&page, path);
        }
    }
    let fields = [
        ("email", EMAIL),
        ("role", "administrator"),
        ("format", "csv"),
        ("again", "1"),
        ("password", PASSWORD),
        ("typed", "delete all data"),
    ];
    let changes = [
        "/admin/invite".to_owned(),
        "/admin/audit".to_owned(),
        "/admin/failed".to_owned(),
        "/admin/export".to_owned(),
        "/admin/erase".to_owned(),
        format!("{jo}/disable"),
        format!("{jo}/enable"),
        format!("{jo}/link"),
        format!("{jo}/remove"),
    ];
    for path in &changes {
        assert_eq!(stranger.sent_on(path, &fields).await, "/login", "{path}");
        assert_eq!(visitor.post(path, &fields).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(database.beside().count("accounts WHERE NOT disabled"), 2);
    assert!(log(&admin).await.is_empty());
    assert_eq!(admin.get("/admin/users/nobody").await.status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn an_account_is_disabled_enabled_and_removed_with_its_results() {
    let database = TestDatabase::sqlite();
    let site = started(&database);
    site.ready().await;
    let jo = Visitor::new(&site);
    register(&jo, EMAIL).await;
    let result = result_of_a_text(&site).await;
    jo.sent_on(&format!("{result}/keep"), &[]).await;
    let admin = administrator(&site, &database, BOSS).await;
    let path = path_of(&admin, "JO@EX").await;
    let page = admin.page(&path).await;
    assert_eq!(text(&page, "h1"), EMAIL);
    assert!(!page.html().contains(result.trim_start_matches("/results/")), "a key is no business of theirs");

    assert_eq!(admin.sent_on(&format!("{path}/disable"), &[]).await, format!("{path}?done=disabled"));
    assert_eq!(jo.get("/account").await.status(), StatusCode::SEE_OTHER, "the session has ended");
    for password in [PASSWORD, OTHER] {
        let page = shown(log_in(&jo, EMAIL, password).await, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(text(&page, "[role=alert]").contains("do not belong together"), "like a wrong password");
    }
    let page = shown(admin.post(&format!("{path}/link"), &[]).await, StatusCode::CONFLICT).await;
    assert!(text(&page, "[role=alert]").contains("Enable it first"));
    assert_eq!(admin.sent_on(&format!("{path}/enable"), &[]).await, format!("{path}?done=enabled"));
    assert_eq!(log_in(&jo, EMAIL, PASSWORD).await.status(), StatusCode::SEE_OTHER);

    let remove = format!("{path}/remove");
    assert!(text(&admin.page(&remove).await, ".lede").contains("the one result in it"));
    for typed in ["", "jo@example.com"] {
        let answer = admin.post(&remove, &[("email", typed)]).await;
        let page = shown(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(text(&page, "#email-fault").ends_with("expected jo@example.org."));
        assert_eq!(all(&page, "#email")[0].attr("value"), Some(typed));
    }
    assert_eq!(jo.get(&result).await.status(), StatusCode::OK);
    assert_eq!(admin.sent_on(&remove, &[("email", " JO@example.org")]).await, "/admin/users?done=removed");
    assert_eq!(jo.get(&result).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(jo.get("/account").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(admin.get(&path).await.status(), StatusCode::NOT_FOUND);
    let acts: Vec<String> = log(&admin).await.into_iter().map(|(act, _)| act).collect();
    assert_eq!(acts, ["remove account", "enable account", "disable account"]);

    // One's own.
    let own = path_of(&admin, BOSS).await;
    for act in ["disable", "remove"] {
        let answer = admin.post(&format!("{own}/{act}"), &[("email", BOSS)]).await;
        let page = shown(answer, StatusCode::CONFLICT).await;
        assert!(text(&page, "[role=alert]").contains("This is your own account"), "{act}");
    }
    let answer = admin.post("/account/delete", &[("password", PASSWORD)]).await;
    let page = shown(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(text(&page, "[role=alert]").contains("the last administrator"));
    assert_eq!(admin.get("/account").await.status(), StatusCode::OK);
}

#[actix_web::test]
async fn a_recovery_link_is_shown_once_and_good_for_half_an_hour() {
    let database = TestDatabase::sqlite();
    let site = started(&database);
    let jo = Visitor::new(&site);
    register(&jo, EMAIL).await;
    let admin = administrator(&site, &database, BOSS).await;
    let path = path_of(&admin, EMAIL).await;
    for page in [path.as_str(), "/admin/invite"] {
        let said = text(&admin.page(page).await, "main");
        assert!(said.contains("You hand it on yourself: this site sends no mail."), "{said}");
    }
    let page = shown(admin.post(&format!("{path}/link"), &[]).await, StatusCode::OK).await;
    let link = text(&page, "#link");
    let link = link.strip_prefix(&site.url("")).unwrap();
    let token = link.strip_prefix("/link/").unwrap();
    let mut beside = database.beside();
    assert_eq!(beside.count(&format!("account_links WHERE token_hash = '{token}'")), 0, "its hash is stored");
    let minutes = "(julianday(expires_at) - julianday('now')) * 1440";
    assert_eq!(beside.count(&format!("account_links WHERE {minutes} BETWEEN 28 AND 30.1")), 1);
    assert!(!admin.page(&path).await.html().contains(token), "it is not shown again");

    assert_eq!(jo.get("/account").await.status(), StatusCode::OK, "until it is used nothing changes");
    let lost = Visitor::new(&site);
    assert_eq!(lost.sent_on(link, &[("new", OTHER)]).await, "/account");
    assert_eq!(lost.get("/account").await.status(), StatusCode::OK);
    assert_eq!(jo.get("/account").await.status(), StatusCode::SEE_OTHER, "the other sessions have ended");
    assert_eq!(lost.get(link).await.status(), StatusCode::NOT_FOUND, "it is good once");
    let rows = log(&admin).await;
    assert_eq!(rows, [("issue recovery link".to_owned(), path.rsplit('/').next().unwrap().to_owned())]);
}

#[actix_web::test]
async fn an_invitation_makes_an_account_with_its_role() {
    let database = TestDatabase::sqlite();
    {
        // Somebody has to be there before registering is closed.
        let open = started(&database);
        administrator(&open, &database, BOSS).await;
    }
    let site = Site::start(&["--database-url", database.address(), "--accounts", "invite"]);
    let admin = Visitor::new(&site);
    log_in(&admin, BOSS, PASSWORD).await;
    database.beside().execute("UPDATE account_sessions SET factor_passed = TRUE");
    let invite = |email: &'static str, role: &'static str| {
        let admin = &admin;
        async move { admin.post("/admin/invite", &[("email", email), ("role", role)]).await }
    };
    for (email, role, fault) in [
        ("jo", "visitor", "#email-fault"),
        ("Boss@example.org", "visitor", "#email-fault"),
        (EMAIL, "owner", "#role-fault"),
    ] {
        let page = shown(invite(email, role).await, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(!text(&page, fault).is_empty());
        assert_eq!(all(&page, "#email")[0].attr("value"), Some(email));
    }
    let page = shown(invite(EMAIL, "administrator").await, StatusCode::OK).await;
    let link = text(&page, "#link").strip_prefix(&site.url("")).unwrap().to_owned();
    let days = "julianday(expires_at) - julianday('now')";
    assert_eq!(database.beside().count(&format!("account_links WHERE {days} BETWEEN 6.9 AND 7.1")), 1);
    let jo = Visitor::new(&site);
    let page = shown(jo.post(&link, &[("new", OTHER)]).await, StatusCode::OK).await;
    assert_eq!(texts(&page, "#codes li").len(), 8);
    let asked = jo.get("/admin/users").await;
    assert_eq!(asked.headers()["location"], "/account/second-factor?next=%2Fadmin%2Fusers");
    assert_eq!(jo.get(&link).await.status(), StatusCode::NOT_FOUND);
    let (act, id) = log(&admin).await.remove(0);
    assert_eq!((act.as_str(), format!("/admin/users/{id}")), ("invite", path_of(&admin, EMAIL).await));
}

#[actix_web::test]
async fn the_audit_log_is_paged_filtered_and_exported() {
    let database = TestDatabase::sqlite();
    let site = started(&database);
    let admin = administrator(&site, &database, BOSS).await;
    database.beside().execute(
        "INSERT INTO audit_log (at, act, actor, subject)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2100)
         SELECT strftime('%Y-%m-%d %H:%M:%f', 'now'), CASE i % 2 WHEN 0 THEN 'export' ELSE 'invite' END, 'a', '=' || i FROM n",
    );
    let page = admin.page("/admin/audit?act=invite").await;
    let subjects = texts(&page, "tbody td:nth-child(4)");
    assert_eq!((subjects.len(), subjects[0].as_str(), subjects[49].as_str()), (50, "=2099", "=2001"));
    assert!(texts(&page, "option[selected]") == ["invite"]);
    let next = all(&page, "a[rel=next]")[0].attr("href").unwrap();
    assert_eq!(texts(&admin.page(next).await, "tbody td:nth-child(4)")[0], "=1999");
    assert!(all(&admin.page("/admin/audit?before=50").await, "a[rel=next]").is_empty());
    for wrong in ["/admin/audit?act=steal", "/admin/audit?before=x"] {
        let answer = admin.get(wrong).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(answer.text().await.unwrap().contains("expected"));
    }
    let file = |act: &'static str, format: &'static str| {
        let admin = &admin;
        async move {
            let answer = admin.post("/admin/audit", &[("act", act), ("format", format)]).await;
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.headers()["cache-control"], "no-store");
            let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
            assert_eq!(name, format!("attachment; filename=\"calling-audit-log.{format}\""));
            answer.text().await.unwrap()
        }
    };
    let csv = file("", "csv").await;
    assert_eq!(csv.lines().count(), 2102, "a heading, the rows, and one for the export itself");
    assert!(csv.starts_with("\u{feff}at,act,actor,subject\n"));
    assert!(csv.contains(",invite,a,'=1\n"), "no spreadsheet computes a cell");
    let lines = file("invite", "jsonl").await;
    assert_eq!(lines.lines().count(), 1050);
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((last["act"].as_str(), last["subject"].as_str()), (Some("invite"), Some("=1")));
    assert_eq!(log(&admin).await[0], ("export".to_owned(), "audit log as jsonl".to_owned()));
    assert_eq!(admin.post("/admin/audit", &[("format", "pdf")]).await.status(), StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn the_data_are_counted_and_a_failed_submission_is_tried_again() {
    let database = TestDatabase::sqlite();
    let stamp = database.directory().join("backup");
    let site = Site::start(&[
        "--database-url",
        database.address(),
        "--backup-stamp",
        stamp.to_str().unwrap(),
        "--result-days",
        "30",
    ]);
    site.ready().await;
    let result = result_of_a_text(&site).await;
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    visitor.answer_page(1, "3", "").await;
    let admin = administrator(&site, &database, BOSS).await;
    let failed =
        "UPDATE personality_records SET status = 'failed', failure = 'no <numbers> came', attempts = 3";
    database.beside().execute(failed);

    let page = admin.page("/admin/data").await;
    let rows = texts(&page, "#records + p + .scroll tbody th");
    assert_eq!(rows, ["queued", "reading", "done", "failed"]);
    assert_eq!(texts(&page, "#records + p + .scroll tbody tr:nth-child(4) td"), ["1", "0", "0", "0", "1"]);
    assert_eq!(texts(&page, "#records + p + .scroll tbody tr:nth-child(3) td"), ["0", "0", "0", "0", "0"]);
    let main = text(&page, "main");
    assert!(main.contains("Due within seven days: 0."), "{main}");
    assert!(main.contains("Last backup: not known: ") && main.contains("20261201000047"), "{main}");
    assert_eq!(texts(&page, "dd")[..5], ["1", "1", "0", "0", "1"], "drafts and accounts");
    database.beside().execute(
        "UPDATE personality_records SET finished_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '-24 days')",
    );
    std::fs::write(&stamp, "").unwrap();
    let page = admin.page("/admin/data").await;
    assert_eq!(texts(&page, "#records + p + .scroll tbody tr:nth-child(4) td"), ["0", "0", "1", "0", "1"]);
    let main = text(&page, "main");
    assert!(main.contains("Due within seven days: 1.") && main.contains("UTC, 0 hours ago."), "{main}");

    let page = admin.page("/admin/failed").await;
    assert_eq!(texts(&page, "tbody td[data-label=Reason]"), ["no <numbers> came"]);
    assert!(!page.html().contains("hard questions"), "no text is shown");
    let number = all(&page, "button[name=again]")[0].attr("value").unwrap().to_owned();
    assert_eq!(admin.sent_on("/admin/failed", &[("again", &number)]).await, "/admin/failed?done=queued");
    assert_eq!(admin.sent_on("/admin/failed", &[("again", "9999")]).await, "/admin/failed?done=gone");
    assert_eq!(admin.post("/admin/failed", &[("again", "x")]).await.status(), StatusCode::BAD_REQUEST);
    let read = visitor.finished(&result).await;
    assert!(!text(&read, "h1").contains("being read"));
    assert_eq!(log(&admin).await, [("try again".to_owned(), format!("submission {number}"))]);
}

/// A site with a kept result, a draft, a visitor and an administrator: the visitor and the result's path.
async fn filled<'a>(site: &'a Site) -> (Visitor<'a>, String) {
    site.ready().await;
    let jo = Visitor::new(site);
    register(&jo, EMAIL).await;
    let result = result_of_a_text(site).await;
    jo.sent_on(&format!("{result}/keep"), &[]).await;
    jo.begin().await;
    jo.answer_page(1, "3", "").await;
    (jo, result)
}

#[actix_web::test]
async fn an_export_has_everything_but_keys_answers_and_texts() {
    let database = TestDatabase::sqlite();
    let site = started(&database);
    let (_, result) = filled(&site).await;
    let admin = administrator(&site, &database, BOSS).await;
    let wrong = admin.post("/admin/export", &[("password", OTHER)]).await;
    let page = shown(wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(!text(&page, "#password-fault").is_empty());
    assert!(log(&admin).await.is_empty(), "nothing was exported");
    let answer = admin.post("/admin/export", &[("password", PASSWORD)]).await;
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"calling-export.jsonl\"");
    let file = answer.text().await.unwrap();
    let rows: Vec<serde_json::Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["account", "account", "record", "draft", "audit"]);
    assert_eq!((&rows[0]["email"], &rows[2]["status"]), (&EMAIL.into(), &"done".into()));
    assert_eq!(rows[2]["kept_by"], serde_json::json!([rows[0]["id"]]));
    assert!(rows[2]["result_mbti"].is_object() || rows[2]["result_mbti"].is_array());
    let key = result.trim_start_matches("/results/");
    for secret in [
        "hard questions",
        key,
        "argon2",
        "hash\":\"$",
        "\"answers\"",
        "\"ratings\"",
        "session",
        "factor_secret",
    ] {
        assert!(!file.contains(secret), "{secret} is in the export");
    }
    assert_eq!(log(&admin).await, [("export".to_owned(), "everything".to_owned())]);
}

#[actix_web::test]
async fn all_data_are_deleted_after_a_sentence_and_the_password() {
    let database = TestDatabase::sqlite();
    let site = started(&database);
    let (jo, result) = filled(&site).await;
    let admin = administrator(&site, &database, BOSS).await;
    let erase = |typed: &'static str, password: &'static str| {
        let admin = &admin;
        async move { admin.post("/admin/erase", &[("typed", typed), ("password", password)]).await }
    };
    let page = shown(erase("delete", PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(text(&page, "#typed-fault").starts_with("It is “delete”; expected “delete all data” or "));
    let page = shown(erase("delete all data", OTHER).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(all(&page, "#typed")[0].attr("value"), Some("delete all data"));
    assert!(!page.html().contains(OTHER));
    let mut beside = database.beside();
    assert_eq!((beside.count("personality_records"), beside.count("drafts")), (1, 1));

    let answer = erase("Delete all data ", PASSWORD).await;
    assert_eq!(answer.headers()["location"], "/admin/data?done=erased");
    for table in ["personality_records", "drafts", "draft_answers", "account_results"] {
        assert_eq!(beside.count(table), 0, "{table}");
    }
    assert_eq!(jo.get(&result).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(jo.get("/account").await.status(), StatusCode::OK, "accounts stay");
    erase("delete all data and accounts", PASSWORD).await;
    assert_eq!(jo.get("/account").await.status(), StatusCode::SEE_OTHER);
    let acts: Vec<String> = log(&admin).await.into_iter().map(|(_, subject)| subject).collect();
    assert_eq!(
        acts,
        ["with the accounts of visitors", "without accounts"],
        "the log stays, and so does whoever reads it"
    );
}

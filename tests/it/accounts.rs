//! Accounts over real HTTP: registering, logging in, what a session opens and when it ends.

use std::process::Command;

use calling::internals::accounts::OneTime;
use reqwest::StatusCode;
use scraper::Html;

use crate::database::TestDatabase;
use crate::harness::{Site, calling, output};
use crate::interests::result_of_a_text;
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text, texts};
use crate::statistics::assessment;

pub const EMAIL: &str = "jo@example.org";
pub const PASSWORD: &str = "kelp orbit marzipan nine";
const OTHER: &str = "lamp ferry quince eleven";

/// Registers and returns the recovery codes.
pub async fn register(visitor: &Visitor<'_>, email: &str) -> Vec<String> {
    let answer = visitor.post("/register", &[("email", email), ("new", PASSWORD)]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    texts(&Html::parse_document(&answer.text().await.unwrap()), "#codes li")
}

async fn log_in(visitor: &Visitor<'_>, email: &str, password: &str) -> StatusCode {
    visitor.post("/login", &[("email", email), ("password", password)]).await.status()
}

async fn is_logged_in(visitor: &Visitor<'_>) -> bool {
    visitor.get("/account").await.status() == StatusCode::OK
}

/// The answer to somebody who has to wait. The first pauses are short, and may be over before a busy machine asks again.
async fn held_up(visitor: &Visitor<'_>, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
    for _ in 0..8 {
        let answer = visitor.post(path, fields).await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=900).contains(&wait), "{wait}");
            return answer;
        }
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    panic!("nobody had to wait");
}

/// A visitor who is logged in as an administrator, without the work of a second factor.
pub async fn administrator<'a>(site: &'a Site, database: &TestDatabase) -> Visitor<'a> {
    promoted(Visitor::new(site), database).await
}

/// The same visitor, registered and logged in as an administrator.
pub async fn promoted<'a>(visitor: Visitor<'a>, database: &TestDatabase) -> Visitor<'a> {
    register(&visitor, EMAIL).await;
    database.beside().execute(
        "UPDATE accounts SET role = 'administrator', factor_confirmed = TRUE;
         UPDATE account_sessions SET factor_passed = TRUE",
    );
    visitor
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// The code that an app shows for the secret on this page.
fn code_of(page: &Html, at: u64) -> String {
    let secret = text(page, "#secret").replace(' ', "");
    let codes = OneTime::new(&secret).unwrap();
    (0..1_000_000)
        .map(|code| format!("{code:06}"))
        .find(|code| codes.step(code, at) == Some(at / 30))
        .unwrap()
}

/// `calling admin create` for the site's database: the path of the link that it prints.
fn admin_link(site: &Site, arguments: &[&str]) -> String {
    let mut command: Command = calling(&["admin", "create"]);
    let ended = output(command.args(arguments).env("DATABASE_URL", site.database()));
    let printed = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "{printed}{}", String::from_utf8_lossy(&ended.stderr));
    printed.lines().last().unwrap().to_owned()
}

#[actix_web::test]
async fn an_account_is_made_logged_out_of_and_logged_in_to() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    assert_eq!(visitor.get("/account").await.headers()["location"], "/login?next=%2Faccount");
    for path in ["/register", "/login", "/recover"] {
        let page = visitor.page(path).await;
        assert_headings_in_order(&page, path);
        assert_nothing_inline(&page, path);
    }
    let codes = register(&visitor, EMAIL).await;
    assert_eq!(codes.len(), 8);
    assert!(codes.iter().all(|code| code.len() == 29), "{codes:?}");
    assert_eq!(visitor.get("/admin/users").await.status(), StatusCode::NOT_FOUND);
    let account = visitor.page("/account").await;
    assert_headings_in_order(&account, "/account");
    assert_nothing_inline(&account, "/account");
    assert!(text(&account, ".lede").starts_with(EMAIL));
    let out = visitor.post("/logout", &[]).await;
    assert_eq!(out.status(), StatusCode::OK);
    assert!(!is_logged_in(&visitor).await);
    assert_eq!(log_in(&visitor, " JO@Example.org ", PASSWORD).await, StatusCode::SEE_OTHER);
    assert!(is_logged_in(&visitor).await);
    let next = [("email", EMAIL), ("password", PASSWORD), ("next", "/careers?page=2")];
    assert_eq!(visitor.sent_on("/login", &next).await, "/careers?page=2");
    let next = [("email", EMAIL), ("password", PASSWORD), ("next", "//evil.example")];
    assert_eq!(visitor.sent_on("/login", &next).await, "/account");
}

#[actix_web::test]
async fn the_cookies_of_a_login_are_hidden_and_new_each_time() {
    let site = Site::start(&["--public-url", "https://calling.example.org"]);
    let with = |cookie: &str, path: &str| {
        let form = [("email", EMAIL), ("password", PASSWORD)];
        site.client.post(site.url(path)).header("cookie", cookie.to_owned()).form(&form).send()
    };
    let opens =
        |cookie: &str| site.client.get(site.url("/account")).header("cookie", cookie.to_owned()).send();
    let form = [("email", EMAIL), ("new", PASSWORD)];
    let registered = site.client.post(site.url("/register")).form(&form).send().await.unwrap();
    let cookies = |answer: &reqwest::Response| -> Vec<String> {
        answer.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned()).collect()
    };
    let set = cookies(&registered);
    assert_eq!(set.len(), 2, "{set:?}");
    for (cookie, name) in set.iter().zip(["__Host-calling_session=", "__Host-calling_browser="]) {
        assert!(cookie.starts_with(name), "{cookie}");
        for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
    }
    let first = set[0].split(';').next().unwrap().to_owned();
    let again = cookies(&with(&first, "/login").await.unwrap())[0].split(';').next().unwrap().to_owned();
    assert_ne!(again, first);
    assert_eq!(opens(&first).await.unwrap().status(), StatusCode::SEE_OTHER, "the session before has ended");
    assert_eq!(opens(&again).await.unwrap().status(), StatusCode::OK);
    assert_eq!(with(&again, "/logout").await.unwrap().status(), StatusCode::OK);
    let copied = opens(&again).await.unwrap();
    assert_eq!(copied.status(), StatusCode::SEE_OTHER, "a copied token is of no use after logging out");
}

#[actix_web::test]
async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let refused = |fields: &'static [(&'static str, &'static str)], path: &'static str| {
        let visitor = &visitor;
        async move {
            let answer = visitor.post(path, fields).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
            let page = Html::parse_document(&answer.text().await.unwrap());
            assert_headings_in_order(&page, path);
            page
        }
    };
    let page = refused(&[("email", "jo"), ("new", "short")], "/register").await;
    assert!(text(&page, "#email-fault").contains("name@example.org"));
    assert!(text(&page, "#new-fault").contains("has 5 characters. It needs at least 12"));
    assert_eq!(texts(&page, "[role=alert] a").len(), 2);
    let value = |page: &Html, id: &str| all(page, id)[0].attr("value").unwrap().to_owned();
    assert_eq!((value(&page, "#email"), value(&page, "#new")), ("jo".to_owned(), "short".to_owned()));
    let page = refused(&[("email", EMAIL), ("new", "password1234")], "/register").await;
    assert!(text(&page, "#new-fault").contains("first million"));
    let page = refused(&[], "/register").await;
    assert_eq!(texts(&page, "[role=alert] a").len(), 2);

    let checked = visitor.post("/register", &[("email", EMAIL), ("new", PASSWORD), ("go", "check")]).await;
    assert_eq!(checked.status(), StatusCode::OK);
    let page = Html::parse_document(&checked.text().await.unwrap());
    assert!(text(&page, "[data-strength]").contains("strong: 4 of 4"));
    assert_eq!(value(&page, "#new"), PASSWORD);

    register(&visitor, EMAIL).await;
    let page = refused(&[("email", "Jo@example.org"), ("new", PASSWORD)], "/register").await;
    assert!(text(&page, "#email-fault").contains("an account with this address already"));
    let stranger = Visitor::new(&site);
    let mut said = Vec::new();
    for (email, password) in [(EMAIL, OTHER), ("nobody@example.org", PASSWORD)] {
        let answer = stranger.post("/login", &[("email", email), ("password", password)]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        assert!(!page.contains(password), "a wrong password is not shown again");
        said.push(page.replace(email, ""));
    }
    assert_eq!(said[0], said[1], "an unknown address gets the same answer");
}

#[actix_web::test]
async fn a_change_needs_the_password_and_ends_other_sessions() {
    let site = Site::start(&[]);
    let (here, there) = (Visitor::new(&site), Visitor::new(&site));
    register(&here, EMAIL).await;
    log_in(&there, EMAIL, PASSWORD).await;
    let account = here.page("/account").await;
    assert_eq!(all(&account, "tbody tr").len(), 2);
    assert!(text(&account, "tbody").contains("(this one)"));
    let wrong = here.post("/account/password", &[("password", OTHER), ("new", OTHER)]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_logged_in(&there).await);
    let right = [("password", PASSWORD), ("new", OTHER)];
    assert_eq!(here.sent_on("/account/password", &right).await, "/account?done=password");
    assert!(is_logged_in(&here).await && !is_logged_in(&there).await);
    assert_eq!(log_in(&there, EMAIL, PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(log_in(&there, EMAIL, OTHER).await, StatusCode::SEE_OTHER);

    let taken = Visitor::new(&site);
    register(&taken, "taken@example.org").await;
    let answer = here.post("/account/email", &[("email", "Taken@example.org"), ("password", OTHER)]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let new = [("email", "new@example.org"), ("password", OTHER)];
    assert_eq!(here.sent_on("/account/email", &new).await, "/account?done=email");
    assert!(is_logged_in(&here).await && !is_logged_in(&there).await);
    assert_eq!(log_in(&there, "new@example.org", OTHER).await, StatusCode::SEE_OTHER);

    let row =
        all(&here.page("/account").await, "tbody button[name=end]")[0].attr("value").unwrap().to_owned();
    assert_eq!(taken.sent_on("/account/sessions", &[("end", &row)]).await, "/account?done=sessions");
    assert!(is_logged_in(&there).await, "nobody ends the session of another account");
    here.sent_on("/account/sessions", &[("end", &row)]).await;
    assert!(is_logged_in(&here).await && !is_logged_in(&there).await);
    log_in(&there, "new@example.org", OTHER).await;
    here.sent_on("/account/sessions", &[("end", "others")]).await;
    assert!(is_logged_in(&here).await && !is_logged_in(&there).await);
    assert_eq!(here.post("/account/sessions", &[("end", "x")]).await.status(), StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn a_recovery_code_sets_a_new_password_once() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let codes = register(&visitor, EMAIL).await;
    let lost = Visitor::new(&site);
    let typed = codes[3].to_lowercase().replace('-', " ");
    for (email, code) in [(EMAIL, "0000-0000-0000-0000-0000-0000"), ("nobody@example.org", &typed)] {
        let answer = lost.post("/recover", &[("email", email), ("code", code), ("new", OTHER)]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = [("email", EMAIL), ("code", typed.as_str()), ("new", OTHER)];
    assert_eq!(lost.sent_on("/recover", &right).await, "/account?done=password");
    assert!(is_logged_in(&lost).await && !is_logged_in(&visitor).await);
    assert!(text(&lost.page("/account").await, "main").contains("You have 7 of 8 left"));
    assert_eq!(lost.post("/recover", &right).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "used up");

    let renewed = lost.post("/account/codes", &[("password", OTHER)]).await;
    let renewed = texts(&Html::parse_document(&renewed.text().await.unwrap()), "#codes li");
    assert_eq!(renewed.len(), 8);
    let old = [("email", EMAIL), ("code", codes[0].as_str()), ("new", PASSWORD)];
    assert_eq!(lost.post("/recover", &old).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let new = [("email", EMAIL), ("code", renewed[0].as_str()), ("new", PASSWORD)];
    assert_eq!(lost.sent_on("/recover", &new).await, "/account?done=password");
}

#[actix_web::test]
async fn a_deleted_account_is_gone_and_its_address_free() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    register(&visitor, EMAIL).await;
    let wrong = visitor.post("/account/delete", &[("password", OTHER)]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let deleted = visitor.post("/account/delete", &[("password", PASSWORD)]).await;
    assert_eq!(deleted.status(), StatusCode::OK);
    assert!(!is_logged_in(&visitor).await);
    assert_eq!(log_in(&visitor, EMAIL, PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(register(&visitor, EMAIL).await.len(), 8);
}

#[actix_web::test]
async fn strangers_are_slowed_down_and_lock_nobody_out() {
    let site = Site::start(&[]);
    let (owner, stranger) = (Visitor::new(&site), Visitor::new(&site));
    register(&owner, EMAIL).await;
    owner.post("/logout", &[]).await;
    for _ in 0..5 {
        assert_eq!(log_in(&stranger, EMAIL, OTHER).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = held_up(&stranger, "/login", &[("email", EMAIL), ("password", OTHER)]).await;
    let page = Html::parse_document(&answer.text().await.unwrap());
    assert!(text(&page, "[role=alert]").contains("Nothing was checked. Please try again in "));
    assert_eq!(all(&page, "#email")[0].attr("value"), Some(EMAIL));
    // The same address of the network, but a browser that has logged in before.
    assert_eq!(log_in(&owner, EMAIL, PASSWORD).await, StatusCode::SEE_OTHER);
    assert_eq!(log_in(&stranger, "other@example.org", OTHER).await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn without_limits_on_clients_a_login_still_has_pauses() {
    let site = Site::start(&["--rate-limit", "0"]);
    let stranger = Visitor::new(&site);
    for _ in 0..5 {
        assert_eq!(log_in(&stranger, EMAIL, OTHER).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    held_up(&stranger, "/login", &[("email", EMAIL), ("password", OTHER)]).await;
}

#[actix_web::test]
async fn many_networks_are_slowed_down_at_one_account_and_its_owner_is_not() {
    let site = Site::start(&["--rate-limit", "0", "--trusted-proxies", "127.0.0.1"]);
    let owner = Visitor::new(&site);
    let codes = register(&owner, EMAIL).await;
    owner.post("/logout", &[]).await;
    let from = |network: usize, path: &str, fields: [(&'static str, String); 3]| {
        let request = site.client.post(site.url(path));
        request.header("x-forwarded-for", format!("203.0.{network}.1")).form(&fields).send()
    };
    let guess = |network: usize| {
        let fields = [("email", EMAIL.into()), ("password", OTHER.into()), ("next", String::new())];
        from(network, "/login", fields)
    };
    // 26 networks with five attempts each; 100 at the account are free. Only two at once, since a busy machine refuses what waits
    // long for its hash. There the first pauses may pass between two attempts, but not those of minutes.
    let mut free = 0;
    let paused = loop {
        let pair = futures_util::future::join(guess(free % 26), guess((free + 1) % 26)).await;
        let statuses = [pair.0.unwrap().status(), pair.1.unwrap().status()];
        if statuses.contains(&StatusCode::TOO_MANY_REQUESTS) {
            break true;
        }
        assert_eq!(statuses, [StatusCode::UNPROCESSABLE_ENTITY; 2], "after {free}");
        free += 2;
        if free == 26 * 5 {
            break false;
        }
    };
    assert!(paused && free >= 100, "{paused} after {free}");
    assert_eq!(log_in(&owner, EMAIL, PASSWORD).await, StatusCode::SEE_OTHER, "the owner's browser is known");
    let fields = [("email", EMAIL.into()), ("code", codes[0].clone()), ("new", OTHER.into())];
    let recovered = from(200, "/recover", fields).await.unwrap();
    assert_eq!(recovered.status(), StatusCode::SEE_OTHER, "on a new device there is a recovery code");
}

#[actix_web::test]
async fn without_accounts_there_is_no_login_and_by_invitation_no_registering() {
    let off = Site::start(&["--accounts", "off"]);
    let visitor = Visitor::new(&off);
    for path in ["/login", "/register", "/recover", "/account", "/account/password", "/login/code"] {
        assert_eq!(visitor.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert!(all(&visitor.page("/").await, "a[href='/account']").is_empty());
    assert!(all(&visitor.page("/privacy").await, "#account").is_empty());
    let invite = Site::start(&["--accounts", "invite"]);
    let visitor = Visitor::new(&invite);
    assert_eq!(visitor.get("/register").await.status(), StatusCode::NOT_FOUND);
    let posted = visitor.post("/register", &[("email", EMAIL), ("new", PASSWORD)]).await;
    assert_eq!(posted.status(), StatusCode::NOT_FOUND);
    assert!(all(&visitor.page("/login").await, "a[href='/register']").is_empty());
}

#[actix_web::test]
async fn an_administrator_begins_with_a_link_and_needs_a_second_factor() {
    let site = Site::start(&["--accounts", "invite"]);
    let link = admin_link(&site, &["Boss@example.org"]);
    let with_site = admin_link(&site, &["boss@example.org", "--public-url", "https://calling.example.org"]);
    assert!(with_site.starts_with("https://calling.example.org/link/"), "{with_site}");
    let visitor = Visitor::new(&site);
    assert_eq!(visitor.get(&link).await.status(), StatusCode::NOT_FOUND, "a newer link replaces it");
    let link = with_site.trim_start_matches("https://calling.example.org").to_owned();
    let page = visitor.page(&link).await;
    assert!(text(&page, ".lede").contains("Boss@example.org"));
    let weak = visitor.post(&link, &[("new", "password1234")]).await;
    assert_eq!(weak.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let answer = visitor.post(&link, &[("new", PASSWORD)]).await;
    let codes = texts(&Html::parse_document(&answer.text().await.unwrap()), "#codes li");
    assert_eq!(codes.len(), 8);
    assert_eq!(visitor.get(&link).await.status(), StatusCode::NOT_FOUND, "it is good once");

    let asked = visitor.get("/account").await;
    assert_eq!(asked.headers()["location"], "/account/second-factor?next=%2Faccount");
    let set_up = visitor.page("/account/second-factor?next=%2Faccount").await;
    assert_nothing_inline(&set_up, "/account/second-factor");
    let wrong = visitor.post("/account/second-factor", &[("code", "12345")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let at = now();
    let code = code_of(&set_up, at);
    assert_eq!(visitor.sent_on("/account/second-factor", &[("code", &code)]).await, "/account");
    assert!(text(&visitor.page("/account").await, ".lede").contains("administrator"));

    let users = visitor.page("/admin/users?q=BOSS").await;
    assert_headings_in_order(&users, "/admin/users");
    assert!(texts(&users, "tbody th") == ["Boss@example.org (you)"]);
    assert!(texts(&visitor.page("/admin/users?q=bosz").await, "tbody th").is_empty());

    let elsewhere = Visitor::new(&site);
    let fields = [("email", "boss@example.org"), ("password", PASSWORD), ("next", "/account")];
    assert_eq!(elsewhere.sent_on("/login", &fields).await, "/login/code?next=%2Faccount");
    assert!(!is_logged_in(&elsewhere).await, "the password alone opens nothing");
    let again = elsewhere.post("/login/code", &[("code", &code)]).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY, "no code is good twice");
    let next = code_of(&set_up, at + 30);
    assert_eq!(elsewhere.sent_on("/login/code", &[("code", &next), ("next", "/careers")]).await, "/careers");
    assert!(is_logged_in(&elsewhere).await);

    let lost = Visitor::new(&site);
    lost.sent_on("/login", &fields).await;
    assert_eq!(lost.sent_on("/login/code", &[("code", &codes[0])]).await, "/account");
    let anew = admin_link(&site, &["boss@example.org", "--new-second-factor"]);
    assert_eq!(lost.sent_on(&anew, &[("new", OTHER)]).await, "/account/second-factor");
    assert!(!is_logged_in(&elsewhere).await, "a new password ends every session");
}

#[actix_web::test]
async fn codes_are_not_to_be_guessed() {
    let site = Site::start(&[]);
    let link = admin_link(&site, &["boss@example.org"]);
    let visitor = Visitor::new(&site);
    visitor.post(&link, &[("new", PASSWORD)]).await;
    let set_up = visitor.page("/account/second-factor").await;
    let at = now();
    visitor.sent_on("/account/second-factor", &[("code", &code_of(&set_up, at))]).await;
    let thief = Visitor::new(&site);
    thief.sent_on("/login", &[("email", "boss@example.org"), ("password", PASSWORD)]).await;
    for _ in 0..5 {
        assert_eq!(
            thief.post("/login/code", &[("code", "x")]).await.status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    held_up(&thief, "/login/code", &[("code", "x")]).await;
}

#[actix_web::test]
async fn an_account_lists_its_results_on_every_device() {
    let site = Site::start(&[]);
    let result = result_of_a_text(&site).await;
    let (here, there) = (Visitor::new(&site), Visitor::new(&site));
    assert_eq!(all(&here.page(&result).await, &format!("a[href='{result}/keep']")).len(), 1);
    let asked = here.get(&format!("{result}/keep")).await;
    assert!(asked.headers()["location"].to_str().unwrap().starts_with("/login?next=%2Fresults%2F"));
    register(&here, EMAIL).await;
    assert!(text(&here.page(&format!("{result}/keep")).await, "h1").contains("Keep this result"));
    assert_eq!(here.sent_on(&format!("{result}/keep"), &[]).await, "/account?done=kept#results");
    assert!(text(&here.page(&result).await, "#keep").contains("It is kept in your account"));
    log_in(&there, EMAIL, PASSWORD).await;
    let account = there.page("/account").await;
    assert_headings_in_order(&account, "/account");
    let id = all(&account, "input[name=result]")[0].attr("value").unwrap().to_owned();
    let link = format!("li a[href='/results/kept-{id}']");
    assert_eq!(all(&account, &link).len(), 1);
    there.sent_on("/account/results", &[("go", "name"), ("result", &id), ("name", " <b>Spring</b> ")]).await;
    assert_eq!(text(&there.page("/account").await, &link), "<b>Spring</b>");
    let long = "é".repeat(81);
    let fields = [("go", "name"), ("result", id.as_str()), ("name", long.as_str())];
    let answer = there.post("/account/results", &fields).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = Html::parse_document(&answer.text().await.unwrap());
    assert_headings_in_order(&page, "/account/results");
    assert_nothing_inline(&page, "/account/results");
    let field = format!("details[open] input#name-{id}[aria-invalid][aria-describedby='fault-{id}']");
    assert_eq!(all(&page, &field)[0].attr("value"), Some(long.as_str()), "what was typed is kept");
    let said = "A name has at most 80 characters, and this one has 81.";
    assert_eq!(text(&page, &format!("#fault-{id}")), said);
    assert_eq!(text(&page, &format!("[role=alert] a[href='#name-{id}']")), said);
    assert_eq!(text(&page, &link), "<b>Spring</b>", "the name before is still its name");
    let unknown = [("go", "name"), ("result", "999"), ("name", long.as_str())];
    assert_eq!(there.post("/account/results", &unknown).await.status(), StatusCode::NOT_FOUND);

    // Somebody else neither sees nor changes it by its number.
    let other = Visitor::new(&site);
    register(&other, "other@example.org").await;
    for go in ["name", "remove"] {
        other.sent_on("/account/results", &[("go", go), ("result", &id), ("name", "mine")]).await;
    }
    let renewed = other.post("/account/results", &[("go", "renew"), ("result", &id)]).await;
    assert_eq!(renewed.status(), StatusCode::NOT_FOUND);
    assert!(text(&here.page("/account").await, "main").contains("<b>Spring</b>"));

    let path = here.sent_on("/account/results", &[("go", "renew"), ("result", &id)]).await;
    let path = path.trim_end_matches("#keep").to_owned();
    assert_eq!(here.get(&result).await.status(), StatusCode::NOT_FOUND, "the former address is off");
    assert_ne!(path, result);
    assert!(text(&here.page(&path).await, "#address").ends_with(&path), "the new one is shown");
    assert_eq!(site.page(&path).await.status(), StatusCode::OK, "and opens it");
    here.sent_on("/account/results", &[("go", "remove"), ("result", &id)]).await;
    assert!(all(&here.page("/account").await, "input[name=result]").is_empty());
    assert_eq!(site.page(&path).await.status(), StatusCode::OK);
    here.sent_on(&format!("{path}/keep"), &[]).await;
    here.post("/account/delete", &[("password", PASSWORD)]).await;
    assert_eq!(site.page(&path).await.status(), StatusCode::NOT_FOUND, "it goes with the account");
    let strange = format!("/results/{}/keep", "A".repeat(43));
    assert_eq!(other.post(&strange, &[]).await.status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_kept_result_is_opened_by_its_account_and_by_nobody_else() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    let result = result_of_a_text(&site).await;
    let (owner, other) = (Visitor::new(&site), Visitor::new(&site));
    register(&owner, EMAIL).await;
    register(&other, "other@example.org").await;
    owner.sent_on(&format!("{result}/keep"), &[]).await;
    let account = owner.page("/account").await;
    let kept = all(&account, "#results ~ ul a")[0].attr("href").unwrap().to_owned();
    assert!(kept.starts_with("/results/kept-"), "{kept}");
    let pages = ["", "/careers", "/interests", "/shortlist", "/compare", "/export.json", "/export.csv"];
    for page in pages.into_iter().chain(["/careers.json", "/careers.csv", "/keep", "/delete"]) {
        let path = format!("{kept}{page}");
        assert_eq!(owner.get(&path).await.status(), StatusCode::OK, "{path}");
        assert_eq!(other.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
        let stranger = Visitor::new(&site).get(&path).await;
        assert!(stranger.headers()["location"].to_str().unwrap().starts_with("/login?next="), "{path}");
    }
    for wrong in ["/results/kept-999", "/results/kept-", "/results/kept-x"] {
        assert_eq!(owner.get(wrong).await.status(), StatusCode::NOT_FOUND, "{wrong}");
    }
    assert_eq!(other.post(&format!("{kept}/delete"), &[]).await.status(), StatusCode::NOT_FOUND);

    // The account does not know the private address, and so no share link.
    let page = owner.page(&kept).await;
    assert_headings_in_order(&page, &kept);
    assert!(all(&page, "#address").is_empty() && text(&page, "#keep").contains("stores only a hash of it"));
    assert_eq!(owner.post(&format!("{kept}/share"), &[]).await.status(), StatusCode::NOT_FOUND);
    owner.sent_on(&format!("{result}/share"), &[]).await;
    assert!(text(&owner.page(&kept).await, "#keep").contains("has a share link"));
    owner.sent_on(&format!("{kept}/unshare"), &[]).await;
    assert!(all(&owner.page(&result).await, "#shared").is_empty());

    let key = result.trim_start_matches("/results/").as_bytes();
    for file in std::fs::read_dir(database.directory()).unwrap() {
        let path = file.unwrap().path();
        let stored = std::fs::read(&path).unwrap();
        assert!(!stored.windows(key.len()).any(|bytes| bytes == key), "{} has the key", path.display());
    }
    assert_eq!(owner.sent_on(&format!("{kept}/delete"), &[]).await, "/deleted");
    assert_eq!(site.page(&result).await.status(), StatusCode::NOT_FOUND);
}

/// Two results of texts, with levels, which the visitor, who is logged in, keeps.
async fn two_kept(site: &Site, database: &TestDatabase, visitor: &Visitor<'_>) -> Vec<String> {
    let mut results = Vec::new();
    for percentile in [20.0, 90.0] {
        let result = result_of_a_text(site).await;
        visitor.sent_on(&format!("{result}/keep"), &[]).await;
        let mut levels = assessment(percentile, 0.5);
        levels.as_object_mut().unwrap().remove("shares");
        database.beside().execute(&format!(
            "UPDATE personality_records SET assessment = '{levels}'
             WHERE id = (SELECT MAX(id) FROM personality_records)"
        ));
        results.push(result);
    }
    results
}

#[actix_web::test]
async fn results_of_an_account_are_compared_on_another_device() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    let (owner, there, other) = (Visitor::new(&site), Visitor::new(&site), Visitor::new(&site));
    register(&owner, EMAIL).await;
    register(&other, "other@example.org").await;
    let results = two_kept(&site, &database, &owner).await;
    log_in(&there, EMAIL, PASSWORD).await;
    let page = there.page("/side-by-side?first=2&second=1").await;
    assert_headings_in_order(&page, "/side-by-side");
    assert_eq!(all(&page, "select#first option").len(), 2);
    let rows = texts(&page, "table tbody tr");
    assert_eq!(rows.len(), 9, "five traits and four axes");
    assert!(rows[0].starts_with("Extraversion20 (1 to 99)90 (1 to 99)"), "{}", rows[0]);
    for result in &results {
        let key = result.trim_start_matches("/results/");
        assert!(!page.html().contains(key), "the page has no owner's key");
    }
    let page = other.page("/side-by-side?first=2&second=1").await;
    assert!(all(&page, "option").is_empty() && all(&page, "table").is_empty(), "of somebody else's account");
}

#[actix_web::test]
async fn without_the_second_factor_no_page_tells_of_kept_results() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    let owner = administrator(&site, &database).await;
    let results = two_kept(&site, &database, &owner).await;
    let half = Visitor::new(&site);
    log_in(&half, EMAIL, PASSWORD).await;
    let compared = "/side-by-side?first=2&second=1";
    let page = half.page(compared).await;
    assert!(texts(&page, ".note").concat().contains("no finished result on this device"));
    assert!(all(&page, "option").is_empty() && all(&page, "table").is_empty());
    let keep = text(&half.page(&results[0]).await, "#keep");
    assert!(!keep.contains("kept in your account"), "{keep}");
    database.beside().execute("UPDATE account_sessions SET factor_passed = TRUE");
    assert_eq!(all(&half.page(compared).await, "table tbody tr").len(), 9);
    assert!(text(&half.page(&results[0]).await, "#keep").contains("It is kept in your account"));
}

#[actix_web::test]
async fn a_form_that_finds_the_hasher_busy_is_shown_again_with_what_was_typed() {
    let site = Site::start(&["--rate-limit", "0"]);
    let visitor = Visitor::new(&site);
    register(&visitor, EMAIL).await;
    // Each costs a hash and is refused afterwards, so that all of them can be the same.
    for (path, fields) in [
        ("/register", [("email", "jo"), ("new", OTHER), ("code", "")]),
        ("/recover", [("email", "jo"), ("new", OTHER), ("code", "my code")]),
        ("/account/password", [("new", OTHER), ("password", "a wrong one"), ("code", "")]),
    ] {
        let answers = futures_util::future::join_all((0..120).map(|_| visitor.post(path, &fields))).await;
        let busy = answers.into_iter().find(|answer| answer.status() == StatusCode::SERVICE_UNAVAILABLE);
        let busy = busy.expect("the hasher was never busy");
        assert_eq!(busy.headers()["retry-after"], "5");
        let page = Html::parse_document(&busy.text().await.unwrap());
        assert_headings_in_order(&page, path);
        assert!(text(&page, "[role=alert]").contains("Please send this again in 5 seconds."));
        for (name, typed) in fields {
            if let Some(field) = all(&page, &format!("main input#{name}")).first() {
                let kept = if name == "password" { "" } else { typed };
                assert_eq!(field.attr("value"), Some(kept), "{path} {name}");
            }
        }
    }
}

#[actix_web::test]
async fn a_network_that_makes_too_many_accounts_is_told_when_to_go_on() {
    let site = Site::start(&["--rate-limit", "1200", "--rate-burst", "20"]);
    for number in 0..60 {
        let email = format!("jo{number}@example.org");
        let answer = Visitor::new(&site).post("/register", &[("email", &email), ("new", PASSWORD)]).await;
        if answer.status() == StatusCode::OK {
            continue;
        }
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(answer.headers().contains_key("retry-after"));
        let page = Html::parse_document(&answer.text().await.unwrap());
        assert!(text(&page, "[role=alert]").contains("No account was made. Please try again in "));
        assert_eq!(all(&page, "#email")[0].attr("value"), Some(email.as_str()));
        return;
    }
    panic!("nobody had to wait");
}

//! Mail, sent to a real server (`mail_server.py`, Python's aiosmtpd): with both kinds of TLS, with a wrong login, with the server away,
//! and with the site killed.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use scraper::Html;
use serde_json::Value;
use tempfile::TempDir;

use crate::accounts::{EMAIL, PASSWORD, register};
use crate::database::TestDatabase;
use crate::harness::{PATIENCE, Process, Site, calling, output};
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text, texts};

const PUBLIC: &str = "https://calling.example.org";
const OTHER: &str = "lamp ferry quince eleven";
const NEW: &str = "new@example.org";
const BOSS: &str = "boss@example.org";

/// A mail server as a child process.
struct MailServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl MailServer {
    fn start(how: &str) -> MailServer {
        MailServer::at(how, 0)
    }

    /// Python's packages are where test.sh puts them, or on PYTHONPATH. Without them the test fails.
    fn at(how: &str, port: u16) -> MailServer {
        let manifest = env!("CARGO_MANIFEST_DIR");
        let folder = TempDir::new().unwrap();
        let mut packages = vec![PathBuf::from(manifest).join("target/tools")];
        packages.extend(std::env::split_paths(&std::env::var_os("PYTHONPATH").unwrap_or_default()));
        let mut child = Command::new("python3")
            .arg(format!("{manifest}/tests/it/mail_server.py"))
            .arg(folder.path())
            .args([how, &port.to_string()])
            .env("PYTHONPATH", std::env::join_paths(packages).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line
            .trim()
            .parse()
            .expect("mail_server.py does not start: is aiosmtpd of tests/tools.txt installed?");
        MailServer { child, port, folder }
    }

    fn ca(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    /// The mails that arrived, in their order.
    fn mails(&self) -> Vec<Value> {
        let read = |number: usize| std::fs::read(self.folder.path().join(format!("{number}.json"))).ok();
        (0..).map_while(read).map(|mail| serde_json::from_slice(&mail).unwrap()).collect()
    }

    /// Waits until so many mails have arrived.
    async fn arrived(&self, number: usize) -> Vec<Value> {
        let mails = eventually(|| Some(self.mails()).filter(|mails| mails.len() >= number)).await;
        assert_eq!(mails.len(), number, "{mails:?}");
        mails
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

async fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "it did not happen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The settings for a server without encryption at this port.
fn plain(port: u16) -> Vec<String> {
    let server = format!("127.0.0.1:{port}");
    let line = ["--public-url", PUBLIC, "--mail-server", &server, "--mail-security", "none", "--mail-from"];
    line.iter().map(|&part| part.to_owned()).chain(["calling@example.org".to_owned()]).collect()
}

/// The settings for a server with TLS and a login.
fn encrypted(server: &MailServer, how: &str, password: &str) -> Vec<String> {
    let mut line = plain(server.port);
    line[5] = how.to_owned();
    line.extend(
        ["--mail-user", "calling", "--mail-ca", &server.ca(), "--mail-password", password].map(str::to_owned),
    );
    line
}

fn site(database: &TestDatabase, settings: &[String]) -> Site {
    let mut line = vec!["--database-url", database.address()];
    line.extend(settings.iter().map(String::as_str));
    Site::start(&line)
}

/// Accounts from before the site sent mail.
async fn existing(database: &TestDatabase, emails: &[&str]) {
    let site = Site::start(&["--database-url", database.address()]);
    for email in emails {
        register(&Visitor::new(&site), email).await;
    }
}

/// Somebody who logged in as an administrator, without the work of a second factor.
async fn boss<'a>(site: &'a Site, database: &TestDatabase) -> Browser<'a> {
    let mut beside = database.beside();
    let boss = format!("email_key = '{BOSS}'");
    beside.execute(&format!(
        "UPDATE accounts SET role = 'administrator', factor_confirmed = TRUE WHERE {boss}"
    ));
    let browser = Browser::new(site);
    assert_eq!(browser.log_in(BOSS, PASSWORD).await, StatusCode::SEE_OTHER);
    beside.execute(&format!(
        "UPDATE account_sessions SET factor_passed = TRUE
         WHERE account_id = (SELECT id FROM accounts WHERE {boss})"
    ));
    browser
}

/// A browser that also sends the cookies which are for https alone: the public address is one of https.
struct Browser<'a> {
    site: &'a Site,
    cookies: std::cell::RefCell<std::collections::BTreeMap<String, String>>,
}

impl<'a> Browser<'a> {
    fn new(site: &'a Site) -> Browser<'a> {
        Browser { site, cookies: std::cell::RefCell::default() }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("accept", "text/html").header("sec-fetch-site", "same-origin");
        let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.send(self.site.client.get(self.site.url(path))).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        self.send(self.site.client.post(self.site.url(path)).form(fields)).await
    }

    async fn page(&self, path: &str) -> Html {
        shown(self.get(path).await, StatusCode::OK).await
    }

    async fn log_in(&self, email: &str, password: &str) -> StatusCode {
        self.post("/login", &[("email", email), ("password", password)]).await.status()
    }

    async fn register(&self, email: &str) -> reqwest::Response {
        self.post("/register", &[("email", email), ("new", PASSWORD)]).await
    }

    async fn is_logged_in(&self) -> bool {
        self.get("/account").await.status() == StatusCode::OK
    }
}

async fn shown(answer: reqwest::Response, status: StatusCode) -> Html {
    assert_eq!(answer.status(), status);
    let page = Html::parse_document(&answer.text().await.unwrap());
    assert_headings_in_order(&page, "an answer");
    assert_nothing_inline(&page, "an answer");
    page
}

fn said(mail: &Value) -> &str {
    mail["text"].as_str().unwrap()
}

fn subject(mail: &Value) -> &str {
    mail["headers"]["subject"].as_str().unwrap()
}

/// The path of the link in a mail.
fn link(mail: &Value) -> String {
    let links: Vec<&str> = said(mail).lines().filter_map(|line| line.strip_prefix(PUBLIC)).collect();
    let links: Vec<&str> = links.into_iter().filter(|path| path.starts_with("/link/")).collect();
    assert_eq!(links.len(), 1, "{mail}");
    links[0].to_owned()
}

#[actix_web::test]
async fn an_account_is_made_by_the_link_in_a_mail() {
    let server = MailServer::start("starttls");
    let database = TestDatabase::sqlite();
    let site = site(&database, &encrypted(&server, "starttls", "right"));
    let browser = Browser::new(&site);
    let page = shown(browser.register(EMAIL).await, StatusCode::OK).await;
    assert_eq!((text(&page, "h1"), text(&page, ".lede strong")), ("Check your mail".into(), EMAIL.into()));
    assert!(!browser.is_logged_in().await);
    let mails = server.arrived(1).await;
    let mail = &mails[0];
    assert_eq!((&mail["to"], &mail["from"]), (&serde_json::json!([EMAIL]), &"calling@example.org".into()));
    assert_eq!(
        (&mail["encrypted"], &mail["login"], &mail["type"]),
        (&true.into(), &"calling".into(), &"text/plain".into())
    );
    assert_eq!(mail["greeting"], "calling.example.org");
    let headers = &mail["headers"];
    assert_eq!((&headers["auto-submitted"], &headers["to"]), (&"auto-generated".into(), &EMAIL.into()));
    assert_eq!(headers["from"], "Calling <calling@example.org>");
    assert!(headers["message-id"].as_str().unwrap().ends_with("@example.org>"), "{headers}");
    assert!(headers["date"].as_str().unwrap().contains(" 20"), "{headers}");
    let path = link(mail);
    let mut beside = database.beside();
    assert_eq!(beside.count("accounts"), 0, "no account before the link");
    eventually(|| Some(()).filter(|()| beside.count("outbox") == 0)).await;
    assert_eq!(browser.log_in(EMAIL, PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..2 {
        let page = browser.page(&path).await;
        assert!(text(&page, ".lede").contains(EMAIL));
    }
    let page =
        shown(browser.post(&path, &[("password", OTHER)]).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(text(&page, "#password-fault").contains("not the password"));
    let page = shown(browser.post(&path, &[("password", PASSWORD)]).await, StatusCode::OK).await;
    assert_eq!(texts(&page, "#codes li").len(), 8);
    assert!(browser.is_logged_in().await);
    assert_eq!(browser.get(&path).await.status(), StatusCode::NOT_FOUND);
    assert_eq!((beside.count("accounts"), beside.count("registrations")), (1, 0));
    let privacy = browser.page("/privacy").await;
    assert_eq!(privacy.html().matches("While a mail to you waits to be sent").count(), 1);
}

#[actix_web::test]
async fn known_and_unknown_addresses_get_the_same_answers() {
    let database = TestDatabase::sqlite();
    existing(&database, &[EMAIL]).await;
    // It keeps the first mail waiting, so that all of them stay where they are.
    let silent = MailServer::start("silent");
    let site = site(&database, &plain(silent.port));
    for (path, fields) in [("/register", vec![("new", PASSWORD)]), ("/recover/mail", vec![])] {
        let mut answers = Vec::new();
        for email in [EMAIL, "ny@example.org"] {
            let mut fields = fields.clone();
            fields.push(("email", email));
            let answer = Browser::new(&site).post(path, &fields).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            let names: BTreeSet<String> = answer.headers().keys().map(|name| name.to_string()).collect();
            answers.push((names, answer.text().await.unwrap().replace(email, "ADDRESS")));
        }
        assert_eq!(answers[0], answers[1], "{path}");
    }
    let mut beside = database.beside();
    let alike = "outbox WHERE account_id IS NULL AND kind =";
    assert_eq!(
        beside.count(&format!("{alike} 'register' AND password IS NOT NULL")),
        2,
        "nothing was looked up"
    );
    assert_eq!(beside.count(&format!("{alike} 'recover'")), 2);
    drop(site);

    let server = MailServer::start("plain");
    beside.execute("UPDATE outbox SET next_at = '2026-01-01 00:00:00'");
    let site = self::site(&database, &plain(server.port));
    let mails = server.arrived(3).await;
    let mut told: Vec<(String, &str)> =
        mails.iter().map(|mail| (mail["to"][0].to_string(), subject(mail))).collect();
    told.sort();
    let quoted = |email: &str| format!("\"{email}\"");
    assert_eq!(
        told,
        [
            (quoted(EMAIL), "Set a new password"),
            (quoted(EMAIL), "You already have an account"),
            (quoted("ny@example.org"), "Confirm your email address"),
        ]
    );
    let known = mails.iter().find(|mail| subject(mail) == "You already have an account").unwrap();
    assert!(!said(known).contains("/link/") && said(known).contains("/recover/mail"), "{known}");
    eventually(|| Some(()).filter(|()| beside.count("outbox") == 0)).await;
    drop(site);
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced_by_a_link_in_a_mail() {
    let server = MailServer::start("tls");
    let database = TestDatabase::sqlite();
    existing(&database, &[EMAIL]).await;
    let site = site(&database, &encrypted(&server, "tls", "right"));
    let (here, there) = (Browser::new(&site), Browser::new(&site));
    assert_eq!(there.log_in(EMAIL, PASSWORD).await, StatusCode::SEE_OTHER);
    let ways = here.page("/login").await;
    assert!(all(&ways, "a[href='/recover/mail']").len() == 1);
    let page = here.page("/recover/mail").await;
    assert_eq!(all(&page, "main form input").len(), 1, "the address alone");
    assert_eq!(all(&page, "a[href='/recover']").len(), 1, "codes still work");
    assert_eq!(all(&here.page("/recover").await, "#code").len(), 1);
    let page =
        shown(here.post("/recover/mail", &[("email", "jo")]).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(text(&page, "#email-fault").contains("name@example.org"));
    shown(here.post("/recover/mail", &[("email", " JO@example.org ")]).await, StatusCode::OK).await;
    let mails = server.arrived(1).await;
    assert!(mails[0]["encrypted"].as_bool().unwrap());
    let path = link(&mails[0]);
    assert_eq!(here.page(&path).await.html().matches(EMAIL).count(), 1);
    assert_eq!(here.post(&path, &[("new", OTHER)]).await.headers()["location"], "/account");
    assert!(here.is_logged_in().await && !there.is_logged_in().await);
    assert_eq!(there.log_in(EMAIL, PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY);
    let mails = server.arrived(2).await;
    assert_eq!(subject(&mails[1]), "Your password was changed");
    assert_eq!(here.get(&path).await.status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_new_address_is_confirmed_before_it_is_used_and_the_old_one_is_told() {
    let server = MailServer::start("plain");
    let database = TestDatabase::sqlite();
    existing(&database, &[EMAIL, "taken@example.org"]).await;
    let site = site(&database, &plain(server.port));
    let browser = Browser::new(&site);
    browser.log_in(EMAIL, PASSWORD).await;
    let wrong = [("email", NEW), ("password", OTHER)];
    assert_eq!(browser.post("/account/email", &wrong).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let mut answers = Vec::new();
    for email in ["taken@example.org", NEW] {
        let answer = browser.post("/account/email", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answers.push(answer.text().await.unwrap().replace(email, "ADDRESS"));
        server.arrived(answers.len()).await;
    }
    assert_eq!(answers[0], answers[1], "whether an address is taken is not told");
    let mails = server.arrived(2).await;
    assert_eq!(
        (&mails[0]["to"][0], subject(&mails[0])),
        (&"taken@example.org".into(), "This address has an account")
    );
    assert_eq!((&mails[1]["to"][0], subject(&mails[1])), (&NEW.into(), "Confirm your new email address"));
    let path = link(&mails[1]);
    let other = Browser::new(&site);
    assert_eq!(other.log_in(NEW, PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.log_in(EMAIL, PASSWORD).await, StatusCode::SEE_OTHER);
    assert_eq!(other.post(&path, &[]).await.headers()["location"], "/login");
    assert!(!browser.is_logged_in().await);
    assert_eq!(other.log_in(EMAIL, PASSWORD).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.log_in(NEW, PASSWORD).await, StatusCode::SEE_OTHER);
    let mails = server.arrived(3).await;
    assert_eq!((&mails[2]["to"][0], subject(&mails[2])), (&EMAIL.into(), "Your email address was changed"));
    assert!(!said(&mails[2]).contains(NEW), "the new address is told to nobody");
}

#[actix_web::test]
async fn links_of_administrators_are_shown_and_mailed() {
    let server = MailServer::start("plain");
    let database = TestDatabase::sqlite();
    existing(&database, &[BOSS]).await;
    let site = site(&database, &plain(server.port));
    let boss = boss(&site, &database).await;
    let lede = text(&boss.page("/admin/invite").await, ".lede");
    assert!(lede.ends_with("This site also mails a link of their own to them."), "{lede}");
    let page =
        shown(boss.post("/admin/invite", &[("email", NEW), ("role", "visitor")]).await, StatusCode::OK).await;
    assert!(page.html().contains("A mail with a link of its own is on its way to new@example.org"));
    let first = text(&page, "#link");
    let path = all(&page, "a[href^='/admin/users/']")[0].attr("href").unwrap().to_owned();
    let mails = server.arrived(1).await;
    assert_eq!((&mails[0]["to"][0], subject(&mails[0])), (&NEW.into(), "You are invited"));
    assert_ne!(first, format!("{PUBLIC}{}", link(&mails[0])));
    let invited = Browser::new(&site);
    let page = shown(invited.post(&link(&mails[0]), &[("new", PASSWORD)]).await, StatusCode::OK).await;
    assert_eq!(texts(&page, "#codes li").len(), 8);
    assert_eq!(invited.get(first.strip_prefix(PUBLIC).unwrap()).await.status(), StatusCode::NOT_FOUND);
    let account = text(&boss.page(&path).await, "main");
    assert!(account.contains("this site also mails a link to new@example.org"), "{account}");
    assert!(!account.contains("You hand it on yourself"), "{account}");
    shown(boss.post(&format!("{path}/link"), &[]).await, StatusCode::OK).await;
    let mails = server.arrived(2).await;
    assert_eq!((&mails[1]["to"][0], subject(&mails[1])), (&NEW.into(), "Set a new password"));
    assert_eq!(invited.post(&link(&mails[1]), &[("new", OTHER)]).await.status(), StatusCode::SEE_OTHER);
    let data = boss.page("/admin/data").await;
    assert!(all(&data, "#mails").len() == 1 && all(&data, "#unsent").is_empty());
}

/// What /admin/data says of the mails: how many wait, and why.
async fn waiting(boss: &Browser<'_>) -> (String, String) {
    let started = Instant::now();
    loop {
        let page = boss.page("/admin/data").await;
        if let [reason] = &texts(&page, "#unsent")[..] {
            return (text(&page, "#mails"), reason.clone());
        }
        assert!(started.elapsed() < PATIENCE, "no reason is shown");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn a_mail_server_that_does_not_take_mail_is_told_on_the_page_of_data() {
    let server = MailServer::start("starttls");
    let bare = MailServer::start("plain");
    let database = TestDatabase::sqlite();
    existing(&database, &[BOSS]).await;
    let mut unknown_ca = encrypted(&server, "starttls", "right");
    // Without the certificate authority.
    unknown_ca.drain(10..12);
    let mut no_tls = encrypted(&server, "starttls", "right");
    no_tls[3] = format!("127.0.0.1:{}", bare.port);
    for (settings, reason) in [
        (encrypted(&server, "starttls", "wrong"), "did not accept the login (code 535)"),
        (unknown_ca, "invalid peer certificate"),
        (no_tls, "STARTTLS is not supported"),
        (plain(9), "Connection refused"),
        (plain(server.port), "answered with code 530"),
    ] {
        database.beside().execute("DELETE FROM outbox");
        let site = site(&database, &settings);
        site.ready().await;
        let boss = boss(&site, &database).await;
        Browser::new(&site).register(EMAIL).await;
        let (number, why) = waiting(&boss).await;
        assert_eq!(number, "1");
        assert!(why.contains(reason) || reason.contains("530") && why.contains("login (code 530)"), "{why}");
        assert!(!why.contains('@'), "{why}");
    }
    assert!(server.mails().is_empty() && bare.mails().is_empty(), "nothing was sent in the clear");
    database.beside().execute("UPDATE outbox SET next_at = '2026-01-01 00:00:00'");
    let site = site(&database, &encrypted(&server, "starttls", "right"));
    let mails = server.arrived(1).await;
    assert_eq!(mails[0]["to"][0], EMAIL);
    drop(site);
}

#[actix_web::test]
async fn a_mail_that_is_refused_waits_and_others_are_sent() {
    let server = MailServer::start("plain");
    let database = TestDatabase::sqlite();
    existing(&database, &[BOSS]).await;
    let mut settings = plain(server.port);
    settings.extend(["--metrics-listen", "127.0.0.1:0"].map(str::to_owned));
    let site = site(&database, &settings);
    let boss = boss(&site, &database).await;
    let browser = Browser::new(&site);
    for email in ["jo@refused.example", EMAIL] {
        assert_eq!(browser.register(email).await.status(), StatusCode::OK);
    }
    let mails = server.arrived(1).await;
    assert_eq!(mails[0]["to"][0], EMAIL);
    let mut beside = database.beside();
    eventually(|| Some(()).filter(|()| beside.count("outbox") == 1)).await;
    let (number, why) = waiting(&boss).await;
    assert_eq!((number.as_str(), why.as_str()), ("1", "the mail server refused a mail (code 550)"));
    let scrape = format!("http://{}/metrics", site.metrics.unwrap());
    let metrics = reqwest::get(scrape).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("calling_mails_total{outcome=\"sent\"} 1"), "{metrics}");
    assert!(!metrics.contains("calling_mails_total{outcome=\"failed\"} 0"), "{metrics}");
}

#[actix_web::test]
async fn a_mail_is_sent_once_the_server_is_back() {
    let server = MailServer::start("plain");
    let port = server.port;
    drop(server);
    let database = TestDatabase::sqlite();
    let site = site(&database, &plain(port));
    Browser::new(&site).register(EMAIL).await;
    let mut beside = database.beside();
    eventually(|| Some(()).filter(|()| beside.count("outbox WHERE reason IS NOT NULL") == 1)).await;
    let server = MailServer::at("plain", port);
    let mails = server.arrived(1).await;
    assert_eq!(subject(&mails[0]), "Confirm your email address");
    eventually(|| Some(()).filter(|()| beside.count("outbox") == 0)).await;
    let page = Browser::new(&site).page(&link(&mails[0])).await;
    assert_eq!(text(&page, "h1"), "Confirm your email address");
}

#[actix_web::test]
async fn a_kill_loses_no_mail() {
    let folder = TempDir::new().unwrap();
    let database = format!("sqlite://{}", folder.path().join("calling.db").display());
    let start = |port: u16| {
        let mut command = calling(&["serve", "--listen", "127.0.0.1:0", "--database-url", &database]);
        Process::start(command.args(plain(port)))
    };
    let posted = async |server: &Process| {
        let client = reqwest::Client::new();
        let register = client.post(format!("http://{}/register", server.address));
        let form = [("email", EMAIL), ("new", PASSWORD)];
        let answer = register.header("sec-fetch-site", "same-origin").form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    };
    // It takes the connection and says nothing, so that the mail is stored and not sent when the site is killed.
    let silent = MailServer::start("silent");
    let killed = start(silent.port);
    posted(&killed).await;
    let beside =
        || diesel::Connection::establish(folder.path().join("calling.db").to_str().unwrap()).unwrap();
    let mut beside = crate::database::Beside::Sqlite(beside());
    eventually(|| Some(()).filter(|()| beside.count("outbox WHERE attempts = 1") == 1)).await;
    killed.kill();
    drop(silent);
    let server = MailServer::start("plain");
    let again = start(server.port);
    // The time for which the killed server had the mail is over.
    beside.execute("UPDATE outbox SET next_at = '2026-01-01 00:00:00'");
    let mails = server.arrived(1).await;
    assert_eq!(mails[0]["to"][0], EMAIL);
    eventually(|| Some(()).filter(|()| beside.count("outbox") == 0)).await;
    again.kill();
}

#[actix_web::test]
async fn two_servers_send_each_mail_once() {
    let server = MailServer::start("plain");
    let database = TestDatabase::sqlite();
    let mut settings = plain(server.port);
    settings.extend(["--rate-limit", "0"].map(str::to_owned));
    let sites = [site(&database, &settings), site(&database, &settings)];
    for number in 0..12 {
        let email = format!("{number}@example.org");
        assert_eq!(Browser::new(&sites[number % 2]).register(&email).await.status(), StatusCode::OK);
    }
    server.arrived(12).await;
    let mut beside = database.beside();
    eventually(|| Some(()).filter(|()| beside.count("outbox") == 0)).await;
    let to: BTreeSet<String> =
        server.arrived(12).await.iter().map(|mail| mail["to"][0].to_string()).collect();
    assert_eq!(to.len(), 12);
}

#[actix_web::test]
async fn an_address_gets_only_so_many_mails_in_an_hour() {
    let database = TestDatabase::sqlite();
    existing(&database, &[EMAIL]).await;
    let site = site(&database, &plain(9));
    for email in [EMAIL, "ny@example.org"] {
        let browser = Browser::new(&site);
        for _ in 0..2 {
            assert_eq!(browser.register(email).await.status(), StatusCode::OK);
            assert_eq!(browser.post("/recover/mail", &[("email", email)]).await.status(), StatusCode::OK);
        }
        let refused = browser.register(email).await;
        let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((600..=900).contains(&wait), "{wait}");
        let page = shown(refused, StatusCode::TOO_MANY_REQUESTS).await;
        assert!(text(&page, "[role=alert] p").contains("none was sent now"));
        assert_eq!(all(&page, "#email")[0].attr("value"), Some(email), "nothing typed is lost");
        let refused = browser.post("/recover/mail", &[("email", &email.to_uppercase())]).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(database.beside().count("outbox WHERE kind = 'register'"), 4);
}

#[actix_web::test]
async fn without_a_mail_server_there_is_no_page_for_mail() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    assert_eq!(visitor.get("/recover/mail").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(visitor.post("/recover/mail", &[("email", EMAIL)]).await.status(), StatusCode::NOT_FOUND);
    assert!(!visitor.page("/privacy").await.html().contains("While a mail to you waits"));
    for path in ["/login", "/recover"] {
        assert!(all(&visitor.page(path).await, "a[href='/recover/mail']").is_empty(), "{path}");
    }
}

#[actix_web::test]
async fn a_mail_server_that_is_nowhere_does_not_stop_the_start() {
    let mut settings = plain(25);
    settings[3] = "mail.invalid".to_owned();
    let database = TestDatabase::sqlite();
    let site = site(&database, &settings);
    site.ready().await;
}

#[test]
fn wrong_settings_of_mail_stop_the_start_with_a_sentence() {
    let folder = TempDir::new().unwrap();
    let written = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (empty, broken) = (
        written("empty.pem", "hunter2"),
        written("broken.pem", "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n"),
    );
    let [server, from, public] = [
        ["--mail-server", "smtp.example.org"],
        ["--mail-from", "calling@example.org"],
        ["--public-url", PUBLIC],
    ];
    let with = |more: &[[&str; 2]]| -> Vec<String> {
        [&[server, from, public], more].concat().concat().iter().map(|&part| part.to_owned()).collect()
    };
    let line =
        |pairs: &[[&str; 2]]| -> Vec<String> { pairs.concat().iter().map(|&part| part.to_owned()).collect() };
    for (arguments, expected) in [
        (
            line(&[from]),
            "--mail-from (CALLING_MAIL_FROM) is set, and --mail-server (CALLING_MAIL_SERVER) is not",
        ),
        (line(&[server, from]), "--public-url (CALLING_PUBLIC_URL) is not: links"),
        (line(&[server, public]), "--mail-from (CALLING_MAIL_FROM) is \"\"; expected an email address"),
        (line(&[server, public, ["--mail-from", "Calling"]]), "is \"Calling\"; expected an email address"),
        (line(&[["--mail-server", "smtp://x"], from, public]), "expected a host and perhaps a port"),
        (with(&[["--mail-user", "jo"]]), "needs --mail-password (CALLING_MAIL_PASSWORD) or"),
        (with(&[["--mail-password", "hunter2"]]), "needs --mail-user (CALLING_MAIL_USER) too"),
        (
            with(&[["--mail-user", "jo"], ["--mail-password", "hunter2"], ["--mail-security", "none"]]),
            "would be sent in the clear",
        ),
        (
            with(&[["--mail-user", "jo"], ["--mail-password-file", "/nowhere"]]),
            "expected a file that can be read",
        ),
        (with(&[["--mail-ca", &empty]]), "expected certificates in PEM"),
        (with(&[["--mail-ca", &broken]]), "expected certificates in PEM"),
        (with(&[["--mail-security", "ssl"]]), "starttls"),
    ] {
        let mut command = calling(&["serve", "--listen", "127.0.0.1:0"]);
        let ended = output(command.current_dir(&folder).args(&arguments));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected) && said.trim_end().lines().count() == 1, "{arguments:?}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(!folder.path().join("calling.db").exists());
    }
}

#[test]
fn help_never_shows_the_password_of_the_mail_server() {
    let mut command = calling(&["serve", "--help"]);
    let ended = output(command.env("CALLING_MAIL_PASSWORD", "hunter2"));
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(said.contains("CALLING_MAIL_PASSWORD") && !said.contains("hunter2"), "{said}");
}

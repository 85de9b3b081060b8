//! The pages without script, over real HTTP, checked by CSS selectors.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::net::SocketAddr;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use scraper::{ElementRef, Html, Selector};

use crate::harness::{PATIENCE, Process, Site};

/// A browser with cookies and without script.
pub struct Visitor<'a> {
    address: SocketAddr,
    client: Client,
    /// The site has to run as long.
    site: PhantomData<&'a ()>,
}

impl<'a> Visitor<'a> {
    pub fn new(site: &'a Site) -> Visitor<'a> {
        Visitor::at(site.address())
    }

    /// A visitor of a server with an environment of its own.
    pub fn of(server: &'a Process) -> Visitor<'a> {
        Visitor::at(server.address)
    }

    fn at(address: SocketAddr) -> Visitor<'a> {
        let client =
            Client::builder().cookie_store(true).redirect(Policy::none()).timeout(PATIENCE).build().unwrap();
        Visitor { address, client, site: PhantomData }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).header("accept", "text/html").send().await.unwrap()
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(self.url(path)).header("accept", "text/html");
        request.header("sec-fetch-site", "same-origin").form(fields).send().await.unwrap()
    }

    /// Posts, expects 303, and returns the location.
    pub async fn sent_on(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    pub async fn page(&self, path: &str) -> Html {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        Html::parse_document(&answer.text().await.unwrap())
    }

    pub async fn begin(&self) {
        assert_eq!(self.sent_on("/begin", &[("agree", "1")]).await, "/questions/1");
    }

    /// Fills in every field of a page: `rating` for items, `words` for questions.
    pub async fn answer_page(&self, number: usize, rating: &str, words: &str) -> String {
        let page = self.page(&format!("/questions/{number}")).await;
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        for radio in all(&page, "main form input[type=radio]") {
            fields.insert(radio.attr("name").unwrap().to_owned(), rating.to_owned());
        }
        for area in all(&page, "main form textarea") {
            fields.insert(area.attr("name").unwrap().to_owned(), words.to_owned());
        }
        let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push(("go", "next"));
        self.sent_on(&format!("/questions/{number}"), &fields).await
    }

    /// Answers and sends the whole questionnaire. Returns the path of the result.
    pub async fn answer_all(&self, words: &str) -> String {
        self.begin().await;
        for number in 1..=12 {
            let next = self.answer_page(number, ["1", "2", "4", "5"][number % 4], words).await;
            let expected = if number == 12 { "check".to_owned() } else { (number + 1).to_string() };
            assert_eq!(next, format!("/questions/{expected}"));
        }
        self.sent_on("/questions/check", &[("go", "send")]).await
    }

    /// The result page once the text has been read. Until then the page must reload by itself.
    pub async fn finished(&self, path: &str) -> Html {
        let started = std::time::Instant::now();
        loop {
            let answer = self.get(path).await;
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert!(answer.headers()["x-robots-tag"].to_str().unwrap().contains("noindex"));
            let waits = answer.headers().contains_key("refresh");
            let page = Html::parse_document(&answer.text().await.unwrap());
            if !waits {
                return page;
            }
            assert!(text(&page, "h1").contains("being read"));
            assert!(started.elapsed() < PATIENCE, "still being read");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

pub fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

pub fn texts(page: &Html, selector: &str) -> Vec<String> {
    all(page, selector).iter().map(|element| element.text().collect::<String>().trim().to_owned()).collect()
}

pub fn text(page: &Html, selector: &str) -> String {
    let found = texts(page, selector);
    assert_eq!(found.len(), 1, "{selector}: {found:?}");
    found.into_iter().next().unwrap()
}

/// The Content-Security-Policy silently drops inline styles and scripts, so no page may have any.
pub fn assert_nothing_inline(page: &Html, path: &str) {
    for selector in ["[style]", "style", "script:not([src])", "[onclick]", "[onload]", "meta[http-equiv]"] {
        assert!(all(page, selector).is_empty(), "{path} has {selector}");
    }
}

pub fn assert_headings_in_order(page: &Html, path: &str) {
    assert_eq!(all(page, "h1").len(), 1, "{path}");
    let levels: Vec<u32> =
        all(page, "h1, h2, h3").iter().map(|h| h.value().name()[1..].parse().unwrap()).collect();
    for pair in levels.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "{path}: {levels:?}");
    }
}

#[actix_web::test]
async fn every_page_has_its_headings_in_order_and_nothing_inline() {
    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    for path in [
        "/",
        "/begin",
        "/forget",
        "/forgotten",
        "/discard",
        "/discarded",
        "/sample",
        "/questions/check",
        "/deleted",
        "/about",
        "/privacy",
        "/api",
        "/questions/1",
        "/questions/12",
    ] {
        let page = visitor.page(path).await;
        assert_nothing_inline(&page, path);
        assert_eq!(all(&page, "main#main").len(), 1, "{path}");
        assert_eq!(all(&page, "a.skip[href='#main']").len(), 1, "{path}");
        assert_headings_in_order(&page, path);
    }
    let missing = visitor.get("/nowhere").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_nothing_inline(&Html::parse_document(&missing.text().await.unwrap()), "/nowhere");
}

#[actix_web::test]
async fn static_files_can_be_cached_for_a_year() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let page = visitor.page("/").await;
    let paths = all(&page, "link[href^='/static'], script[src^='/static']");
    assert_eq!(paths.len(), 6);
    for element in paths {
        let path = element.attr("href").or(element.attr("src")).unwrap();
        let answer = visitor.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(answer.headers()["cache-control"].to_str().unwrap().contains("immutable"), "{path}");
    }
}

#[actix_web::test]
async fn nobody_starts_without_agreeing() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let answer = visitor.post("/begin", &[]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.headers().contains_key("set-cookie"));
    let page = Html::parse_document(&answer.text().await.unwrap());
    assert_eq!(all(&page, "[role=alert] a[href='#agree']").len(), 1);
    assert!(text(&page, "label[for=agree]").contains("16 or older"));
}

#[actix_web::test]
async fn without_cookies_the_site_says_so_and_does_not_loop() {
    let site = Site::start(&[]);
    for path in ["/questions", "/questions/1", "/questions/check"] {
        let answer = site.page(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        let page = Html::parse_document(&answer.text().await.unwrap());
        assert!(text(&page, "main").contains("Cookies seem to be turned off"));
    }
}

#[actix_web::test]
async fn the_draft_cookie_is_hidden_from_scripts_and_other_sites() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let answer = visitor.post("/begin", &[("agree", "1")]).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("calling_draft="), "{cookie}");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"));
    let https = Site::start(&["--public-url", "https://calling.example"]);
    let answer = Visitor::new(&https).post("/begin", &[("agree", "1")]).await;
    assert!(answer.headers()["set-cookie"].to_str().unwrap().contains("Secure"));
}

#[actix_web::test]
async fn missing_answers_are_listed_with_links_and_given_ones_stay() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    assert_eq!(
        visitor.sent_on("/questions/1", &[("r02", "4"), ("go", "next")]).await,
        "/questions/1?missing"
    );
    let page = visitor.page("/questions/1?missing").await;
    let links = all(&page, "[role=alert] a");
    assert_eq!(links.len(), 9);
    for link in &links {
        assert_eq!(all(&page, link.attr("href").unwrap()).len(), 1, "{:?} leads nowhere", link.attr("href"));
    }
    assert_eq!(all(&page, "#r02-4[checked]").len(), 1);
    assert_eq!(all(&page, "fieldset.missing").len(), 9);
    assert!(text(&page, ".progress p").contains("1 of 86"));
    assert_eq!(all(&page, "progress[max='86'][value='1']").len(), 1);
    // "Leave these for later" and "Back" save and move.
    assert_eq!(visitor.sent_on("/questions/1", &[("r03", "1"), ("go", "later")]).await, "/questions/2");
    assert_eq!(visitor.sent_on("/questions/2", &[("r11", "5"), ("go", "back")]).await, "/questions/1");
    assert_eq!(all(&visitor.page("/questions/1").await, "#r03-1[checked]").len(), 1);
    assert_eq!(all(&visitor.page("/questions/2").await, "#r11-5[checked]").len(), 1);
}

#[actix_web::test]
async fn words_are_shown_as_they_were_typed_and_never_as_markup() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let words = "\n <b>bold</b> & \"quoted\" </textarea><script>alert(1)</script>\r\nnext line";
    visitor.sent_on("/questions/7", &[("q01", words), ("q02-skip", "1"), ("go", "later")]).await;
    let page = visitor.page("/questions/7").await;
    let area = all(&page, "textarea#q01")[0];
    // A parser drops the first line end of a text area, which the template adds.
    assert_eq!(
        area.text().collect::<String>().trim_start_matches('\n'),
        words.replace("\r\n", "\n").trim_start_matches('\n')
    );
    assert_eq!(all(&page, "main script").len(), 0);
    assert_eq!(all(&page, "input[name='q02-skip'][checked]").len(), 1);
    // A box that comes back unchecked is unchecked.
    visitor.sent_on("/questions/7", &[("go", "later")]).await;
    assert_eq!(all(&visitor.page("/questions/7").await, "input[name='q02-skip'][checked]").len(), 0);
    assert!(!texts(&visitor.page("/questions/7").await, "textarea#q01")[0].is_empty());
}

#[actix_web::test]
async fn saving_on_the_way_changes_only_what_it_carries() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    assert_eq!(visitor.post("/answers", &[("r01", "3")]).await.status(), StatusCode::GONE);
    visitor.begin().await;
    visitor.post("/answers", &[("r01", "3")]).await;
    let answer = visitor.post("/answers", &[("q01", "tea"), ("q02-skip", "1")]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["answered"], 3);
    let answer = visitor.post("/answers", &[("q02-skip", "")]).await;
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["answered"], 2);
    assert_eq!(all(&visitor.page("/questions/1").await, "#r01-3[checked]").len(), 1);
    assert_eq!(visitor.post("/answers", &[("r01", "9")]).await.status(), StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn a_page_accepts_the_longest_answers_in_any_script() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    let long = "\u{1F600}".repeat(5_000);
    let names: Vec<String> = (1..=26).map(|number| format!("q{number:02}")).collect();
    let fields: Vec<_> = names[21..].iter().map(|name| (name.as_str(), long.as_str())).collect();
    assert_eq!(visitor.post("/questions/12", &fields).await.status(), StatusCode::SEE_OTHER);
    let page = visitor.page("/questions/12").await;
    assert_eq!(text(&page, "#q26"), long);
}

#[actix_web::test]
async fn the_whole_questionnaire_leads_to_a_result_whose_charts_and_tables_agree() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let path = visitor.answer_all("I like quiet mornings & long walks").await;
    let page = visitor.finished(&path).await;
    assert_nothing_inline(&page, "result");
    assert_headings_in_order(&page, "result");
    assert!(text(&page, "main").contains("100% of your answers were read"));

    let types = texts(&page, "#types .pair tbody th");
    assert_eq!(types.len(), 16);
    assert_eq!(text(&page, "#types svg text.big"), types[0]);
    assert_eq!(all(&page, "#types svg path.slice").len(), 16);
    let shares: Vec<f64> = texts(&page, "#types .pair tbody td.num").iter().map(|t| share(t)).collect();
    assert!((shares.iter().sum::<f64>() - 100.0).abs() < 1.5, "{shares:?}");
    let labelled = all(&page, "#types svg text[text-anchor]:not(.big):not(.faint)").len();
    assert_eq!(labelled, shares.iter().filter(|share| **share >= 4.0).count());

    for (section, column) in [("#traits", "td.num"), ("#ratings", "td:nth-child(3)")] {
        let shown = texts(&page, &format!("{section} svg text.value"));
        let listed = texts(&page, &format!("{section} tbody {column}"));
        assert_eq!((shown.len(), &shown), (5, &listed), "{section}");
    }
    // The fixture models are not calibrated, so their numbers are not called probabilities.
    assert!(text(&page, "#traits caption").contains("model score"));
    assert!(text(&page, "#how-good").contains("called model scores"));

    assert_eq!(all(&page, "#careers > table tbody tr").len(), 10, "the result leads with the ten best fits");
    let careers = texts(&page, "#careers h3");
    assert!(careers[0].starts_with(&types[0]) && careers[1].starts_with(&types[1]), "{careers:?}");
    let traits = texts(&page, "#traits tbody th");
    let levels: Vec<f64> = texts(&page, "#traits tbody td.num").iter().map(|t| share(t)).collect();
    let listed = (0..2).filter(|i| levels[*i] >= 50.0).count();
    assert_eq!(careers.len(), 2 + listed, "a trait below the middle has no table");
    assert!(careers[2..].iter().zip(&traits).all(|(table, name)| table.starts_with(name)), "{careers:?}");
    assert_eq!(text(&page, "#careers").matches("There is no table for").count(), 2 - listed);
    let ranks = texts(&page, "#careers .lists div:first-child td:first-child");
    assert_eq!(ranks[..2], ["1", "2"]);
    assert!(text(&page, "#text .words").contains("I like quiet mornings & long walks."));
    assert_eq!(all(&page, "#how-good details table").len(), 1, "technical facts are folded");
    assert_eq!(all(&page, "svg.qr path").len(), 1, "the address as a QR code for paper");
    assert_eq!(text(&page, "p.print-only strong"), text(&page, "#address"));
}

fn share(text: &str) -> f64 {
    text.trim_end_matches('%').trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

#[actix_web::test]
async fn sending_twice_leads_to_one_result_and_going_back_leads_there_too() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let path = visitor.answer_all("Tea").await;
    assert_eq!(visitor.sent_on("/questions/check", &[("go", "send")]).await, path);
    assert_eq!(visitor.sent_on("/questions/3", &[("r21", "1"), ("go", "next")]).await, path);
    let back = visitor.get("/questions/5").await;
    assert_eq!(
        (back.status(), back.headers()["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, path.as_str())
    );
    assert_eq!(visitor.post("/answers", &[("r01", "1")]).await.status(), StatusCode::CONFLICT);
    // The result is listed on this device; answering again opens a separate draft.
    assert_eq!(texts(&visitor.page("/").await, ".mine li").len(), 1);
    visitor.finished(&path).await;
    visitor.begin().await;
    assert!(all(&visitor.page("/questions/1").await, "input[checked]").is_empty());
}

#[actix_web::test]
async fn a_share_link_shows_neither_answers_nor_text_and_can_be_removed() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let path = visitor.answer_all("A secret that nobody else may read").await;
    let before = visitor.finished(&path).await;
    assert!(all(&before, "#shared").is_empty());
    assert!(text(&before, "#keep").contains("the traits, types, keyed scores and careers"));
    visitor.sent_on(&format!("{path}/share"), &[]).await;
    let address = text(&visitor.finished(&path).await, "#shared");
    let shared = format!("/shared/{}", address.rsplit('/').next().unwrap());

    let stranger = Visitor::new(&site);
    let answer = stranger.get(&shared).await;
    assert!(answer.headers()["x-robots-tag"].to_str().unwrap().contains("noindex"));
    let html = answer.text().await.unwrap();
    assert!(!html.contains("A secret") && !html.contains(path.trim_start_matches("/results/")));
    let page = Html::parse_document(&html);
    let property = |name: &str| all(&page, &format!("meta[property='{name}']"))[0].attr("content").unwrap();
    assert_eq!(property("og:url"), address);
    assert_eq!(property("og:title"), "A result shared with you – Calling");
    let image = stranger.get(property("og:image").trim_start_matches(&site.url(""))).await;
    assert_eq!(image.headers()["content-type"], "image/png");
    assert!(
        all(&before, "meta[property], link[rel=canonical]").is_empty(),
        "a private result has no preview"
    );
    assert_eq!(texts(&page, "#types .pair tbody th"), texts(&before, "#types .pair tbody th"));
    assert!(all(&page, "#text, #keep").is_empty());

    visitor.sent_on(&format!("{path}/unshare"), &[]).await;
    assert_eq!(stranger.get(&shared).await.status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn an_owner_downloads_everything_and_deletes_it_permanently() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let path = visitor.answer_all("  i like tea").await;
    visitor.finished(&path).await;
    let table = visitor.get(&format!("{path}/careers.csv")).await.bytes().await.unwrap();
    assert!(table.starts_with(b"\xef\xbb\xbfrank,"), "spreadsheets read UTF-8 by its mark");

    let json: serde_json::Value = visitor.get(&format!("{path}/export.json")).await.json().await.unwrap();
    assert_eq!(json["answers"]["q01"], "  i like tea", "the answer as given");
    assert_eq!(json["ratings"].as_object().unwrap().len(), 60);
    assert!(json["composed_text"].as_str().unwrap().contains("I like tea."));
    let levels = json["keyed_scores"]["levels"].as_array().unwrap();
    let page = visitor.page(&path).await;
    let ratings = text(&page, "#ratings");
    assert!(ratings.contains("9,113 English-speaking internet volunteers"), "{ratings}");
    for level in levels {
        let row = format!(r#"{} "#, level["trait"].as_str().unwrap());
        assert!(ratings.contains(row.trim()) && level["statements"]["percentile"].is_number(), "{ratings}");
    }
    let table = visitor.get(&format!("{path}/export.csv")).await.bytes().await.unwrap();
    let mut rows = csv::Reader::from_reader(table.as_ref());
    let sections: Vec<String> = rows.records().map(|row| row.unwrap()[0].to_owned()).collect();
    for (section, count) in [
        ("rating", 60),
        ("answer", 26),
        ("type", 16),
        ("trait", 5),
        ("keyed score", 5),
        ("percentile", 5),
        ("text", 1),
    ] {
        assert_eq!(sections.iter().filter(|found| *found == section).count(), count, "{section}");
    }

    assert_eq!(all(&visitor.page(&format!("{path}/delete")).await, "form[method=post]").len(), 1);
    assert_eq!(visitor.sent_on(&format!("{path}/delete"), &[]).await, "/deleted");
    for gone in [path.clone(), format!("{path}/export.json"), format!("{path}/delete")] {
        assert_eq!(visitor.get(&gone).await.status(), StatusCode::NOT_FOUND, "{gone}");
    }
    assert!(all(&visitor.page("/").await, ".mine li").is_empty());
}

#[actix_web::test]
async fn an_answer_that_looks_like_a_formula_is_text_in_a_spreadsheet() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let path = visitor.answer_all("=HYPERLINK(\"http://evil.example\",\"tea\")").await;
    visitor.finished(&path).await;
    let table = visitor.get(&format!("{path}/export.csv")).await.bytes().await.unwrap();
    assert!(table.starts_with(b"\xef\xbb\xbf"));
    let mut rows = csv::Reader::from_reader(table.as_ref());
    assert_eq!(&rows.headers().unwrap()[0], "section");
    let answers: Vec<_> = rows.records().map(|row| row.unwrap()).filter(|row| &row[0] == "answer").collect();
    assert_eq!(answers.len(), 26);
    assert!(answers.iter().all(|row| row[3].starts_with("'=HYPERLINK")), "{answers:?}");
}

#[actix_web::test]
async fn forgetting_the_device_erases_the_draft_and_both_lists() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let path = visitor.answer_all("Tea").await;
    visitor.begin().await;
    visitor.post("/answers", &[("r01", "3")]).await;
    assert!(text(&visitor.page("/").await, ".hero").contains("1 of 86 answered"));
    assert_eq!(visitor.sent_on("/forget", &[]).await, "/forgotten");
    let home = visitor.page("/").await;
    assert!(all(&home, ".mine").is_empty());
    assert!(!text(&home, ".hero").contains("of 86 answered"));
    // The result itself is still at its address.
    visitor.finished(&path).await;
}

#[actix_web::test]
async fn random_answers_exist_only_where_the_setting_allows_them() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    assert!(all(&visitor.page("/questions/1").await, "form[action='/questions/random']").is_empty());
    assert_eq!(visitor.post("/questions/random", &[]).await.status(), StatusCode::NOT_FOUND);

    let site = Site::start(&["--random-answers"]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    visitor.sent_on("/questions/1", &[("r01", "1"), ("go", "later")]).await;
    assert_eq!(visitor.sent_on("/questions/random", &[]).await, "/questions/check");
    let page = visitor.page("/questions/check").await;
    assert!(texts(&page, ".given li")[0].contains("1, totally inaccurate"), "given answers stay");
    assert!(text(&page, ".progress p").contains("86 of 86"));
    assert!(visitor.sent_on("/questions/check", &[("go", "send")]).await.starts_with("/results/"));
}

#[actix_web::test]
async fn the_home_page_leads_to_a_sample_that_is_marked_as_such() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    assert_eq!(all(&visitor.page("/").await, "main a[href='/sample']").len(), 1);
    let sample = visitor.page("/sample").await;
    assert!(text(&sample, ".heed").contains("This person is fictional"));
    assert_eq!(all(&sample, "#types details tbody tr").len(), 16);
    assert_eq!(all(&sample, ".heed + details dt").len(), 26, "every answer is there to read");
    assert_eq!(all(&sample, "#types dt").len(), 4, "the four axes are explained");
    assert!(all(&sample, "main a[href$='/careers']").is_empty());
}

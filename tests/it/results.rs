//! The pages of stored records: texts without the questionnaire, failed and waiting texts, interim models; and how the pages
//! determine their own address.

use std::time::Duration;

use calling::internals::personality::{Pair, Profile};
use calling::internals::records::{
    FailOutcome, Finished, LeaseOutcome, ModelUsed, OwnerKey, Source, Status, Store, Wanted,
};
use scraper::Html;

use crate::database::TestDatabase;
use crate::harness::Site;
use crate::interests::result_of_a_text;
use crate::records::{finished, left_behind};
use crate::site::{Visitor, all, assert_headings_in_order, text, texts};
use crate::statistics::assessment;
use crate::submissions::wait_for;

const HOLD: Duration = Duration::from_secs(600);

async fn store_text(store: &Store) -> OwnerKey {
    left_behind(store, "I like tea.").await
}

fn site_over(database: &TestDatabase) -> Site {
    Site::start(&["--database-url", database.address()])
}

fn path(key: &OwnerKey) -> String {
    format!("/results/{}", key.as_text())
}

/// Stores a text and its result, by models of which the first may be interim.
async fn read(store: &Store, interim: bool) -> OwnerKey {
    let key = store_text(store).await;
    let leased = store.lease_next("test", HOLD, Wanted::Fresh(Source::Api)).await.unwrap().unwrap();
    let mbti = ModelUsed { interim, ..ModelUsed::default() };
    let models = Pair { mbti, big_five: ModelUsed::default() }.into();
    let profile = Profile { types: [1.0 / 16.0; 16], traits: [1.0 / 16.0; 5] };
    let reading = Finished { profile, models, ..finished() };
    assert_eq!(store.finish(&leased.lease, reading).await.unwrap(), LeaseOutcome::Held);
    key
}

#[actix_web::test]
async fn a_failed_result_says_why_counts_no_attempts_and_can_be_tried_again() {
    let database = TestDatabase::sqlite();
    let store = database.store();
    let key = store_text(&store).await;
    loop {
        let leased = store.lease_next("test", HOLD, Wanted::Fresh(Source::Api)).await.unwrap().unwrap();
        let reason = "The server stopped each time.";
        if store.fail(&leased.lease, reason, Duration::ZERO).await.unwrap() == FailOutcome::GivenUp {
            break;
        }
    }
    let site = site_over(&database);
    let said = text(&Visitor::new(&site).page(&path(&key)).await, ".lede");
    assert!(said.contains("The server stopped each time.") && !said.contains("three"), "{said}");
    let again = site.client.post(site.url(&format!("{}/again", path(&key)))).send().await.unwrap();
    assert_eq!(again.status(), 303, "it leads back to the page");
    let record = wait_for(&store, &key, Duration::from_secs(60)).await.unwrap().unwrap();
    assert_eq!((record.status, record.failure), (Status::Done, None));
}

#[actix_web::test]
async fn a_leased_text_is_not_promised_within_seconds() {
    let database = TestDatabase::sqlite();
    let store = database.store();
    let key = store_text(&store).await;
    let _leased = store.lease_next("test", HOLD, Wanted::Fresh(Source::Api)).await.unwrap().unwrap();
    let site = site_over(&database);
    let said = text(&Visitor::new(&site).page(&path(&key)).await, ".lede");
    // It may still be waiting for the models.
    assert!(said.contains("as soon as they are free") && !said.contains("second"), "{said}");
}

#[actix_web::test]
async fn a_reading_by_interim_models_is_marked_on_all_its_pages() {
    for interim in [true, false] {
        let database = TestDatabase::sqlite();
        let store = database.store();
        let key = read(&store, interim).await;
        let shared = format!("/shared/{}", store.share(&key).await.unwrap().as_text());
        let site = site_over(&database);
        let visitor = Visitor::new(&site);
        for result in [path(&key), shared] {
            for page in [result.clone(), format!("{result}/careers")] {
                let notes = texts(&visitor.page(&page).await, ".note");
                assert_eq!(notes.iter().any(|note| note.contains("Interim models")), interim, "{page}");
            }
        }
    }
}

#[actix_web::test]
async fn a_text_without_the_questionnaire_is_not_called_answers() {
    let database = TestDatabase::sqlite();
    let key = read(&database.store(), false).await;
    let site = site_over(&database);
    let page = Visitor::new(&site).page(&path(&key)).await;
    assert_eq!(text(&page, "h1"), "What your text says");
    assert!(text(&page, "main").contains("100% of your text was read."));
    for part in ["#words", "#traits", "#types"] {
        assert!(!text(&page, part).contains("your answers"), "{part}");
    }
    assert!(!text(&page, "#keep").contains("keyed scores"), "there are none to share");
}

#[actix_web::test]
async fn only_a_trusted_proxy_can_name_the_requested_host() {
    let database = TestDatabase::sqlite();
    let path = path(&read(&database.store(), false).await);
    for (proxies, trusted) in [("192.0.2.1", false), ("127.0.0.1", true)] {
        let site = Site::start(&["--database-url", database.address(), "--trusted-proxies", proxies]);
        for (name, value) in [("x-forwarded-host", "proxy.example"), ("forwarded", "host=proxy.example")] {
            let answer = site.client.get(site.url(&path)).header(name, value).send().await.unwrap();
            let shown = text(&Html::parse_document(&answer.text().await.unwrap()), "#address");
            let expected = if trusted { format!("http://proxy.example{path}") } else { site.url(&path) };
            assert_eq!(shown, expected, "{name} from {proxies}");
        }
    }
}

#[actix_web::test]
async fn a_result_with_an_assessment_shows_levels_and_what_counted_in_words() {
    let site = Site::start(&[]);
    let page = Visitor::new(&site).page("/sample").await;
    let summary = text(&page, "#words .lede");
    assert!(summary.starts_with("From 60 ratings and 792 words of yours: "), "{summary}");
    assert_eq!(texts(&page, ".level h3").len(), 5);
    assert_eq!(texts(&page, "#traits tbody tr").len(), 15, "ratings, words and both together");
    assert_eq!(texts(&page, "#traits a[href='/traits/openness']"), ["Openness"]);
    assert_eq!(texts(&page, "#why > ul > li").len(), 15, "three reasons for each trait in sight");
    assert!(text(&page, "#why").contains("“Maps. How people drew places"));
    assert!(texts(&page, "#ratings").is_empty(), "ratings stand beside the words");
    assert!(text(&page, "#how-good").contains("nine of ten cases"));
    let pay = text(&page, "#careers table.best + p");
    assert_eq!(pay, "Mean yearly pay of employees before tax, May 2025.");
}

#[actix_web::test]
async fn the_comparison_offers_what_this_device_has() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let without = visitor.page("/side-by-side").await;
    assert!(text(&without, ".note").contains("no finished result on this device"));
    assert_eq!(all(&without, "main a.button[href='/begin']").len(), 1);
    assert!(all(&without, "main > .col > form, select").is_empty());
    let first = visitor.answer_all("Tea").await;
    visitor.finished(&first).await;
    let one = visitor.page("/side-by-side").await;
    assert_eq!((all(&one, "select#first option").len(), all(&one, "select#second").len()), (1, 0));
    assert_eq!(all(&visitor.page("/").await, ".mine a[href='/side-by-side']").len(), 1);
    let second = visitor.answer_all("Coffee").await;
    visitor.finished(&second).await;
    let two = visitor.page("/side-by-side").await;
    let chosen =
        |id: &str| all(&two, &format!("select#{id} option[selected]"))[0].attr("value").unwrap().to_owned();
    assert_eq!((chosen("first"), chosen("second")), ("2".to_owned(), "1".to_owned()), "the older one first");
    let html = two.html();
    for path in [first, second] {
        assert!(!html.contains(path.rsplit('/').next().unwrap()), "a private key");
    }
}

#[actix_web::test]
async fn a_comparison_with_a_result_that_is_gone_says_so() {
    let database = TestDatabase::sqlite();
    let shared = database.store();
    let key = read(&shared, false).await;
    let share = shared.share(&key).await.unwrap();
    shared.unshare(&key).await.unwrap();
    let site = site_over(&database);
    let visitor = Visitor::new(&site);
    let page = visitor.page(&format!("/side-by-side?first={}&second=1", share.as_text())).await;
    assert!(text(&page, "[role=alert]").contains("The first result was not found"));
    assert!(texts(&visitor.page("/side-by-side").await, "[role=alert]").is_empty());
}

/// Gives the newest result a level on all five traits, in a range of ten percentiles to each side, and axes in the middle.
fn level_of_newest(database: &TestDatabase, percentile: f64) {
    let mut levels = assessment(percentile, 0.5);
    levels.as_object_mut().unwrap().remove("shares");
    for standing in levels["traits"].as_array_mut().unwrap() {
        standing["together"]["low"] = (percentile - 10.0).into();
        standing["together"]["high"] = (percentile + 10.0).into();
    }
    database.beside().execute(&format!(
        "UPDATE personality_records SET assessment = '{levels}'
         WHERE id = (SELECT MAX(id) FROM personality_records)"
    ));
}

/// Two results on the visitor's device, the older one low and the newer one high on all traits.
async fn two_of_device(visitor: &Visitor<'_>, database: &TestDatabase) -> [String; 2] {
    let mut results = Vec::new();
    for (words, percentile) in [("Tea", 15.0), ("Coffee", 85.0)] {
        let result = visitor.answer_all(words).await;
        visitor.finished(&result).await;
        level_of_newest(database, percentile);
        results.push(result);
    }
    results.try_into().unwrap()
}

fn key_of(result: &str) -> &str {
    result.trim_start_matches("/results/")
}

#[actix_web::test]
async fn two_results_are_compared_and_only_clear_differences_told() {
    let database = TestDatabase::sqlite();
    let site = site_over(&database);
    let visitor = Visitor::new(&site);
    let own = two_of_device(&visitor, &database).await;
    let other = result_of_a_text(&site).await;
    level_of_newest(&database, 80.0);
    let share = database.store().share(&OwnerKey::parse(key_of(&other)).unwrap()).await.unwrap().as_text();
    let no_owners_key = |html: &str| {
        for result in own.iter().chain([&other]) {
            assert!(!html.contains(key_of(result)), "{result}");
        }
    };

    // Own and own: the five traits differ, and the four axes do not.
    let address = visitor.sent_on("/side-by-side", &[("first", "2"), ("second", "1"), ("link", "")]).await;
    assert_eq!(address, "/side-by-side?first=2&second=1");
    let page = visitor.page(&address).await;
    assert_headings_in_order(&page, &address);
    assert!(texts(&page, "[role=alert]").is_empty());
    let rows = texts(&page, "table tbody tr");
    assert_eq!(rows.len(), 9, "{rows:?}");
    for (place, row) in rows.iter().enumerate() {
        let told = if place < 5 { "higher" } else { "not clearly different" };
        assert!(row.ends_with(told), "{row}");
    }
    assert!(rows[0].contains("15 (5 to 25)") && rows[0].contains("85 (75 to 95)"), "{}", rows[0]);
    assert_eq!(texts(&page, "main li").len(), 5, "a line for each clear difference");
    no_owners_key(&page.html());
    // The other way around, the second is lower.
    let turned = texts(&visitor.page("/side-by-side?first=1&second=2").await, "table tbody tr");
    assert!(turned[0].ends_with("lower"), "{}", turned[0]);

    // Own and shared: nothing differs clearly. The whole link leads to an address with its key alone.
    let link = site.url(&format!("/shared/{share}/careers?prep=3"));
    let address = visitor.sent_on("/side-by-side", &[("first", "1"), ("second", "2"), ("link", &link)]).await;
    assert_eq!(address, format!("/side-by-side?first=1&link={share}"));
    let page = visitor.page(&address).await;
    assert!(text(&page, "main").contains("Nothing differs by more than measurement error explains."));
    assert!(texts(&page, "table tbody tr").iter().all(|row| row.ends_with("not clearly different")));
    assert!(text(&page, ".pair").contains(", shared"));
    no_owners_key(&page.html());
}

#[actix_web::test]
async fn a_private_address_gets_into_no_address_of_a_comparison() {
    let database = TestDatabase::sqlite();
    let site = site_over(&database);
    let visitor = Visitor::new(&site);
    let [first, _] = two_of_device(&visitor, &database).await;
    let key = key_of(&first);
    let refused = "/side-by-side?first=1&refused=private";
    let whole = site.url(&first);
    for typed in [key, &first, &whole, &format!(" {whole}/careers?prep=3 "), &format!("{whole}#keep")] {
        let address = visitor.sent_on("/side-by-side", &[("first", "1"), ("link", typed)]).await;
        assert_eq!(address, refused, "{typed}");
        // Whoever types it into the address is led to one without it.
        let asked = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect::<String>();
        for field in ["second", "link"] {
            let answer = visitor.get(&format!("/side-by-side?first=1&{field}={asked}")).await;
            assert_eq!(
                (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
                (303, refused)
            );
        }
    }
    let page = visitor.page(refused).await;
    let said = text(&page, "[role=alert]");
    assert!(said.starts_with("That was the private address of a result."), "{said}");
    assert!(!page.html().contains(key), "a private key");
    assert_eq!(all(&page, "select#first option[value='1'][selected]").len(), 1, "the other choice stays");
    // Neither does anything else that is no share link.
    let address = visitor.sent_on("/side-by-side", &[("first", "1"), ("link", "my secret")]).await;
    assert_eq!(address, "/side-by-side?first=1&refused=unknown");
    assert!(text(&visitor.page(&address).await, "[role=alert]").starts_with("That was not a share link."));
}

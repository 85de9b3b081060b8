//! Keeping occupations on a device and with a result, and comparing them, without script.

use reqwest::StatusCode;
use scraper::Html;

use crate::accounts::register;
use crate::harness::Site;
use crate::interests::{artistic, fields, result_of_a_text};
use crate::site::{Visitor, all, assert_headings_in_order, assert_nothing_inline, text, texts};

fn kept(page: &Html) -> Vec<String> {
    texts(page, "tbody th a")
}

#[actix_web::test]
async fn a_device_keeps_occupations_in_a_bounded_cookie() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let work = visitor.page("/careers/29-1141").await;
    assert_eq!(all(&work, "form[action='/shortlist'] input[name=keep][value='29-1141']").len(), 1);
    assert!(kept(&visitor.page("/shortlist").await).is_empty());
    let answer = visitor.post("/shortlist", &[("keep", "29-1141"), ("keep", "99-9999")]).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("calling_shortlist=29-1141;"), "{cookie}");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    visitor.sent_on("/shortlist", &[("keep", "15-1252"), ("keep", "29-1141")]).await;
    let list = visitor.page("/shortlist").await;
    assert_eq!(kept(&list), ["Registered nurse", "Software developer"]);
    assert_headings_in_order(&list, "/shortlist");
    assert_nothing_inline(&list, "/shortlist");
    visitor.sent_on("/shortlist", &[("remove", "29-1141")]).await;
    assert_eq!(kept(&visitor.page("/shortlist").await), ["Software developer"]);

    let list = site.get("/api/v1/careers").await.json::<serde_json::Value>().await.unwrap();
    let many: Vec<String> =
        list["careers"].as_array().unwrap().iter().map(|c| c["soc"].as_str().unwrap().to_owned()).collect();
    let all_of_them: Vec<(&str, &str)> = many.iter().map(|soc| ("keep", soc.as_str())).collect();
    assert_eq!(all_of_them.len(), 25);
    assert_eq!(visitor.sent_on("/shortlist", &all_of_them).await, "/shortlist?full");
    let full = visitor.page("/shortlist?full").await;
    assert_eq!(kept(&full).len(), 24);
    assert_eq!(kept(&full)[0], "Software developer", "what was kept stays");
    assert!(text(&full, "[role=alert]").contains("room for 24"));
    visitor.sent_on("/forget", &[]).await;
    assert!(kept(&visitor.page("/shortlist").await).is_empty());
}

#[actix_web::test]
async fn a_result_keeps_occupations_apart_from_the_device() {
    let site = Site::start(&[]);
    let result = result_of_a_text(&site).await;
    let visitor = Visitor::new(&site);
    let list = format!("{result}/shortlist");
    let for_you = visitor.page(&format!("{result}/careers/29-1141")).await;
    assert_eq!(all(&for_you, &format!("form[action='{list}'] input[value='29-1141']")).len(), 1);
    let ranking = visitor.page(&format!("{result}/careers")).await;
    let boxes = all(&ranking, "input[name=keep][form=keep]");
    assert_eq!(boxes.len(), 25);
    let first = boxes[0].attr("value").unwrap();
    assert_eq!(visitor.sent_on(&list, &[("keep", first), ("keep", "29-1141")]).await, list);
    let shown = visitor.page(&list).await;
    assert_eq!(kept(&shown).len(), 2);
    assert!(texts(&shown, "tbody th span")[0].starts_with("rank 1 of 768"));
    assert!(kept(&visitor.page("/shortlist").await).is_empty(), "the device has its own list");

    visitor.sent_on("/shortlist", &[("keep", "47-2111"), ("keep", "29-1141")]).await;
    let shown = visitor.page(&list).await;
    assert!(texts(&shown, "form button").contains(&"Add 1 from this device".to_owned()));
    visitor.sent_on(&list, &[("keep", "47-2111"), ("remove", first)]).await;
    assert_eq!(kept(&visitor.page(&list).await), ["Registered nurse", "Electrician"]);
    let exported = visitor.get(&format!("{result}/export.json")).await.text().await.unwrap();
    assert!(exported.replace([' ', '\n'], "").contains(r#""shortlist":["29-1141","47-2111"]"#), "{exported}");
    let strange = format!("/results/{}/shortlist", "A".repeat(43));
    assert_eq!(visitor.get(&strange).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(visitor.post(&strange, &[("keep", "29-1141")]).await.status(), StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn an_account_leads_to_the_shortlist_of_each_of_its_results() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    register(&visitor, "jo@example.org").await;
    let counts: [&[(&str, &str)]; 3] =
        [&[], &[("keep", "29-1141")], &[("keep", "29-1141"), ("keep", "47-2111")]];
    for kept in counts {
        let result = result_of_a_text(&site).await;
        visitor.sent_on(&format!("{result}/keep"), &[]).await;
        if !kept.is_empty() {
            visitor.sent_on(&format!("{result}/shortlist"), kept).await;
        }
    }
    let account = visitor.page("/account").await;
    let lines = "#results ~ ul li > a[href^='/results/kept-']";
    assert_eq!(all(&account, lines).len(), 5, "three results, and the shortlists of two");
    let lists = "#results ~ ul li > a[href$='/shortlist']";
    assert_eq!(texts(&account, lists), ["2 careers on its shortlist", "1 career on its shortlist"]);
    let path = all(&account, lists)[0].attr("href").unwrap().to_owned();
    assert_eq!(kept(&visitor.page(&path).await), ["Registered nurse", "Electrician"]);
    // An emptied list is none.
    visitor.sent_on(&path, &[("remove", "29-1141"), ("remove", "47-2111")]).await;
    assert_eq!(texts(&visitor.page("/account").await, lists), ["1 career on its shortlist"]);
}

#[actix_web::test]
async fn up_to_four_are_compared_with_each_other_and_with_a_result() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    let five = "with=29-1141&with=15-1252&with=27-1013&with=47-2111&with=25-2021&with=99-9999&with=29-1141";
    let page = visitor.page(&format!("/compare?{five}")).await;
    assert_headings_in_order(&page, "/compare");
    assert_nothing_inline(&page, "/compare");
    assert_eq!(
        texts(&page, ".letters a"),
        ["Registered nurse", "Software developer", "Fine artist", "Electrician"]
    );
    assert!(text(&page, ".note").contains("1 more left out"));
    assert_eq!(all(&page, "section[aria-labelledby=pay] tbody tr").len(), 4);
    assert!(text(&page, "section[aria-labelledby=pay] table").contains("$101,420"));
    assert_eq!(all(&page, ".hexes svg").len(), 4);
    assert!(all(&page, ".hexes .own").is_empty() && all(&page, "#you").is_empty());
    assert!(all(&page, ".styles tbody tr").len() > 5);
    let nothing = visitor.page("/compare?with=zzz").await;
    assert!(text(&nothing, ".lede").contains("nothing to compare"));

    let result = result_of_a_text(&site).await;
    let two = format!("{result}/compare?with=29-1141&with=27-1013");
    let own = visitor.page(&two).await;
    assert_eq!(all(&own, "section[aria-labelledby=you] tbody tr").len(), 2);
    assert!(all(&own, ".hexes .own").is_empty(), "no interests yet");
    visitor.sent_on(&format!("{result}/interests"), &fields(&artistic())).await;
    let own = visitor.page(&two).await;
    assert_eq!(all(&own, ".hexes .own").len(), 2);
    assert!(texts(&own, "section[aria-labelledby=interests] tbody tr")[2].ends_with("5.0"));
    let parts = texts(&own, "section[aria-labelledby=you] td .small");
    assert!(parts.iter().all(|p| p.contains("personality") && p.contains("interests")), "{parts:?}");
    let headers = visitor.get(&two).await.headers().clone();
    assert_eq!(
        (&headers["cache-control"], &headers["x-robots-tag"]),
        (
            &reqwest::header::HeaderValue::from_static("no-store"),
            &reqwest::header::HeaderValue::from_static("noindex, nofollow"),
        )
    );
}

/// The addresses under a result that a page's content leads to, by links and forms.
fn ways(page: &Html, result: &str) -> Vec<String> {
    let under = |address: &str| address.starts_with(&format!("{result}/")) || address.contains("#careers");
    let links = all(page, "main a[href]").into_iter().map(|a| a.attr("href").unwrap().to_owned());
    let forms = all(page, "main form[action]").into_iter().map(|f| f.attr("action").unwrap().to_owned());
    links.chain(forms).filter(|address| under(address)).collect()
}

#[actix_web::test]
async fn what_a_visitor_states_is_kept_on_every_way_under_a_result() {
    let stated = "?prep=2&value=independence&weigh=pay";
    let site = Site::start(&[]);
    let result = result_of_a_text(&site).await;
    let visitor = Visitor::new(&site);

    let page = visitor.page(&format!("{result}{stated}")).await;
    assert_eq!(texts(&page, "#prep option[selected]").len(), 1);
    let links: Vec<&str> = all(&page, "#careers > table a, #careers > p > a[href*='/careers']")
        .iter()
        .map(|a| a.attr("href").unwrap())
        .collect();
    assert_eq!(links.len(), 11, "{links:?}");
    assert!(links.iter().all(|link| link.ends_with(stated)), "{links:?}");

    let ranking = visitor.page(&format!("{result}/careers{stated}&sort=salary&page=2")).await;
    let ways_on = ways(&ranking, &result);
    // Other than the form, which shows what is stated, "Clear all", the questions on interests and the downloads.
    let plain = format!("{result}/careers");
    let others = [plain.clone(), format!("{result}/interests")];
    let keeps = |way: &&String| !others.contains(way) && !way.contains("/careers.");
    let kept_ways: Vec<&String> = ways_on.iter().filter(keeps).collect();
    assert!(kept_ways.len() > 28, "25 occupations, the result, the shortlist twice, pages: {ways_on:?}");
    for way in kept_ways {
        assert!(way.contains(&stated[1..]), "{way}");
    }

    let list = format!("{result}/shortlist{stated}");
    let for_you = visitor.page(&format!("{plain}/29-1141{stated}")).await;
    let expected =
        [format!("{result}{stated}#careers"), format!("{plain}{stated}"), list.clone(), list.clone()];
    assert_eq!(ways(&for_you, &result), expected);

    assert_eq!(visitor.sent_on(&list, &[("keep", "29-1141"), ("keep", "47-2111")]).await, list);
    let shown = visitor.page(&list).await;
    for way in ways(&shown, &result).iter().filter(|way| !way.ends_with("/compare")) {
        assert!(way.contains(stated), "{way}");
    }
    let fields: Vec<(&str, &str)> = all(&shown, "form#compare input[type=hidden]")
        .iter()
        .map(|input| (input.attr("name").unwrap(), input.attr("value").unwrap()))
        .collect();
    assert_eq!(fields, [("prep", "2"), ("value", "independence"), ("weigh", "pay")]);

    let compared = visitor.page(&format!("{result}/compare{stated}&with=29-1141&with=47-2111")).await;
    let of = |soc: &str| format!("{plain}/{soc}{stated}");
    let ways_on: Vec<String> =
        ways(&compared, &result).into_iter().filter(|way| !way.ends_with("/interests")).collect();
    assert_eq!(ways_on, [list, of("29-1141"), of("47-2111")]);
}

//! An occupation as JSON says what its page shows.

use calling::internals::careers::Catalog;
use scraper::{ElementRef, Html};
use serde_json::Value;

use crate::harness::{DATASETS, Site};
use crate::site::{Visitor, all, text, texts};

/// Every so many occupations of the catalog are compared. Some of them have no survey of education, no share of
/// self-employed, or pay that is not confirmed.
const STEP: usize = 40;
/// One more: its pay rests on a small sample, and it has no technology.
const SMALL: &str = "29-1022";

/// The cells of each row of the tables that match, a row as one text.
fn rows(page: &Html, tables: &str) -> Vec<String> {
    let row = |row: ElementRef<'_>| row.text().collect::<Vec<_>>().join("|");
    all(page, &format!("{tables} tbody tr")).into_iter().map(row).collect()
}

/// The cell beside a heading.
fn beside(page: &Html, heading: &str) -> Option<String> {
    let heading = format!("{heading}|");
    rows(page, "table").into_iter().find_map(|row| Some(row.strip_prefix(&heading)?.to_owned()))
}

/// The codes of the occupations that links lead to.
fn linked(page: &Html, css: &str) -> Vec<String> {
    let code = |link: ElementRef<'_>| link.attr("href").unwrap().replace("/careers/", "");
    all(page, css).into_iter().map(code).collect()
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry.as_str().unwrap()).collect()
}

fn dollars(amount: &Value) -> String {
    let mut digits = amount.as_u64().unwrap().to_string();
    if digits.len() > 3 {
        digits.insert(digits.len() - 3, ',');
    }
    format!("${digits}")
}

fn assert_same_pay(page: &Html, json: &Value, soc: &str) {
    let headings = [
        "10% earn less than",
        "25% earn less than",
        "Half earn less than (median)",
        "75% earn less than",
        "90% earn less than",
    ];
    for (place, heading) in headings.into_iter().enumerate() {
        let confirmed = json["salary_percentiles_are_confirmed"][place].as_bool().unwrap();
        let star = if confirmed { "" } else { "*" };
        let said = format!("{}{star}", dollars(&json["salary_percentiles_usd"][place]));
        assert_eq!(beside(page, heading), Some(said), "{soc}");
    }
    assert_eq!(json["median_salary_usd"], json["salary_percentiles_usd"][2], "{soc}");
    let error = format!("its relative standard error is {}%", json["salary_rse_pct"]);
    assert_eq!(text(page, "main").contains(&error), json["salary_is_imprecise"].as_bool().unwrap(), "{soc}");
    let source = format!("under the code {} ", json["salary_soc"].as_str().unwrap());
    assert!(text(page, "main").contains(&source), "{soc}: {source}");
}

fn assert_same_outlook(page: &Html, json: &Value, soc: &str) {
    let growth = beside(page, "Projected growth, 2024 to 2034").unwrap();
    let average =
        format!("average of all occupations: +{:.1}%", json["average_growth_pct"].as_f64().unwrap());
    assert!(growth.contains(&average), "{soc}: {growth}");
    let words = format!(": {} (", json["growth_words"].as_str().unwrap());
    assert!(growth.contains(&words), "{soc}: {growth}");
    let share = json["self_employed_pct"].as_f64().map(|share| format!("{share:.1}%"));
    assert_eq!(beside(page, "Self-employed, 2024"), share, "{soc}");
}

fn assert_same_way_in(page: &Html, json: &Value, soc: &str) {
    let zone = format!(
        "Job zone {} of 5: {}; {}.",
        json["job_zone"],
        json["job_zone_name"].as_str().unwrap(),
        json["job_zone_usual"].as_str().unwrap()
    );
    assert_eq!(text(page, "#way-in + p"), zone, "{soc}");
    for (heading, field) in [
        ("Education", "typical_education"),
        ("Experience in related work", "typical_experience"),
        ("Training on the job", "typical_training"),
    ] {
        assert_eq!(beside(page, heading).as_deref(), json[field].as_str(), "{soc}");
    }
    let levels = json["required_education"].as_array().unwrap().iter();
    let levels: Vec<String> = levels
        .map(|named| {
            format!("{}|{:.0}%", named["level"].as_str().unwrap(), named["share_pct"].as_f64().unwrap())
        })
        .collect();
    assert_eq!(rows(page, "#way-in ~ table ~ table"), levels, "{soc}");
    let said = texts(page, "section p").into_iter().find(|p| p.contains(" of the workers whom O*NET asked "));
    assert_eq!(said.as_deref(), json["education_disagreement"].as_str(), "{soc}");
}

fn assert_same_figures(page: &Html, json: &Value, soc: &str) {
    let mut shown = rows(page, "#asks ~ .pair table");
    let standings = json["standings"].as_object().unwrap();
    let mut told: Vec<String> = standings
        .iter()
        .map(|(name, standing)| {
            let word = |field: &str| standing[field].as_str().unwrap();
            format!("{name}|{}|{}%|{}", word("plain"), standing["percentile"], word("compared"))
        })
        .collect();
    shown.sort();
    told.sort();
    assert_eq!(shown, told, "{soc}");
    let listed = texts(page, "p").into_iter().find(|p| p.starts_with("This occupation is listed for "));
    let traits = strings(&json["traits"]).into_iter().map(|name| format!("high {}", name.to_lowercase()));
    let traits = traits.collect::<Vec<_>>().join(", ");
    let types = strings(&json["types"]).join(", ");
    let said =
        [types, traits].into_iter().filter(|list| !list.is_empty()).collect::<Vec<_>>().join(", and for ");
    let from = listed.as_deref().and_then(|p| p.strip_prefix("This occupation is listed for "));
    assert_eq!(from.and_then(|p| p.split('.').next()).unwrap_or_default(), said, "{soc}");
}

fn assert_same_work(page: &Html, json: &Value, soc: &str) {
    assert_eq!(texts(page, "#day + ul li"), strings(&json["tasks"]), "{soc}");
    let technology = strings(&json["technology"]);
    let (here, elsewhere) = technology.split_at(json["in_demand"].as_u64().unwrap() as usize);
    let sentences = texts(page, "section[aria-labelledby=day] p");
    for (start, names) in [
        ("Software and tools that employers ask for here: ", here),
        ("Also used, and in demand in general: ", elsewhere),
    ] {
        let said = sentences.iter().find_map(|p| p.strip_prefix(start));
        let told = (!names.is_empty()).then(|| format!("{}.", names.join(", ")));
        assert_eq!(said.map(str::to_owned), told, "{soc}");
    }
    assert_eq!(linked(page, "#similar ul:not(#alike) a"), strings(&json["related"]), "{soc}");
    assert_eq!(linked(page, "#alike a"), strings(&json["similar"]), "{soc}");
}

#[actix_web::test]
async fn an_occupation_as_json_says_what_its_page_shows() {
    let site = Site::start(&["--rate-limit", "0"]);
    let visitor = Visitor::new(&site);
    let catalog = Catalog::load(DATASETS.as_ref()).unwrap();
    let sample = catalog.occupations().iter().step_by(STEP).map(|occupation| occupation.soc.as_str());
    for soc in sample.chain([SMALL]) {
        let page = visitor.page(&format!("/careers/{soc}")).await;
        let json: Value = site.get(&format!("/api/v1/careers/{soc}")).await.json().await.unwrap();
        assert_eq!(json["schema"], 4);
        assert_same_pay(&page, &json, soc);
        assert_same_outlook(&page, &json, soc);
        assert_same_way_in(&page, &json, soc);
        assert_same_figures(&page, &json, soc);
        assert_same_work(&page, &json, soc);
    }
}

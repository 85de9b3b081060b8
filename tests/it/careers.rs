//! The catalog over HTTP: pages and JSON.

use scraper::{Html, Selector};
use serde_json::Value;

use crate::harness::Site;

async fn page(site: &Site, path: &str) -> Html {
    let answer = site.page(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    Html::parse_document(&answer.text().await.unwrap())
}

fn texts(page: &Html, css: &str) -> Vec<String> {
    let one = |e: scraper::ElementRef<'_>| e.text().collect::<String>();
    page.select(&Selector::parse(css).unwrap()).map(one).collect()
}

async fn json(site: &Site, path: &str) -> Value {
    let answer = site.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

#[actix_web::test]
async fn a_visitor_searches_filters_and_reads_about_an_occupation() {
    let site = Site::start(&["--public-url", "https://calling.example"]);
    let all = page(&site, "/careers").await;
    assert_eq!(texts(&all, "tbody tr").len(), 25);
    let canonical = Selector::parse("link[rel=canonical]").unwrap();
    let address = all.select(&canonical).next().unwrap().attr("href").unwrap().to_owned();
    assert_eq!(address, "https://calling.example/careers");
    assert!(texts(&all, "meta[name=robots]").is_empty());

    let found = page(&site, "/careers?q=sofware+developper").await;
    let titles = texts(&found, "tbody th a");
    assert_eq!(titles[0], "Software developer");
    let robots = Selector::parse("meta[name=robots][content=noindex]").unwrap();
    assert_eq!(found.select(&robots).count(), 1, "search engines do not list searches");

    let paid = page(&site, "/careers?field=15&zone=5&sort=salary&salary=100000").await;
    assert!(texts(&paid, "tbody tr").len() < 25);
    assert_eq!(texts(&paid, "option[selected]"), ["Computing and mathematics", "highest pay first"]);

    let nothing = page(&site, "/careers?q=xqzzy").await;
    assert_eq!(texts(&nothing, "h2"), ["Nothing found"]);

    let left_out = page(&site, "/careers?q=infantry+officer").await;
    assert!(texts(&left_out, ".note p").iter().any(|note| note.contains("not in this catalog")));
    let told = json(&site, "/api/v1/careers?q=actor").await;
    assert_eq!((&told["left_out"]["soc"], &told["nearest"]), (&"27-2011".into(), &false.into()));
    assert!(told["left_out"]["why"].as_str().unwrap().contains(" an hour before tax"), "{told}");
    let told = json(&site, "/api/v1/careers?q=electricianist").await;
    assert_eq!((told["left_out"].is_null(), &told["nearest"]), (true, &true.into()));

    let work = page(&site, "/careers/15-1252").await;
    assert_eq!(texts(&work, "h1"), ["Software developer"]);
    assert!(texts(&work, "table").iter().any(|table| table.contains("$148,100")));
}

#[actix_web::test]
async fn wrong_addresses_and_parameters_are_reported() {
    let site = Site::start(&[]);
    let moved = site.page("/careers/15-1252.00").await;
    assert_eq!(
        (moved.status().as_u16(), moved.headers()["location"].to_str().unwrap()),
        (301, "/careers/15-1252")
    );
    assert_eq!(site.page("/careers/99-9999").await.status(), 404);
    assert_eq!(site.get("/api/v1/careers/99-9999").await.status(), 404);
    let wrong = site.get("/api/v1/careers?zone=7").await;
    assert_eq!(wrong.status(), 400);
    let said = wrong.json::<Value>().await.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(said.contains("zone") && said.contains("from 1 to 5") && said.contains('7'), "{said}");
}

#[actix_web::test]
async fn the_catalog_as_json_has_every_occupation_once() {
    let site = Site::start(&[]);
    let mut codes = std::collections::BTreeSet::new();
    let first = json(&site, "/api/v1/careers").await;
    let pages = first["pages"].as_u64().unwrap();
    for page in 1..=pages {
        let list = json(&site, &format!("/api/v1/careers?page={page}")).await;
        for career in list["careers"].as_array().unwrap() {
            assert!(career["salary_usd"].as_u64().unwrap() > 10_000);
            assert!(codes.insert(career["soc"].as_str().unwrap().to_owned()), "{career}");
        }
    }
    assert_eq!(codes.len() as u64, first["total"].as_u64().unwrap());
    let one = json(&site, "/api/v1/careers/29-1141").await;
    assert_eq!(one["salary_usd"], 101_420);
    assert_eq!(one["ratings"].as_object().unwrap().len(), 27);
    assert_eq!(one["version"], first["version"]);
}

#[actix_web::test]
async fn a_result_ranks_every_career_by_its_whole_profile() {
    let site = Site::start(&[]);
    site.ready().await;
    let text = serde_json::json!({ "text": "I like to work alone on hard questions and to build things that last." });
    let answer = site.post_json("/get_career_recommendations", &text).await;
    let result = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(answer.status(), 200);

    let shown = page(&site, &result).await;
    assert!(texts(&shown, "#careers tbody th a").len() >= 60, "careers link to their pages");
    let pay = texts(&shown, "#careers details td.num");
    let above = |cell: &&String| {
        let dollars: String = cell.chars().filter(char::is_ascii_digit).collect();
        dollars.parse::<u32>().unwrap() > 239_200
    };
    assert!(pay.iter().filter(above).count() > 0, "{pay:?}");
    assert!(pay.iter().all(|cell| above(&cell) == cell.contains("not confirmed")), "{pay:?}");
    let to_best = Selector::parse("#careers > table tbody th a").unwrap();
    let best = shown.select(&to_best).next().unwrap().attr("href").unwrap().to_owned();
    assert!(best.starts_with(&format!("{result}/careers/")), "{best}");
    let for_you = page(&site, &best).await;
    assert!(texts(&for_you, "#for-you + p")[0].starts_with("Rank 1 of 768 by fit"));
    let to_back = Selector::parse(".note a").unwrap();
    let back = for_you.select(&to_back).next().unwrap().attr("href").unwrap();
    assert_eq!(back, format!("{result}#careers"));
    assert_eq!(site.page(&format!("{result}/careers/99-9999")).await.status(), 404);
    let narrowed = page(&site, &format!("{result}?prep=2")).await;
    assert_eq!(texts(&narrowed, "#prep option[selected]").len(), 1);
    let kept = Selector::parse(&format!("#careers a[href='{result}/careers?prep=2']")).unwrap();
    assert_eq!(narrowed.select(&kept).count(), 1, "the whole ranking keeps the preparation");
    let moved = site.page(&format!("{result}/careers/interests")).await;
    assert_eq!(moved.headers()["location"].to_str().unwrap(), format!("{result}/interests"));
    let answers: Vec<String> = (1..=8)
        .flat_map(|n| {
            ["R", "I", "A", "S", "E", "C"].map(|i| format!("{i}{n}={}", if i == "A" { 5 } else { 2 }))
        })
        .collect();
    let scored = site.page(&format!("{result}/careers/interests?{}", answers.join("&"))).await;
    let ordered = scored.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(ordered, format!("{result}/careers?likes=2.00-2.00-5.00-2.00-2.00-2.00"));
    let artistic = page(&site, &ordered).await;
    assert!(texts(&artistic, ".lede")[0].contains("interests"));
    assert!(
        texts(&artistic, "tbody .why").iter().any(|r| r.contains("you like it more than other activities"))
    );
    let to_ranking = Selector::parse("#careers p > a[href$='/careers']").unwrap();
    let ranking = shown.select(&to_ranking).next().unwrap().attr("href").unwrap().to_owned();
    assert_eq!(ranking, format!("{result}/careers"));

    let first = site.page(&ranking).await;
    assert_eq!(first.headers()["x-robots-tag"], "noindex, nofollow");
    assert_eq!(first.headers()["cache-control"], "no-store");
    let first = Html::parse_document(&first.text().await.unwrap());
    let rows = texts(&first, "#found ~ table > tbody > tr").len();
    assert!((4..25).contains(&rows), "similar work shares a row: {rows}");
    let reasons = texts(&first, "tbody th .why");
    let names_a_figure = |reason: &str| reason.contains(" average, and you are ");
    assert!(reasons.iter().all(|r| r == "No strong reason." || names_a_figure(r)), "{reasons:?}");

    let narrowed = "field=29&growth=fast&sort=salary";
    let list = json(&site, &format!("{ranking}.json?{narrowed}")).await;
    let rows = list["careers"].as_array().unwrap();
    assert!(rows.windows(2).all(|w| w[0]["salary_usd"].as_u64() >= w[1]["salary_usd"].as_u64()));
    assert!(
        rows.iter().all(|row| row["field"] == "Health care" && row["growth_pct"].as_f64().unwrap() >= 3.1)
    );

    let file = site.get(&format!("{ranking}.csv?{narrowed}")).await;
    assert!(file.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    let file = file.text().await.unwrap();
    assert_eq!(file.lines().count() as u64, list["total"].as_u64().unwrap() + 1);

    // The same careers with every part of the fit, as JSON and as CSV.
    let asked = "likes=2.00-2.00-5.00-2.00-2.00-2.00&value=independence&value=support&weigh=pay";
    let list = json(&site, &format!("{ranking}.json?{asked}")).await;
    assert_eq!((list["schema"].as_u64(), &list["interests"]["scores"]["Artistic"]), (Some(4), &5.0.into()));
    let first = &list["careers"][0];
    let parts = first["parts"].as_object().unwrap();
    assert_eq!(parts.keys().collect::<Vec<_>>(), ["interests", "pay", "personality", "work values"]);
    let sum: f64 = parts.values().map(|part| part.as_f64().unwrap()).sum();
    assert!((sum - first["fit"].as_f64().unwrap()).abs() < 0.003, "{first}");
    assert_eq!(first["interests"].as_object().unwrap().len(), 6);
    for row in list["careers"].as_array().unwrap() {
        let told = row["reasons"].as_array().unwrap();
        assert_eq!(told.is_empty(), row["reason"] == "No strong reason.", "{row}");
        assert!(told.iter().all(|point| point["strength"].as_f64().unwrap() > 0.0), "{row}");
        assert_eq!(row["objection"].is_null(), row["against"].is_null(), "{row}");
    }
    let file = site.get(&format!("{ranking}.csv?{asked}")).await.text().await.unwrap();
    let mut rows = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
    let header = rows.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|known| known == name).unwrap();
    assert_eq!((column("rank"), column("against")), (0, 9), "columns of before stay where they were");
    let row = rows.records().next().unwrap().unwrap();
    assert_eq!(&row[column("soc")], first["soc"].as_str().unwrap());
    assert_eq!(row[column("fit_interests")].parse::<f64>().unwrap(), parts["interests"].as_f64().unwrap());
    assert_eq!(&row[column("fit_growth")], "", "growth does not count here");
    assert_eq!(row[column("interest_artistic")].parse::<f64>().unwrap(), first["interests"]["Artistic"]);
    assert_eq!(&row[column("schema")], "4");
    assert_eq!(row[column("salary_is_confirmed")], first["salary_is_confirmed"].to_string());
    assert_eq!(row[column("salary_is_imprecise")], first["salary_is_imprecise"].to_string());
    let old = column("salary_of_wider_group");
    assert_eq!(
        (old, column("median_salary_usd")),
        (26, 27),
        "columns of schema 4 are behind those of schema 3"
    );
    let one = json(&site, &format!("/api/v1/careers/{}", &row[column("soc")])).await;
    for name in ["median_salary_usd", "salary_rse_pct", "employment", "work_values_year", "in_demand"] {
        assert_eq!(row[column(name)].parse::<f64>().ok(), one[name].as_f64(), "{name}");
    }
    for name in ["field", "typical_education", "typical_experience", "typical_training"] {
        assert_eq!(&row[column(name)], one[name].as_str().unwrap(), "{name}");
    }
    for name in ["tasks", "technology", "related"] {
        let entries = one[name].as_array().unwrap().iter().map(|entry| entry.as_str().unwrap());
        assert_eq!(row[column(name)], entries.collect::<Vec<_>>().join(" | "), "{name}");
    }
    let percentiles =
        ["salary_p10_usd", "salary_p25_usd", "median_salary_usd", "salary_p75_usd", "salary_p90_usd"];
    let percentiles = percentiles.map(|name| row[column(name)].parse::<u32>().unwrap());
    assert_eq!(Value::from(percentiles.to_vec()), one["salary_percentiles_usd"]);
    let value = row[column("work_value_independence")].parse::<f64>().unwrap();
    assert_eq!(value, one["work_values"]["Independence"].as_f64().unwrap());

    // A search within the ranking says what a search of the catalog says.
    let searched = page(&site, &format!("{ranking}?q=actor")).await;
    assert!(texts(&searched, ".note p").iter().any(|note| note.contains("not in this catalog")));
    let searched = page(&site, &format!("{ranking}?q=electricianist")).await;
    assert!(
        texts(&searched, "#found ~ p").iter().any(|said| said.starts_with("No occupation has this title."))
    );
    assert_eq!(json(&site, &format!("{ranking}.json?q=dancer")).await["left_out"]["soc"], "27-2031");

    let strange = format!("/results/{}/careers", "A".repeat(43));
    assert_eq!(site.page(&strange).await.status(), 404);
    assert_eq!(site.page("/results/nonsense/careers.csv").await.status(), 404);
}

#[actix_web::test]
async fn similar_work_shares_a_row_of_the_ranking_and_none_is_left_out() {
    let site = Site::start(&[]);
    let ranking = format!("{}/careers", crate::interests::result_of_a_text(&site).await);
    let codes = |page: &Html| -> Vec<String> {
        let boxes = Selector::parse("input[name=keep]").unwrap();
        page.select(&boxes).map(|input| input.attr("value").unwrap().to_owned()).collect()
    };
    let rows = |page: &Html| texts(page, "#found ~ table > tbody > tr").len();
    let link = |page: &Html, css: &str| {
        let links = Selector::parse(css).unwrap();
        page.select(&links).next().unwrap().attr("href").unwrap().to_owned()
    };
    let mut all = std::collections::BTreeSet::new();
    let mut shared = 0;
    for number in 1..=31 {
        let folded = page(&site, &format!("{ranking}?page={number}")).await;
        let list = json(&site, &format!("{ranking}.json?page={number}")).await;
        let list = list["careers"].as_array().unwrap();
        let mut listed: Vec<&str> = list.iter().map(|row| row["soc"].as_str().unwrap()).collect();
        let mut shown = codes(&folded);
        listed.sort_unstable();
        shown.sort_unstable();
        assert_eq!(shown, listed, "page {number}");
        shared += shown.len() - rows(&folded);
        all.extend(shown);
    }
    assert!(all.len() == 768 && shared > 100, "{} {shared}", all.len());

    let folded = page(&site, &format!("{ranking}?prep=4&page=2")).await;
    let alike = texts(&folded, "tbody details summary");
    assert!(!alike.is_empty() && alike.iter().all(|said| said.ends_with(" like it")), "{alike:?}");
    let off = link(&folded, "#found ~ p a");
    assert_eq!(off, format!("{ranking}?prep=4&fold=off&page=2"));
    let unfolded = page(&site, &off).await;
    assert_eq!((rows(&unfolded), texts(&unfolded, "tbody details").len()), (25, 0));
    assert_eq!(link(&unfolded, "#found ~ p a"), format!("{ranking}?prep=4&page=2"));
    assert_eq!(texts(&unfolded, "h2"), texts(&folded, "h2"), "the same number of occupations");
    let kept = Selector::parse("form[role=search] input[name=fold][value=off]").unwrap();
    assert_eq!(unfolded.select(&kept).count(), 1);
    // Whoever searches or chooses a field wants similar work.
    for narrowed in ["q=nurse", "field=29"] {
        let page = page(&site, &format!("{ranking}?{narrowed}")).await;
        assert_eq!((rows(&page), codes(&page).len(), texts(&page, "tbody details").len()), (25, 25, 0));
    }
}

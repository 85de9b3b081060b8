//! The ranking over the bundled catalogue, against what is recomputed here from its file.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

use super::*;
use crate::careers::OCCUPATIONS_FILE;
use crate::careers::evidence::{ELEMENT, type_traits};
use crate::personality::{Mbti, Trait};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::load(&datasets()).unwrap());

fn datasets() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")
}

/// Warm and outgoing, ENFJ.
fn warm() -> Profile {
    let mut profile = Profile { types: [0.02; 16], traits: [0.8, 0.3, 0.95, 0.6, 0.55] };
    profile.types[Mbti::parse("ENFJ").unwrap().index()] = 0.7;
    profile
}

fn filters(query: &str) -> Filters {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Filters::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))).unwrap()
}

#[test]
fn the_first_page_of_a_warm_profile_is_work_with_people() {
    let ranking = CATALOG.rank(&warm(), &filters(""));
    assert_eq!((ranking.rows.len(), ranking.total, ranking.pages), (25, 768, 31));
    assert!(ranking.rows.iter().enumerate().all(|(i, row)| row.rank == i + 1));
    assert!(ranking.rows.windows(2).all(|pair| pair[0].fit >= pair[1].fit));
    let teaching_or_helping = ["21", "25", "29", "31", "39"];
    let helping =
        ranking.rows.iter().filter(|row| teaching_or_helping.contains(&row.occupation.major_group()));
    assert!(helping.count() >= 18);
}

#[test]
fn every_filter_keeps_only_what_it_says() {
    let all = |query: &str| CATALOG.rank_rows(&warm(), &filters(query), usize::MAX);
    let kept = all("zone=4&zone=5&salary=90,000&growth=fast&field=29");
    assert!((5..100).contains(&kept.total), "{}", kept.total);
    for row in &kept.rows {
        let o = row.occupation;
        assert!(o.job_zone >= 4 && o.pay.mean >= 90_000 && o.outlook.growth_pct >= 3.1, "{}", o.title);
        assert_eq!(o.major_group(), "29");
    }
    let everything = all("");
    let count = |keep: &dyn Fn(&Occupation) -> bool| {
        everything.rows.iter().filter(|row| keep(row.occupation)).count()
    };
    assert_eq!(all("growth=steady").total, count(&|o| o.outlook.growth_pct >= 0.0));
    assert_eq!(all("zone=2").total, count(&|o| o.job_zone == 2));
    assert_eq!(all("salary=100000").total, count(&|o| o.pay.mean >= 100_000));
    let by_salary = all("sort=salary");
    assert!(by_salary.rows.windows(2).all(|pair| pair[0].occupation.pay.mean >= pair[1].occupation.pay.mean));
    assert_eq!(by_salary.rows[0].occupation.title, CATALOG.browse(&filters("sort=salary"))[0].0.title);
}

#[test]
fn pages_together_are_the_whole_ranking() {
    let whole = CATALOG.rank_rows(&warm(), &filters("field=15"), usize::MAX);
    let mut pages = Vec::new();
    for page in 1..=whole.total.div_ceil(PAGE_ROWS) {
        pages.extend(CATALOG.rank(&warm(), &filters(&format!("field=15&page={page}"))).rows);
    }
    assert_eq!(pages, whole.rows);
    let beyond = CATALOG.rank(&warm(), &filters("field=15&page=900"));
    assert_eq!(
        (beyond.page, beyond.rows.is_empty()),
        (beyond.pages, false),
        "a page too far is the last page"
    );
}

#[test]
fn parameters_survive_the_way_into_an_address_and_wrong_ones_are_told() {
    let query = "q=caf%C3%A9+%26+bar&sort=salary&zone=1&zone=3&salary=30000&growth=steady&field=35&page=2";
    assert_eq!(filters(query).to_string(), query);
    assert_eq!(filters("sort=&zone=&salary=&field=&page=&utm_source=x"), filters(""));
    for wrong in ["sort=luck", "zone=6", "salary=much", "growth=slow", "field=99", "page=0"] {
        let (name, value) = wrong.split_once('=').unwrap();
        let error = Filters::parse([(name, value)]).unwrap_err();
        assert_eq!((error.parameter, error.found.as_str()), (name, value));
    }
}

/// The title that people say, perhaps mistyped, and the occupation that must come first or at least among the first five.
#[test]
fn titles_that_people_say_find_their_occupation_even_mistyped() {
    let place = |query: &str, soc: &str| {
        let hits = CATALOG.index().find(query);
        hits.iter().position(|hit| CATALOG.occupations()[hit.occupation].soc == soc)
    };
    for (query, soc) in [
        ("software developer", "15-1252"),
        ("Software Developers", "15-1252"),
        ("sofware developper", "15-1252"),
        ("RN", "29-1141"),
        ("registered nurse", "29-1141"),
        ("regsitered nruse", "29-1141"),
        ("CEO", "11-1011"),
        ("electrician", "47-2111"),
        ("elektrician", "47-2111"),
        ("acountant", "13-2011"),
        ("actuary", "15-2011"),
        ("chef", "35-1011"),
        ("primary school teacher", "25-2021"),
        ("dietician", "29-1031"),
        ("phsyicist", "19-2012"),
    ] {
        let found = place(query, soc);
        assert!(found.is_some_and(|place| place < 5), "{query}: {found:?}");
    }
    assert!(CATALOG.index().find("xqzzy").is_empty());
    assert!(CATALOG.index().find(" - ").is_empty());
}

#[test]
fn a_title_that_is_left_out_is_told_with_its_reason_and_no_other_is() {
    let told = |query: &str| CATALOG.left_out(query).map(|(group, title)| (group.soc.as_str(), title));
    assert_eq!(told("penetration tester"), Some(("15-1299", "Penetration Testers")));
    assert_eq!(told("infantry officer"), Some(("55-1016", "Infantry Officers")));
    assert_eq!(told("legislator").map(|(soc, _)| soc), Some("11-1031"));
    for known in ["software developer", "nurse", "manager", "actuary", "teacher", "", "xqzzy"] {
        assert_eq!(told(known), None, "{known}");
    }
}

#[test]
fn every_listed_title_finds_its_occupation() {
    let mut titles = 0;
    for (i, occupation) in CATALOG.occupations().iter().enumerate() {
        // Every 40th of the 51,000, to keep the test fast, and every own title.
        let some = occupation.titles.lines().enumerate().filter(|(n, _)| (n + i) % 40 == 0).map(|(_, t)| t);
        for title in [occupation.title.as_str(), &occupation.onet_title].into_iter().chain(some) {
            let hits = CATALOG.index().find(title);
            let best = hits.first().map_or(0.0, |hit| hit.score);
            let own = hits.iter().find(|hit| hit.occupation == i);
            // Several occupations may share a title: then all of them are found, none far below the best.
            assert!(own.is_some_and(|hit| hit.score > best - 0.2), "{title} of {}", occupation.title);
            titles += 1;
        }
    }
    assert!(titles > 2_500, "{titles}");
}

/// Reads the file as plain JSON and does the method's arithmetic anew.
#[test]
fn reasons_and_objections_follow_from_the_data() {
    let text = std::fs::read_to_string(datasets().join(OCCUPATIONS_FILE)).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let header = lines.next().unwrap();
    let number = |v: &Value| v.as_f64().unwrap();
    let profile = warm();
    let standing: Vec<f64> = Trait::ALL
        .into_iter()
        .map(|t| {
            let p = profile.traits[t.index()];
            let own = ((p / (1.0 - p)).ln() / 1.702).clamp(-2.0, 2.0);
            let types: f64 =
                Mbti::ALL.into_iter().map(|m| profile.types[m.index()] * type_traits(m)[t.index()]).sum();
            if t == Trait::Neuroticism { own } else { (own + types) / 2.0 }
        })
        .collect();
    let ranking = CATALOG.rank_rows(&profile, &filters(""), usize::MAX);
    let mut objections = 0;
    for occupation in lines {
        let mut links: Vec<(f64, usize, usize, bool)> = Vec::new();
        for element in 0..27 {
            let mean = number(&header["links"]["mean"][element]);
            let sd = number(&header["links"]["sd"][element]);
            let z = ((number(&occupation["ratings"][element]) - mean) / sd).clamp(-3.0, 3.0);
            for (t, standing) in standing.iter().enumerate() {
                let strength = standing * number(&header["links"]["weight"][t][element]) * z;
                links.push((strength, element, t, z > 0.0));
            }
        }
        // This respondent is not high on neuroticism: calm work counts for nothing here.
        let row = ranking.rows.iter().find(|row| row.occupation.soc == occupation["soc"]).unwrap();
        let strongest = links.iter().fold(links[0], |a, b| if b.0 > a.0 { *b } else { a });
        let plain = ELEMENT[strongest.1].plain;
        let amount = if strongest.3 { "much" } else { "little" };
        let start = format!("Asks for {amount} {plain}");
        assert!(strongest.0 > 0.0 && row.reason.starts_with(&start), "{}: {start}", row.reason);
        let side = if standing[strongest.2] > 0.0 { "high" } else { "low" };
        let told = format!("{side} on {}", Trait::ALL[strongest.2].name().to_lowercase());
        assert!(row.reason.contains(&told), "{}: {told}", row.reason);
        let others = links.iter().filter(|link| link.1 != strongest.1);
        let second = others.fold((0.0, 0, 0, true), |a, b| if b.0 > a.0 { *b } else { a });
        assert!(row.reason.contains(ELEMENT[second.1].plain), "{}: {}", row.reason, ELEMENT[second.1].plain);
        let worst = links.iter().fold(links[0], |a, b| if b.0 < a.0 { *b } else { a });
        let telling = worst.0 < 0.0 && -worst.0 >= 0.5 * strongest.0;
        assert_eq!(row.against.is_some(), telling, "{}", row.occupation.title);
        if let Some(against) = &row.against {
            assert!(against.contains(ELEMENT[worst.1].plain), "{against}");
            objections += 1;
        }
    }
    assert!((50..700).contains(&objections), "{objections}");
}

#[test]
fn an_undecided_profile_still_has_one_order() {
    let flat = Profile { types: [1.0 / 16.0; 16], traits: [0.5; 5] };
    let ranking = CATALOG.rank_rows(&flat, &filters(""), usize::MAX);
    assert!(ranking.rows.iter().all(|row| row.fit.abs() < 1e-3));
    assert_eq!(ranking, CATALOG.rank_rows(&flat, &filters(""), usize::MAX));
}

#[test]
fn similar_occupations_are_others_and_near() {
    let similar = CATALOG.similar("29-1141", 6);
    assert_eq!(similar.len(), 6);
    assert!(similar.iter().all(|o| o.soc != "29-1141"));
    assert!(similar.iter().filter(|o| ["29", "31"].contains(&o.major_group())).count() >= 4);
    assert!(CATALOG.similar("99-9999", 6).is_empty());
}

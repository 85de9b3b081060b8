//! The ranking of the bundled catalog.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use super::*;
use crate::careers::Catalog;
use crate::personality::Profile;

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap());

/// High on extraversion and agreeableness.
fn warm() -> Person {
    Person::of_profile(&Profile { types: [1.0 / 16.0; 16], traits: [0.95, 0.3, 0.97, 0.6, 0.55] })
}

fn filters(query: &str) -> Filters {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Filters::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))).unwrap()
}

#[test]
fn a_warm_person_is_shown_work_with_people_first() {
    let ranking = CATALOG.rank(&warm(), &filters(""));
    assert_eq!((ranking.rows.len(), ranking.total, ranking.pages), (25, 768, 31));
    assert!(ranking.rows.is_sorted_by_key(|row| row.rank));
    let with_people = ["13", "21", "25", "27", "29", "31", "35", "39", "41", "43"];
    let count = ranking.rows.iter().filter(|row| with_people.contains(&row.occupation.major_group())).count();
    assert!(count >= 20, "{count}");
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
    assert_eq!(all("prep=2").total, count(&|o| o.job_zone <= 2));
    assert_eq!(all("salary=100000").total, count(&|o| o.pay.mean >= 100_000));
    let by_salary = all("sort=salary");
    assert!(by_salary.rows.windows(2).all(|pair| pair[0].occupation.pay.mean >= pair[1].occupation.pay.mean));
    assert_eq!(
        by_salary.rows[0].occupation.title,
        CATALOG.browse(&filters("sort=salary")).occupations[0].0.title
    );
}

#[test]
fn pages_together_are_the_whole_ranking() {
    let whole = CATALOG.rank_rows(&warm(), &filters("field=15"), usize::MAX);
    let mut socs = Vec::new();
    for page in 1..=whole.total.div_ceil(PAGE_ROWS) {
        let page = CATALOG.rank(&warm(), &filters(&format!("field=15&page={page}")));
        socs.extend(page.rows.iter().map(|row| (row.rank, row.occupation.soc.clone())));
    }
    assert!(socs.into_iter().eq(whole.rows.iter().map(|row| (row.rank, row.occupation.soc.clone()))));
    let beyond = CATALOG.rank(&warm(), &filters("field=15&page=900"));
    assert_eq!(
        (beyond.page, beyond.rows.is_empty()),
        (beyond.pages, false),
        "a page too far is the last page"
    );
}

#[test]
fn parameters_parse_back_and_wrong_ones_are_reported() {
    let query = "q=caf%C3%A9+%26+bar&sort=salary&zone=1&zone=3&prep=4&salary=30000&growth=steady&field=35\
                 &likes=1.00-2.50-3.00-4.00-5.00-2.13&likes=none\
                 &value=conditions&value=support&weigh=pay&weigh=growth&fold=off&page=2";
    assert_eq!(filters(query).to_string(), query);
    assert_eq!(
        filters("sort=&zone=&salary=&field=&page=&prep=&value=&weigh=&fold=on&utm_source=x"),
        filters("")
    );
    for wrong in [
        "sort=luck",
        "zone=6",
        "prep=0",
        "salary=much",
        "growth=slow",
        "field=99",
        "value=fun",
        "likes=1-2-3",
        "likes=0-1-1-1-1-1",
        "weigh=luck",
        "fold=maybe",
        "page=0",
    ] {
        let (name, value) = wrong.split_once('=').unwrap();
        let error = Filters::parse([(name, value)]).unwrap_err();
        assert_eq!((error.parameter, error.found.as_str()), (name, value));
    }
}

#[test]
fn similar_occupations_fold_into_one_row() {
    let best = CATALOG.best(&warm(), &filters(""), 10);
    assert_eq!(best.len(), 10);
    assert!(best.iter().any(|folded| !folded.like_it.is_empty()));
    let mut shown: Vec<&str> = best.iter().map(|folded| folded.row.occupation.soc.as_str()).collect();
    shown.extend(best.iter().flat_map(|folded| folded.like_it.iter().map(|(_, o)| o.soc.as_str())));
    let distinct: BTreeSet<&str> = shown.iter().copied().collect();
    assert_eq!(distinct.len(), shown.len(), "nothing is listed twice");
    for folded in &best {
        let group = folded.row.occupation.minor_group();
        assert!(folded.like_it.iter().all(|(_, o)| o.minor_group() == group));
    }
}

#[test]
fn a_folded_page_holds_the_occupations_of_the_unfolded_one_with_their_ranks() {
    let mut fewer = 0;
    for page in 1..=31 {
        let asked = filters(&format!("page={page}"));
        let (plain, folded) = (CATALOG.rank(&warm(), &asked), CATALOG.rank_folded(&warm(), &asked));
        assert_eq!((folded.total, folded.page, folded.pages), (plain.total, plain.page, plain.pages));
        let mut shown: Vec<(usize, &str)> = Vec::new();
        for Folded { row, like_it } in &folded.rows {
            shown.push((row.rank, &row.occupation.soc));
            shown.extend(like_it.iter().map(|(rank, o)| (*rank, o.soc.as_str())));
            assert!(like_it.iter().all(|(rank, _)| *rank >= row.rank), "{}", row.occupation.title);
        }
        let mut expected: Vec<(usize, &str)> =
            plain.rows.iter().map(|row| (row.rank, row.occupation.soc.as_str())).collect();
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected, "page {page}");
        for (i, one) in folded.rows.iter().enumerate() {
            let code = |row: &Ranked<'_>| CATALOG.occupations().iter().position(|o| o == row.occupation);
            let alike =
                |other: &Folded<'_>| CATALOG.are_alike(code(&one.row).unwrap(), code(&other.row).unwrap());
            assert!(!folded.rows[..i].iter().any(alike), "{} on page {page}", one.row.occupation.title);
        }
        fewer += plain.rows.len() - folded.rows.len();
    }
    assert!(fewer > 100, "{fewer}");
}

#[test]
fn a_ranking_folds_unless_the_visitor_asks_for_similar_work() {
    for unfolded in ["fold=off", "q=nurse&sort=fit", "field=29", "sort=salary"] {
        let (plain, folded) =
            (CATALOG.rank(&warm(), &filters(unfolded)), CATALOG.rank_folded(&warm(), &filters(unfolded)));
        assert!(folded.rows.iter().all(|row| row.like_it.is_empty()), "{unfolded}");
        assert!(plain.rows.iter().eq(folded.rows.iter().map(|folded| &folded.row)), "{unfolded}");
    }
    let narrowed = CATALOG.rank_folded(&warm(), &filters("prep=3&growth=steady"));
    assert!(narrowed.rows.iter().any(|row| !row.like_it.is_empty()));
}

#[test]
fn one_occupation_has_the_rank_and_fit_of_the_list() {
    let list = CATALOG.rank_rows(&warm(), &filters(""), usize::MAX);
    let row = &list.rows[100];
    let one = CATALOG.rank_one(&warm(), &row.occupation.soc).unwrap();
    assert_eq!((one.rank, one.fit), (row.rank, row.fit));
    assert!(CATALOG.rank_one(&warm(), "99-9999").is_none());
}

/// Titles as people type them, some with mistakes, and the occupation that must be among the first five.
#[test]
fn everyday_and_mistyped_titles_find_their_occupation() {
    for (query, soc) in [
        ("software developer", "15-1252"),
        ("developer software", "15-1252"),
        ("sofware developper", "15-1252"),
        ("RN", "29-1141"),
        ("regsitered nruse", "29-1141"),
        ("nurses", "29-1141"),
        ("CEO", "11-1011"),
        ("electrician", "47-2111"),
        ("elektrician", "47-2111"),
        ("acountant", "13-2011"),
        ("actuaries", "15-2011"),
        ("secretary", "43-6014"),
        ("secretaries", "43-6014"),
        ("firemen", "33-2011"),
        ("chef", "35-1011"),
        ("primary school teacher", "25-2021"),
        ("dietician", "29-1031"),
        ("phsyicist", "19-2012"),
        ("barista", "35-3023"),
        ("influencer", "13-1161"),
        ("youtuber", "27-2012"),
        ("uber driver", "53-3054"),
    ] {
        let hits = CATALOG.search(query).hits;
        let found = hits.iter().position(|hit| CATALOG.occupations()[hit.occupation].soc == soc);
        assert!(found.is_some_and(|place| place < 5), "{query}: {found:?}");
    }
    assert!(CATALOG.search("xqzzy").hits.is_empty());
    assert!(CATALOG.search(" - ").hits.is_empty());
}

#[test]
fn a_title_that_nobody_has_finds_the_nearest_ones() {
    assert!(CATALOG.search("electricianist").is_nearest());
    let hits = CATALOG.search("electricianist").hits;
    assert!(hits.iter().take(5).any(|hit| CATALOG.occupations()[hit.occupation].soc == "47-2111"));
    assert!(!CATALOG.search("electrician").is_nearest() && !CATALOG.search("xqzzy").is_nearest());
}

#[test]
fn a_search_for_a_left_out_title_gives_the_reason() {
    let told = |query: &str| CATALOG.search(query).left_out.map(|(group, title)| (group.soc.as_str(), title));
    assert_eq!(told("penetration tester"), Some(("15-1299", "Penetration Testers")));
    assert_eq!(told("infantry officer"), Some(("55-1016", "Infantry Officers")));
    assert_eq!(told("legislator").map(|(soc, _)| soc), Some("11-1031"));
    for (query, soc) in [("actor", "27-2011"), ("dancers", "27-2031"), ("musician", "27-2042")] {
        let (group, _) = CATALOG.search(query).left_out.unwrap();
        assert_eq!(group.soc, soc, "{query}");
        assert!(group.sentence().contains("a mean of $"), "{}", group.sentence());
    }
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
            let hits = CATALOG.search(title).hits;
            let best = hits.first().map_or(0.0, |hit| hit.score);
            let own = hits.iter().find(|hit| hit.occupation == i);
            // Several occupations may share a title: all of them must be found, none far below the best.
            assert!(own.is_some_and(|hit| hit.score > best - 0.2), "{title} of {}", occupation.title);
            titles += 1;
        }
    }
    assert!(titles > 2_500, "{titles}");
}

#[test]
fn similar_and_related_occupations_are_others_and_near() {
    let similar = CATALOG.similar("29-1141", 6);
    assert_eq!(similar.len(), 6);
    assert!(similar.iter().all(|o| o.soc != "29-1141"));
    assert!(similar.iter().filter(|o| ["29", "31"].contains(&o.major_group())).count() >= 4);
    assert!(CATALOG.similar("99-9999", 6).is_empty());
    let nurse = CATALOG.by_soc("29-1141").unwrap();
    assert!(CATALOG.related(nurse).iter().any(|o| o.major_group() == "29"));
}

//! The committed files against their sources.

use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, open_workbook};

use super::activities::INTERESTS_FILE;
use super::build::SOURCES_DIR;
use super::careers::derive;
use super::sources::Sources;
use super::{build, compose, report, selection, titles};
use crate::careers::{BIG_FIVE_FILE, Catalog, MBTI_FILE, OCCUPATIONS_FILE};
use crate::personality::{Mbti, Trait};

fn datasets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")
}

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CAREERS.md")
}

fn cells(file: &Path) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut workbook: Xlsx<_> = open_workbook(file).unwrap();
    let sheets = workbook.worksheets();
    sheets.into_iter().map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect())).collect()
}

#[test]
fn the_committed_files_are_what_the_sources_build() {
    let fresh = tempfile::tempdir().unwrap();
    let sources = fresh.path().join(SOURCES_DIR);
    std::fs::create_dir(&sources).unwrap();
    for entry in std::fs::read_dir(datasets().join(SOURCES_DIR)).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), sources.join(entry.file_name())).unwrap();
    }
    build::build(fresh.path()).unwrap();
    for name in [MBTI_FILE, BIG_FIVE_FILE] {
        let (committed, built) = (cells(&datasets().join(name)), cells(&fresh.path().join(name)));
        assert_eq!(committed, built, "{name}: run `calling datasets build`");
        assert!(committed[0].1.len() > 300, "{name} holds its rows");
    }
    for name in [OCCUPATIONS_FILE, INTERESTS_FILE] {
        let read = |dir: &Path| std::fs::read_to_string(dir.join(name)).unwrap();
        assert!(read(&datasets()) == read(fresh.path()), "{name}: run `calling datasets build`");
    }
}

#[test]
fn the_figures_in_the_document_are_those_of_the_data() {
    let careers = derive(&Sources::read(&datasets().join(SOURCES_DIR)).unwrap());
    let text = std::fs::read_to_string(document()).unwrap();
    let at = text.find(report::BEGIN).unwrap();
    let catalog = Catalog::load(&datasets()).unwrap();
    assert!(
        text[at..] == report::tables(&careers, &catalog),
        "docs/CAREERS.md: run `calling datasets build`"
    );
}

#[test]
fn every_salary_is_the_bls_mean_wage_for_its_code() {
    let sources = Sources::read(&datasets().join(SOURCES_DIR)).unwrap();
    let catalog = Catalog::load(&datasets()).unwrap();
    let mut rows = 0;
    for name in [MBTI_FILE, BIG_FIVE_FILE] {
        for row in cells(&datasets().join(name))[0].1.iter().skip(1) {
            let soc = row[3].to_string();
            let onet = sources.occupations.iter().find(|o| o.onet_soc_code == format!("{soc}.00")).unwrap();
            let wage = &sources.wages[&onet.oews_soc_code];
            assert_eq!(row[2].to_string(), wage.a_mean.unwrap().to_string(), "{soc}");
            assert_eq!(row[4].to_string(), wage.a_median.unwrap().to_string(), "{soc}");
            let wider = catalog.by_soc(&soc).unwrap().pay.wider_group.clone();
            assert_eq!(wider.is_some(), onet.oews_soc_code != soc, "{soc}");
            rows += 1;
        }
    }
    assert_eq!(rows, 16 * selection::TYPE_LIST.0 + 5 * selection::TRAIT_LIST.0);
}

#[test]
fn lists_are_long_and_distinct_and_lose_little_fit() {
    let careers = derive(&Sources::read(&datasets().join(SOURCES_DIR)).unwrap());
    for (i, list) in careers.lists.types.iter().chain(&careers.lists.traits).enumerate() {
        let least = if i < 16 { 30 } else { 60 };
        assert!(list.len() >= least, "list {i} holds {}", list.len());
        let share = careers.lists.share_of_best(list, &careers.lists.candidates[i]);
        assert!((0.95..=1.0 + 1e-12).contains(&share), "list {i} keeps {share} of the best fit");
    }
    for a in Mbti::ALL {
        for b in Mbti::ALL {
            let overlap =
                selection::jaccard(&careers.lists.types[a.index()], &careers.lists.types[b.index()]);
            let apart = selection::letters_apart(a, b);
            assert!(apart < 2 || overlap < selection::MOST_OVERLAP, "{a} {b} {overlap}");
            assert!(apart == 0 || overlap < 1.0, "{a} and {b} have the same list");
        }
    }
    for a in Trait::ALL {
        for b in Trait::ALL {
            let overlap =
                selection::jaccard(&careers.lists.traits[a.index()], &careers.lists.traits[b.index()]);
            assert!(a == b || overlap < selection::MOST_OVERLAP, "{a} {b} {overlap}");
        }
    }
}

#[test]
fn every_career_for_neuroticism_meets_its_conditions() {
    let careers = derive(&Sources::read(&datasets().join(SOURCES_DIR)).unwrap());
    let median = f64::from(careers.links.median_wage);
    for (i, _) in &careers.lists.traits[Trait::Neuroticism.index()] {
        let o = &careers.composed.occupations[*i];
        assert!(o.job_zone >= 3, "{}", o.title);
        assert!(o.outlook.growth_pct >= 0.0, "{}", o.title);
        assert!(f64::from(o.pay.median()) >= 0.9 * median, "{}", o.title);
        assert!(selection::calm(&careers.links.place(o)) > 0.0, "{}", o.title);
    }
}

#[test]
fn counts_are_as_documented() {
    use crate::careers::occupation::Why;
    let sources = Sources::read(&datasets().join(SOURCES_DIR)).unwrap();
    let composed = compose::occupations(&sources);
    let count = |why| composed.left_out.iter().filter(|left_out| left_out.why == why).count();
    assert_eq!(composed.occupations.len(), 768);
    assert_eq!(count(Why::NoAnnualWage), 4);
    // 16 military titles, legislators, fishing and hunting workers.
    assert_eq!(count(Why::NotCovered), 18);
    assert_eq!(count(Why::Residual), 77);
    let unrated: Vec<_> =
        composed.left_out.iter().filter(|left_out| left_out.why == Why::NoRatings).collect();
    assert_eq!(unrated.len(), 0, "{unrated:?}");
    assert_eq!(sources.wages.len(), 853);
}

#[test]
fn every_title_is_singular_and_its_own() {
    let composed = compose::occupations(&Sources::read(&datasets().join(SOURCES_DIR)).unwrap());
    let mut titles: Vec<&str> = composed.occupations.iter().map(|o| o.title.as_str()).collect();
    for title in &titles {
        // The first worker noun stands before any "of", "to" or bracket: nothing there may still be plural.
        let head = title.split([',', '(']).next().unwrap();
        let head = [" of ", " to ", " for "].iter().fold(head, |h, at| h.split(at).next().unwrap());
        let last = head.split_whitespace().last().unwrap();
        let plural =
            ["ers", "ors", "ists", "ians", "ants", "ents", "ics"].iter().any(|end| last.ends_with(end));
        assert!(!plural, "{title}");
        assert!(
            !title.contains("--") && !title.contains("Except") && !title.contains("All Other"),
            "{title}"
        );
        let mut letters = title.chars();
        assert!(letters.next().unwrap().is_uppercase(), "{title}");
    }
    titles.sort_unstable();
    assert!(titles.windows(2).all(|pair| pair[0] != pair[1]), "two occupations share a title");
    for (said, onet) in [
        ("Software developer", "Software Developers"),
        ("Accountant or auditor", "Accountants and Auditors"),
        ("Supervisor of correctional officers", "First-Line Supervisors of Correctional Officers"),
        ("College physics teacher", "Physics Teachers, Postsecondary"),
        ("Plumber, pipefitter, or steamfitter", "Plumbers, Pipefitters, and Steamfitters"),
        ("Human resources manager", "Human Resources Managers"),
        (
            "Lathe and turning machine tool operator (metal and plastic)",
            "Lathe and Turning Machine Tool Setters, Operators, and Tenders, Metal and Plastic",
        ),
    ] {
        assert_eq!(titles::everyday(onet), said);
    }
}

//! docs/SECURITY.md names tests that exist, and judges every requirement of ASVS.

use std::collections::BTreeSet;
use std::path::Path;

const SECURITY: &str = include_str!("../../docs/SECURITY.md");

/// The requirements of OWASP ASVS 4.0.3 for level 2, a section a line: its number, then those in it, as the CSV file of that
/// release lists them without the deleted ones.
const LEVEL_2: &str = "
1.1 1-7; 1.2 1-4; 1.4 1 4 5; 1.5 1-4; 1.6 1-4; 1.7 1 2; 1.8 1 2; 1.9 1 2; 1.10 1; 1.11 1 2; 1.12 2; 1.14 1-6
2.1 1-12; 2.2 1-3; 2.3 1-3; 2.4 1-5; 2.5 1-7; 2.6 1-3; 2.7 1-6; 2.8 1-7; 2.9 1-3; 2.10 1-4
3.1 1; 3.2 1-4; 3.3 1-4; 3.4 1-5; 3.5 1-3; 3.7 1
4.1 1 2 3 5; 4.2 1 2; 4.3 1-3
5.1 1-5; 5.2 1-8; 5.3 1-10; 5.4 1-3; 5.5 1-4
6.1 1-3; 6.2 1-6; 6.3 1 2; 6.4 1 2
7.1 1-4; 7.2 1 2; 7.3 1 3 4; 7.4 1-3
8.1 1-4; 8.2 1-3; 8.3 1-8
9.1 1-3; 9.2 1-4
10.2 1 2; 10.3 1-3
11.1 1-8
12.1 1-3; 12.2 1; 12.3 1-6; 12.4 1 2; 12.5 1 2; 12.6 1
13.1 1 3 4 5; 13.2 1 2 3 5 6; 13.3 1 2; 13.4 1 2
14.1 1-4; 14.2 1-6; 14.3 2 3; 14.4 1-7; 14.5 1-4
";

fn required() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for section in LEVEL_2.split([';', '\n']).map(str::trim).filter(|section| !section.is_empty()) {
        let (section, items) = section.split_once(' ').unwrap();
        for item in items.split(' ') {
            let (from, to) = item.split_once('-').unwrap_or((item, item));
            let numbers = from.parse::<u32>().unwrap()..=to.parse().unwrap();
            all.extend(numbers.map(|number| format!("{section}.{number}")));
        }
    }
    all
}

/// The requirements in the first column of the tables: "1.1.1", "1.1.4, 1.1.5", "2.1.1 to 2.1.12".
fn judged() -> Vec<String> {
    let chapters = SECURITY.split("## OWASP ASVS").nth(1).unwrap();
    let mut all = Vec::new();
    for row in chapters.lines().filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit()) {
        for part in row.split('|').nth(1).unwrap().split(',').map(str::trim) {
            let (from, to) = part.split_once(" to ").unwrap_or((part, part));
            let (section, first) = from.rsplit_once('.').unwrap();
            let (same, last) = to.rsplit_once('.').unwrap();
            assert_eq!(section, same, "{part}");
            let numbers = first.parse::<u32>().unwrap()..=last.parse().unwrap();
            all.extend(numbers.map(|number| format!("{section}.{number}")));
        }
        let verdict = row.split('|').nth(2).unwrap().trim();
        let known = ["met", "not met", "n/a", "operator"].iter().any(|known| verdict.starts_with(known));
        assert!(known, "{row}");
    }
    all
}

#[test]
fn every_requirement_of_asvs_level_2_is_judged_once() {
    let judged = judged();
    let once: BTreeSet<String> = judged.iter().cloned().collect();
    assert_eq!(once.len(), judged.len(), "judged twice: {judged:?}");
    assert_eq!(once, required());
}

/// The sources of the tests under a folder.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            all.push_str(&sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&std::fs::read_to_string(entry).unwrap());
        }
    }
    all
}

#[test]
fn the_tests_and_files_that_hold_a_promise_exist() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = sources(&repository.join("tests/it"));
    let (mut named, mut files) = (0, 0);
    for quoted in SECURITY.split('`').skip(1).step_by(2) {
        let is_name = quoted.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if is_name && quoted.matches('_').count() >= 3 {
            assert!(tests.contains(&format!("fn {quoted}()")), "there is no test {quoted}");
            named += 1;
        } else if ["src/", "tests/", "deploy/", "static/", "fuzz/", ".github/"]
            .iter()
            .any(|top| quoted.starts_with(top))
        {
            assert!(repository.join(quoted).exists(), "there is no {quoted}");
            files += 1;
        } else if quoted.ends_with(".rs") && !quoted.contains(' ') {
            assert!(repository.join("tests/it").join(quoted).exists(), "there is no tests/it/{quoted}");
        }
    }
    assert!(named > 30 && files > 20, "{named} tests and {files} files are named");
}

//! docs/SETTINGS.md names every setting, and no other.

use std::collections::BTreeSet;
use std::process::Command;

fn names(text: &str, is_name: impl Fn(&str) -> bool) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .filter(|word| is_name(word))
        .map(str::to_string)
        .collect()
}

#[test]
fn the_settings_page_lists_every_setting_of_the_help() {
    let help = Command::new(env!("CARGO_BIN_EXE_calling")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/SETTINGS.md")).unwrap();
    let variable = |word: &str| word == "DATABASE_URL" || word.starts_with("CALLING_");
    let (help, page) = (names(&help, variable), names(&page, variable));
    assert!(help.len() > 10, "{help:?}");
    assert_eq!(help, page);
}

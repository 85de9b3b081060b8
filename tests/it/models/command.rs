//! The command `calling models`.

#[cfg(feature = "fetch")]
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use calling::internals::inference::check_folder;

use super::references::fixture;

fn calling(arguments: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_calling"))
        .arg("models")
        .args(arguments)
        .arg(dir)
        .env_remove("HF_ENDPOINT")
        .output()
        .unwrap()
}

#[test]
fn check_describes_a_folder_that_loads() {
    let output = calling(&["check"], &fixture("bert-vocab-txt"));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(said.contains("BertForSequenceClassification"), "{said}");
    assert!(said.contains("Extraversion, Neuroticism, Agreeableness, Conscientiousness, Openness"), "{said}");
    assert!(said.contains("packed"), "{said}");
}

#[test]
fn check_reports_in_one_line_why_a_folder_does_not_load() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.json"), r#"{"architectures": ["GPT2LMHeadModel"]}"#).unwrap();
    let output = calling(&["check"], dir.path());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("config.json: architectures names GPT2LMHeadModel; expected Bert"), "{said}");
}

#[test]
fn the_report_on_a_folder_lists_its_contents() {
    let report = check_folder(&fixture("albert-groups-f16")).unwrap().to_string();
    for part in
        ["AlbertForSequenceClassification", "f16", "the 16 types", "INTP, ISTP", "spiece.model", "sha256 "]
    {
        assert!(report.contains(part), "{part} is not in\n{report}");
    }
    let report = check_folder(&fixture("bert-vocab-txt")).unwrap().report;
    assert_eq!(report.dtypes, ["f32"]);
    let weights = report.files.iter().find(|file| file.name == "model.safetensors").unwrap();
    assert!(weights.used && weights.sha256.len() == 64);
}

#[cfg(not(feature = "fetch"))]
#[test]
fn fetch_says_how_to_get_a_build_that_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let output = calling(&["fetch", "--endpoint", "http://127.0.0.1:9"], dir.path());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("cargo run --release --features fetch -- models fetch"), "{said}");
}

#[cfg(feature = "fetch")]
#[test]
fn fetch_reports_in_one_line_that_the_hub_cannot_be_reached() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    let output = calling(&["fetch", "--endpoint", &format!("http://127.0.0.1:{port}")], dir.path());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("JanSt/albert-base-v2_mbti-classification"), "{said}");
    assert!(said.contains("check that the network is up"), "{said}");
}

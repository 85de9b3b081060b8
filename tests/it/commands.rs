//! The subcommands, run as a user does.

use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{calling, output};

#[test]
fn classify_reads_a_file_and_standard_input_alike() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("text.txt");
    std::fs::write(&file, "I like quiet mornings.").unwrap();
    let from_file = output(&mut calling(&["classify", file.to_str().unwrap()]));
    let mut piped = calling(&["classify", "-"]);
    piped.stdin(Stdio::from(std::fs::File::open(&file).unwrap()));
    let from_stdin = output(&mut piped);
    assert!(from_file.status.success(), "{}", String::from_utf8_lossy(&from_file.stderr));
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    let (a, b) = (parse(&from_file.stdout), parse(&from_stdin.stdout));
    assert_eq!(a["mbti"], b["mbti"]);
    assert_eq!(a["mbti"].as_object().unwrap().len(), 16);
    assert_eq!(a["big_five"].as_object().unwrap().len(), 5);
    assert_eq!(a["reading"]["mbti"]["share_read"], 1.0);
}

#[test]
fn classify_refuses_an_empty_text() {
    let output = output(&mut calling(&["classify"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("expected a text"));
}

#[cfg(feature = "training")]
#[test]
fn a_bank_without_labeled_answers_is_refused_before_the_training_begins() {
    let folder = TempDir::new().unwrap();
    let line = r#"{"text": "I stayed by the door.", "labels": {"E": -2}}"#;
    std::fs::write(folder.path().join("free.jsonl"), line).unwrap();
    let path = folder.path().to_str().unwrap();
    // The folder holds no checkpoint either, but the bank is checked first.
    let mut train = calling(&["train", "big-five", "--start", path, "--answers", path, "--out", path]);
    let output = output(train.current_dir(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the bank says too little about"), "{said}");
}

#[test]
fn migrations_go_up_and_down_by_hand() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("calling.db").display());
    let migrate = |arguments: &[&str]| {
        let output = output(calling(&[&["migrate"], arguments].concat()).env("DATABASE_URL", &url));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let before = migrate(&["status"]);
    assert!(migrate(&["up"]).starts_with("ran "));
    assert_eq!(migrate(&["up"]), "already up to date\n");
    let after = migrate(&["status"]);
    assert_ne!(before, after);
    assert!(migrate(&["down"]).starts_with("reverted "));
    assert_ne!(migrate(&["status"]), after);
}

#[test]
fn migrating_an_unknown_kind_of_database_is_a_wrong_setting() {
    let output = output(&mut calling(&["migrate", "up", "--database-url", "mysql://db/calling"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--database-url (DATABASE_URL)"));
}

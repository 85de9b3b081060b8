//! SHA256SUMS: a folder that has it is served as it was listed, or not at all.

use std::fs;
use std::path::Path;
use std::process::Command;

use calling::internals::models::{manifest, verify};
use tempfile::TempDir;

use super::references::fixture;
use crate::harness::{Process, Site, calling, output};

/// A copy of a small model whose list was written by the command.
fn listed() -> TempDir {
    let dir = TempDir::new().unwrap();
    for file in fs::read_dir(fixture("bert-vocab-txt")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
    }
    fs::write(dir.path().join("calling.json"), "{\"interim\": true}").unwrap();
    fs::write(dir.path().join("README.md"), "For people.").unwrap();
    write_list(dir.path());
    dir
}

fn write_list(dir: &Path) {
    let written = output(&mut calling(&["models", "manifest", dir.to_str().unwrap()]));
    assert!(written.status.success(), "{written:?}");
}

/// What the server says at its start, and its exit code; it does not start.
fn refused(dir: &Path) -> String {
    let mut command = calling(&["--listen", "127.0.0.1:0", "--database-url", "sqlite://refused.db"]);
    command.env("CALLING_BIG_FIVE_MODEL", dir).current_dir(dir.parent().unwrap());
    let output = output(&mut command);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let checked = Command::new(env!("CARGO_BIN_EXE_calling")).args(["models", "check"]).arg(dir).output();
    let checked = checked.unwrap();
    assert_eq!(checked.status.code(), Some(1), "the check refuses what the server refuses");
    said
}

#[test]
fn the_bundled_models_are_as_their_lists_say() {
    for model in ["mbti", "big-five"] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(model);
        let stored = fs::read_to_string(dir.join("SHA256SUMS")).unwrap_or_default();
        assert_eq!(
            stored,
            manifest(&dir).unwrap(),
            "after a change of a bundled model run `calling models manifest models/mbti models/big-five`"
        );
    }
}

#[test]
fn a_list_can_be_checked_by_sha256sum_and_names_every_file_that_is_read() {
    let dir = listed();
    let mut checking = Command::new("sha256sum");
    let checked = checking.args(["--check", "--strict", "SHA256SUMS"]).current_dir(&dir).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let list = fs::read_to_string(dir.path().join("SHA256SUMS")).unwrap();
    let names: Vec<&str> = list.lines().map(|line| &line[66..]).collect();
    assert_eq!(names, ["calling.json", "config.json", "model.safetensors", "vocab.txt"]);
}

#[test]
fn flipped_bytes_a_missing_and_an_added_file_are_refused_by_name_and_hash() {
    let dir = listed();
    assert!(verify(dir.path()).unwrap());
    fs::write(dir.path().join("README.md"), "Other words for people.").unwrap();
    assert!(verify(dir.path()).unwrap(), "nothing reads it");
    let list = fs::read_to_string(dir.path().join("SHA256SUMS")).unwrap();
    let expected = |name: &str| list.lines().find(|line| line.ends_with(name)).unwrap()[..64].to_owned();

    let weights = dir.path().join("model.safetensors");
    let sound = fs::read(&weights).unwrap();
    let mut damaged = sound.clone();
    let at = damaged.len() - 300;
    damaged[at..at + 200].iter_mut().for_each(|byte| *byte ^= 0x10);
    fs::write(&weights, &damaged).unwrap();
    let said = refused(dir.path());
    let found = manifest(dir.path()).unwrap();
    let found = &found.lines().find(|line| line.ends_with("model.safetensors")).unwrap()[..64];
    for part in ["model.safetensors", found, &expected("model.safetensors")] {
        assert!(said.contains(part), "{part}: {said}");
    }
    fs::write(&weights, &sound).unwrap();

    fs::rename(dir.path().join("calling.json"), dir.path().join(".aside")).unwrap();
    let said = refused(dir.path());
    for part in ["calling.json", "missing", &expected("calling.json")] {
        assert!(said.contains(part), "{part}: {said}");
    }
    fs::rename(dir.path().join(".aside"), dir.path().join("calling.json")).unwrap();

    fs::write(dir.path().join("added_tokens.json"), "{}").unwrap();
    let said = refused(dir.path());
    assert!(said.contains("added_tokens.json") && said.contains("calling models manifest"), "{said}");
    write_list(dir.path());
    assert!(verify(dir.path()).unwrap());
}

#[test]
fn a_malformed_list_is_refused_with_its_line() {
    let dir = listed();
    let path = dir.path().join("SHA256SUMS");
    let sound = fs::read_to_string(&path).unwrap();
    for (line, part) in [
        ("words", "two spaces"),
        ("0123  vocab.txt", "SHA-256"),
        (format!("{}  ../vocab.txt", "0".repeat(64)).as_str(), "names no file of this folder"),
        (format!("{}  vocab.txt", "0".repeat(64)).as_str(), "second time"),
    ] {
        fs::write(&path, format!("{sound}{line}\n")).unwrap();
        let said = verify(dir.path()).unwrap_err().to_string();
        assert!(said.contains("line 5") && said.contains(part), "{said}");
    }
}

#[actix_web::test]
async fn ready_and_the_log_name_a_folder_that_is_not_verified() {
    let dir = listed();
    let site = Site::start(&["--big-five-model", dir.path().to_str().unwrap()]);
    site.ready().await;
    let said = site.get("/ready").await.text().await.unwrap();
    let unverified: Vec<&str> = said.lines().filter(|line| line.contains("not verified")).collect();
    assert_eq!(unverified, ["mbti: not verified, since the folder albert-spiece has no SHA256SUMS"]);

    let folder = TempDir::new().unwrap();
    let mut command = calling(&["--listen", "127.0.0.1:0"]);
    command.env("CALLING_BIG_FIVE_MODEL", dir.path()).current_dir(&folder);
    let server = Process::start(&mut command);
    server.terminate();
    let (_, _, log) = server.ended();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("not verified")).collect();
    assert!(lines.len() == 1 && lines[0].contains("albert-spiece"), "{lines:?}");
}

//! What visitors give to research: only what they tick, masked, until they take it back or delete it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use calling::internals::learning::bank::load_answers;
use calling::internals::records::{Act, Role};
use calling::internals::survey::Questionnaire;
use serde_json::Value;
use tempfile::TempDir;

use crate::account_rows::account;
use crate::database::{TestDatabase, on_both_databases};
use crate::harness::{DATASETS, Site, calling, output};
use crate::interests::result_of_a_text;
use crate::site::{Visitor, all};

on_both_databases!(
    what_is_given_is_exported_until_it_is_taken_back,
    an_export_needs_an_administrator_and_is_noted_by_their_random_id,
);

const BOSS: &str = "boss@example.org";

/// Exports as the owner of this address.
fn exported_by(database: &TestDatabase, by: &str, path: &Path) -> Output {
    let mut command = calling(&["research", "export", "--by", by]);
    output(command.arg(path).env("DATABASE_URL", database.address()))
}

/// Exports into a new folder, as the administrator.
fn export(database: &TestDatabase, folder: &TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let ended = exported_by(database, BOSS, &path);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    path
}

/// The lines of a file of an export.
fn lines(export: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(export.join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn what_is_given_is_exported_until_it_is_taken_back(database: TestDatabase) {
    let site = Site::start(&["--database-url", database.address()]);
    let visitor = Visitor::new(&site);
    account(&database.store(), BOSS, Role::Administrator).await;
    let folder = TempDir::new().unwrap();
    let result = visitor.answer_all("Marco and I met at 12 Elm Street, see www.example.org.").await;
    let page = visitor.finished(&result).await;
    assert_eq!(all(&page, "#research ~ form input[type=checkbox]").len(), 2);
    assert!(all(&page, "#research ~ form input[checked]").is_empty(), "no box is ticked");
    let none = export(&database, &folder, "none");
    assert!(lines(&none, "ratings.jsonl").is_empty() && lines(&none, "answers.jsonl").is_empty());

    let choose = async |fields: &[(&str, &str)]| {
        let path = visitor.sent_on(&format!("{result}/research"), fields).await;
        assert_eq!(path, format!("{result}#research"));
        let page = visitor.page(&result).await;
        let ticked = all(&page, "#research ~ form input[checked]");
        ticked.iter().map(|input| input.attr("name").unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(choose(&[("ratings", "1")]).await, ["ratings"]);
    let ratings = export(&database, &folder, "ratings");
    assert!(lines(&ratings, "answers.jsonl").is_empty(), "the other box is not ticked");
    assert_eq!(lines(&ratings, "ratings.jsonl")[0]["ratings"].as_object().unwrap().len(), 60);
    let id = lines(&ratings, "ratings.jsonl")[0]["id"].clone();

    assert_eq!(choose(&[("answers", "1")]).await, ["answers"]);
    let answers = export(&database, &folder, "answers");
    assert!(lines(&answers, "ratings.jsonl").is_empty());
    assert_eq!(fs::read_dir(answers.join("bank")).unwrap().count(), 0, "nothing labels them");
    let text = lines(&answers, "answers.jsonl")[0]["answers"]["q07"].clone();
    assert_eq!(text, "[name] and I met at [number] [name] [name], see [link].");

    assert_eq!(choose(&[("ratings", "1"), ("answers", "1")]).await, ["ratings", "answers"]);
    let both = export(&database, &folder, "both");
    let given = [&lines(&both, "ratings.jsonl")[0]["id"], &lines(&both, "answers.jsonl")[0]["id"]];
    assert_eq!(given, [&id, &id], "one person");
    let questionnaire = Questionnaire::load(&Path::new(DATASETS).join("questionnaire.toml")).unwrap();
    let bank = load_answers(&both.join("bank"), &questionnaire).unwrap();
    assert_eq!(bank.len(), 26);
    assert!(bank.iter().any(|answer| answer.labels.all() != [0; 9]), "the ratings label them");
    let key = result.trim_start_matches("/results/");
    for file in ["ratings.jsonl", "answers.jsonl", "bank/q01.jsonl"] {
        let text = fs::read_to_string(both.join(file)).unwrap();
        assert!(!text.contains(key) && !text.contains("20:") && !text.contains("Marco"), "{text}");
    }
    let downloaded: Value = visitor.get(&format!("{result}/export.json")).await.json().await.unwrap();
    assert_eq!(downloaded["research"], serde_json::json!({"ratings": true, "answers": true}));

    assert!(choose(&[]).await.is_empty());
    assert!(lines(&export(&database, &folder, "withdrawn"), "ratings.jsonl").is_empty());
    choose(&[("ratings", "1")]).await;
    let again = export(&database, &folder, "again");
    assert_ne!(lines(&again, "ratings.jsonl")[0]["id"], id, "nothing connects it with the former export");
    visitor.sent_on(&format!("{result}/delete"), &[]).await;
    assert!(lines(&export(&database, &folder, "deleted"), "ratings.jsonl").is_empty());

    let over = exported_by(&database, BOSS, &both);
    assert_eq!(over.status.code(), Some(1), "an earlier export is never written over");
}

async fn an_export_needs_an_administrator_and_is_noted_by_their_random_id(database: TestDatabase) {
    let (store, folder) = (database.store(), TempDir::new().unwrap());
    let boss = account(&store, BOSS, Role::Administrator).await;
    let other = account(&store, "other@example.org", Role::Administrator).await;
    account(&store, "jo@example.org", Role::Visitor).await;
    store.set_disabled(&boss, &other, true).await.unwrap();
    let log = async || store.audit_before(None, i64::MAX, 100).await.unwrap();
    let before = log().await;
    let path = folder.path().join("given");
    for (by, found) in [
        ("nobody@example.org", "which has no account"),
        ("jo@example.org", "which is the address of a visitor's account"),
        ("other@example.org", "whose account is disabled"),
        ("boss", "boss"),
    ] {
        let refused = exported_by(&database, by, &path);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(by) && said.contains(found) && !path.exists(), "{said}");
        if by.contains('@') {
            assert!(
                said.contains("expected the address of an administrator whose account is enabled"),
                "{said}"
            );
        }
    }
    let mut nobody = calling(&["research", "export"]);
    let nobody = output(nobody.arg(&path).env("DATABASE_URL", database.address()));
    assert_eq!(nobody.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("--by <EMAIL>"));
    assert_eq!(log().await, before, "nothing was exported");

    export(&database, &folder, "given");
    let row = log().await.remove(0);
    assert_eq!(
        (row.act, row.actor, row.subject.as_str()),
        (Act::Export, boss.random_id, "what is given to research")
    );
}

#[actix_web::test]
async fn a_text_that_was_sent_has_no_boxes() {
    let site = Site::start(&[]);
    let result = result_of_a_text(&site).await;
    assert!(all(&Visitor::new(&site).page(&result).await, "#research").is_empty());
}

//! What administrators do, on both databases: each act is noted with what it does, and the log only grows.

use std::collections::BTreeSet;
use std::time::Duration;

use calling::internals::records::{
    AUDIT_DAYS_KEPT, Account, Act, AuditRow, Audited, Conflict, ExportPlace, NewAccount, RecordsError,
    RecoveryCode, Role, Store,
};
use chrono::{TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::database::{Beside, TestDatabase, on_both_databases};
use crate::records::{finish_next, left_behind, sent};

const MINUTE: Duration = Duration::from_secs(60);

fn new(email: &str, role: Role, password: Option<&str>) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        email_key: email.to_lowercase(),
        password: password.map(str::to_owned),
        role,
        codes: Vec::new(),
    }
}

async fn account(store: &Store, email: &str, role: Role) -> Account {
    let id = store.create_account(new(email, role, Some("hash"))).await.unwrap();
    store.account(id).await.unwrap().account
}

async fn log(store: &Store) -> Vec<AuditRow> {
    store.audit_before(None, i64::MAX, 1000).await.unwrap()
}

fn refused(beside: &mut Beside, sql: &str) {
    let done = match beside {
        Beside::Postgres(c) => c.batch_execute(sql),
        Beside::Sqlite(c) => c.batch_execute(sql),
    };
    let said = done.expect_err(sql).to_string();
    assert!(said.contains("audit log"), "{said}");
}

fn conflict<T: std::fmt::Debug>(done: Result<T, RecordsError>) -> Conflict {
    match done {
        Err(RecordsError::Conflict(conflict)) => conflict,
        other => panic!("{other:?}"),
    }
}

on_both_databases!(
    the_audit_log_only_grows_and_lasts_a_year,
    the_audit_log_is_paged_by_act,
    an_act_is_noted_with_what_it_does,
    a_login_of_an_administrator_is_noted,
    two_administrators_who_disable_each_other_do_not_both_succeed,
    the_last_administrator_who_can_log_in_stays,
    what_is_stored_is_counted_exported_and_deleted,
);

async fn the_audit_log_only_grows_and_lasts_a_year(database: TestDatabase) {
    let store = database.store();
    for _ in 0..2 {
        store.audit(Audited::at_command_line(Act::Export, "x")).await.unwrap();
    }
    let mut beside = database.beside();
    let statements = [
        "UPDATE audit_log SET actor = 'somebody else'",
        "DELETE FROM audit_log WHERE id = (SELECT MAX(id) FROM audit_log)",
        "DELETE FROM audit_log",
    ];
    for sql in statements {
        refused(&mut beside, sql);
    }
    if let Beside::Postgres(_) = beside {
        refused(&mut beside, "TRUNCATE audit_log");
    }
    assert_eq!(beside.count("audit_log"), 2);
    let insert = |days: i64| {
        let at = (Utc::now() - TimeDelta::days(days)).format("%Y-%m-%d %H:%M:%S");
        format!("INSERT INTO audit_log (at, act, actor, subject) VALUES ('{at}', 'export', 'a', '{days}')")
    };
    beside.execute(&insert(AUDIT_DAYS_KEPT - 1));
    beside.execute(&insert(AUDIT_DAYS_KEPT + 1));
    store.sweep(Utc::now()).await.unwrap();
    assert_eq!(beside.count("audit_log"), 3);
    assert_eq!(beside.count("audit_log WHERE subject = '364'"), 1);
}

async fn the_audit_log_is_paged_by_act(database: TestDatabase) {
    let store = database.store();
    for number in 0..9 {
        let act = if number % 3 == 0 { Act::Export } else { Act::TryAgain };
        store.audit(Audited::at_command_line(act, number.to_string())).await.unwrap();
    }
    let subjects = |rows: &[AuditRow]| rows.iter().map(|row| row.subject.clone()).collect::<Vec<_>>();
    let first = store.audit_before(None, i64::MAX, 4).await.unwrap();
    assert_eq!(subjects(&first), ["8", "7", "6", "5"]);
    let second = store.audit_before(None, first[3].id, 4).await.unwrap();
    assert_eq!(subjects(&second), ["4", "3", "2", "1"]);
    let exports = store.audit_before(Some(Act::Export), second[0].id, 4).await.unwrap();
    assert_eq!(subjects(&exports), ["3", "0"]);
    let long = "é\0".repeat(5000);
    store.audit(Audited::at_command_line(Act::Export, long)).await.unwrap();
    assert_eq!(log(&store).await[0].subject.chars().count(), 500);
}

async fn an_act_is_noted_with_what_it_does(database: TestDatabase) {
    let store = database.store();
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    let jo = account(&store, "Jo@example.org", Role::Visitor).await;
    let token = store.log_in(&jo, "Firefox", None, None).await.unwrap().token;
    store.set_disabled(&boss, &jo, true).await.unwrap();
    assert!(store.session(&token).await.unwrap().is_none());
    assert_eq!(conflict(store.issue_link_by(&boss, &jo, MINUTE).await), Conflict::Disabled);
    store.set_disabled(&boss, &jo, false).await.unwrap();
    assert!(store.session(&token).await.unwrap().is_none(), "the session has ended for good");
    let link = store.issue_link_by(&boss, &jo, MINUTE).await.unwrap();
    assert_eq!(store.link(&link).await.unwrap().unwrap().account.id, jo.id);
    let (invited, link) =
        store.invite(&boss, new("new@example.org", Role::Visitor, None), MINUTE).await.unwrap();
    assert_eq!(store.link(&link).await.unwrap().unwrap().account.random_id, invited);
    store.remove_account(&boss, &jo).await.unwrap();
    assert!(store.account(jo.id).await.is_err());

    // What is refused is not noted.
    assert_eq!(conflict(store.set_disabled(&boss, &boss, true).await), Conflict::OwnAccount);
    assert_eq!(conflict(store.remove_account(&boss, &boss).await), Conflict::OwnAccount);
    let again = store.invite(&boss, new("new@example.org", Role::Administrator, None), MINUTE).await;
    assert_eq!(conflict(again), Conflict::AddressTaken);
    assert!(matches!(store.remove_account(&boss, &jo).await, Err(RecordsError::Missing(_))));

    let rows = log(&store).await;
    let noted: Vec<(Act, &str)> = rows.iter().map(|row| (row.act, row.subject.as_str())).collect();
    let id = jo.random_id.as_str();
    assert_eq!(
        noted,
        [
            (Act::Remove, id),
            (Act::Invite, invited.as_str()),
            (Act::IssueLink, id),
            (Act::Enable, id),
            (Act::Disable, id),
        ]
    );
    assert!(rows.iter().all(|row| row.actor == boss.random_id));
    let names: BTreeSet<&str> = Act::ALL.iter().map(|act| act.as_str()).collect();
    assert_eq!(names.len(), Act::ALL.len());
    assert!(Act::ALL.iter().all(|act| Act::parse(act.as_str()) == Some(*act)));
}

async fn a_login_of_an_administrator_is_noted(database: TestDatabase) {
    let store = database.store();
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    let token = store.log_in(&boss, "Firefox", None, None).await.unwrap().token;
    let session = store.session(&token).await.unwrap().unwrap().id;
    assert!(log(&store).await.is_empty(), "the password alone is no login");
    assert!(store.pass_factor(boss.id, session, 7).await.unwrap().is_some());
    assert!(store.pass_factor(boss.id, session, 7).await.unwrap().is_none());
    let code = RecoveryCode::set().remove(0);
    store.set_recovery_codes(boss.id, vec![code.clone()]).await.unwrap();
    assert!(store.pass_factor_by_code(boss.id, session, &code).await.unwrap().is_some());
    assert!(store.pass_factor_by_code(boss.id, session, &code).await.unwrap().is_none());
    store.end_session(boss.id, session).await.unwrap();
    assert!(store.pass_factor(boss.id, session, 8).await.unwrap().is_none());
    let rows = log(&store).await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.act == Act::LogIn && row.actor == boss.random_id));
}

async fn two_administrators_who_disable_each_other_do_not_both_succeed(database: TestDatabase) {
    let store = database.store();
    let one = account(&store, "one@example.org", Role::Administrator).await;
    let two = account(&store, "two@example.org", Role::Administrator).await;
    for _ in 0..5 {
        let (first, second) =
            tokio::join!(store.set_disabled(&one, &two, true), store.set_disabled(&two, &one, true));
        let loser = match (first, second) {
            (Ok(()), Err(error)) | (Err(error), Ok(())) => error,
            both => panic!("{both:?}"),
        };
        assert!(matches!(loser, RecordsError::Conflict(Conflict::NotAdministrator)), "{loser}");
        database.beside().execute("UPDATE accounts SET disabled = FALSE");
    }
}

async fn the_last_administrator_who_can_log_in_stays(database: TestDatabase) {
    let store = database.store();
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    account(&store, "jo@example.org", Role::Visitor).await;
    // Invited, and without a password yet.
    let (invited, _) =
        store.invite(&boss, new("new@example.org", Role::Administrator, None), MINUTE).await.unwrap();
    assert_eq!(conflict(store.may_leave(boss.id).await), Conflict::LastAdministrator);
    assert_eq!(conflict(store.delete_account(boss.id).await), Conflict::LastAdministrator);
    let invited = store.administered(&invited).await.unwrap().account;
    store.set_password(invited.id, "hash".to_owned(), None).await.unwrap();
    store.set_disabled(&boss, &invited, true).await.unwrap();
    assert_eq!(conflict(store.delete_account(boss.id).await), Conflict::LastAdministrator);
    store.set_disabled(&boss, &invited, false).await.unwrap();
    store.may_leave(boss.id).await.unwrap();
    store.delete_account(boss.id).await.unwrap();
    assert_eq!(conflict(store.delete_account(invited.id).await), Conflict::LastAdministrator);
    // Whoever was removed acts no more.
    assert_eq!(conflict(store.set_disabled(&boss, &invited, true).await), Conflict::NotAdministrator);
}

/// Every object of an export.
async fn exported(store: &Store, texts: bool) -> Vec<Value> {
    let (mut all, mut place) = (Vec::new(), Some(ExportPlace::START));
    while let Some(at) = place {
        let (rows, next) = store.export_page(at, texts).await.unwrap();
        all.extend(rows);
        place = next;
    }
    all
}

async fn what_is_stored_is_counted_exported_and_deleted(database: TestDatabase) {
    let store = database.store();
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    let jo = account(&store, "jo@example.org", Role::Visitor).await;
    let (_, owner) = sent(&store).await;
    finish_next(&store).await;
    store.keep_result(jo.id, &owner).await.unwrap();
    store.share(&owner).await.unwrap();
    left_behind(&store, "a text in the queue").await;
    store.by_owner(&owner).await.unwrap();
    store.write_openings().await.unwrap();

    let overview = store.overview(Utc::now() + TimeDelta::days(8)).await.unwrap();
    let statuses: Vec<_> =
        overview.records.iter().map(|(status, counts)| (status.as_str(), *counts)).collect();
    let [none, one] = [[0, 0, 0, 0], [0, 0, 1, 0]];
    assert_eq!(statuses, [("queued", one), ("reading", none), ("done", one), ("failed", none)]);
    assert_eq!((overview.accounts, overview.administrators), (2, 1));
    assert_eq!((overview.drafts.submitted, overview.drafts.open), (1, 0));
    assert!(overview.bytes.unwrap() > 1000);
    assert_eq!(overview.schema.as_deref(), Some("20261201000047"));

    let rows = exported(&store, false).await;
    let record = rows.iter().find(|row| row["kind"] == "record").unwrap();
    assert_eq!((&record["kept_by"], &record["shared"]), (&json!([jo.random_id]), &json!(true)));
    assert_eq!(record["opened"][0]["by"], "private");
    let without = serde_json::to_string(&rows).unwrap();
    let with = serde_json::to_string(&exported(&store, true).await).unwrap();
    assert!(with.contains("a text in the queue") && !without.contains("a text in the queue"));
    for secret in [
        owner.as_text().as_str(),
        "key_hash",
        "owner_key",
        "\"shares",
        "\"password",
        "\"text",
        "\"answers",
        "\"ratings",
    ] {
        assert!(!without.contains(&format!("{secret}\"")), "{secret}");
    }

    let erasure = store.begin_erasure(&boss, false).await.unwrap();
    store.erase_all(erasure).await.unwrap();
    let mut beside = database.beside();
    for table in ["personality_records", "drafts", "result_openings", "account_results"] {
        assert_eq!(beside.count(table), 0, "{table}");
    }
    assert_eq!(beside.count("accounts"), 2);
    let erasure = store.begin_erasure(&boss, true).await.unwrap();
    store.erase_all(erasure).await.unwrap();
    assert_eq!((beside.count("accounts"), beside.count("audit_log")), (1, 2));
    assert_eq!(conflict(store.begin_erasure(&jo, true).await), Conflict::NotAdministrator);
}

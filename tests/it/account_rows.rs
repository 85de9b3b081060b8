//! Rows of accounts on both databases: when logins and links end, and what a sweep deletes.

use std::time::Duration;

use calling::internals::records::{
    Conflict, LinkPurpose, NewAccount, RecordsError, RecoveryCode, Role, Store,
};
use chrono::{TimeDelta, Utc};

use crate::database::{TestDatabase, on_both_databases};

fn new(email: &str, role: Role) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        email_key: email.to_lowercase(),
        password: Some("hash".to_owned()),
        role,
        codes: RecoveryCode::set(),
    }
}

pub async fn account(store: &Store, email: &str, role: Role) -> calling::internals::records::Account {
    let id = store.create_account(new(email, role)).await.unwrap();
    store.account(id).await.unwrap().account
}

on_both_databases!(
    a_login_ends_when_it_is_idle_or_old,
    an_address_has_one_account,
    links_are_good_once_and_for_a_while,
    a_code_of_the_second_factor_is_good_once,
    a_code_is_used_up_only_together_with_the_new_password,
    lists_of_accounts_are_paged_by_address,
    an_account_goes_with_everything_that_is_its_own,
);

async fn a_login_ends_when_it_is_idle_or_old(database: TestDatabase) {
    let store = database.store();
    let mut beside = database.beside();
    for (role, idle, absolute) in [
        (Role::Visitor, TimeDelta::days(14), TimeDelta::days(90)),
        (Role::Administrator, TimeDelta::minutes(30), TimeDelta::hours(12)),
    ] {
        let account = account(&store, &format!("{}@example.org", role.as_str()), role).await;
        let token = store.log_in(&account, "Firefox", None, None).await.unwrap().token;
        let session = store.session(&token).await.unwrap().unwrap();
        let lasts = session.expires_at - Utc::now();
        assert!(lasts <= absolute && lasts > absolute - TimeDelta::minutes(5), "{lasts}");
        let mut used = |ago: TimeDelta| {
            let at = (Utc::now() - ago).format("%Y-%m-%d %H:%M:%S");
            beside
                .execute(&format!("UPDATE account_sessions SET used_at = '{at}' WHERE id = {}", session.id));
        };
        used(idle - TimeDelta::minutes(1));
        assert!(store.session(&token).await.unwrap().is_some(), "{role:?}");
        used(idle + TimeDelta::seconds(2));
        assert!(store.session(&token).await.unwrap().is_none(), "{role:?}");
        assert!(store.sessions(&account).await.unwrap().is_empty());
        used(TimeDelta::zero());
        let past = (Utc::now() - TimeDelta::seconds(2)).format("%Y-%m-%d %H:%M:%S");
        beside
            .execute(&format!("UPDATE account_sessions SET expires_at = '{past}' WHERE id = {}", session.id));
        assert!(store.session(&token).await.unwrap().is_none(), "{role:?}");
    }
    assert_eq!(beside.count("account_sessions"), 2);
    store.sweep(Utc::now()).await.unwrap();
    assert_eq!(beside.count("account_sessions"), 0);
    assert_eq!(beside.count("account_browsers"), 2);
    store.sweep(Utc::now() + TimeDelta::days(366)).await.unwrap();
    assert_eq!(beside.count("account_browsers"), 0);
}

async fn an_address_has_one_account(database: TestDatabase) {
    let store = database.store();
    let first = account(&store, "Jo@example.org", Role::Visitor).await;
    let taken = store.create_account(new("jo@EXAMPLE.org", Role::Visitor)).await.unwrap_err();
    assert!(matches!(taken, RecordsError::Conflict(Conflict::AddressTaken)), "{taken}");
    let other = account(&store, "other@example.org", Role::Visitor).await;
    let taken = store.set_email(other.id, "JO@example.org".into(), "jo@example.org".into(), None).await;
    assert!(matches!(taken, Err(RecordsError::Conflict(Conflict::AddressTaken))));
    // Another spelling of one's own.
    store.set_email(first.id, "JO@example.org".into(), "jo@example.org".into(), None).await.unwrap();
    assert_eq!(store.account(first.id).await.unwrap().account.email, "JO@example.org");
    // Two at once: one of them gets it.
    let two = [new("new@example.org", Role::Visitor), new("new@example.org", Role::Visitor)];
    let [a, b] = two.map(|new| store.create_account(new));
    let (a, b) = tokio::join!(a, b);
    assert_eq!([a.is_ok(), b.is_ok()].into_iter().filter(|ok| *ok).count(), 1, "{a:?} {b:?}");
}

async fn links_are_good_once_and_for_a_while(database: TestDatabase) {
    let store = database.store();
    let account = account(&store, "jo@example.org", Role::Visitor).await;
    let issue = |purpose, seconds| store.issue_link(account.id, purpose, Duration::from_secs(seconds), None);
    let first = issue(LinkPurpose::SetPassword, 60).await.unwrap();
    assert_eq!(store.link(&first).await.unwrap().unwrap().purpose, LinkPurpose::SetPassword);
    let address = LinkPurpose::ConfirmEmail("new@example.org".to_owned());
    let second = issue(address.clone(), 60).await.unwrap();
    assert!(store.link(&first).await.unwrap().is_none(), "a newer one replaces it");
    assert_eq!(store.link(&second).await.unwrap().unwrap().purpose, address);
    let follow = |link| store.set_email_by_link(link, "New@example.org".into(), "new@example.org".into());
    let other = self::account(&store, "new@example.org", Role::Visitor).await;
    assert!(matches!(follow(&second).await, Err(RecordsError::Conflict(Conflict::AddressTaken))));
    assert!(store.link(&second).await.unwrap().is_some(), "it is used up only if it changes something");
    store.delete_account(other.id).await.unwrap();
    follow(&second).await.unwrap();
    assert_eq!(store.account(account.id).await.unwrap().account.email, "New@example.org");
    assert!(matches!(follow(&second).await, Err(RecordsError::Missing(_))));
    let late = issue(LinkPurpose::SetPassword, 0).await.unwrap();
    assert!(store.link(&late).await.unwrap().is_none());
    assert!(store.set_password_by_link(&late, "other".into(), Vec::new()).await.is_err());
    assert_eq!(store.account(account.id).await.unwrap().password.as_deref(), Some("hash"));
    store.sweep(Utc::now()).await.unwrap();
    assert_eq!(database.beside().count("account_links"), 1, "a day is left to issue another one");
    store.sweep(Utc::now() + TimeDelta::days(1)).await.unwrap();
    assert_eq!(database.beside().count("account_links"), 0);
}

async fn a_code_of_the_second_factor_is_good_once(database: TestDatabase) {
    let store = database.store();
    let account = account(&store, "boss@example.org", Role::Administrator).await;
    let token = store.log_in(&account, "Firefox", None, None).await.unwrap().token;
    let session = store.session(&token).await.unwrap().unwrap();
    assert_eq!(store.factor_secret(account.id, "AAAA".into()).await.unwrap(), "AAAA");
    assert_eq!(store.factor_secret(account.id, "BBBB".into()).await.unwrap(), "AAAA");
    let passed = store.pass_factor(account.id, session.id, 7).await.unwrap().unwrap();
    assert!(store.session(&token).await.unwrap().is_none(), "the token is another one");
    assert!(store.session(&passed).await.unwrap().unwrap().factor_passed);
    for step in [6, 7] {
        assert!(store.pass_factor(account.id, session.id, step).await.unwrap().is_none(), "{step}");
    }
    let code = &RecoveryCode::set()[0];
    store.set_recovery_codes(account.id, vec![code.clone()]).await.unwrap();
    let by_code = |session| store.pass_factor_by_code(account.id, session, code);
    assert!(matches!(by_code(-1).await, Err(RecordsError::Missing(_))), "a session that has ended");
    let again = by_code(session.id).await.unwrap().unwrap();
    assert!(store.session(&again).await.unwrap().unwrap().factor_passed, "its error used no code up");
    assert!(by_code(session.id).await.unwrap().is_none());
}

async fn a_code_is_used_up_only_together_with_the_new_password(database: TestDatabase) {
    let store = database.store();
    let account = account(&store, "jo@example.org", Role::Visitor).await;
    let token = store.log_in(&account, "Firefox", None, None).await.unwrap().token;
    let code = &RecoveryCode::set()[0];
    store.set_recovery_codes(account.id, vec![code.clone()]).await.unwrap();
    assert!(!store.recover(None, code, "new".into()).await.unwrap());
    // The second step fails, as it would if the database went away between the two.
    database.beside().execute("ALTER TABLE account_links RENAME TO account_links_away");
    assert!(store.recover(Some(account.id), code, "new".into()).await.is_err());
    database.beside().execute("ALTER TABLE account_links_away RENAME TO account_links");
    assert_eq!(store.recovery_codes_left(account.id).await.unwrap(), 1);
    assert_eq!(store.account(account.id).await.unwrap().password.as_deref(), Some("hash"));
    assert!(store.recover(Some(account.id), code, "new".into()).await.unwrap());
    assert_eq!(store.account(account.id).await.unwrap().password.as_deref(), Some("new"));
    assert!(store.session(&token).await.unwrap().is_none(), "every session ends");
    assert!(!store.recover(Some(account.id), code, "newer".into()).await.unwrap(), "it works once");
    assert_eq!(store.account(account.id).await.unwrap().password.as_deref(), Some("new"));
}

async fn lists_of_accounts_are_paged_by_address(database: TestDatabase) {
    let store = database.store();
    for number in 0..120 {
        let email = format!("{}{number:03}@example.org", if number % 2 == 0 { "Even" } else { "odd" });
        store.create_account(new(&email, Role::Visitor)).await.unwrap();
    }
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let page = store.accounts_page("", &after).await.unwrap();
        seen.extend(page.accounts.iter().map(|account| account.email.to_lowercase()));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen.len(), 120);
    seen.dedup();
    assert_eq!(seen.len(), 120);
    let page = store.accounts_page("even", "").await.unwrap();
    assert_eq!(page.accounts.len(), 50);
    assert!(page.accounts.iter().all(|account| account.email.starts_with("Even")));
    assert_eq!(store.accounts_page("even", &page.next.unwrap()).await.unwrap().accounts.len(), 10);
}

async fn an_account_goes_with_everything_that_is_its_own(database: TestDatabase) {
    let store = database.store();
    let account = account(&store, "jo@example.org", Role::Visitor).await;
    store.log_in(&account, "Firefox", None, None).await.unwrap();
    store.issue_link(account.id, LinkPurpose::SetPassword, Duration::from_secs(60), None).await.unwrap();
    let mut beside = database.beside();
    let tables = ["accounts", "account_sessions", "account_browsers", "account_links"];
    assert_eq!(tables.map(|table| beside.count(table)), [1; 4]);
    assert_eq!(beside.count("account_codes"), 8);
    store.delete_account(account.id).await.unwrap();
    assert_eq!(tables.map(|table| beside.count(table)), [0; 4]);
    assert_eq!(beside.count("account_codes"), 0);
    assert!(matches!(store.account(account.id).await, Err(RecordsError::Missing(_))));
}

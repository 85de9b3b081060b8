//! The outbox on both databases: who sends a mail, what becomes of its link, and invitations that nobody used.

use std::collections::BTreeSet;
use std::time::Duration;

use calling::internals::records::{
    Account, Conflict, LinkPurpose, MailMessage, NewAccount, PoolConfig, RecordsError, RecoveryCode, Role,
    Store,
};
use chrono::{DateTime, TimeDelta, Utc};

use crate::database::{TestDatabase, on_both_databases};

const HOLD: Duration = Duration::from_secs(60);
const JO: &str = "jo@example.org";

on_both_databases!(
    a_mail_is_sent_by_one_server,
    a_mail_whose_server_died_is_taken_by_another,
    a_mail_that_was_not_sent_waits_and_expires,
    what_a_mail_says_is_looked_up_when_it_is_sent,
    a_registration_is_good_once_and_for_one_account,
    links_that_wait_to_be_mailed_end_with_the_others,
    owners_are_told_what_changed,
    an_invitation_that_nobody_used_is_erased_a_day_after_it_expired,
    what_strangers_asked_for_goes_with_all_data,
);

fn store(database: &TestDatabase) -> Store {
    let timeout = Duration::from_secs(60);
    database.store_with(PoolConfig { timeout, mails: true, ..PoolConfig::default() })
}

fn new(email: &str, password: Option<&str>, role: Role) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        email_key: email.to_lowercase(),
        password: password.map(str::to_owned),
        role,
        codes: RecoveryCode::set(),
    }
}

async fn account(store: &Store, email: &str, role: Role) -> Account {
    let id = store.create_account(new(email, Some("hash"), role)).await.unwrap();
    store.account(id).await.unwrap().account
}

async fn register(store: &Store, email: &str) {
    store.ask_registration(email.to_owned(), email.to_lowercase(), "a hash".to_owned()).await.unwrap();
}

/// Everything that is due at this time, as it is sent.
async fn sent_at(store: &Store, now: DateTime<Utc>) -> Vec<(String, MailMessage)> {
    let mut sent = Vec::new();
    while let Some(mail) = store.take_mail(now, HOLD).await.unwrap() {
        store.mail_sent(&mail).await.unwrap();
        sent.push((mail.to, mail.says));
    }
    sent
}

/// A moment after now, at which everything stored until now is due.
fn soon() -> DateTime<Utc> {
    Utc::now() + TimeDelta::seconds(1)
}

async fn a_mail_is_sent_by_one_server(database: TestDatabase) {
    let servers = [store(&database), store(&database), store(&database)];
    for number in 0..20 {
        register(&servers[0], &format!("{number}@example.org")).await;
    }
    let now = soon();
    let taking = servers.iter().map(|server| async {
        let mut taken = Vec::new();
        while let Some(mail) = server.take_mail(now, HOLD).await.unwrap() {
            taken.push(mail.to);
        }
        taken
    });
    let taken: Vec<String> = futures_util::future::join_all(taking).await.into_iter().flatten().collect();
    assert_eq!(taken.len(), 20, "{taken:?}");
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), 20);
}

async fn a_mail_whose_server_died_is_taken_by_another(database: TestDatabase) {
    let (first, second) = (store(&database), store(&database));
    register(&first, JO).await;
    let now = soon();
    let lost = first.take_mail(now, HOLD).await.unwrap().unwrap();
    assert!(second.take_mail(now + TimeDelta::seconds(59), HOLD).await.unwrap().is_none());
    let later = now + TimeDelta::seconds(60);
    let found = second.take_mail(later, HOLD).await.unwrap().unwrap();
    assert_eq!((found.id, found.attempts, &found.message_id), (lost.id, 2, &lost.message_id));
    first.mail_sent(&lost).await.unwrap();
    first.mail_failed(&lost, "too late".to_owned(), later, Duration::ZERO).await.unwrap();
    assert_eq!(second.outbox(later).await.unwrap().waiting, 1, "the first one has lost it");
    assert_eq!(second.outbox(later).await.unwrap().failed, None);
    second.mail_sent(&found).await.unwrap();
    assert_eq!(database.beside().count("outbox"), 0);
}

async fn a_mail_that_was_not_sent_waits_and_expires(database: TestDatabase) {
    let store = store(&database);
    register(&store, JO).await;
    let now = soon();
    let mail = store.take_mail(now, HOLD).await.unwrap().unwrap();
    store.mail_failed(&mail, "nobody there".to_owned(), now, Duration::from_secs(5)).await.unwrap();
    let outbox = store.outbox(now).await.unwrap();
    assert_eq!((outbox.waiting, outbox.failed.unwrap().1.as_str()), (1, "nobody there"));
    assert!(store.take_mail(now + TimeDelta::seconds(4), HOLD).await.unwrap().is_none());
    let again = store.take_mail(now + TimeDelta::seconds(5), HOLD).await.unwrap().unwrap();
    assert_eq!(again.attempts, 2);
    let late = now + TimeDelta::hours(4);
    assert!(store.take_mail(late, HOLD).await.unwrap().is_none(), "nobody waits for it any more");
    assert_eq!(store.outbox(late).await.unwrap().waiting, 0);
    let mut beside = database.beside();
    assert_eq!((beside.count("outbox"), beside.count("registrations")), (1, 2));
    store.sweep(late).await.unwrap();
    assert_eq!((beside.count("outbox"), beside.count("registrations")), (0, 0));
}

async fn what_a_mail_says_is_looked_up_when_it_is_sent(database: TestDatabase) {
    let store = store(&database);
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    let off = account(&store, "off@example.org", Role::Visitor).await;
    store.set_disabled(&boss, &off, true).await.unwrap();
    for email in [JO, "off@example.org", "nobody@example.org"] {
        register(&store, email).await;
        store.ask_recovery(email.to_owned(), email.to_owned()).await.unwrap();
    }
    // Stored before there is an account with the address.
    account(&store, JO, Role::Visitor).await;
    let mut beside = database.beside();
    assert_eq!(beside.count("outbox WHERE account_id IS NULL"), 6, "the rows tell nothing");
    let sent = sent_at(&store, soon()).await;
    let said: Vec<(&str, &MailMessage)> = sent.iter().map(|(to, says)| (to.as_str(), says)).collect();
    assert!(
        matches!(
            said[..],
            [
                (JO, MailMessage::Registered),
                (JO, MailMessage::Recover(_)),
                ("off@example.org", MailMessage::Registered),
                ("nobody@example.org", MailMessage::Confirm(_)),
            ]
        ),
        "{said:?}"
    );
    assert_eq!((beside.count("outbox"), beside.count("account_links")), (0, 1));
}

async fn a_registration_is_good_once_and_for_one_account(database: TestDatabase) {
    let store = store(&database);
    for _ in 0..2 {
        register(&store, JO).await;
    }
    let sent = sent_at(&store, soon()).await;
    let [(_, MailMessage::Confirm(first)), (_, MailMessage::Confirm(second))] = &sent[..] else {
        panic!("{sent:?}")
    };
    assert_eq!(store.registration(first).await.unwrap().unwrap().email, JO);
    let id = store.register_by_link(first, RecoveryCode::set()).await.unwrap();
    let known = store.account(id).await.unwrap();
    assert_eq!((known.password.as_deref(), known.account.role), (Some("a hash"), Role::Visitor));
    for used in [first, second] {
        assert!(store.registration(used).await.unwrap().is_none());
        let again = store.register_by_link(used, RecoveryCode::set()).await;
        assert!(matches!(again, Err(RecordsError::Missing(_))));
    }
    register(&store, "new@example.org").await;
    let sent = sent_at(&store, soon()).await;
    let [(_, MailMessage::Confirm(token))] = &sent[..] else { panic!("{sent:?}") };
    account(&store, "new@example.org", Role::Visitor).await;
    let taken = store.register_by_link(token, RecoveryCode::set()).await;
    assert!(matches!(taken, Err(RecordsError::Conflict(Conflict::AddressTaken))));
    let past = (Utc::now() - TimeDelta::seconds(2)).format("%Y-%m-%d %H:%M:%S");
    database.beside().execute(&format!("UPDATE registrations SET expires_at = '{past}'"));
    assert!(store.registration(token).await.unwrap().is_none());
}

async fn links_that_wait_to_be_mailed_end_with_the_others(database: TestDatabase) {
    let store = store(&database);
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    let jo = account(&store, JO, Role::Visitor).await;
    store.ask_new_email(jo.id, "evil@example.org".into(), "evil@example.org".into()).await.unwrap();
    store.ask_new_email(jo.id, "new@example.org".into(), "new@example.org".into()).await.unwrap();
    assert_eq!(database.beside().count("outbox"), 1, "the newer address replaces the other");
    store.issue_link_by(&boss, &jo, Duration::from_secs(60)).await.unwrap();
    store.set_password(jo.id, "new hash".to_owned(), None).await.unwrap();
    let sent = sent_at(&store, soon()).await;
    assert!(matches!(&sent[..], [(to, MailMessage::PasswordChanged)] if to == JO), "{sent:?}");
    assert_eq!(database.beside().count("account_links"), 0);
}

async fn owners_are_told_what_changed(database: TestDatabase) {
    let store = store(&database);
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    let jo = account(&store, JO, Role::Visitor).await;
    store.ask_new_email(jo.id, "Jo@new.example".into(), "jo@new.example".into()).await.unwrap();
    let sent = sent_at(&store, soon()).await;
    let [(to, MailMessage::ConfirmEmail(token))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(to, "Jo@new.example");
    let link = store.link(token).await.unwrap().unwrap();
    assert_eq!(link.purpose, LinkPurpose::ConfirmEmail("Jo@new.example".to_owned()));
    store.set_email_by_link(token, "Jo@new.example".into(), "jo@new.example".into()).await.unwrap();
    let sent = sent_at(&store, soon()).await;
    assert!(matches!(&sent[..], [(to, MailMessage::EmailChanged)] if to == JO), "{sent:?}");

    store.ask_new_email(jo.id, "boss@example.org".into(), "boss@example.org".into()).await.unwrap();
    let sent = sent_at(&store, soon()).await;
    assert!(matches!(&sent[..], [(to, MailMessage::EmailTaken)] if to == "boss@example.org"), "{sent:?}");

    let (_, shown) = store.invite(&boss, new("in@example.org", None, Role::Visitor), HOLD).await.unwrap();
    let sent = sent_at(&store, soon()).await;
    let [(_, MailMessage::Invite(mailed))] = &sent[..] else { panic!("{sent:?}") };
    assert!(store.link(mailed).await.unwrap().is_some() && store.link(&shown).await.unwrap().is_some());
    store.set_password_by_link(mailed, "first".to_owned(), Vec::new()).await.unwrap();
    assert!(store.link(&shown).await.unwrap().is_none(), "whichever is used first ends the other");
    assert!(sent_at(&store, soon()).await.is_empty(), "a first password is no change");

    let without = database.store();
    without.set_password(jo.id, "other".to_owned(), None).await.unwrap();
    assert!(sent_at(&store, soon()).await.is_empty(), "a site without mail stores none");
}

async fn an_invitation_that_nobody_used_is_erased_a_day_after_it_expired(database: TestDatabase) {
    let store = database.store();
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    let week = Duration::from_secs(7 * 24 * 60 * 60);
    let mut tokens = Vec::new();
    for email in ["unused@example.org", "used@example.org", "off@example.org", "renewed@example.org"] {
        tokens.push(store.invite(&boss, new(email, None, Role::Visitor), week).await.unwrap().1);
    }
    store.set_password_by_link(&tokens[1], "hash".to_owned(), Vec::new()).await.unwrap();
    let named = async |email: &str| store.account_by_email(email).await.unwrap();
    let off = named("off@example.org").await.unwrap().account;
    store.set_disabled(&boss, &off, true).await.unwrap();
    let renewed = named("renewed@example.org").await.unwrap().account;
    store.issue_link_by(&boss, &renewed, 2 * week).await.unwrap();
    let created = Utc::now();
    store.sweep(created + TimeDelta::days(8) - TimeDelta::minutes(1)).await.unwrap();
    assert!(named("unused@example.org").await.is_some(), "expired for less than a day");
    store.sweep(created + TimeDelta::days(8) + TimeDelta::minutes(1)).await.unwrap();
    assert!(named("unused@example.org").await.is_none());
    for stays in ["used@example.org", "off@example.org", "renewed@example.org", "boss@example.org"] {
        assert!(named(stays).await.is_some(), "{stays}");
    }
    store.sweep(created + TimeDelta::days(15) + TimeDelta::minutes(1)).await.unwrap();
    assert!(named("renewed@example.org").await.is_none());
    assert!(named("off@example.org").await.is_some() && named("used@example.org").await.is_some());
}

async fn what_strangers_asked_for_goes_with_all_data(database: TestDatabase) {
    let store = store(&database);
    let boss = account(&store, "boss@example.org", Role::Administrator).await;
    register(&store, JO).await;
    store.take_mail(soon(), HOLD).await.unwrap().unwrap();
    store.set_password(boss.id, "new hash".to_owned(), None).await.unwrap();
    let erasure = store.begin_erasure(&boss, true).await.unwrap();
    store.erase_all(erasure).await.unwrap();
    let mut beside = database.beside();
    assert_eq!((beside.count("outbox"), beside.count("registrations")), (1, 0), "the administrator's stays");
}

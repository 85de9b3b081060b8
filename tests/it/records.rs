//! Drafts, submissions and results, on both databases.

use std::collections::BTreeMap;
use std::time::Duration;

use calling::internals::careers::Recommendations;
use calling::internals::personality::{Mbti, Pair, Profile, Trait};
use calling::internals::records::{
    AnswerSpan, Conflict, DraftKey, DraftState, Finished, LeaseOutcome, ModelRead, ModelUsed, NewSubmission,
    NewText, OwnerKey, PoolConfig, RecordsError, Source, Status, Store, Thing, Wanted,
};
use chrono::Utc;
use serde_json::json;

use crate::database::{TestDatabase, on_both_databases};

on_both_databases!(
    a_save_changes_only_the_answers_it_carries,
    a_null_character_is_left_out,
    two_tabs_lose_none_of_each_others_answers,
    saves_of_one_new_field_at_once_leave_one_value,
    twenty_submissions_of_one_draft_store_one_record,
    a_submission_never_misses_an_answer_that_was_saved,
    a_submitted_draft_takes_no_more_answers_and_leads_to_its_result,
    a_draft_taken_over_has_another_key_and_the_same_answers,
    a_deleted_result_never_comes_back,
    deleting_a_draft_keeps_its_result,
    drafts_expire,
    results_expire,
    results_are_listed_in_the_order_of_their_keys,
    values_beyond_the_limits_are_refused,
    a_result_is_stored_in_documented_columns,
    a_share_link_shows_no_text_and_can_be_revoked,
    no_key_is_stored,
    an_unreadable_column_is_an_error,
    a_place_in_the_queue_counts_older_submissions,
);

/// A submission composed from a draft of this revision.
pub fn submission(draft_revision: i64) -> NewSubmission {
    NewSubmission {
        draft_revision,
        text: "I make friends easily. Café, naïve, 🙂.".to_owned(),
        spans: vec![AnswerSpan { field: "r01".to_owned(), start: 0, end: 22 }],
        ratings: json!({"r01": "5"}),
        answers: json!({"q01": "café, I hope"}),
        questionnaire_version: "1".to_owned(),
        questionnaire_hash: "ab".repeat(32),
        keyed_scores: json!({"Extraversion": 75.0}),
    }
}

/// A result.
pub fn finished() -> Finished {
    let mut profile = Profile { types: [0.0; 16], traits: [0.5; 5] };
    for (name, probability) in [("INFP", 0.5), ("ENFP", 0.25), ("INTJ", 0.25)] {
        profile.types[Mbti::parse(name).unwrap().index()] = probability;
    }
    profile.traits[Trait::Openness.index()] = 0.9;
    let reading = Pair::from_fn(|kind| ModelRead {
        logits: vec![(format!("{kind}'s last label"), -0.5), (format!("{kind}'s first label"), 1.5)],
        windows: 3,
        ..ModelRead::default()
    });
    Finished {
        profile,
        careers: Recommendations { mbti: Vec::new(), big_five: Vec::new() }.into(),
        models: Pair::from_fn(|kind| ModelUsed { name: kind.name().to_owned(), ..ModelUsed::default() })
            .into(),
        data_version: "2025".to_owned(),
        reading,
        assessment: None,
        share_read: 1.0,
    }
}

/// Changes for [`Store::save_answers`].
pub fn answers<const N: usize>(pairs: [(&str, Option<&str>); N]) -> BTreeMap<String, Option<String>> {
    pairs.into_iter().map(|(field, value)| (field.to_owned(), value.map(str::to_owned))).collect()
}

/// Submits a draft with one answer.
pub async fn sent(store: &Store) -> (DraftKey, OwnerKey) {
    sent_as(store, &submission(0).text).await
}

/// Submits a draft with one answer as this text.
pub async fn sent_as(store: &Store, text: &str) -> (DraftKey, OwnerKey) {
    let draft = store.open_draft().await.unwrap();
    let saved = store.save_answers(&draft, answers([("r01", Some("5"))])).await.unwrap();
    let new = NewSubmission { text: text.to_owned(), ..submission(saved.revision) };
    let submitted = store.submit(&draft, new).await.unwrap();
    assert!(!submitted.already);
    (draft, submitted.owner_key)
}

/// Stores a text in the state that a server leaves if it stops while reading it: queued, after one attempt.
pub async fn left_behind(store: &Store, text: &str) -> OwnerKey {
    let new = NewText { text: text.to_owned() };
    let (key, minute) = (OwnerKey::random(), Duration::from_secs(60));
    let lease = store.store_leased(new, &key, "stopped", minute, minute).await.unwrap();
    assert_eq!(store.park(&lease).await.unwrap(), LeaseOutcome::Held);
    store.claim(vec![lease.id]).await.unwrap();
    key
}

/// Leases and finishes the oldest questionnaire, with something in the column of its assessment.
pub async fn finish_next(store: &Store) {
    let leased = store
        .lease_next("test", Duration::from_secs(60), Wanted::Fresh(Source::Questionnaire))
        .await
        .unwrap()
        .unwrap();
    let assessment = Some(json!({"version": 1, "shares": {"intercept": 0.0}}));
    let reading = Finished { assessment, ..finished() };
    assert_eq!(store.finish(&leased.lease, reading).await.unwrap(), LeaseOutcome::Held);
}

pub fn conflict<T: std::fmt::Debug>(result: Result<T, RecordsError>) -> Conflict {
    match result {
        Err(RecordsError::Conflict(conflict)) => conflict,
        other => panic!("expected a conflict, got {other:?}"),
    }
}

async fn a_save_changes_only_the_answers_it_carries(database: TestDatabase) {
    let store = database.store();
    let key = store.open_draft().await.unwrap();
    let empty = store.draft(&key).await.unwrap().unwrap();
    assert!(empty.answers.is_empty() && empty.state == DraftState::Open && empty.revision == 0);
    store.save_answers(&key, answers([("r01", Some("1")), ("r02", Some("2"))])).await.unwrap();
    store.save_answers(&key, answers([("r02", Some("3")), ("q01", Some("'; --é🙂"))])).await.unwrap();
    let saved = store.save_answers(&key, answers([("r01", None), ("never", None)])).await.unwrap();
    let draft = database.store().draft(&key).await.unwrap().unwrap();
    assert_eq!(
        draft.answers,
        BTreeMap::from([("q01".to_owned(), "'; --é🙂".to_owned()), ("r02".to_owned(), "3".to_owned())])
    );
    assert_eq!(draft.revision, saved.revision);
    assert_eq!(draft.expires_at, saved.expires_at);
    assert!(draft.created_at <= draft.updated_at && draft.updated_at < draft.expires_at);
    let stranger = DraftKey::parse(&"A".repeat(43)).unwrap();
    assert!(store.draft(&stranger).await.unwrap().is_none());
    assert!(matches!(
        store.save_answers(&stranger, answers([])).await,
        Err(RecordsError::Missing(Thing::Draft))
    ));
}

async fn a_null_character_is_left_out(database: TestDatabase) {
    let store = database.store();
    let key = store.open_draft().await.unwrap();
    store.save_answers(&key, answers([("q01", Some("a\0b\0"))])).await.unwrap();
    assert_eq!(store.draft(&key).await.unwrap().unwrap().answers["q01"], "ab");
    let owner = left_behind(&store, "a\0b").await;
    let record = store.by_owner(&owner).await.unwrap().unwrap();
    assert_eq!(
        (record.text.as_str(), record.shown.source, record.status),
        ("ab", Source::Api, Status::Queued)
    );
}

async fn two_tabs_lose_none_of_each_others_answers(database: TestDatabase) {
    let (one, other) = (database.store(), database.store());
    let key = one.open_draft().await.unwrap();
    let mut tabs = tokio::task::JoinSet::new();
    for (tab, store) in [("r", one.clone()), ("q", other)] {
        for number in 0..40 {
            let (store, key) = (store.clone(), key.clone());
            tabs.spawn(async move {
                let field = format!("{tab}{number:02}");
                store.save_answers(&key, BTreeMap::from([(field, Some(number.to_string()))])).await.unwrap();
            });
        }
    }
    while let Some(saved) = tabs.join_next().await {
        saved.unwrap();
    }
    let draft = one.draft(&key).await.unwrap().unwrap();
    assert_eq!(draft.answers.len(), 80);
    assert_eq!(draft.revision, 80);
    assert!((0..40).all(|n| draft.answers[&format!("r{n:02}")] == n.to_string()));
}

async fn saves_of_one_new_field_at_once_leave_one_value(database: TestDatabase) {
    let store = database.store();
    let key = store.open_draft().await.unwrap();
    let mut saves = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (store, key) = (store.clone(), key.clone());
        saves.spawn(async move {
            let value = number.to_string();
            store.save_answers(&key, answers([("r01", Some(&value))])).await.unwrap()
        });
    }
    while let Some(saved) = saves.join_next().await {
        saved.unwrap();
    }
    let draft = store.draft(&key).await.unwrap().unwrap();
    assert_eq!(draft.answers.len(), 1);
    assert!(draft.answers["r01"].parse::<u32>().unwrap() < 20);
}

async fn twenty_submissions_of_one_draft_store_one_record(database: TestDatabase) {
    let servers = [database.store(), database.store()];
    let key = servers[0].open_draft().await.unwrap();
    let mut submissions = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (store, key) = (servers[number % 2].clone(), key.clone());
        submissions.spawn(async move { store.submit(&key, submission(0)).await.unwrap() });
    }
    let mut first = 0;
    let mut owners = std::collections::HashSet::new();
    while let Some(submitted) = submissions.join_next().await {
        let submitted = submitted.unwrap();
        owners.insert(submitted.owner_key);
        first += u32::from(!submitted.already);
    }
    assert_eq!(owners.len(), 1);
    assert_eq!(first, 1);
    assert_eq!(database.beside().count("personality_records"), 1);
}

async fn a_submission_never_misses_an_answer_that_was_saved(database: TestDatabase) {
    let store = database.store();
    for round in 0..10 {
        let key = store.open_draft().await.unwrap();
        let tab = {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move {
                let mut kept = BTreeMap::new();
                for number in 0..30 {
                    let change = BTreeMap::from([(format!("q{number:02}"), Some("yes".to_owned()))]);
                    match store.save_answers(&key, change).await {
                        Ok(_) => kept.insert(format!("q{number:02}"), "yes".to_owned()),
                        Err(RecordsError::Conflict(Conflict::DraftSubmitted)) => break,
                        Err(other) => panic!("{other:?}"),
                    };
                }
                kept
            })
        };
        tokio::time::sleep(Duration::from_millis(3 * round)).await;
        let owner = loop {
            let draft = store.draft(&key).await.unwrap().unwrap();
            let mut new = submission(draft.revision);
            new.answers = json!(draft.answers);
            match store.submit(&key, new).await {
                Ok(submitted) => break submitted.owner_key,
                Err(RecordsError::Conflict(Conflict::DraftChanged)) => {}
                Err(other) => panic!("{other:?}"),
            }
        };
        let kept = tab.await.unwrap();
        let record = store.by_owner(&owner).await.unwrap().unwrap();
        assert_eq!(record.answers.unwrap(), json!(kept), "every answer reported as saved is in the record");
    }
}

async fn a_submitted_draft_takes_no_more_answers_and_leads_to_its_result(database: TestDatabase) {
    let store = database.store();
    let (key, owner) = sent(&store).await;
    assert_eq!(
        conflict(store.save_answers(&key, answers([("r01", Some("1"))])).await),
        Conflict::DraftSubmitted
    );
    let draft = store.draft(&key).await.unwrap().unwrap();
    assert_eq!(draft.state, DraftState::Submitted(owner.clone()));
    assert!(draft.answers.is_empty());
    assert_eq!(database.beside().count("draft_answers"), 0);
    // Again, from another server and with another revision.
    let again = database.store().submit(&key, submission(17)).await.unwrap();
    assert!(again.already && again.owner_key == owner);
    let record = store.by_owner(&owner).await.unwrap().unwrap();
    assert_eq!(record.status, Status::Queued);
    assert_eq!(record.answers, Some(json!({"q01": "café, I hope"})));
    assert_eq!(record.shown.source, Source::Questionnaire);
    assert!(!store.submit(&store.open_draft().await.unwrap(), submission(0)).await.unwrap().already);
    assert_eq!(database.beside().count("personality_records"), 2, "a new draft makes a new record");
}

async fn a_draft_taken_over_has_another_key_and_the_same_answers(database: TestDatabase) {
    let store = database.store();
    let old = store.open_draft().await.unwrap();
    store.save_answers(&old, answers([("r01", Some("1")), ("q01", Some("tea"))])).await.unwrap();
    let new = store.take_over(&old).await.unwrap().unwrap();
    assert_ne!(new, old);
    let taken = store.draft(&new).await.unwrap().unwrap();
    assert_eq!(taken.answers["q01"], "tea");
    // Until the new key has come back, the old one still finds the answers, in case an answer gets lost on its way.
    assert_eq!(store.draft(&old).await.unwrap().unwrap().answers, taken.answers);
    assert!(taken.took_over);
    store.drop_predecessor(&new).await.unwrap();
    assert!(store.draft(&old).await.unwrap().is_none());
    let kept = store.draft(&new).await.unwrap().unwrap();
    assert_eq!((kept.answers.len(), kept.took_over), (2, false));
    assert_eq!(store.take_over(&old).await.unwrap(), None);
    // A sent draft is not taken over, and its key does not reveal the owner's.
    let revision = kept.revision;
    let sent = store.submit(&new, submission(revision)).await.unwrap();
    assert_eq!(store.take_over(&new).await.unwrap(), None);
    assert_eq!(
        store.draft(&new).await.unwrap().unwrap().state,
        DraftState::Submitted(sent.owner_key.clone())
    );
    let other = store.open_draft().await.unwrap();
    assert_ne!(store.submit(&other, submission(0)).await.unwrap().owner_key, sent.owner_key);
}

async fn a_deleted_result_never_comes_back(database: TestDatabase) {
    let store = database.store();
    let (key, owner) = sent(&store).await;
    let leased = store
        .lease_next("test", Duration::from_secs(60), Wanted::Fresh(Source::Questionnaire))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.delete(&owner).await.unwrap(), Some(leased.lease.id));
    assert_eq!(store.delete(&owner).await.unwrap(), None);
    assert_eq!(store.finish(&leased.lease, finished()).await.unwrap(), LeaseOutcome::Gone);
    assert_eq!(store.renew(&leased.lease, Duration::from_secs(60)).await.unwrap(), LeaseOutcome::Gone);
    assert_eq!(store.park(&leased.lease).await.unwrap(), LeaseOutcome::Gone);
    assert!(store.by_owner(&owner).await.unwrap().is_none());
    assert_eq!(store.draft(&key).await.unwrap().unwrap().state, DraftState::Deleted);
    assert_eq!(conflict(store.submit(&key, submission(1)).await), Conflict::DraftDeleted);
    assert_eq!(conflict(store.save_answers(&key, answers([])).await), Conflict::DraftDeleted);
    assert_eq!(database.beside().count("personality_records"), 0);
    // The id of a deleted record is not reused, or a late worker could finish the wrong one.
    left_behind(&store, "another").await;
    let next =
        store.lease_next("test", Duration::from_secs(60), Wanted::Fresh(Source::Api)).await.unwrap().unwrap();
    assert!(next.lease.id > leased.lease.id);
}

async fn deleting_a_draft_keeps_its_result(database: TestDatabase) {
    let store = database.store();
    let (key, owner) = sent(&store).await;
    assert!(store.forget_draft(&key).await.unwrap());
    assert!(!store.forget_draft(&key).await.unwrap());
    assert!(store.draft(&key).await.unwrap().is_none());
    assert!(matches!(store.submit(&key, submission(1)).await, Err(RecordsError::Missing(Thing::Draft))));
    assert!(store.by_owner(&owner).await.unwrap().is_some());
    let open = store.open_draft().await.unwrap();
    store.save_answers(&open, answers([("r01", Some("1"))])).await.unwrap();
    assert!(store.forget_draft(&open).await.unwrap());
    assert_eq!(database.beside().count("draft_answers"), 0);
}

async fn drafts_expire(database: TestDatabase) {
    let hour = Duration::from_secs(3600);
    let brief = PoolConfig { draft_lifetime: Duration::from_secs(4), ..PoolConfig::default() };
    let (store, brief) = (
        database.store_with(PoolConfig { draft_lifetime: hour, ..PoolConfig::default() }),
        database.store_with(brief),
    );
    let (short, long) = (brief.open_draft().await.unwrap(), store.open_draft().await.unwrap());
    brief.save_answers(&short, answers([("r01", Some("1"))])).await.unwrap();
    store.save_answers(&long, answers([("r01", Some("1"))])).await.unwrap();
    assert!(brief.draft(&short).await.unwrap().is_some());
    tokio::time::sleep(Duration::from_millis(4100)).await;
    assert!(brief.draft(&short).await.unwrap().is_none(), "an expired draft is gone before the sweep");
    assert!(matches!(
        store.save_answers(&short, answers([])).await,
        Err(RecordsError::Missing(Thing::Draft))
    ));
    assert!(matches!(store.submit(&short, submission(1)).await, Err(RecordsError::Missing(Thing::Draft))));
    assert_eq!(store.sweep(Utc::now()).await.unwrap().drafts, 1);
    assert_eq!(database.beside().count("draft_answers"), 1);
    assert_eq!(store.sweep(Utc::now() + 2 * hour).await.unwrap().drafts, 1);
    assert_eq!(database.beside().count("draft_answers"), 0);
}

async fn results_expire(database: TestDatabase) {
    let week = Duration::from_secs(7 * 24 * 3600);
    let keeps = database.store();
    let store = database.store_with(PoolConfig { result_lifetime: Some(week), ..PoolConfig::default() });
    let ((draft, old), (_, young), (_, waiting)) =
        (sent(&store).await, sent(&store).await, sent(&store).await);
    finish_next(&store).await;
    finish_next(&store).await;
    let share = store.share(&old).await.unwrap();
    let mut beside = database.beside();
    beside.execute("UPDATE personality_records SET finished_at = '2026-01-01 00:00:00' WHERE id = 1");
    assert!(keeps.by_owner(&old).await.unwrap().is_some(), "without the setting it is kept");
    assert_eq!(keeps.sweep(Utc::now()).await.unwrap().results, 0);
    assert!(store.by_owner(&old).await.unwrap().is_none(), "an expired result is gone before the sweep");
    assert!(store.by_share(&share).await.unwrap().is_none());
    assert_eq!(store.sweep(Utc::now()).await.unwrap().results, 1);
    assert_eq!(beside.count("personality_records"), 2);
    assert_eq!(store.draft(&draft).await.unwrap().unwrap().state, DraftState::Deleted);
    assert!(store.by_owner(&young).await.unwrap().is_some());
    // A submission that still waits has no result that could expire.
    assert_eq!(store.sweep(Utc::now() + 2 * week).await.unwrap().results, 1);
    assert_eq!(store.by_owner(&waiting).await.unwrap().unwrap().status, Status::Queued);
}

async fn results_are_listed_in_the_order_of_their_keys(database: TestDatabase) {
    let week = Duration::from_secs(7 * 24 * 3600);
    let keeps = database.store();
    let store = database.store_with(PoolConfig { result_lifetime: Some(week), ..PoolConfig::default() });
    let ((_, first), (_, second), (_, waiting)) =
        (sent(&store).await, sent(&store).await, sent(&store).await);
    finish_next(&store).await;
    finish_next(&store).await;
    let stranger = OwnerKey::random();
    let keys = vec![waiting.clone(), second.clone(), stranger, first.clone()];
    let found = async |store: &Store| {
        let listed = store.listed(keys.clone()).await.unwrap();
        listed.into_iter().map(|listed| (listed.key, listed.status)).collect::<Vec<_>>()
    };
    let all = [(waiting, Status::Queued), (second.clone(), Status::Done), (first, Status::Done)];
    assert_eq!(found(&store).await, all);
    assert!(store.listed(Vec::new()).await.unwrap().is_empty());
    // An expired one is not listed.
    database
        .beside()
        .execute("UPDATE personality_records SET finished_at = '2026-01-01 00:00:00' WHERE id = 1");
    assert_eq!(found(&keeps).await.len(), 3);
    assert_eq!(found(&store).await, all[..2]);
    keeps.delete(&second).await.unwrap();
    assert_eq!(found(&store).await, all[..1]);
}

async fn values_beyond_the_limits_are_refused(database: TestDatabase) {
    let store = database.store();
    let key = store.open_draft().await.unwrap();
    let long = "f".repeat(65);
    let huge = "v".repeat(256 * 1024 + 1);
    let many = (0..513).map(|n| (format!("f{n}"), Some("1".to_owned()))).collect();
    for changes in
        [answers([("", None)]), answers([(&long, Some("1"))]), answers([("q01", Some(&huge))]), many]
    {
        assert!(matches!(store.save_answers(&key, changes).await, Err(RecordsError::Invalid(_))));
    }
    assert!(store.draft(&key).await.unwrap().unwrap().answers.is_empty(), "a refused save changes nothing");
    let mut with_null = submission(0);
    with_null.text.push('\0');
    assert!(matches!(store.submit(&key, with_null).await, Err(RecordsError::Invalid(_))));
}

async fn a_result_is_stored_in_documented_columns(database: TestDatabase) {
    let store = database.store();
    let (_, owner) = sent(&store).await;
    let waiting = store.by_owner(&owner).await.unwrap().unwrap();
    assert!(waiting.shown.result_mbti.is_none() && waiting.shown.finished_at.is_none());
    finish_next(&store).await;
    let record = store.by_owner(&owner).await.unwrap().unwrap();
    assert_eq!(record.status, Status::Done);
    let types = record.shown.result_mbti.unwrap().to_string();
    assert!(
        types.starts_with(r#"{"INFP":0.5,"ENFP":0.25,"INTJ":0.25,"ENFJ":0.0,"#),
        "highest first: {types}"
    );
    let logits = record.shown.reading.unwrap()["mbti"]["logits"].to_string();
    assert_eq!(logits, r#"{"mbti's last label":-0.5,"mbti's first label":1.5}"#, "in the model's order");
    assert_eq!(record.shown.models.unwrap()["big_five"]["name"], "big_five");
    assert_eq!(record.shown.share_read, Some(1.0));
    assert_eq!(record.shown.assessment.unwrap(), json!({"version": 1}));
    assert_eq!(record.shares.unwrap(), json!({"intercept": 0.0}));
    assert_eq!((record.attempts, record.failure), (1, None));
    assert!(record.shown.finished_at.unwrap() >= record.shown.created_at);
    assert!((Utc::now() - record.shown.created_at).num_seconds().abs() < 60, "times are UTC");
    let matching = "personality_records WHERE id = 1 AND text LIKE 'I make friends easily.%' \
         AND result_mbti LIKE '{\"INFP\":0.5,\"ENFP\":0.25,%}' AND result_big_five LIKE '{\"Openness\":0.9,%}' \
         AND career_data = '{\"MBTI\":[],\"big_5\":[]}' AND status = 'done'";
    assert_eq!(database.beside().count(matching), 1);
}

async fn a_share_link_shows_no_text_and_can_be_revoked(database: TestDatabase) {
    let store = database.store();
    let (_, owner) = sent(&store).await;
    assert_eq!(conflict(store.share(&owner).await), Conflict::NotFinished);
    finish_next(&store).await;
    let mut sharing = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, owner) = (store.clone(), owner.clone());
        sharing.spawn(async move { store.share(&owner).await.unwrap() });
    }
    let share = sharing.join_next().await.unwrap().unwrap();
    while let Some(same) = sharing.join_next().await {
        assert_eq!(same.unwrap(), share, "simultaneous calls return the same link");
    }
    assert_eq!(store.by_owner(&owner).await.unwrap().unwrap().share_key, Some(share.clone()));
    let shown = store.by_share(&share).await.unwrap().unwrap();
    let everything = format!("{shown:?}");
    assert!(!everything.contains("friends") && !everything.contains("café"), "{everything}");
    assert!(!everything.contains("intercept"), "shares tell the ratings: {everything}");
    assert_eq!(shown.result_big_five.unwrap()["Openness"], 0.9);
    assert_eq!(shown.assessment.unwrap(), json!({"version": 1}));
    assert!(OwnerKey::parse(&share.as_text()).is_some());
    let as_owner = OwnerKey::parse(&share.as_text()).unwrap();
    assert!(store.by_owner(&as_owner).await.unwrap().is_none(), "a share key opens nothing as an owner key");
    assert!(store.unshare(&owner).await.unwrap());
    assert!(!store.unshare(&owner).await.unwrap());
    assert!(store.by_share(&share).await.unwrap().is_none());
    let another = store.share(&owner).await.unwrap();
    assert_ne!(another, share, "a revoked link never works again");
    store.delete(&owner).await.unwrap();
    assert!(store.by_share(&another).await.unwrap().is_none());
    assert!(matches!(store.share(&owner).await, Err(RecordsError::Missing(Thing::Result))));
}

async fn no_key_is_stored(database: TestDatabase) {
    let store = database.store();
    let (draft, owner) = sent(&store).await;
    finish_next(&store).await;
    let share = store.share(&owner).await.unwrap();
    let mut beside = database.beside();
    let columns =
        ["owner_key_hash", "draft_key_hash", "share_key_hash", "share_nonce", "text", "lease_owner"];
    for key in [draft.as_text().unwrap(), owner.as_text(), share.as_text()] {
        for column in columns {
            assert_eq!(
                beside.count(&format!("personality_records WHERE {column} LIKE '%{key}%'")),
                0,
                "{column}"
            );
        }
        assert_eq!(beside.count(&format!("drafts WHERE key_hash = '{key}'")), 0);
    }
    assert_eq!(beside.count("personality_records WHERE length(owner_key_hash) = 64"), 1);
}

async fn an_unreadable_column_is_an_error(database: TestDatabase) {
    let store = database.store();
    let (_, owner) = sent(&store).await;
    finish_next(&store).await;
    database.beside().execute("UPDATE personality_records SET career_data = '{'");
    match store.by_owner(&owner).await {
        Err(RecordsError::Corrupt { column: "career_data", .. }) => {}
        other => panic!("{other:?}"),
    }
}

async fn a_place_in_the_queue_counts_older_submissions(database: TestDatabase) {
    let store = database.store();
    let (_, first) = sent(&store).await;
    let second = left_behind(&store, "second").await;
    let (_, third) = sent(&store).await;
    let ahead = async |key: &OwnerKey| store.place_in_queue(key).await.unwrap().unwrap().ahead;
    assert_eq!((ahead(&first).await, ahead(&second).await, ahead(&third).await), (0, 1, 2));
    finish_next(&store).await;
    assert_eq!((ahead(&first).await, ahead(&second).await, ahead(&third).await), (0, 0, 1));
    assert_eq!(store.place_in_queue(&first).await.unwrap().unwrap().status, Status::Done);
    store.delete(&second).await.unwrap();
    assert_eq!(ahead(&third).await, 0);
    assert!(store.place_in_queue(&second).await.unwrap().is_none());
}

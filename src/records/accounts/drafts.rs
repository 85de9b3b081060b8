//! The draft that an account continues on every device.
//!
//! While it belongs to an account, no key opens it: the key that it had is replaced by one that nobody knows. So a device
//! on which somebody logs out no longer opens it. Every change of which draft an account has locks the account's row first,
//! and then drafts.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::sent::lock_account;
use crate::records::answers::{self, Held};
use crate::records::columns::{delta, timestamp};
use crate::records::connection::DbConnection;
use crate::records::drafts::OPEN;
use crate::records::error::RecordsError;
use crate::records::keys::DraftKey;
use crate::records::schema::{
    account_drafts as links, accounts, draft_answers, drafts, merged_drafts as merged,
};
use crate::records::store::Store;

/// The draft of an account, open or sent.
#[derive(Clone, Debug)]
pub struct AccountDraft {
    pub key: DraftKey,
    /// When the answers of another device were last merged into it.
    pub merged_at: Option<DateTime<Utc>>,
    /// When each of the drafts was opened that were merged into it.
    pub merged: Vec<DateTime<Utc>>,
}

/// An open draft that was locked.
#[derive(Queryable)]
struct Locked {
    id: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    predecessor: Option<i64>,
}

impl Store {
    /// The draft of an account; `None` without one.
    pub async fn account_draft(&self, account: i64) -> Result<Option<AccountDraft>, RecordsError> {
        type Found = (String, Option<NaiveDateTime>, Vec<NaiveDateTime>);
        let found: Option<Found> = self
            .read(move |connection| {
                let found: Option<(i64, String, Option<NaiveDateTime>)> = links::table
                    .inner_join(drafts::table)
                    .filter(links::account_id.eq(account))
                    .select((drafts::id, drafts::key_hash, links::merged_at))
                    .first(connection)
                    .optional()?;
                let Some((id, hash, merged_at)) = found else { return Ok(None) };
                let merged = match merged_at {
                    Some(_) => merged::table
                        .filter(merged::draft_id.eq(id))
                        .select(merged::opened_at)
                        .load(connection)?,
                    None => Vec::new(),
                };
                Ok(Some((hash, merged_at, merged)))
            })
            .await?;
        Ok(found.map(|(hash, merged_at, merged)| AccountDraft {
            key: DraftKey::of_account(account, hash),
            merged_at: merged_at.map(|at| at.and_utc()),
            merged: merged.into_iter().map(|at| at.and_utc()).collect(),
        }))
    }

    /// Opens an empty draft in an account, unless the account has an open one. Returns its key.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if the account was deleted.
    pub async fn open_account_draft(&self, account: i64) -> Result<DraftKey, RecordsError> {
        let hash = DraftKey::random().hash();
        let now = Utc::now();
        let expires = timestamp(now + delta(self.hardly_begun_lifetime()));
        let now = timestamp(now);
        self.add(move |connection| {
            lock_account(connection, account)?;
            if let Some(open) = lock_linked(connection, account, now)? {
                let hash: String = drafts::table.find(open.id).select(drafts::key_hash).first(connection)?;
                return Ok(DraftKey::of_account(account, hash));
            }
            diesel::insert_into(drafts::table)
                .values((
                    drafts::key_hash.eq(&hash),
                    drafts::state.eq(OPEN),
                    drafts::revision.eq(0i64),
                    drafts::created_at.eq(now),
                    drafts::updated_at.eq(now),
                    drafts::expires_at.eq(expires),
                ))
                .execute(connection)?;
            let id = drafts::table.filter(drafts::key_hash.eq(&hash)).select(drafts::id).first(connection)?;
            link(connection, account, id)?;
            Ok(DraftKey::of_account(account, hash.clone()))
        })
        .await
    }

    /// Moves the open draft of a device into an account. If the account has an open one, the two are merged: of each field
    /// the answer that was saved last stays, and where only one of the drafts has an answer, that one. From then on the
    /// device's key opens nothing. Returns whether the key opened a draft.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if the account was deleted.
    pub async fn adopt_draft(&self, account: i64, key: &DraftKey) -> Result<bool, RecordsError> {
        let (hash, unknown) = (key.hash(), DraftKey::random().hash());
        let now = Utc::now();
        let expires = timestamp(now + delta(self.draft_lifetime()));
        let now = timestamp(now);
        self.erase(move |connection| {
            lock_account(connection, account)?;
            let Some(own) = lock_device(connection, &hash, now)? else { return Ok(false) };
            if let Some(id) = own.predecessor {
                diesel::delete(drafts::table.find(id)).execute(connection)?;
            }
            match lock_linked(connection, account, now)? {
                Some(theirs) => {
                    let id = theirs.id;
                    merge(connection, &own, &theirs, now)?;
                    if answers::has_begun(connection, id)? {
                        let lasts = drafts::expires_at.eq(expires);
                        diesel::update(drafts::table.find(id)).set(lasts).execute(connection)?;
                    }
                }
                None => {
                    diesel::update(drafts::table.find(own.id))
                        .set((drafts::key_hash.eq(&unknown), drafts::predecessor.eq(None::<i64>)))
                        .execute(connection)?;
                    link(connection, account, own.id)?;
                }
            }
            Ok(true)
        })
        .await
    }
}

/// Deletes the drafts of accounts that are about to be deleted.
pub(in crate::records) fn delete_drafts(
    connection: &mut DbConnection,
    ids: &[i64],
) -> Result<(), RecordsError> {
    diesel::update(accounts::table.filter(accounts::id.eq_any(ids)))
        .set(accounts::disabled.eq(accounts::disabled))
        .execute(connection)?;
    let own: Vec<i64> =
        links::table.filter(links::account_id.eq_any(ids)).select(links::draft_id).load(connection)?;
    diesel::delete(drafts::table.filter(drafts::id.eq_any(own))).execute(connection)?;
    Ok(())
}

/// Makes this draft the account's. A draft that was sent before stays until it expires.
fn link(connection: &mut DbConnection, account: i64, draft: i64) -> Result<(), RecordsError> {
    diesel::delete(links::table.find(account)).execute(connection)?;
    diesel::insert_into(links::table)
        .values((links::account_id.eq(account), links::draft_id.eq(draft)))
        .execute(connection)?;
    Ok(())
}

/// The account's open draft, locked.
fn lock_linked(
    connection: &mut DbConnection,
    account: i64,
    now: NaiveDateTime,
) -> Result<Option<Locked>, RecordsError> {
    let id: Option<i64> = links::table.find(account).select(links::draft_id).first(connection).optional()?;
    match id {
        Some(id) => {
            let hash: String = drafts::table.find(id).select(drafts::key_hash).first(connection)?;
            lock_device(connection, &hash, now)
        }
        None => Ok(None),
    }
}

/// The open draft with this hash, locked, so that no answer is saved meanwhile. Whoever composed a submission from it composes
/// it again.
fn lock_device(
    connection: &mut DbConnection,
    hash: &str,
    now: NaiveDateTime,
) -> Result<Option<Locked>, RecordsError> {
    let is_open = drafts::key_hash.eq(hash).and(drafts::state.eq(OPEN)).and(drafts::expires_at.gt(now));
    let locked = diesel::update(drafts::table)
        .filter(is_open)
        .set(drafts::revision.eq(drafts::revision + 1))
        .execute(connection)?;
    if locked == 0 {
        return Ok(None);
    }
    Ok(drafts::table
        .filter(drafts::key_hash.eq(hash))
        .select((drafts::id, drafts::created_at, drafts::updated_at, drafts::expires_at, drafts::predecessor))
        .first(connection)
        .optional()?)
}

/// Merges a device's draft into the account's, and deletes it.
fn merge(
    connection: &mut DbConnection,
    own: &Locked,
    theirs: &Locked,
    now: NaiveDateTime,
) -> Result<(), RecordsError> {
    let saved_at = |answer: &Held, draft: &Locked| answer.saved_at.unwrap_or(draft.updated_at);
    let mut there: HashMap<String, Held> = HashMap::new();
    for answer in answers::of_draft(connection, theirs.id)? {
        there.insert(answer.field.clone(), answer);
    }
    let mut later = answers::of_draft(connection, own.id)?;
    later.retain(|answer| {
        there.get(&answer.field).is_none_or(|held| saved_at(answer, own) > saved_at(held, theirs))
    });
    for answer in &mut later {
        answer.saved_at = Some(saved_at(answer, own));
    }
    let fields: Vec<&str> = later.iter().map(|answer| answer.field.as_str()).collect();
    diesel::delete(draft_answers::table)
        .filter(draft_answers::draft_id.eq(theirs.id).and(draft_answers::field.eq_any(fields)))
        .execute(connection)?;
    answers::insert(connection, theirs.id, &later)?;
    diesel::delete(drafts::table.find(own.id)).execute(connection)?;
    diesel::update(drafts::table.find(theirs.id))
        .set((
            drafts::updated_at.eq(theirs.updated_at.max(own.updated_at)),
            drafts::expires_at.eq(theirs.expires_at.max(own.expires_at)),
        ))
        .execute(connection)?;
    diesel::update(links::table.filter(links::draft_id.eq(theirs.id)))
        .set(links::merged_at.eq(now))
        .execute(connection)?;
    let name = merged::table.find((theirs.id, own.created_at));
    if name.count().get_result::<i64>(connection)? == 0 {
        diesel::insert_into(merged::table)
            .values((merged::draft_id.eq(theirs.id), merged::opened_at.eq(own.created_at)))
            .execute(connection)?;
    }
    Ok(())
}

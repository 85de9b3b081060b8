//! Deletes everything that visitors stored, in small transactions, so that nobody else waits for long.

use diesel::prelude::*;

use super::accounts::{Account, allow, delete_drafts};
use super::audit::{self, Act};
use super::error::RecordsError;
use super::mails::erase_strangers;
use super::notice;
use super::record::Status;
use super::schema::{accounts, drafts, personality_records as records};
use super::statistics;
use super::store::Store;

/// Rows deleted in one transaction.
const AT_ONCE: i64 = 500;

/// How far a deletion of everything goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The newest draft that goes.
    drafts: i64,
    /// The newest account that goes, if accounts go too.
    accounts: Option<i64>,
}

impl Store {
    /// Notes that everything is deleted, and says how far. Accounts of administrators and the audit log stay in any case.
    ///
    /// # Errors
    /// [`super::Conflict::NotAdministrator`].
    pub async fn begin_erasure(&self, by: &Account, with_accounts: bool) -> Result<Erasure, RecordsError> {
        let by_id = by.id;
        let subject = if with_accounts { "with the accounts of visitors" } else { "without accounts" };
        let audited = by.did(Act::DeleteAll, subject);
        self.write(move |connection| {
            allow(connection, by_id, None)?;
            audit::note(connection, &audited)?;
            let newest: Option<i64> = drafts::table.select(diesel::dsl::max(drafts::id)).first(connection)?;
            let account: Option<i64> =
                accounts::table.select(diesel::dsl::max(accounts::id)).first(connection)?;
            Ok(Erasure {
                drafts: newest.unwrap_or_default(),
                accounts: with_accounts.then(|| account.unwrap_or_default()),
            })
        })
        .await
    }

    /// Deletes it. What is stored meanwhile may stay or go.
    ///
    /// # Errors
    /// If the database does not answer. What was deleted until then stays deleted.
    pub async fn erase_all(&self, erasure: Erasure) -> Result<(), RecordsError> {
        // Drafts first, so that none of them becomes a submission behind the last one that goes.
        while self.erase_drafts(erasure.drafts).await? > 0 {}
        let newest = self.newest_record().await?;
        while self.erase_records(newest).await? > 0 {}
        // They are about what is gone. A server that computes them now stores nothing.
        self.erase(statistics::forget).await?;
        if let Some(newest) = erasure.accounts {
            while self.erase_visitors(newest).await? > 0 {}
            self.erase(erase_strangers).await?;
        }
        Ok(())
    }

    async fn newest_record(&self) -> Result<i64, RecordsError> {
        self.read(|connection| {
            let newest: Option<i64> =
                records::table.select(diesel::dsl::max(records::id)).first(connection)?;
            Ok(newest.unwrap_or_default())
        })
        .await
    }

    async fn erase_drafts(&self, newest: i64) -> Result<usize, RecordsError> {
        self.erase(move |connection| {
            let some = drafts::table.filter(drafts::id.le(newest)).order(drafts::id).limit(AT_ONCE);
            let ids: Vec<i64> = some.select(drafts::id).load(connection)?;
            Ok(diesel::delete(drafts::table.filter(drafts::id.eq_any(ids))).execute(connection)?)
        })
        .await
    }

    async fn erase_records(&self, newest: i64) -> Result<usize, RecordsError> {
        self.erase(move |connection| {
            let some = records::table.filter(records::id.le(newest)).order(records::id).limit(AT_ONCE);
            let found: Vec<(i64, String)> = some.select((records::id, records::status)).load(connection)?;
            if found.iter().any(|(_, status)| status == Status::Reading.as_str()) {
                notice::gone(connection)?;
            }
            let ids: Vec<i64> = found.into_iter().map(|(id, _)| id).collect();
            Ok(diesel::delete(records::table.filter(records::id.eq_any(ids))).execute(connection)?)
        })
        .await
    }

    async fn erase_visitors(&self, newest: i64) -> Result<usize, RecordsError> {
        self.erase(move |connection| {
            let some = accounts::table
                .filter(accounts::role.eq("visitor").and(accounts::id.le(newest)))
                .order(accounts::id)
                .limit(AT_ONCE);
            let ids: Vec<i64> = some.select(accounts::id).load(connection)?;
            // Those that were begun since the drafts were deleted.
            delete_drafts(connection, &ids)?;
            Ok(diesel::delete(accounts::table.filter(accounts::id.eq_any(ids))).execute(connection)?)
        })
        .await
    }
}

//! The sweep: deletes what has expired, and asks PostgreSQL to clean up.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::columns::timestamp;
use super::connection::{ConnectError, DbConnection, open};
use super::drafts::DELETED;
use super::error::{RecordsError, Unavailability};
use super::record::Status;
use super::schema::{drafts, personality_records as records};
use super::store::Store;

/// The most results deleted in one transaction.
const AT_ONCE: i64 = 500;

/// How often PostgreSQL is asked to clean up.
const VACUUM_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a sweep deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub drafts: usize,
    pub results: usize,
    /// Mails that could not be sent in time.
    pub mails: usize,
}

impl Store {
    /// Deletes expired drafts and results, days of openings, mails, sessions, links, unused invitations, what servers did, and the audit log of a year ago. Once a day it also asks
    /// PostgreSQL to clean up, after which the place of deleted rows is used again.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<Swept, RecordsError> {
        let swept = Swept {
            drafts: self.expire_drafts(now).await?,
            results: self.expire_results(now).await?,
            mails: self.expire_mails(now).await?,
        };
        self.expire_openings(now).await?;
        self.expire_fleet(now).await?;
        self.expire_logins(now).await?;
        self.expire_audit(now).await?;
        self.vacuum_daily().await?;
        Ok(swept)
    }

    /// Deletes every expired draft with its answers, and returns how many. Results stay. Even if there are none,
    /// empties SQLite's write-ahead log, because an earlier deletion may not have been able to.
    async fn expire_drafts(&self, now: DateTime<Utc>) -> Result<usize, RecordsError> {
        let now = timestamp(now);
        self.erase(move |connection| {
            Ok(diesel::delete(drafts::table).filter(drafts::expires_at.le(now)).execute(connection)?)
        })
        .await
    }

    /// Deletes every result that has expired and returns how many. The drafts that they came from cannot be submitted again.
    async fn expire_results(&self, now: DateTime<Utc>) -> Result<usize, RecordsError> {
        let Some(limit) = self.expired_before(now) else { return Ok(0) };
        let mut deleted = 0;
        loop {
            let some = self.erase(move |connection| {
                let settled = [Status::Done.as_str(), Status::Failed.as_str()];
                let expired: Vec<(i64, Option<String>)> = records::table
                    .filter(records::finished_at.le(limit).and(records::status.eq_any(settled)))
                    .order(records::id)
                    .limit(AT_ONCE)
                    .select((records::id, records::draft_key_hash))
                    .load(connection)?;
                let (ids, hashes): (Vec<i64>, Vec<Option<String>>) = expired.into_iter().unzip();
                if ids.is_empty() {
                    return Ok(0);
                }
                let hashes: Vec<String> = hashes.into_iter().flatten().collect();
                diesel::update(drafts::table.filter(drafts::key_hash.eq_any(hashes)))
                    .set(drafts::state.eq(DELETED))
                    .execute(connection)?;
                Ok(diesel::delete(records::table.filter(records::id.eq_any(ids))).execute(connection)?)
            });
            match some.await? {
                0 => return Ok(deleted),
                some => deleted += some,
            }
        }
    }

    /// Vacuums PostgreSQL's tables unless that was done within a day. Uses a separate connection, because a vacuum may
    /// take longer than an operation and cannot run in a transaction.
    async fn vacuum_daily(&self) -> Result<(), RecordsError> {
        let (url, config) = self.outside();
        if !url.is_postgres() {
            return Ok(());
        }
        let mut last = self.last_vacuum().lock().await;
        if last.is_some_and(|at| at.elapsed() < VACUUM_EVERY) {
            return Ok(());
        }
        let vacuum = tokio::task::spawn_blocking(move || -> Result<(), ConnectError> {
            if let DbConnection::Postgres(mut c) = open(&url, &config, false)? {
                c.batch_execute("VACUUM drafts, draft_answers, personality_records")?;
            }
            Ok(())
        });
        match vacuum.await {
            Ok(Ok(())) => {
                *last = Some(Instant::now());
                Ok(())
            }
            Ok(Err(error)) => Err(RecordsError::unavailable(Unavailability::Refused, error)),
            Err(join) => Err(RecordsError::unavailable(Unavailability::Lost, join)),
        }
    }
}

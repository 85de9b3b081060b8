//! [`Store`]: the connections to one database, and how an operation runs on one of them.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::columns::{delta, timestamp};
use super::connection::{DbConnection, PoolConfig, check_file};
use super::disk::SqliteFile;
use super::error::{RecordsError, Unavailability};
use super::noted::Openings;
use super::pool::{Durability, Pools, empty_log, queries, transaction};
use super::schema;
use super::schema_check::SchemaCheck;
use super::turns::{Access, Turns};
use super::url::{DatabaseUrl, DatabaseUrlError};

/// The lifetime of a draft that has hardly begun. Losing it costs the visitor a minute.
const HARDLY_BEGUN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The records of one database. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: DatabaseUrl,
    config: PoolConfig,
    pools: Pools,
    turns: Turns,
    schema: SchemaCheck,
    /// `None` for PostgreSQL.
    file: Option<SqliteFile>,
    openings: Openings,
    /// When [`Store::check`] last stored a row.
    last_proof: tokio::sync::Mutex<Option<Instant>>,
    /// When [`Store::sweep`] last vacuumed PostgreSQL.
    last_vacuum: tokio::sync::Mutex<Option<Instant>>,
}

impl Store {
    /// A store for this database. Opens a SQLite file to check that it is writable, but does not connect to PostgreSQL:
    /// every operation tries to reach a server that does not answer, and [`Store::ping`] says what is wrong. Blocks
    /// briefly on SQLite's file, so call it at start.
    ///
    /// # Errors
    /// If the SQLite file's directory is missing, or the file is not a database or not writable.
    pub fn connect(url: DatabaseUrl, config: PoolConfig) -> Result<Store, DatabaseUrlError> {
        let file = match &url {
            DatabaseUrl::Sqlite(path) => {
                check_file(path, &config)?;
                Some(SqliteFile::new(path, config.min_free))
            }
            DatabaseUrl::Postgres(_) => None,
        };
        let pools = Pools::new(&url, &config);
        let turns = match pools.readers {
            Some(_) => Turns::separate(config.connections, config.max_waiting),
            None => Turns::shared(config.connections, config.max_waiting),
        };
        let inner = Inner {
            url,
            config,
            pools,
            turns,
            schema: SchemaCheck::default(),
            file,
            openings: Openings::default(),
            last_proof: tokio::sync::Mutex::new(None),
            last_vacuum: tokio::sync::Mutex::new(None),
        };
        Ok(Store { inner: Arc::new(inner) })
    }

    /// Whether the database answers, its tables are up to date and a SQLite file is still there with enough space on
    /// its disk; the error says why not. The first operation runs the migrations, and this may be it.
    pub async fn ping(&self) -> Result<(), RecordsError> {
        let inner = self.inner.clone();
        self.read(move |connection| {
            inner.check_file()?;
            // Queries one of our tables, because a query without a table would succeed on an empty database.
            let _none: Option<i64> = schema::drafts::table
                .filter(schema::drafts::id.eq(0))
                .select(schema::drafts::id)
                .first(connection)
                .optional()?;
            Ok(())
        })
        .await
    }

    /// The database's address, which prints without its password.
    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// Whether the owners of accounts are told by mail what changes.
    pub(super) fn mails(&self) -> bool {
        self.inner.config.mails
    }

    /// How long a draft is kept after its last change.
    pub(super) fn draft_lifetime(&self) -> Duration {
        self.inner.config.draft_lifetime
    }

    /// How long a draft that has hardly begun is kept after its last change.
    pub(super) fn hardly_begun_lifetime(&self) -> Duration {
        self.draft_lifetime().min(HARDLY_BEGUN_LIFETIME)
    }

    /// Results finished before this time have expired; `None` if results do not expire.
    pub(super) fn expired_before(&self, now: DateTime<Utc>) -> Option<NaiveDateTime> {
        self.inner.config.result_lifetime.map(|lifetime| timestamp(now - delta(lifetime)))
    }

    /// The address and the settings, for a connection outside the pools.
    pub(super) fn outside(&self) -> (DatabaseUrl, PoolConfig) {
        (self.inner.url.clone(), self.inner.config.clone())
    }

    /// Runs queries that change nothing.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let config = self.inner.config.clone();
        self.run(Access::Read, move |connection| queries(connection, &config, work)).await
    }

    /// Runs a change as one transaction; see [`transaction`].
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        self.change(Durability::Synced, work).await
    }

    /// Like [`Store::write`], for a change after whose loss everything goes on from what was there before.
    pub(super) async fn write_soon<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        self.change(Durability::Soon, work).await
    }

    async fn change<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let config = self.inner.config.clone();
        self.run(Access::Write, move |connection| transaction(connection, &config, durability, work)).await
    }

    /// Like [`Store::write`], for a change that stores new text.
    ///
    /// # Errors
    /// [`Unavailability::NoSpace`] and [`Unavailability::Replaced`], before anything is written.
    pub(super) async fn add<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let inner = self.inner.clone();
        self.run(Access::Write, move |connection| {
            inner.check_file()?;
            transaction(connection, &inner.config, Durability::Synced, work)
        })
        .await
    }

    /// Bytes of SQLite's file and bytes that are free on its disk; `None` for PostgreSQL.
    pub(super) async fn disk(&self) -> Option<(u64, Option<u64>)> {
        let inner = self.inner.clone();
        let sizes = move || inner.file.as_ref().map(SqliteFile::sizes);
        tokio::task::spawn_blocking(sizes).await.ok().flatten()
    }

    /// Which results were opened, until it is written.
    pub(super) fn openings(&self) -> &Openings {
        &self.inner.openings
    }

    /// When [`Store::check`] last stored a row.
    pub(super) fn last_proof(&self) -> &tokio::sync::Mutex<Option<Instant>> {
        &self.inner.last_proof
    }

    /// When [`Store::sweep`] last vacuumed PostgreSQL.
    pub(super) fn last_vacuum(&self) -> &tokio::sync::Mutex<Option<Instant>> {
        &self.inner.last_vacuum
    }

    /// Like [`Store::add`], for a program's request; see [`Turns::take_for_program`]. If a crash of the database takes the text
    /// away, its sender is told: no answer goes out before a later change of the row is on the disk.
    ///
    /// # Errors
    /// Those of [`Store::add`], and [`Unavailability::Busy`].
    pub(super) async fn add_for_program<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let until = tokio::time::Instant::now() + self.inner.config.timeout;
        let _first = self.inner.turns.take_for_program(until).await?;
        let inner = self.inner.clone();
        self.run_until(until, Access::Write, move |connection| {
            inner.check_file()?;
            transaction(connection, &inner.config, Durability::Soon, work)
        })
        .await
    }

    /// Whether so many requests of programs wait that the next should be refused before it is read.
    pub fn is_full_for_programs(&self) -> bool {
        self.inner.turns.is_full_for_programs()
    }

    /// Runs a change that deletes text, and then removes the text from SQLite's write-ahead log.
    pub(super) async fn erase<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let config = self.inner.config.clone();
        self.run(Access::Write, move |connection| {
            let erased = transaction(connection, &config, Durability::Synced, work)?;
            empty_log(connection, config.wait());
            Ok(erased)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        access: Access,
        work: impl FnOnce(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let until = tokio::time::Instant::now() + self.inner.config.timeout;
        self.run_until(until, access, work).await
    }

    async fn run_until<T: Send + 'static>(
        &self,
        until: tokio::time::Instant,
        access: Access,
        work: impl FnOnce(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let inner = self.inner.clone();
        let permit = inner.turns.take(access, until).await?;
        // If the caller gives up, the work continues and keeps its turn until it ends.
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            inner.schema.ensure(&inner.url, &inner.config)?;
            let pool = match (access, &inner.pools.readers) {
                (Access::Read, Some(readers)) => readers,
                _ => &inner.pools.writers,
            };
            inner.pools.checked_out(pool)?.run(work)
        });
        match tokio::time::timeout_at(until, task).await {
            Ok(Ok(result)) => result,
            Ok(Err(join)) if join.is_panic() => Err(RecordsError::Panicked),
            // The runtime is shutting down.
            Ok(Err(join)) => Err(RecordsError::unavailable(Unavailability::Lost, join)),
            Err(elapsed) => Err(RecordsError::unavailable(Unavailability::TimedOut, elapsed)),
        }
    }
}

impl Inner {
    /// Whether a SQLite file is still there, with enough space on its disk. Blocks.
    fn check_file(&self) -> Result<(), RecordsError> {
        let checked = self.file.as_ref().map_or(Ok(()), SqliteFile::check);
        checked.map_err(|why| RecordsError::Unavailable { why, source: None })
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("url", &self.inner.url).finish_non_exhaustive()
    }
}

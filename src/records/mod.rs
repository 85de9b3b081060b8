//! Rows: drafts, submissions, results, leases. The only module that speaks SQL.
//!
//! A [`Store`] may be asked from any async task: the database work runs on the blocking pool, at most one task a
//! connection, and every wait (for a turn, a connection, a lock, an answer) ends. A database that is away makes no
//! operation hang and no start fail: it is tried again by whoever asks next.

mod connection;
mod drafts;
mod error;
mod keys;
mod leases;
mod migrations;
mod outcomes;
mod pool;
mod record;
mod results;
mod schema;
mod submit;
mod url;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use diesel::prelude::*;
use tokio::sync::Semaphore;

pub use connection::{ConnectError, DbConnection};
pub use drafts::{ANSWER_BYTES, Draft, DraftState, Saved};
pub use error::{Conflict, RecordsError, Thing, Unavailability};
pub use keys::{DraftKey, OwnerKey, ShareKey};
pub use leases::{Lease, Leased, MAX_LOSSES};
pub use migrations::{MigrateError, MigrationStatus, migrate_down, migrate_up, migration_status};
pub use outcomes::{FailOutcome, Finished, LeaseOutcome, MAX_FAILURES};
pub use record::{Record, SharedRecord, Source, Status};
pub use results::{Place, QueueState};
pub use submit::{AnswerSpan, NewSubmission, NewText, Submitted};
pub use url::{DatabaseUrl, DatabaseUrlError};

use pool::Pools;

/// How a store treats its database.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// Connections to PostgreSQL; for SQLite, connections that read (one more writes).
    pub connections: u32,
    /// How long any operation may take, waiting for its turn and a connection included. The database is told to give up on
    /// a lock or a statement a little sooner, so that what timed out was as a rule not done.
    pub timeout: Duration,
    /// How many operations may wait for their turn before the next is told that the database is busy.
    pub max_waiting: usize,
    /// How long a draft lives after its last change.
    pub draft_lifetime: Duration,
    /// Whether to run the migrations that the database lacks. Without, such a database is unavailable.
    pub migrate: bool,
}

impl Default for PoolConfig {
    fn default() -> PoolConfig {
        PoolConfig {
            connections: 8,
            timeout: Duration::from_secs(5),
            max_waiting: 1024,
            draft_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
            migrate: true,
        }
    }
}

/// The records of one database. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: DatabaseUrl,
    config: PoolConfig,
    pools: Pools,
    /// As many permits as the pool has connections: who waits for a turn waits here, and holds no thread.
    write_turns: Arc<Semaphore>,
    /// SQLite's readers; for PostgreSQL the same as `write_turns`.
    read_turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Whether the tables are known to be there.
    schema_ready: AtomicBool,
    /// When the last attempt to make them ready failed, and how: not tried again within [`SCHEMA_PAUSE`].
    schema_failure: Mutex<Option<(Instant, Unavailability, String)>>,
}

/// A failed attempt to reach the database and prepare its tables answers for so long for those who waited for it.
const SCHEMA_PAUSE: Duration = Duration::from_millis(500);

/// Whether an operation changes rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

impl Store {
    /// A store over this database. Checks what a setting can get wrong (a SQLite file that cannot be opened or
    /// written) and nothing else: a PostgreSQL that does not answer is tried again by every operation, and
    /// [`Store::ping`] says what is the matter. Blocks for a moment on SQLite's file: call it at start-up.
    ///
    /// # Errors
    /// When the SQLite file's directory is missing, or the file is no database or not writable.
    pub fn connect(url: DatabaseUrl, config: PoolConfig) -> Result<Store, DatabaseUrlError> {
        if let DatabaseUrl::Sqlite(path) = &url {
            connection::check_file(path, &config)?;
        }
        let pools = Pools::new(&url, &config);
        let turns = |size: u32| Arc::new(Semaphore::new(size.max(1) as usize));
        let (write_turns, read_turns) = if pools.readers.is_some() {
            (turns(1), turns(config.connections))
        } else {
            let shared = turns(config.connections);
            (shared.clone(), shared)
        };
        let inner = Inner {
            url,
            config,
            pools,
            write_turns,
            read_turns,
            waiting: AtomicUsize::new(0),
            schema_ready: AtomicBool::new(false),
            schema_failure: Mutex::new(None),
        };
        Ok(Store { inner: Arc::new(inner) })
    }

    /// Whether the database answers and its tables are ready; otherwise why not. The first to ask runs the
    /// migrations.
    pub async fn ping(&self) -> Result<(), RecordsError> {
        self.read(|connection| {
            // A table of ours: an answer without one would say nothing.
            let _none: Option<i64> = schema::drafts::table
                .filter(schema::drafts::id.eq(0))
                .select(schema::drafts::id)
                .first(connection)
                .optional()?;
            Ok(())
        })
        .await
    }

    /// Where the records are kept.
    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// How long a draft lives after its last change.
    pub fn draft_lifetime(&self) -> Duration {
        self.inner.config.draft_lifetime
    }

    /// Runs one or a few queries that change nothing.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        self.run(Access::Read, work).await
    }

    /// Runs a change as one transaction; see [`pool::transaction`].
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        self.run(Access::Write, move |connection| pool::transaction(connection, work)).await
    }

    /// As [`Store::write`], for a change that erases words: they leave the file and the log written ahead of it.
    async fn erase<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let wait = self.inner.config.wait();
        self.run(Access::Write, move |connection| {
            let erased = pool::transaction(connection, work)?;
            pool::empty_log(connection, wait);
            Ok(erased)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        access: Access,
        work: impl FnOnce(&mut DbConnection) -> Result<T, RecordsError> + Send + 'static,
    ) -> Result<T, RecordsError> {
        let inner = self.inner.clone();
        let until = tokio::time::Instant::now() + inner.config.timeout;
        let permit = inner.turn(access, until).await?;
        // Whoever waits may leave; what was begun is finished, and keeps its turn until then.
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            inner.ensure_schema()?;
            let pool = match (access, &inner.pools.readers) {
                (Access::Read, Some(readers)) => readers,
                _ => &inner.pools.writers,
            };
            work(&mut *inner.pools.checked_out(pool)?)
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

impl PoolConfig {
    /// How long to wait for a connection, for a lock, and (PostgreSQL) for a statement.
    fn wait(&self) -> Duration {
        self.timeout.mul_f64(0.8)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("url", &self.inner.url).finish_non_exhaustive()
    }
}

impl Inner {
    async fn turn(
        &self,
        access: Access,
        until: tokio::time::Instant,
    ) -> Result<tokio::sync::OwnedSemaphorePermit, RecordsError> {
        let turns = match access {
            Access::Read => &self.read_turns,
            Access::Write => &self.write_turns,
        };
        if let Ok(permit) = turns.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let busy = || RecordsError::Unavailable { why: Unavailability::Busy, source: None };
        let _counted = Counted::new(&self.waiting, self.config.max_waiting).ok_or_else(busy)?;
        match tokio::time::timeout_at(until, turns.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed; were it, nobody would get a turn.
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }

    /// Runs or checks the migrations, once for a store. Blocks.
    fn ensure_schema(&self) -> Result<(), RecordsError> {
        if self.schema_ready.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut failure = match self.schema_failure.lock() {
            Ok(failure) => failure,
            // Whoever panicked in here left at worst an old failure behind.
            Err(poisoned) => poisoned.into_inner(),
        };
        if self.schema_ready.load(Ordering::Acquire) {
            return Ok(());
        }
        if let Some((when, why, message)) = failure.as_ref()
            && when.elapsed() < SCHEMA_PAUSE
        {
            return Err(RecordsError::unavailable(*why, message.clone()));
        }
        match self.prepare_schema() {
            Ok(()) => {
                *failure = None;
                self.schema_ready.store(true, Ordering::Release);
                Ok(())
            }
            Err((why, error)) => {
                *failure = Some((Instant::now(), why, error.to_string()));
                Err(RecordsError::unavailable(why, error))
            }
        }
    }

    fn prepare_schema(&self) -> Result<(), (Unavailability, Box<dyn std::error::Error + Send + Sync>)> {
        let failed = |error: MigrateError| {
            let why = match &error {
                MigrateError::Connect(_) => Unavailability::NoConnection,
                MigrateError::Lock(_) => Unavailability::Busy,
                MigrateError::Run(_) => Unavailability::SchemaBehind,
            };
            (why, error.into())
        };
        if self.config.migrate {
            let run = migrate_up(&self.url, &self.config).map_err(failed)?;
            if !run.is_empty() {
                tracing::info!(migrations = ?run, "migrated the database");
            }
            return Ok(());
        }
        let pending: Vec<String> = migration_status(&self.url, &self.config)
            .map_err(failed)?
            .into_iter()
            .filter(|migration| !migration.applied)
            .map(|migration| migration.name)
            .collect();
        if pending.is_empty() {
            Ok(())
        } else {
            let lacking = format!("the database lacks {}; run `calling migrate up`", pending.join(", "));
            Err((Unavailability::SchemaBehind, lacking.into()))
        }
    }
}

/// One of a bounded number who wait.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize, limit: usize) -> Option<Counted<'a>> {
        let counted = Counted(count);
        (count.fetch_add(1, Ordering::Relaxed) < limit).then_some(counted)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The time as rows hold it: UTC, in milliseconds, which both databases keep exactly.
fn stamp(time: DateTime<Utc>) -> NaiveDateTime {
    time.naive_utc().trunc_subsecs(3)
}

/// A duration as chrono has it; what is too long for it is as good as for ever.
fn span(duration: Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(duration)
        .unwrap_or(chrono::TimeDelta::days(36_500))
        .min(chrono::TimeDelta::days(36_500))
}

/// Without U+0000, which PostgreSQL's text cannot hold: both databases store the same.
fn clean(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text.to_owned() }
}

//! Connection pools, and the transactions that run changes on either database.
//!
//! SQLite gets one connection that writes and several that only read. A transaction that reads first and then writes
//! would fail at once if another one writes, whatever the busy timeout. PostgreSQL gets one pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{QueryResult, RunQueryDsl};

use super::connection::{ConnectError, DbConnection, PoolConfig, open, wait_for_locks};
use super::error::{RecordsError, Unavailability};
use super::url::DatabaseUrl;

/// Opens and checks connections for a pool.
pub(super) struct Opener {
    url: DatabaseUrl,
    config: PoolConfig,
    read_only: bool,
    reachable: Arc<AtomicBool>,
}

/// A connection of a pool.
pub(super) struct Pooled {
    connection: DbConnection,
    /// When its last operation ended, if that succeeded.
    worked: Option<Instant>,
}

impl Pooled {
    pub fn run<T>(
        &mut self,
        work: impl FnOnce(&mut DbConnection) -> Result<T, RecordsError>,
    ) -> Result<T, RecordsError> {
        let done = work(&mut self.connection);
        self.worked = done.is_ok().then(Instant::now);
        done
    }

    /// Whether it needs no test before its next use.
    fn is_trusted(&self) -> bool {
        self.worked.is_some_and(|at| at.elapsed() < TRUSTED)
    }
}

/// A connection that worked so recently is not tested before its next use: a test takes as long as a small query, and no server
/// restarts within this time.
const TRUSTED: Duration = Duration::from_millis(100);

impl r2d2::ManageConnection for Opener {
    type Connection = Pooled;
    type Error = ConnectError;

    fn connect(&self) -> Result<Pooled, ConnectError> {
        let opened = open(&self.url, &self.config, self.read_only);
        self.reachable.store(opened.is_ok(), Ordering::Relaxed);
        opened.map(|connection| Pooled { connection, worked: None })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), ConnectError> {
        if pooled.is_trusted() {
            return Ok(());
        }
        Ok(pooled.connection.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        // A panic may have interrupted a transaction.
        std::thread::panicking() || in_transaction(&mut pooled.connection)
    }
}

/// Whether a returned connection is still inside a transaction, or its depth is unknown.
fn in_transaction(connection: &mut DbConnection) -> bool {
    let status = match connection {
        DbConnection::Postgres(c) => AnsiTransactionManager::transaction_manager_status_mut(c),
        DbConnection::Sqlite(c) => AnsiTransactionManager::transaction_manager_status_mut(c),
    };
    !matches!(status.transaction_depth(), Ok(None))
}

/// Logs each failed attempt to connect.
#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<ConnectError> for LogErrors {
    fn handle_error(&self, error: ConnectError) {
        tracing::warn!(%error, "the database cannot be reached");
    }
}

/// The connections of one store.
pub(super) struct Pools {
    /// On PostgreSQL, every connection; on SQLite, the one that writes.
    pub(super) writers: r2d2::Pool<Opener>,
    /// `None` on PostgreSQL.
    pub(super) readers: Option<r2d2::Pool<Opener>>,
    /// Whether the last attempt to open a connection succeeded.
    reachable: Arc<AtomicBool>,
}

/// How long to wait for a connection if the last one could not be opened. The pool keeps trying in the background, and
/// `/ready` should answer soon.
const UNREACHABLE_WAIT: Duration = Duration::from_millis(500);

impl Pools {
    /// Makes the pools without connecting, so that it succeeds while the database is down.
    pub(super) fn new(url: &DatabaseUrl, config: &PoolConfig) -> Pools {
        let reachable = Arc::new(AtomicBool::new(true));
        let pool = |size: u32, read_only: bool| {
            r2d2::Pool::builder()
                .max_size(size.max(1))
                .min_idle(Some(0))
                .connection_timeout(config.wait())
                // Connections may be dead after a server restart; a file has no such problem.
                .test_on_check_out(url.is_postgres())
                .error_handler(Box::new(LogErrors))
                .build_unchecked(Opener {
                    url: url.clone(),
                    config: config.clone(),
                    read_only,
                    reachable: reachable.clone(),
                })
        };
        let (writers, readers) = match url {
            DatabaseUrl::Postgres(_) => (pool(config.connections, false), None),
            DatabaseUrl::Sqlite(_) => (pool(1, false), Some(pool(config.connections, true))),
        };
        Pools { writers, readers, reachable }
    }

    /// Takes a connection from one of the pools. Blocks for at most the pool's timeout.
    pub(super) fn checked_out(
        &self,
        pool: &r2d2::Pool<Opener>,
    ) -> Result<r2d2::PooledConnection<Opener>, RecordsError> {
        let connection = if self.reachable.load(Ordering::Relaxed) {
            pool.get()
        } else {
            pool.get_timeout(UNREACHABLE_WAIT.min(pool.connection_timeout()))
        };
        connection.map_err(|error| RecordsError::unavailable(Unavailability::NoConnection, error))
    }
}

/// How often a transaction is retried after a conflict with another one.
const RETRIES: u32 = 4;

/// Whether a change is on the disk when its transaction has ended. SQLite waits in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// It survives a crash of the database.
    Synced,
    /// It can be lost in a crash of PostgreSQL within less than a second.
    Soon,
}

/// Runs a change as one transaction. After a conflict with another transaction (a unique value, a serialization
/// failure) `work` runs again from its start, so it must depend on nothing but the database.
///
/// On SQLite the transaction takes the write lock before it reads. On PostgreSQL it sets timeouts for this transaction
/// only, since a pooler may give the session to another client next.
pub(super) fn transaction<T>(
    connection: &mut DbConnection,
    config: &PoolConfig,
    durability: Durability,
    mut work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError>,
) -> Result<T, RecordsError> {
    let mut retries = 0;
    loop {
        match once(connection, config, durability, &mut work) {
            Err(error) if error.is_race() && retries < RETRIES => retries += 1,
            Err(error) if error.is_race() => {
                return Err(RecordsError::unavailable(Unavailability::Busy, error));
            }
            other => return other,
        }
    }
}

/// Runs queries that change nothing. On PostgreSQL in a transaction too, for the same timeouts.
pub(super) fn queries<T>(
    connection: &mut DbConnection,
    config: &PoolConfig,
    work: impl FnOnce(&mut DbConnection) -> Result<T, RecordsError>,
) -> Result<T, RecordsError> {
    match connection {
        DbConnection::Postgres(_) => once(connection, config, Durability::Synced, work),
        DbConnection::Sqlite(_) => work(connection),
    }
}

fn once<T>(
    connection: &mut DbConnection,
    config: &PoolConfig,
    durability: Durability,
    work: impl FnOnce(&mut DbConnection) -> Result<T, RecordsError>,
) -> Result<T, RecordsError> {
    type Manager = <DbConnection as diesel::Connection>::TransactionManager;
    match connection {
        DbConnection::Postgres(c) => {
            let begin = format!(
                "BEGIN; SET LOCAL statement_timeout = {wait}; SET LOCAL lock_timeout = {wait}; \
                 SET LOCAL idle_in_transaction_session_timeout = {idle}{unsynced}",
                wait = config.wait().as_millis(),
                // A process that stalls between two statements must not keep its row locks.
                idle = (2 * config.timeout).as_millis(),
                unsynced = match durability {
                    Durability::Synced => "",
                    Durability::Soon => "; SET LOCAL synchronous_commit = off",
                },
            );
            AnsiTransactionManager::begin_transaction_sql(c, &begin)?;
        }
        DbConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
    }
    match work(connection) {
        Ok(value) => {
            Manager::commit_transaction(connection)?;
            Ok(value)
        }
        Err(error) => {
            if let Err(rollback) = Manager::rollback_transaction(connection) {
                // The pool then closes the connection, which ends the transaction too.
                tracing::warn!(error = %rollback, "a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

/// One row of `PRAGMA wal_checkpoint`; `busy` is 1 when a reader kept it from completing.
#[derive(diesel::QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

/// How long to wait for readers before emptying the log. Every other change waits meanwhile.
const LOG_WAIT: Duration = Duration::from_millis(250);

/// Empties SQLite's write-ahead log. SQLite overwrites deleted text in its file (`secure_delete`), but the log still
/// contains it until the log is emptied. A process that is reading the file can prevent that. The deletion still
/// succeeds then, and the next deletion or sweep of drafts tries again. `wait` is the connection's usual timeout for
/// locks.
pub(super) fn empty_log(connection: &mut DbConnection, wait: Duration) {
    let DbConnection::Sqlite(c) = connection else { return };
    let emptied: QueryResult<Checkpoint> = wait_for_locks(c, LOG_WAIT)
        .and_then(|()| diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(c));
    let restored = wait_for_locks(c, wait);
    // A busy log is a row, not an error.
    match restored.and(emptied) {
        Ok(Checkpoint { busy: 0 }) => {}
        Ok(Checkpoint { .. }) => {
            tracing::warn!(
                "another process is reading the database: deleted text stays in its write-ahead log for now"
            );
        }
        Err(error) => tracing::warn!(%error, "the write-ahead log could not be emptied after a deletion"),
    }
}

#[cfg(test)]
mod tests {
    use r2d2::ManageConnection;

    use super::*;

    #[test]
    fn only_a_connection_that_just_worked_is_used_without_a_test() {
        let folder = tempfile::TempDir::new().unwrap();
        let opener = Opener {
            url: DatabaseUrl::Sqlite(folder.path().join("calling.db")),
            config: PoolConfig::default(),
            read_only: false,
            reachable: Arc::default(),
        };
        let mut pooled = opener.connect().unwrap();
        assert!(!pooled.is_trusted(), "it is new");
        pooled.run(|_| Ok(())).unwrap();
        assert!(pooled.is_trusted());
        pooled.run(|_| Err::<(), _>(RecordsError::Panicked)).unwrap_err();
        assert!(!pooled.is_trusted(), "its last operation failed");
        pooled.run(|_| Ok(())).unwrap();
        std::thread::sleep(TRUSTED);
        assert!(!pooled.is_trusted(), "too long ago");
    }
}

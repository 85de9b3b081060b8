//! The pools over [`DbConnection`], and the transaction that both databases run a change in.
//!
//! SQLite gets one writing connection (a transaction that begins reading and then writes fails at once when another
//! writes, whatever the busy time-out says) and several that only read. PostgreSQL gets one pool.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{QueryResult, RunQueryDsl};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::PoolConfig;
use super::connection::{ConnectError, DbConnection, open, wait_for_locks};
use super::error::{RecordsError, Unavailability};
use super::url::DatabaseUrl;

/// Opens and checks connections for a pool.
pub(super) struct Opener {
    url: DatabaseUrl,
    config: PoolConfig,
    read_only: bool,
    reachable: Arc<AtomicBool>,
}

impl r2d2::ManageConnection for Opener {
    type Connection = DbConnection;
    type Error = ConnectError;

    fn connect(&self) -> Result<DbConnection, ConnectError> {
        let opened = open(&self.url, &self.config, self.read_only);
        self.reachable.store(opened.is_ok(), Ordering::Relaxed);
        opened
    }

    fn is_valid(&self, connection: &mut DbConnection) -> Result<(), ConnectError> {
        Ok(connection.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, connection: &mut DbConnection) -> bool {
        // While unwinding, the connection may be in the middle of a transaction.
        std::thread::panicking() || in_transaction(connection)
    }
}

/// Whether a connection that comes back is still inside a transaction, or has lost count of it.
fn in_transaction(connection: &mut DbConnection) -> bool {
    let status = match connection {
        DbConnection::Postgres(c) => AnsiTransactionManager::transaction_manager_status_mut(c),
        DbConnection::Sqlite(c) => AnsiTransactionManager::transaction_manager_status_mut(c),
    };
    !matches!(status.transaction_depth(), Ok(None))
}

/// Logs what r2d2 would otherwise keep to itself while it keeps trying.
#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<ConnectError> for LogErrors {
    fn handle_error(&self, error: ConnectError) {
        tracing::warn!(%error, "the database cannot be reached");
    }
}

/// The connections of one store.
pub(super) struct Pools {
    /// Reading and writing for PostgreSQL; writing alone, with one connection, for SQLite.
    pub(super) writers: r2d2::Pool<Opener>,
    /// `None` for PostgreSQL, where the writers read as well.
    pub(super) readers: Option<r2d2::Pool<Opener>>,
    /// Whether the last attempt to open a connection succeeded.
    reachable: Arc<AtomicBool>,
}

/// How long to wait for a connection where the last could not be opened: the pool keeps trying behind the scenes, and
/// `/ready` should say so at once.
const UNREACHABLE_WAIT: Duration = Duration::from_millis(500);

impl Pools {
    /// Pools that open their connections when they are asked for them: a database that is down does not keep them
    /// from being made.
    pub(super) fn new(url: &DatabaseUrl, config: &PoolConfig) -> Pools {
        let reachable = Arc::new(AtomicBool::new(true));
        let pool = |size: u32, read_only: bool| {
            r2d2::Pool::builder()
                .max_size(size.max(1))
                .min_idle(Some(0))
                .connection_timeout(config.wait())
                // A server that was restarted leaves dead connections behind; a file does not.
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

    /// A connection out of one of the pools; blocks for at most the pool's time-out.
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

/// How often a transaction is run again when another got into its way.
const RACES: u32 = 4;

/// Runs `work` as one transaction: all of it or nothing. Where two transactions collide (a unique value, a
/// serialization failure), `work` runs again from its start, so it must depend on nothing but the database.
///
/// On SQLite the transaction takes the write lock before it reads anything.
pub(super) fn transaction<T>(
    connection: &mut DbConnection,
    mut work: impl FnMut(&mut DbConnection) -> Result<T, RecordsError>,
) -> Result<T, RecordsError> {
    let mut races = 0;
    loop {
        match once(connection, &mut work) {
            Err(error) if error.is_race() && races < RACES => races += 1,
            Err(error) if error.is_race() => {
                return Err(RecordsError::unavailable(Unavailability::Busy, error));
            }
            other => return other,
        }
    }
}

fn once<T>(
    connection: &mut DbConnection,
    work: &mut impl FnMut(&mut DbConnection) -> Result<T, RecordsError>,
) -> Result<T, RecordsError> {
    type Manager = <DbConnection as diesel::Connection>::TransactionManager;
    match connection {
        DbConnection::Postgres(c) => AnsiTransactionManager::begin_transaction(c)?,
        DbConnection::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
    }
    match work(connection) {
        Ok(value) => {
            Manager::commit_transaction(connection)?;
            Ok(value)
        }
        Err(error) => {
            if let Err(rollback) = Manager::rollback_transaction(connection) {
                // The connection is then thrown away by the pool, which ends the transaction as well.
                tracing::warn!(error = %rollback, "a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

/// Whether a checkpoint was kept from its end.
#[derive(diesel::QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

/// How long emptying the log waits for who reads just then: every other change waits behind it.
const LOG_WAIT: Duration = Duration::from_millis(250);

/// Empties SQLite's write-ahead log. SQLite overwrites what it deletes (`secure_delete`), but the log still holds the
/// words until then. Whoever reads the file for longer can prevent it, which is no error of the erasure: the next one,
/// or the sweep of drafts, tries again. `wait` is how long the connection otherwise waits for a lock.
pub(super) fn empty_log(connection: &mut DbConnection, wait: Duration) {
    let DbConnection::Sqlite(c) = connection else { return };
    let emptied: QueryResult<Checkpoint> = wait_for_locks(c, LOG_WAIT)
        .and_then(|()| diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(c));
    let restored = wait_for_locks(c, wait);
    // That it was busy comes as a row, not as an error.
    match restored.and(emptied) {
        Ok(Checkpoint { busy: 0 }) => {}
        Ok(Checkpoint { .. }) => {
            tracing::warn!("the database is being read: erased words stay in its write-ahead log for now");
        }
        Err(error) => tracing::warn!(%error, "the write-ahead log could not be emptied after an erasure"),
    }
}

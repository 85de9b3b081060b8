//! One connection type for both databases, opened with the settings that every query relies on.

use std::path::Path;
use std::time::Duration;

use diesel::connection::{CacheSize, SimpleConnection};
use diesel::{Connection, ConnectionError, PgConnection, QueryResult, SqliteConnection};

use super::url::{DatabaseUrl, DatabaseUrlError};

/// A connection to either database. diesel tries the variants in this order.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// How a store uses its database.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// Connections to PostgreSQL; for SQLite, connections that read (one more writes).
    pub connections: u32,
    /// Timeout of one operation, including the wait for its turn and for a connection. Locks and statements get a
    /// little less in the database itself, so that an operation that timed out was usually not carried out.
    pub timeout: Duration,
    /// How many operations may wait for their turn before further ones fail as busy.
    pub max_waiting: usize,
    /// Bytes that must be free on the disk of a SQLite file before new answers are stored.
    pub min_free: u64,
    /// How long a draft is kept after its last change.
    pub draft_lifetime: Duration,
    /// How long a result is kept after it was finished; `None` keeps it.
    pub result_lifetime: Option<Duration>,
    /// Whether the owners of accounts are told by mail what changes.
    pub mails: bool,
    /// Whether to run pending migrations. If not, a database with pending migrations counts as unavailable.
    pub migrate: bool,
}

impl Default for PoolConfig {
    fn default() -> PoolConfig {
        PoolConfig {
            connections: 8,
            timeout: Duration::from_secs(5),
            max_waiting: 1024,
            min_free: 0,
            draft_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
            result_lifetime: None,
            mails: false,
            migrate: true,
        }
    }
}

impl PoolConfig {
    /// Timeout for a connection, for a lock, and on PostgreSQL for a statement.
    pub(super) fn wait(&self) -> Duration {
        self.timeout.mul_f64(0.8)
    }
}

/// Timeouts that keep a dead network from holding a thread, unless the address sets its own.
const POSTGRES_DEFAULTS: [(&str, &str); 6] = [
    ("connect_timeout", "5"),
    ("tcp_user_timeout", "10000"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
    ("application_name", "calling"),
];

/// Why a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The driver refused the address, or the server did not answer.
    #[error("no connection: {0}{hint}", hint = tls_hint(&.0.to_string()))]
    Open(#[from] ConnectionError),
    /// The connection was opened, but its settings were refused, or the server stopped answering.
    #[error("the connection does not work: {0}")]
    Prepare(#[from] diesel::result::Error),
}

/// A hint for a server that requires TLS, because its own message has none.
fn tls_hint(message: &str) -> &'static str {
    let demanded = message.contains("no encryption") || message.contains("SSL off");
    if demanded && !cfg!(feature = "postgres-tls") {
        " (the server requires TLS, and this build has none: build it with --features postgres-tls)"
    } else {
        ""
    }
}

/// Opens one connection with the settings that every query relies on.
pub(super) fn open(
    url: &DatabaseUrl,
    config: &PoolConfig,
    read_only: bool,
) -> Result<DbConnection, ConnectError> {
    match url {
        DatabaseUrl::Postgres(address) => {
            let mut connection = PgConnection::establish(&address.conninfo(&POSTGRES_DEFAULTS))?;
            // A pooler such as pgbouncer may run the next transaction in another session. So nothing is prepared or set
            // for a session; see [`super::pool::transaction`].
            connection.set_prepared_statement_cache_size(CacheSize::Disabled);
            Ok(DbConnection::Postgres(connection))
        }
        DatabaseUrl::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(&literal(path))?;
            // Before anything else, because even the change to WAL waits for a lock.
            wait_for_locks(&mut connection, config.wait())?;
            connection.batch_execute(
                "PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = FULL;
                 PRAGMA foreign_keys = ON;
                 PRAGMA secure_delete = ON;",
            )?;
            if read_only {
                connection.batch_execute("PRAGMA query_only = ON")?;
            }
            Ok(DbConnection::Sqlite(connection))
        }
    }
}

/// Sets how long SQLite waits for a lock.
pub(super) fn wait_for_locks(connection: &mut SqliteConnection, wait: Duration) -> QueryResult<()> {
    connection.batch_execute(&format!("PRAGMA busy_timeout = {}", wait.as_millis()))
}

/// The path in a form that SQLite does not take for a URI or for `:memory:`.
fn literal(path: &Path) -> String {
    let path = path.to_string_lossy();
    if path.starts_with('/') { path.into_owned() } else { format!("./{path}") }
}

/// Checks that the SQLite file can be opened and written, so that a wrong setting stops the start. A file locked by
/// another process passes.
pub(super) fn check_file(path: &Path, config: &PoolConfig) -> Result<(), DatabaseUrlError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if parent.is_some_and(|parent| !parent.is_dir()) {
        return Err(DatabaseUrlError::NoDirectory { path: path.to_owned() });
    }
    keep_private(path).map_err(|source| DatabaseUrlError::Unusable {
        path: path.to_owned(),
        reason: source.to_string(),
        source: source.into(),
    })?;
    let unusable = |source: ConnectError| {
        let reason = match &source {
            ConnectError::Open(error) => error.to_string(),
            ConnectError::Prepare(error) => error.to_string(),
        };
        DatabaseUrlError::Unusable { path: path.to_owned(), reason, source: Box::new(source) }
    };
    let tried = open(&DatabaseUrl::Sqlite(path.to_owned()), config, false)
        .and_then(|mut connection| Ok(connection.batch_execute("BEGIN IMMEDIATE; ROLLBACK")?));
    match tried {
        Err(ConnectError::Prepare(error)) if error.to_string().contains("locked") => Ok(()),
        other => other.map_err(unusable),
    }
}

/// Creates the file with access for its owner only, or removes everybody else's access to an existing one. SQLite gives
/// its log the permissions of the file. Access to an existing log is removed too.
#[cfg(unix)]
fn keep_private(path: &Path) -> std::io::Result<()> {
    use std::fs::{OpenOptions, Permissions, set_permissions};
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

    if !path.exists() {
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        return Ok(());
    }
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        let Ok(metadata) = std::fs::metadata(&file) else { continue };
        let mode = metadata.permissions().mode();
        if metadata.is_file() && mode & 0o077 != 0 {
            match set_permissions(&file, Permissions::from_mode(mode & 0o700)) {
                Ok(()) => tracing::info!(?file, "other users of this machine can no longer open the file"),
                Err(error) => tracing::warn!(?file, %error, "other users of this machine can open the file"),
            }
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_private(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(feature = "postgres-tls"))]
    fn the_error_of_a_server_that_requires_tls_says_what_to_do() {
        // PostgreSQL 15's answer if pg_hba.conf has only hostssl.
        let refused = "no pg_hba.conf entry for host \"10.0.0.1\", user \"u\", database \"d\", no encryption";
        let error = ConnectError::from(ConnectionError::BadConnection(refused.to_owned()));
        assert!(error.to_string().contains("--features postgres-tls"), "{error}");
        let other = ConnectError::from(ConnectionError::BadConnection("connection refused".to_owned()));
        assert!(!other.to_string().contains("TLS"), "{other}");
    }

    #[test]
    fn a_sqlite_file_that_another_process_has_locked_passes_the_check() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("calling.db");
        let config = PoolConfig { timeout: Duration::from_millis(100), ..PoolConfig::default() };
        let mut holder = open(&DatabaseUrl::Sqlite(path.clone()), &config, false).unwrap();
        holder.batch_execute("BEGIN IMMEDIATE").unwrap();
        check_file(&path, &config).unwrap();
    }
}

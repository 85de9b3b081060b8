//! An empty SQLite or PostgreSQL database for one test, and the macro that runs a test on both.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use calling::internals::records::{DatabaseUrl, PoolConfig, Store};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;

use crate::postgres::Cluster;

/// For each function that takes a [`TestDatabase`], defines a test on SQLite and an ignored one on PostgreSQL; see
/// [`crate::postgres`].
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test]
            fn $name() {
                crate::database::block_on(super::$name(crate::database::TestDatabase::sqlite()));
            })*
        }
        mod on_postgres {
            $(#[test]
            #[ignore = "needs PostgreSQL; run with --include-ignored"]
            fn $name() {
                crate::database::block_on(super::$name(crate::database::TestDatabase::postgres()));
            })*
        }
    };
}
pub(crate) use on_both_databases;

/// An empty database.
pub struct TestDatabase {
    url: String,
    /// The folder of the SQLite file.
    directory: Option<TempDir>,
}

/// A folder in memory, if the system has one.
pub fn off_the_disk() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// A connection to a test's database that is not the store's.
pub enum Beside {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

#[derive(diesel::QueryableByName)]
struct Counted {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

impl TestDatabase {
    /// The address of a SQLite file that does not exist yet.
    pub fn sqlite() -> TestDatabase {
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite://{}", directory.path().join("calling.db").display());
        TestDatabase { url, directory: Some(directory) }
    }

    /// The same on a disk in memory, because other tests keep the disk busy.
    pub fn sqlite_off_the_disk() -> TestDatabase {
        let directory = TempDir::new_in(off_the_disk()).unwrap();
        let url = format!("sqlite://{}", directory.path().join("calling.db").display());
        TestDatabase { url, directory: Some(directory) }
    }

    /// An empty database on this process's PostgreSQL.
    pub fn postgres() -> TestDatabase {
        TestDatabase { url: Cluster::shared().new_database(), directory: None }
    }

    /// The folder of the SQLite files.
    pub fn directory(&self) -> &Path {
        self.directory.as_ref().unwrap().path()
    }

    /// The address as text.
    pub fn address(&self) -> &str {
        &self.url
    }

    /// The address, parsed.
    pub fn url(&self) -> DatabaseUrl {
        DatabaseUrl::parse(&self.url).unwrap()
    }

    /// A store with default settings. Each call makes another one, as another server would.
    pub fn store(&self) -> Store {
        // On a busy machine, operations take longer than the default.
        self.store_with(PoolConfig { timeout: Duration::from_secs(60), ..PoolConfig::default() })
    }

    /// A store with these settings.
    pub fn store_with(&self, config: PoolConfig) -> Store {
        Store::connect(self.url(), config).unwrap()
    }

    /// A connection that is not the store's.
    pub fn beside(&self) -> Beside {
        match self.url() {
            DatabaseUrl::Postgres(_) => Beside::Postgres(PgConnection::establish(&self.url).unwrap()),
            DatabaseUrl::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                Beside::Sqlite(connection)
            }
        }
    }
}

impl Beside {
    /// Runs statements.
    pub fn execute(&mut self, sql: &str) {
        match self {
            Beside::Postgres(c) => c.batch_execute(sql).unwrap(),
            Beside::Sqlite(c) => c.batch_execute(sql).unwrap(),
        }
    }

    /// Counts the rows of `FROM …`.
    pub fn count(&mut self, from: &str) -> i64 {
        let query = diesel::sql_query(format!("SELECT COUNT(*) AS count FROM {from}"));
        match self {
            Beside::Postgres(c) => query.get_result::<Counted>(c).unwrap().count,
            Beside::Sqlite(c) => query.get_result::<Counted>(c).unwrap().count,
        }
    }
}

/// Runs a test's future. It fails after two minutes.
pub fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(120), test).await.unwrap();
    });
}

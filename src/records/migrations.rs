//! Migrations. They are embedded in the binary under the same names for both databases. They run under a lock, so that
//! servers that start together do not run them twice.

use std::error::Error as StdError;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{ConnectError, DbConnection, PoolConfig, open};
use super::url::DatabaseUrl;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// The advisory lock's key: "calling" in ASCII, so that no other program is likely to use it.
const LOCK: i64 = 0x63_61_6c_6c_69_6e_67;

/// Timeouts: for the wait for another server's migrations, and for each of our own statements.
const TIMEOUTS: &str = "SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '600s'";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// The name of the migration's directory.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// Why migrations could not be listed, run or reverted.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("the database does not answer: {0}")]
    Connect(#[from] ConnectError),
    /// The lock could not be taken in time.
    #[error("another process holds the migration lock: {0}")]
    Lock(#[source] diesel::result::Error),
    /// A migration failed and was rolled back.
    #[error("a migration failed: {0}")]
    Run(#[source] Box<dyn StdError + Send + Sync>),
}

/// Runs every pending migration, and returns their names.
pub fn migrate_up(url: &DatabaseUrl, config: &PoolConfig) -> Result<Vec<String>, MigrateError> {
    locked(
        url,
        config,
        |c| {
            let pending = names(&c.pending_migrations(POSTGRES)?);
            c.run_pending_migrations(POSTGRES)?;
            Ok(pending)
        },
        |c| {
            let pending = names(&c.pending_migrations(SQLITE)?);
            c.run_pending_migrations(SQLITE)?;
            Ok(pending)
        },
    )
}

/// Reverts the newest migration that the database has, with the data in its tables and columns. Returns its name, or
/// `None` if there is nothing to revert.
pub fn migrate_down(url: &DatabaseUrl, config: &PoolConfig) -> Result<Option<String>, MigrateError> {
    locked(
        url,
        config,
        |c| {
            let newest = listed(&POSTGRES, c)?.into_iter().rev().find(|m| m.applied);
            newest.map(|m| c.revert_last_migration(POSTGRES).map(|_| m.name)).transpose()
        },
        |c| {
            let newest = listed(&SQLITE, c)?.into_iter().rev().find(|m| m.applied);
            newest.map(|m| c.revert_last_migration(SQLITE).map(|_| m.name)).transpose()
        },
    )
}

/// Every migration of this program, oldest first.
pub fn migration_status(
    url: &DatabaseUrl,
    config: &PoolConfig,
) -> Result<Vec<MigrationStatus>, MigrateError> {
    match open(url, config, false)? {
        DbConnection::Postgres(mut c) => listed(&POSTGRES, &mut c),
        DbConnection::Sqlite(mut c) => listed(&SQLITE, &mut c),
    }
    .map_err(MigrateError::Run)
}

type Failure = Box<dyn StdError + Send + Sync>;
type Outcome<T> = Result<T, Failure>;

/// Runs the closure for this database on a new connection, in one transaction that holds the lock. Each migration is a
/// savepoint, so either all of them happen or none. The end of the transaction releases the lock, in whichever session
/// a pooler ran it.
fn locked<T>(
    url: &DatabaseUrl,
    config: &PoolConfig,
    on_postgres: impl FnOnce(&mut PgConnection) -> Outcome<T>,
    on_sqlite: impl FnOnce(&mut SqliteConnection) -> Outcome<T>,
) -> Result<T, MigrateError> {
    match open(url, config, false)? {
        DbConnection::Postgres(mut c) => {
            let mut failure = None;
            let done = c.transaction(|c| {
                c.batch_execute(TIMEOUTS)?;
                diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
                    .bind::<diesel::sql_types::BigInt, _>(LOCK)
                    .execute(c)?;
                on_postgres(c).map_err(|error| rolled_back(error, &mut failure))
            });
            outcome(done, failure)
        }
        DbConnection::Sqlite(mut c) => {
            // SQLite's write lock is the migration lock.
            let mut failure = None;
            let done =
                c.immediate_transaction(|c| on_sqlite(c).map_err(|error| rolled_back(error, &mut failure)));
            outcome(done, failure)
        }
    }
}

/// Stores a migration's error, which diesel's transaction cannot return, and rolls the transaction back.
fn rolled_back(error: Failure, failure: &mut Option<Failure>) -> diesel::result::Error {
    *failure = Some(error);
    diesel::result::Error::RollbackTransaction
}

fn outcome<T>(done: diesel::QueryResult<T>, failure: Option<Failure>) -> Result<T, MigrateError> {
    done.map_err(|error| match failure {
        Some(failure) => MigrateError::Run(failure),
        None => MigrateError::Lock(error),
    })
}

fn names<DB: diesel::backend::Backend>(migrations: &[Box<dyn Migration<DB>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}

fn listed<C>(source: &EmbeddedMigrations, connection: &mut C) -> Outcome<Vec<MigrationStatus>>
where
    C: Connection + MigrationHarness<C::Backend>,
    EmbeddedMigrations: MigrationSource<C::Backend>,
{
    let applied: Vec<String> = connection.applied_migrations()?.iter().map(ToString::to_string).collect();
    let mut all: Vec<MigrationStatus> = source
        .migrations()?
        .iter()
        .map(|migration| MigrationStatus {
            name: migration.name().to_string(),
            applied: applied.contains(&migration.name().version().to_string()),
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::pg::Pg;
    use diesel::sqlite::Sqlite;

    #[test]
    fn both_databases_have_migrations_of_the_same_names() {
        let postgres = names::<Pg>(&MigrationSource::<Pg>::migrations(&POSTGRES).unwrap());
        let sqlite = names::<Sqlite>(&MigrationSource::<Sqlite>::migrations(&SQLITE).unwrap());
        assert!(!postgres.is_empty());
        assert_eq!(postgres, sqlite);
    }

    #[test]
    fn every_migration_has_a_version_of_its_own() {
        // Of two migrations with the same version, the second would count as applied and never run.
        let names = names::<Pg>(&MigrationSource::<Pg>::migrations(&POSTGRES).unwrap());
        let version = |name: &String| name.split_once('_').map(|(version, _)| version.to_owned());
        let versions: std::collections::BTreeSet<_> = names.iter().map(version).collect();
        assert_eq!(versions.len(), names.len(), "{names:?}");
    }
}

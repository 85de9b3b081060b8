//! Brings the tables up to date before the first operation of a process, or checks that they are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::connection::PoolConfig;
use super::error::{RecordsError, Unavailability};
use super::migrations::{MigrateError, migrate_up, migration_status};
use super::url::DatabaseUrl;

/// How long a failed check is cached. Operations that wait for it get its error instead of repeating it.
const CACHED: Duration = Duration::from_millis(500);

/// Remembers whether the tables are up to date.
#[derive(Default)]
pub(super) struct SchemaCheck {
    passed: AtomicBool,
    failure: Mutex<Option<Failure>>,
}

struct Failure {
    at: Instant,
    why: Unavailability,
    message: String,
}

impl SchemaCheck {
    /// Runs the pending migrations, or only looks for them if the settings say not to migrate. Does nothing once it has
    /// succeeded. Blocks.
    pub(super) fn ensure(&self, url: &DatabaseUrl, config: &PoolConfig) -> Result<(), RecordsError> {
        if self.passed.load(Ordering::Acquire) {
            return Ok(());
        }
        // After a panic here, the value is at worst an old failure.
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if self.passed.load(Ordering::Acquire) {
            return Ok(());
        }
        if let Some(last) = failure.as_ref()
            && last.at.elapsed() < CACHED
        {
            return Err(RecordsError::unavailable(last.why, last.message.clone()));
        }
        match prepare(url, config) {
            Ok(()) => {
                *failure = None;
                self.passed.store(true, Ordering::Release);
                Ok(())
            }
            Err((why, error)) => {
                *failure = Some(Failure { at: Instant::now(), why, message: error.to_string() });
                Err(RecordsError::unavailable(why, error))
            }
        }
    }
}

fn prepare(
    url: &DatabaseUrl,
    config: &PoolConfig,
) -> Result<(), (Unavailability, Box<dyn std::error::Error + Send + Sync>)> {
    let failed = |error: MigrateError| {
        let why = match &error {
            MigrateError::Connect(_) => Unavailability::NoConnection,
            MigrateError::Lock(_) => Unavailability::Busy,
            MigrateError::Run(_) => Unavailability::SchemaBehind,
        };
        (why, error.into())
    };
    if config.migrate {
        let run = migrate_up(url, config).map_err(failed)?;
        if !run.is_empty() {
            tracing::info!(migrations = ?run, "migrated the database");
        }
        return Ok(());
    }
    let pending: Vec<String> = migration_status(url, config)
        .map_err(failed)?
        .into_iter()
        .filter(|migration| !migration.applied)
        .map(|migration| migration.name)
        .collect();
    if pending.is_empty() {
        Ok(())
    } else {
        let message = format!("the database lacks {}; run `calling migrate up`", pending.join(", "));
        Err((Unavailability::SchemaBehind, message.into()))
    }
}

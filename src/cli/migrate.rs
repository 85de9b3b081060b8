//! `calling migrate`: runs, reverts or lists the database's migrations, for servers started with `--no-migrate`.

use std::process::ExitCode;

use clap::Subcommand;
use secrecy::ExposeSecret;

use super::outcome::{failed, print, shown, wrong_setting};
use crate::config::Database;
use crate::records::{
    DatabaseUrl, DatabaseUrlError, MigrateError, PoolConfig, Store, migrate_down, migrate_up,
    migration_status,
};
use crate::startup::StartError;
use crate::telemetry::sentence;

#[derive(Subcommand, Debug)]
pub enum Work {
    /// Run every pending migration, as the server does at start
    Up(Database),
    /// Revert the newest migration, which deletes the data in its tables and columns
    Down(Database),
    /// List the migrations and whether each is applied
    Status(Database),
}

pub fn run(work: &Work) -> ExitCode {
    let (Work::Up(database) | Work::Down(database) | Work::Status(database)) = work;
    let config = PoolConfig { timeout: database.database_timeout, ..PoolConfig::default() };
    let url = match checked(database, &config) {
        Ok(url) => url,
        Err(error) => return wrong_setting(StartError::from(error).sentence()),
    };
    let lines = match work {
        Work::Up(_) => migrate_up(&url, &config).map(up),
        Work::Down(_) => migrate_down(&url, &config)
            .map(|name| name.map_or("nothing to revert".to_owned(), |name| format!("reverted {name}"))),
        Work::Status(_) => status(&url, &config),
    };
    match lines {
        Ok(lines) => shown(print(&lines)),
        Err(error) => failed(sentence(&error)),
    }
}

/// Parses the address and checks that a SQLite file there can be used.
fn checked(database: &Database, config: &PoolConfig) -> Result<DatabaseUrl, DatabaseUrlError> {
    let url = DatabaseUrl::parse(database.database_url.expose_secret())?;
    Store::connect(url.clone(), config.clone())?;
    Ok(url)
}

fn up(run: Vec<String>) -> String {
    if run.is_empty() { "already up to date".to_owned() } else { format!("ran {}", run.join(", ")) }
}

fn status(url: &DatabaseUrl, config: &PoolConfig) -> Result<String, MigrateError> {
    let lines: Vec<String> = migration_status(url, config)?
        .into_iter()
        .map(|migration| {
            format!("{} {}", if migration.applied { "applied" } else { "pending" }, migration.name)
        })
        .collect();
    Ok(lines.join("\n"))
}

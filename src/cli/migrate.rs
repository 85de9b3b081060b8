//! `calling migrate`: bring the tables up to date, take the newest migration back, or say how things stand. For those who
//! start the server with `--no-migrate`.

use std::process::ExitCode;

use clap::Subcommand;

use crate::config::Database;
use crate::records::{
    DatabaseUrl, DatabaseUrlError, MigrateError, PoolConfig, Store, migrate_down, migrate_up,
    migration_status,
};
use crate::startup::StartError;
use crate::telemetry::sentence;

/// What to do with the tables.
#[derive(Subcommand, Debug)]
pub enum Work {
    /// Run every migration that the database lacks, as the server does at start
    Up(Database),
    /// Take the newest migration back, and with it the data that only it holds
    Down(Database),
    /// List the migrations, and which of them the database has
    Status(Database),
}

/// Does it.
pub fn run(work: &Work) -> ExitCode {
    let (Work::Up(database) | Work::Down(database) | Work::Status(database)) = work;
    let config = PoolConfig { timeout: database.database_timeout, ..PoolConfig::default() };
    let url = match checked(database, &config) {
        Ok(url) => url,
        Err(error) => return super::wrong_setting(StartError::from(error).sentence()),
    };
    let lines = match work {
        Work::Up(_) => migrate_up(&url, &config).map(up),
        Work::Down(_) => migrate_down(&url, &config)
            .map(|name| name.map_or("nothing to take back".to_owned(), |name| format!("took {name} back"))),
        Work::Status(_) => status(&url, &config),
    };
    match lines {
        Ok(lines) => super::shown(super::print(&lines)),
        Err(error) => super::failed(sentence(&error)),
    }
}

/// The address, once it is known that a file there can be used.
fn checked(database: &Database, config: &PoolConfig) -> Result<DatabaseUrl, DatabaseUrlError> {
    let url = DatabaseUrl::parse(database.database_url.expose())?;
    Store::connect(url.clone(), config.clone())?;
    Ok(url)
}

fn up(run: Vec<String>) -> String {
    if run.is_empty() { "up to date already".to_owned() } else { format!("ran {}", run.join(", ")) }
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

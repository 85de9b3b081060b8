//! Which workers on this machine are alive, and what dead ones told their clients.
//!
//! Each worker holds a lock on a file of its own: next to a SQLite database, in the folder for temporary files for
//! PostgreSQL. The system releases the lock when a process ends, however it ends, so a lock that can be taken proves that
//! the worker is dead, whatever the clock says. A worker on another machine counts as dead when its leases expire.
//!
//! The file also lists the records whose address the worker sent, until the database has recorded it. Appending a number takes
//! microseconds, and a killed process leaves it behind.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::error::RecordsError;
use super::queue::database_now;
use super::record::Status;
use super::schema::personality_records::{self as records, dsl};
use super::store::Store;
use super::url::DatabaseUrl;

/// A worker's locked file.
#[derive(Debug)]
pub struct Alive {
    file: File,
    path: PathBuf,
}

/// What dead workers left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Submissions whose lease was ended.
    pub freed: usize,
    /// Unclaimed records that were deleted.
    pub erased: usize,
}

impl Alive {
    /// Notes that the address of this record is being sent.
    pub fn note(&self, id: i64) -> io::Result<()> {
        (&self.file).write_all(&id.to_le_bytes())
    }

    /// Forgets what was noted, once the database has recorded it.
    pub fn clear(&self) -> io::Result<()> {
        self.file.set_len(0)
    }

    /// Removes the file: the worker holds nothing any more.
    pub fn end(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

impl Store {
    /// Creates and locks this worker's file. Blocks briefly.
    ///
    /// # Errors
    /// When the file cannot be created. The worker's leases must then expire before others take them.
    pub fn announce(&self, worker: &str) -> io::Result<Alive> {
        let path = PathBuf::from(format!("{}{worker}", prefix(self.url()).display()));
        let mut options = File::options();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        // Another server may hold it for a moment while it looks for dead workers.
        file.lock()?;
        Ok(Alive { file, path })
    }

    /// Claims the records whose address dead workers sent, deletes their other unclaimed records, and ends their leases.
    pub async fn release_dead(&self) -> Result<Released, RecordsError> {
        let mut released = Released::default();
        for Dead { worker, path, _locked } in dead(&prefix(self.url())) {
            self.claim(noted(&path)).await?;
            let Released { freed, erased } = self.release(worker).await?;
            released.freed += freed;
            released.erased += erased;
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(file = %path.display(), %error, "a dead worker's file could not be removed");
            }
        }
        Ok(released)
    }

    async fn release(&self, worker: String) -> Result<Released, RecordsError> {
        self.erase(move |connection| {
            let reading = dsl::lease_owner.eq(&worker).and(dsl::status.eq(Status::Reading.as_str()));
            let unclaimed = dsl::lease_owner.eq(&worker).and(dsl::unclaimed_until.is_not_null());
            let erased = diesel::delete(records::table).filter(unclaimed).execute(connection)?;
            let now = database_now(connection)?;
            let freed = diesel::update(records::table)
                .filter(reading)
                .set(dsl::lease_until.eq(now))
                .execute(connection)?;
            Ok(Released { freed, erased })
        })
        .await
    }
}

/// A worker whose lock could be taken, and is held here until its leases are ended.
struct Dead {
    worker: String,
    path: PathBuf,
    _locked: File,
}

fn dead(prefix: &Path) -> Vec<Dead> {
    let (Some(folder), Some(start)) = (prefix.parent(), prefix.file_name().and_then(|name| name.to_str()))
    else {
        return Vec::new();
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let dead = |entry: fs::DirEntry| {
        let worker = entry.file_name().to_str()?.strip_prefix(start)?.to_owned();
        let path = entry.path();
        let locked = File::open(&path).ok()?;
        locked.try_lock().ok()?;
        Some(Dead { worker, path, _locked: locked })
    };
    entries.flatten().filter_map(dead).collect()
}

/// The records noted in a worker's file.
fn noted(path: &Path) -> Vec<i64> {
    let bytes = fs::read(path).unwrap_or_else(|error| {
        tracing::warn!(file = %path.display(), %error, "a dead worker's file could not be read");
        Vec::new()
    });
    bytes.as_chunks().0.iter().map(|id| i64::from_le_bytes(*id)).collect()
}

/// What the paths of a database's worker files begin with.
fn prefix(url: &DatabaseUrl) -> PathBuf {
    match url {
        DatabaseUrl::Sqlite(path) => PathBuf::from(format!("{}-worker-", path.display())),
        DatabaseUrl::Postgres(address) => {
            let database = hex::encode(Sha256::digest(address.conninfo(&[])));
            std::env::temp_dir().join(format!("calling-{}-worker-", &database[..16]))
        }
    }
}

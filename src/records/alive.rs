//! Which workers on this machine are alive, and which addresses dead ones sent to clients.
//!
//! Each worker holds a lock on a file of its own: next to a SQLite database, or in the folder for temporary files for
//! PostgreSQL. The system releases the lock when a process ends, however it ends. So a lock that can be taken proves
//! that the worker is dead, regardless of clocks. A worker on another machine counts as dead when its leases expire.
//!
//! The file also lists the records whose address the worker was about to send or has sent, until the database has recorded
//! it. Appending a number takes microseconds, and a killed process leaves it behind; a machine that loses power may not. A
//! record's id stands for an address that was sent, its negative for one that was about to be.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::error::RecordsError;
use super::notice;
use super::queue::{CHANGED_AT_ONCE, database_now, told_by};
use super::record::Status;
use super::schema::personality_records::{self as records, dsl};
use super::schema::workers;
use super::store::Store;
use super::url::DatabaseUrl;

/// A worker's locked file.
#[derive(Debug)]
pub struct Alive {
    file: File,
    path: PathBuf,
}

/// What was cleaned up after dead workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Submissions whose lease was ended.
    pub freed: usize,
    /// Unclaimed records that were deleted.
    pub erased: usize,
}

impl Alive {
    /// Notes that the address of this record is about to be sent.
    pub fn note_sending(&self, id: i64) -> io::Result<()> {
        (&self.file).write_all(&(-id).to_le_bytes())
    }

    /// Notes that the address of this record was sent.
    pub fn note_sent(&self, id: i64) -> io::Result<()> {
        (&self.file).write_all(&id.to_le_bytes())
    }

    /// Forgets what was noted, once the database has recorded it.
    pub fn clear(&self) -> io::Result<()> {
        self.file.set_len(0)
    }

    /// Removes the file, because the worker holds nothing anymore.
    pub fn end(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

impl Store {
    /// Creates and locks this worker's file. Blocks briefly.
    ///
    /// # Errors
    /// If the file cannot be created. The worker's leases must then expire before others take them.
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

    /// Claims the records whose address dead workers sent, leaves those alone whose address they were about to send, deletes
    /// their other unclaimed records, and ends their leases.
    pub async fn release_dead(&self) -> Result<Released, RecordsError> {
        let mut released = Released::default();
        for Dead { worker, path, _locked } in dead(&prefix(self.url())) {
            let Noted { sent, begun } = match noted(&path) {
                Ok(noted) => noted,
                Err(error) => {
                    // Without it nobody knows what was sent. The leases expire, and what is unclaimed has its time.
                    tracing::warn!(file = %path.display(), %error, "a dead worker's file could not be read");
                    continue;
                }
            };
            self.claim(sent).await?;
            let Released { freed, erased } = self.release(worker, begun).await?;
            released.freed += freed;
            released.erased += erased;
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(file = %path.display(), %error, "a dead worker's file could not be removed");
            }
        }
        Ok(released)
    }

    async fn release(&self, worker: String, begun: BTreeSet<i64>) -> Result<Released, RecordsError> {
        self.erase(move |connection| {
            let reading = dsl::lease_owner.eq(&worker).and(dsl::status.eq(Status::Reading.as_str()));
            let unknown: Vec<i64> = records::table
                .filter(dsl::unclaimed_until.is_not_null())
                .filter(told_by(&worker))
                .select(dsl::id)
                .load(connection)?;
            let unknown: Vec<i64> = unknown.into_iter().filter(|id| !begun.contains(id)).collect();
            let mut erased = 0;
            for some in unknown.chunks(CHANGED_AT_ONCE) {
                let unclaimed = dsl::id.eq_any(some.to_vec()).and(dsl::unclaimed_until.is_not_null());
                erased += diesel::delete(records::table).filter(unclaimed).execute(connection)?;
            }
            let now = database_now(connection)?;
            let freed = diesel::update(records::table)
                .filter(reading)
                .set(dsl::lease_until.eq(now))
                .execute(connection)?;
            diesel::delete(workers::table.find(&worker)).execute(connection)?;
            if freed > 0 {
                notice::queued(connection)?;
            }
            if erased > 0 {
                notice::gone(connection)?;
            }
            Ok(Released { freed, erased })
        })
        .await
    }
}

/// A dead worker: its lock could be taken, and is held here until its leases are ended.
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
struct Noted {
    /// Those whose address was sent.
    sent: Vec<i64>,
    /// Those whose address was at least about to be sent.
    begun: BTreeSet<i64>,
}

fn noted(path: &Path) -> io::Result<Noted> {
    let bytes = fs::read(path)?;
    let numbers = || bytes.as_chunks().0.iter().map(|number| i64::from_le_bytes(*number));
    Ok(Noted { sent: numbers().filter(|id| *id > 0).collect(), begun: numbers().map(i64::abs).collect() })
}

/// The common prefix of the paths of a database's worker files.
fn prefix(url: &DatabaseUrl) -> PathBuf {
    match url {
        DatabaseUrl::Sqlite(path) => PathBuf::from(format!("{}-worker-", path.display())),
        DatabaseUrl::Postgres(address) => {
            let database = hex::encode(Sha256::digest(address.conninfo(&[])));
            std::env::temp_dir().join(format!("calling-{}-worker-", &database[..16]))
        }
    }
}

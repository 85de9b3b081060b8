//! The disk under a SQLite file: whether the file is still the one that was opened, and how much space is free.

use std::path::{Path, PathBuf};

use super::error::Unavailability;

/// A SQLite file as it was when the store opened it.
pub(super) struct SqliteFile {
    path: PathBuf,
    identity: Option<Identity>,
    min_free: u64,
}

/// Device and inode. `None` if the system has neither.
type Identity = (u64, u64);

impl SqliteFile {
    /// Remembers an existing file. `min_free` is in bytes.
    pub(super) fn new(path: &Path, min_free: u64) -> SqliteFile {
        SqliteFile { path: path.to_owned(), identity: identity(path), min_free }
    }

    /// Bytes of the file with its write-ahead log, and bytes that are free on its disk. Blocks.
    pub(super) fn sizes(&self) -> (u64, Option<u64>) {
        let log = self
            .path
            .with_file_name(format!("{}-wal", self.path.file_name().unwrap_or_default().to_string_lossy()));
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        (size(&self.path) + size(&log), free_space(&self.path).ok())
    }

    /// Whether new answers may be written.
    ///
    /// # Errors
    /// [`Unavailability::Replaced`] if the path no longer leads to the opened file, so that writes would be lost.
    /// [`Unavailability::NoSpace`] if too little space is free.
    pub(super) fn check(&self) -> Result<(), Unavailability> {
        if identity(&self.path) != self.identity {
            return Err(Unavailability::Replaced);
        }
        match free_space(&self.path) {
            Ok(free) if free < self.min_free => Err(Unavailability::NoSpace),
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "the free space of the disk is unknown");
                Ok(())
            }
        }
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some((0, 0))
}

/// Bytes that this process may still write to the disk that holds `path`.
#[cfg(unix)]
fn free_space(path: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_space(_path: &Path) -> std::io::Result<u64> {
    Ok(u64::MAX)
}

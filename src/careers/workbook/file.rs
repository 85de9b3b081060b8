//! Reads a file of a stated size at most.

use std::fs::File;
use std::io::{Error, Read};
use std::path::Path;

use super::super::error::WorkbookError;
use super::fault::Fault;

/// The bytes of a regular file of at most `most` bytes. A folder, a pipe or a device is refused before it is opened.
pub fn read_bounded(file: &Path, most: u64) -> Result<Vec<u8>, WorkbookError> {
    let unreadable = |source: Error| WorkbookError::Unreadable { file: file.to_path_buf(), source };
    let refused = |fault: Fault| WorkbookError::Faulty { file: file.to_path_buf(), faults: fault.into() };
    let about = std::fs::metadata(file).map_err(unreadable)?;
    if !about.is_file() {
        let found = if about.is_dir() { "a folder" } else { "a pipe or a device" };
        return Err(refused(Fault::of_file("a file", found)));
    }
    let too_large = |found: String| refused(Fault::of_file(format!("a file of at most {most} bytes"), found));
    if about.len() > most {
        return Err(too_large(format!("{} bytes", about.len())));
    }
    let mut bytes = Vec::with_capacity(about.len() as usize);
    // It may grow, and files of /proc state no size.
    File::open(file).map_err(unreadable)?.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most { Err(too_large("more".to_owned())) } else { Ok(bytes) }
}

//! Reads the files of a model's folder, and says in words what is wrong with one that is not what its name promises.

mod fields;

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

pub(super) use fields::Fields;

use super::error::ModelError;

/// How a Git LFS pointer begins: the text that `git clone` leaves in place of a large file without `git lfs`.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The content of a file; `None` if there is no such file.
pub(super) fn bytes(path: &Path) -> Result<Option<Vec<u8>>, ModelError> {
    match std::fs::read(path) {
        Ok(bytes) if bytes.starts_with(POINTER) => Err(pointer(path)),
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ModelError::Unreadable { path: path.into(), source }),
    }
}

/// The first bytes of a file that is there, up to `count`.
pub(super) fn beginning(path: &Path, count: u64) -> Result<Vec<u8>, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: path.into(), source };
    let mut first = Vec::new();
    File::open(path).map_err(unreadable)?.take(count).read_to_end(&mut first).map_err(unreadable)?;
    match first.starts_with(POINTER) {
        true => Err(pointer(path)),
        false => Ok(first),
    }
}

fn pointer(path: &Path) -> ModelError {
    ModelError::unsupported(path, "it is a Git LFS pointer", "the file itself, which git lfs pull fetches")
}

/// The text of a file; `None` if there is no such file.
pub(super) fn text(path: &Path) -> Result<Option<String>, ModelError> {
    let Some(bytes) = bytes(path)? else { return Ok(None) };
    utf8(path, &bytes).map(|text| Some(text.to_owned()))
}

/// These bytes of a file as text.
pub(super) fn utf8<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, ModelError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let found = format!("byte {} is not UTF-8", error.valid_up_to());
        ModelError::unsupported(path, found, "text in UTF-8")
    })
}

/// The JSON object in a file; `None` if there is no such file. `expected` describes the file, as in "a model's configuration".
pub(super) fn object(path: &Path, expected: &'static str) -> Result<Option<Map<String, Value>>, ModelError> {
    let Some(text) = text(path)? else { return Ok(None) };
    if text.starts_with('\u{feff}') {
        return Err(ModelError::unsupported(path, "it begins with a byte-order mark", "UTF-8 without one"));
    }
    if text.trim().is_empty() {
        return Err(ModelError::unsupported(path, "it is empty", expected));
    }
    let parsed = serde_json::from_str(&text);
    parsed.map(Some).map_err(|source| ModelError::Malformed { path: path.into(), expected, source })
}

/// SHA-256 of a file in hex.
pub fn sha256_of(path: &Path) -> Result<String, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: path.into(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut piece).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
    }
    Ok(hex::encode(hasher.finalize()))
}

#[cfg(test)]
mod tests;

//! SHA256SUMS, a list of hashes beside a model: a folder that has it is served only as it was listed, so that a damaged,
//! missing or added file is an error and not other numbers. Its layout is that of the program sha256sum.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::error::ModelError;
use super::folder::sha256_of;

/// The list's file name.
pub const MANIFEST: &str = "SHA256SUMS";

/// Checks a folder against its list. Returns whether it has one.
///
/// # Errors
/// If a listed file is missing or has another hash, if a file is not listed, or if the list is malformed.
pub fn verify(dir: &Path) -> Result<bool, ModelError> {
    let Some(listed) = listed(dir)? else { return Ok(false) };
    for (name, expected) in &listed {
        let file = dir.join(name);
        let found = match sha256_of(&file) {
            Ok(found) if found == *expected => continue,
            Ok(found) => format!("SHA-256 is {found}"),
            Err(ModelError::Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound => {
                "the file is missing".to_owned()
            }
            Err(error) => return Err(error),
        };
        return Err(ModelError::unsupported(file, found, format!("{expected}, as {MANIFEST} says")));
    }
    if let Some(name) = files(dir)?.into_iter().find(|name| !listed.contains_key(name)) {
        let expected = format!(
            "the files in {MANIFEST} and no others; if it belongs here, run `calling models manifest {}`",
            dir.display()
        );
        return Err(ModelError::unsupported(dir.join(name), "the file is not listed", expected));
    }
    Ok(true)
}

/// The hashes in a folder's list, by file name; `None` if it has no list.
pub(super) fn listed(dir: &Path) -> Result<Option<BTreeMap<String, String>>, ModelError> {
    let path = dir.join(MANIFEST);
    match fs::read_to_string(&path) {
        Ok(list) => parse(&path, &list).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ModelError::Unreadable { path, source }),
    }
}

/// The list for a folder as it is now.
///
/// # Errors
/// If a file cannot be read, or has a name that the list cannot hold.
pub fn manifest(dir: &Path) -> Result<String, ModelError> {
    let mut list = String::new();
    for name in files(dir)? {
        if name.contains(['\n', '\r', '\\']) {
            let expected = "a file name without line breaks and backslashes";
            return Err(ModelError::unsupported(dir, format!("{name:?}"), expected));
        }
        list.push_str(&format!("{}  {name}\n", sha256_of(&dir.join(&name))?));
    }
    if list.is_empty() {
        return Err(ModelError::MissingFile { dir: dir.into(), expected: "model" });
    }
    Ok(list)
}

/// The names of the files in a folder that a list has to name, in their order: all but the list itself, hidden files and
/// texts for people, which nothing reads.
fn files(dir: &Path) -> Result<Vec<String>, ModelError> {
    let names = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            // Through links, as they are in the Hub's cache.
            if fs::metadata(entry.path())?.is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    };
    let mut names = names().map_err(|source| ModelError::Unreadable { path: dir.into(), source })?;
    names.retain(|name| name != MANIFEST && !name.starts_with('.') && !name.ends_with(".md"));
    names.sort();
    Ok(names)
}

/// Hashes by file name.
fn parse(path: &Path, list: &str) -> Result<BTreeMap<String, String>, ModelError> {
    let mut listed = BTreeMap::new();
    for (at, line) in list.lines().enumerate() {
        let malformed = |what: &str| {
            let expected = "64 hex digits, two spaces and the name of a file in this folder";
            ModelError::unsupported(path, format!("line {} {what}", at + 1), expected)
        };
        let (hash, name) = line.split_once("  ").ok_or_else(|| malformed("has no two spaces"))?;
        if hash.len() != 64 || !hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(malformed("begins with no SHA-256"));
        }
        if name.is_empty() || name.contains('/') {
            return Err(malformed("names no file of this folder"));
        }
        if listed.insert(name.to_owned(), hash.to_owned()).is_some() {
            return Err(malformed("names a file a second time"));
        }
    }
    Ok(listed)
}

//! `calling models`: checks a model's folder, lists its hashes, or downloads the two public models.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::outcome::{failed, print, shown};
use crate::inference::{FolderError, check_folder};
use crate::models::{MANIFEST, manifest, verify};
use crate::telemetry::sentence;

#[derive(Subcommand, Debug)]
pub enum Work {
    /// Load a model as the server would, have it read texts, and print what it is and which of its files are used
    Check {
        /// Folder in Hugging Face's layout
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Write the hashes of a model's files to SHA256SUMS in its folder; it is then served only as it is now
    Manifest {
        /// Folders in Hugging Face's layout
        #[arg(value_name = "DIR", required = true)]
        dirs: Vec<PathBuf>,
    },
    /// Download two public models for types and traits, ready to serve
    #[cfg(feature = "fetch")]
    Fetch(super::fetch::Arguments),
    /// Download two public models for types and traits, ready to serve (needs a build with the feature `fetch`)
    #[cfg(not(feature = "fetch"))]
    Fetch(super::unavailable::Arguments),
}

pub fn run(work: &Work) -> ExitCode {
    match work {
        Work::Check { dir } => match checked(dir) {
            Ok(report) => shown(write!(stdout().lock(), "{report}")),
            Err(error) => failed(sentence(&error)),
        },
        Work::Manifest { dirs } => write_manifests(dirs),
        #[cfg(feature = "fetch")]
        Work::Fetch(arguments) => super::fetch::run(arguments),
        #[cfg(not(feature = "fetch"))]
        Work::Fetch(_) => {
            super::outcome::wrong_setting(super::unavailable::sentence("models fetch", "fetch"))
        }
    }
}

/// The report on a folder, which says whether its files are verified.
fn checked(dir: &Path) -> Result<String, FolderError> {
    let verified = match verify(dir).map_err(|error| FolderError::Model(Box::new(error)))? {
        true => format!("verified      every file is as {MANIFEST} says"),
        false => format!("verified      no: there is no {MANIFEST}"),
    };
    Ok(format!("{}{verified}\n", check_folder(dir)?))
}

fn write_manifests(dirs: &[PathBuf]) -> ExitCode {
    for dir in dirs {
        let list = match manifest(dir) {
            Ok(list) => list,
            Err(error) => return failed(sentence(&error)),
        };
        let path = dir.join(MANIFEST);
        if let Err(error) = std::fs::write(&path, &list) {
            return failed(format!("cannot write {}: {error}", path.display()));
        }
        if let Err(error) = print(&format!("{}: {} files", path.display(), list.lines().count())) {
            return shown(Err(error));
        }
    }
    ExitCode::SUCCESS
}

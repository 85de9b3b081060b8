//! `calling models`: checks a model's folder, or downloads the two public models.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::outcome::{failed, shown};
use crate::models::check;
use crate::telemetry::sentence;

#[derive(Subcommand, Debug)]
pub enum Work {
    /// Load a model as the server would, and print its architecture, labels, sizes and hashes
    Check {
        /// Folder in Hugging Face's layout
        #[arg(value_name = "DIR")]
        dir: PathBuf,
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
        Work::Check { dir } => match check(dir) {
            Ok(report) => shown(write!(stdout().lock(), "{report}")),
            Err(error) => failed(sentence(&error)),
        },
        #[cfg(feature = "fetch")]
        Work::Fetch(arguments) => super::fetch::run(arguments),
        #[cfg(not(feature = "fetch"))]
        Work::Fetch(_) => {
            super::outcome::wrong_setting(super::unavailable::sentence("models fetch", "fetch"))
        }
    }
}

//! What `calling models check DIR` does: all that the server does with a model's folder, up to reading texts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::error::InferenceError;
use super::execution::{Choice, Wanted, choose, ways};
use super::plan::Known;
use super::reading::read_alone;
use super::self_check::{CheckError, Probabilities, TEXTS};
use crate::models::{LoadedModel, ModelError, Report, describe, load, load_with};

/// A folder that can be served.
#[derive(Debug)]
pub struct Checked {
    pub report: Report,
    /// How the server would compute the model on this machine.
    pub choice: Choice,
}

/// Why a folder cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It does not load.
    #[error(transparent)]
    Model(Box<ModelError>),
    /// It loads, but gives no numbers for the self-check's texts.
    #[error("{} loads, but cannot read the self-check's {} texts", dir.display(), TEXTS.len())]
    SelfCheck {
        dir: PathBuf,
        #[source]
        source: Box<CheckError>,
    },
    /// It gives numbers for each text, but no reading of all of them as one.
    #[error("{} loads, but cannot read a long text", dir.display())]
    Reading {
        dir: PathBuf,
        #[source]
        source: Box<InferenceError>,
    },
}

/// Loads the model in `dir` in the way that the server would choose with its default settings, and has it read texts.
///
/// # Errors
/// If the server could not serve it.
pub fn check_folder(dir: &Path) -> Result<Checked, FolderError> {
    let start = Instant::now();
    let load_time;
    let (model, choice) = match ways(&Wanted::default()) {
        Ok(ways) => {
            let exact = load_with(dir, Some(ways.exact))?;
            load_time = start.elapsed();
            choose(&ways, |_| Ok(exact), LoadedModel::with_execution, LoadedModel::layer_time)?
        }
        // Every processor has instructions that the defaults can choose; without any, candle's plain operations remain.
        Err(_) => {
            let model = load(dir)?;
            load_time = start.elapsed();
            (model, Choice::asked(None))
        }
    };
    Probabilities::of(&model)
        .map_err(|source| FolderError::SelfCheck { dir: dir.into(), source: Box::new(source) })?;
    let text = TEXTS.join("\n\n").repeat(4);
    read_alone(&model, &text, &Known::default())
        .map_err(|source| FolderError::Reading { dir: dir.into(), source: Box::new(source) })?;
    Ok(Checked { report: describe(&model, load_time)?, choice })
}

impl From<ModelError> for FolderError {
    fn from(error: ModelError) -> FolderError {
        FolderError::Model(Box::new(error))
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)?;
        writeln!(f, "computed      {}", self.choice)?;
        writeln!(f, "read          {} texts, alone and as one", TEXTS.len())
    }
}

//! What can be said about a model without its weights.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::checkpoint::Checkpoint;
use super::config::{Architecture, Purpose, RawConfig};
use super::error::ModelError;
use super::folder::sha256_of;
use super::labels::Labels;
use super::manifest;
use super::settings::CallingSettings;
use super::tensors;
use crate::personality::ModelKind;

/// What pages say about a model.
#[derive(Clone, Debug)]
pub struct ModelCard {
    pub dir: PathBuf,
    pub architecture: Architecture,
    /// The number of parameters of encoder, pooler and head.
    pub parameters: usize,
    pub settings: CallingSettings,
}

impl ModelCard {
    /// The card of the model in `dir`, from config.json and calling.json.
    ///
    /// # Errors
    /// If a file is missing or wrong, or if the model is of the other kind.
    pub fn read(dir: &Path, kind: ModelKind) -> Result<ModelCard, ModelError> {
        let raw = RawConfig::read(dir)?;
        let config = raw.network(Purpose::Classifier)?;
        let labels = raw.labels()?;
        is_of(dir, &labels, kind)?;
        Ok(ModelCard {
            dir: dir.into(),
            architecture: config.architecture,
            parameters: tensors::count(&tensors::classifier(&config, labels.names().len())),
            settings: CallingSettings::read(dir, &labels)?,
        })
    }

    /// The folder's name, without its path.
    pub fn name(&self) -> String {
        folder_name(&self.dir)
    }

    /// The hash of the weights, as [`LoadedModel::weights_sha256`](super::LoadedModel::weights_sha256): from the folder's list
    /// of hashes if it has one, which takes no time, or else from the files.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn weights_sha256(&self) -> Result<String, ModelError> {
        let listed = manifest::listed(&self.dir)?;
        let files = Checkpoint::open(&self.dir, self.architecture.prefix())?.files();
        let hash = |file: &PathBuf| {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
            match name.and_then(|name| listed.as_ref()?.get(&name)) {
                Some(hash) => Ok(hash.clone()),
                None => sha256_of(file),
            }
        };
        Ok(joined(files.iter().map(hash).collect::<Result<_, _>>()?))
    }
}

/// The folder's name, without its path.
pub(super) fn folder_name(dir: &Path) -> String {
    dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned()
}

/// One hash for weights in one file or in parts.
pub(super) fn joined(hashes: Vec<String>) -> String {
    match hashes.as_slice() {
        [hash] => hash.clone(),
        several => hex::encode(Sha256::digest(several.concat())),
    }
}

/// Refuses a model of the other kind.
pub(super) fn is_of(dir: &Path, labels: &Labels, kind: ModelKind) -> Result<(), ModelError> {
    if labels.kind() == kind {
        return Ok(());
    }
    let found = format!("this model reads {}", labels.kind().reads());
    let expected = format!("one that reads {} (are the two folders swapped?)", kind.reads());
    Err(ModelError::unsupported(dir, found, expected))
}

//! `calling models fetch`: downloads the two public models from the Hugging Face hub into folders that load as they are.
//!
//! Downloads block and go to a hidden folder first. A file gets its final name only when it is complete, so an interrupted
//! download never looks like a model.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use hf_hub::api::Progress;
use hf_hub::api::sync::{ApiBuilder, ApiError};

use super::error::ModelError;
use super::loaded::load_kind;
use crate::personality::ModelKind;

/// A model on the hub, and the folder it is downloaded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicModel {
    /// Owner and name on the hub.
    pub repository: &'static str,
    pub folder: &'static str,
    pub kind: ModelKind,
}

/// Published models of the two kinds.
pub const PUBLIC_MODELS: [PublicModel; 2] = [
    PublicModel {
        repository: "JanSt/albert-base-v2_mbti-classification",
        folder: "mbti",
        kind: ModelKind::Mbti,
    },
    PublicModel { repository: "Minej/bert-base-personality", folder: "big-five", kind: ModelKind::BigFive },
];

/// The default address to download from.
pub const HUB: &str = "https://huggingface.co";

/// A download that receives no byte for this long is aborted.
const PATIENCE: Duration = Duration::from_secs(60);

/// One step of a download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchProgress {
    Started {
        repository: String,
        file: String,
        bytes: u64,
    },
    /// More bytes of the current file.
    Received(u64),
    /// The file is complete and has its final name.
    Finished,
}

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The hub did not answer, or refused the request.
    #[error(
        "could not get {what} of {repository} from {endpoint}; check that the network is up and allows that address"
    )]
    Hub {
        what: String,
        repository: &'static str,
        endpoint: String,
        #[source]
        source: Box<ApiError>,
    },
    /// No byte arrived for a while.
    #[error("nothing arrived from {endpoint} for {} seconds, so the download was stopped", PATIENCE.as_secs())]
    Stalled { endpoint: String },
    /// The repository lacks a file that a model needs.
    #[error("{repository} has no {expected}")]
    Incomplete { repository: &'static str, expected: &'static str },
    /// A file or folder could not be written.
    #[error("cannot write {}", path.display())]
    Unwritable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The downloaded folder does not load.
    #[error("{repository} was downloaded but does not load")]
    Unloadable {
        repository: &'static str,
        #[source]
        source: Box<ModelError>,
    },
    #[error("cannot set up a connection to the hub")]
    Client(#[source] Box<ApiError>),
    /// The downloading thread could not be started.
    #[error("cannot start the download")]
    Thread(#[source] std::io::Error),
    /// The downloading thread panicked or stopped early.
    #[error("the download stopped before it was complete")]
    Died,
}

/// Downloads both public models to `into`/mbti and `into`/big-five from `endpoint` (usually [`HUB`]), loads each to check that
/// it works, and returns the folders. Blocks; `progress` is called on the calling thread.
pub fn fetch(
    into: &Path,
    endpoint: &str,
    mut progress: impl FnMut(FetchProgress),
) -> Result<Vec<PathBuf>, FetchError> {
    // The hub's client has no timeout, so it runs on a thread of its own, and the timeout is on waiting for its messages.
    let (sender, receiver) = sync_channel(64);
    let (folder, address) = (into.to_path_buf(), endpoint.to_string());
    let worker = std::thread::Builder::new()
        .name("fetch".into())
        .spawn(move || fetch_all(&folder, &address, &sender))
        .map_err(FetchError::Thread)?;
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(step) => progress(step),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => return Err(FetchError::Stalled { endpoint: endpoint.into() }),
        }
    }
    worker.join().map_err(|_| FetchError::Died)?
}

fn fetch_all(
    into: &Path,
    endpoint: &str,
    steps: &SyncSender<FetchProgress>,
) -> Result<Vec<PathBuf>, FetchError> {
    let partial = into.join(".partial");
    create_dir(&partial)?;
    let api = ApiBuilder::new()
        .with_endpoint(endpoint.to_string())
        .with_cache_dir(partial.clone())
        .with_progress(false)
        .with_retries(3)
        .build()
        .map_err(|source| FetchError::Client(Box::new(source)))?;
    let mut folders = Vec::new();
    for model in PUBLIC_MODELS {
        let failed = |what: String, source| FetchError::Hub {
            what,
            repository: model.repository,
            endpoint: endpoint.into(),
            source: Box::new(source),
        };
        let repository = api.model(model.repository.to_string());
        let listed = repository.info().map_err(|source| failed("the list of files".into(), source))?;
        let listed: Vec<&str> = listed.siblings.iter().map(|file| file.rfilename.as_str()).collect();
        let folder = into.join(model.folder);
        create_dir(&folder)?;
        for file in wanted(model.repository, &listed)? {
            let watch = Watch { steps, repository: model.repository };
            let arrived = repository
                .download_with_progress(file, watch)
                .map_err(|source| failed(file.to_string(), source))?;
            put_in_place(&arrived, &folder.join(file))?;
            // The receiver is gone: the caller has given up.
            if steps.send(FetchProgress::Finished).is_err() {
                return Err(FetchError::Died);
            }
        }
        load_kind(&folder, model.kind, None).map_err(|source| FetchError::Unloadable {
            repository: model.repository,
            source: Box::new(source),
        })?;
        folders.push(folder);
    }
    std::fs::remove_dir_all(&partial).map_err(|source| FetchError::Unwritable { path: partial, source })?;
    Ok(folders)
}

/// The files to download: the configuration, one weights file, and all files of the tokenizer.
fn wanted<'a>(repository: &'static str, listed: &[&'a str]) -> Result<Vec<&'a str>, FetchError> {
    let find = |name: &str| listed.iter().copied().find(|file| *file == name);
    let missing = |expected| FetchError::Incomplete { repository, expected };
    let config = find("config.json").ok_or_else(|| missing("config.json"))?;
    let weights = find("model.safetensors")
        .or_else(|| find("pytorch_model.bin"))
        .ok_or_else(|| missing("model.safetensors or pytorch_model.bin"))?;
    let tokenizer: Vec<_> =
        ["tokenizer.json", "vocab.txt", "spiece.model"].into_iter().filter_map(find).collect();
    if tokenizer.is_empty() {
        return Err(missing("tokenizer.json, vocab.txt or spiece.model"));
    }
    let options = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];
    let options = options.into_iter().filter_map(find);
    Ok([config].into_iter().chain(options).chain(tokenizer).chain([weights]).collect())
}

/// Moves a complete download (a link into the client's cache) to its final name, atomically within one file system. Removes
/// the link, since the client fails on a dangling one.
fn put_in_place(arrived: &Path, place: &Path) -> Result<(), FetchError> {
    std::fs::canonicalize(arrived)
        .and_then(|blob| std::fs::rename(blob, place))
        .and_then(|()| std::fs::remove_file(arrived))
        .map_err(|source| FetchError::Unwritable { path: place.into(), source })
}

fn create_dir(path: &Path) -> Result<(), FetchError> {
    std::fs::create_dir_all(path).map_err(|source| FetchError::Unwritable { path: path.into(), source })
}

/// Forwards the client's progress. Ignores a failed send, because `fetch_all` checks between files whether the caller
/// is gone.
struct Watch<'a> {
    steps: &'a SyncSender<FetchProgress>,
    repository: &'static str,
}

impl Progress for Watch<'_> {
    fn init(&mut self, size: usize, filename: &str) {
        let repository = self.repository.to_string();
        let step = FetchProgress::Started { repository, file: filename.to_string(), bytes: size as u64 };
        self.steps.send(step).ok();
    }

    fn update(&mut self, size: usize) {
        self.steps.send(FetchProgress::Received(size as u64)).ok();
    }

    fn finish(&mut self) {}
}

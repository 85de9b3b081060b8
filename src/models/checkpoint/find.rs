//! Which files of a folder hold the weights.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::models::error::ModelError;
use crate::models::folder;

/// The files of a folder's weights.
pub(super) struct Found {
    /// The file that transformers would open: the weights, or the index of their parts.
    pub(super) path: PathBuf,
    /// The weights, in one file or several.
    pub(super) parts: Vec<PathBuf>,
}

/// What transformers looks for, in this order. The first that is there is read, whatever else is.
const NAMES: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// How weights that transformers does not read either are called, by how their file's name ends.
const OTHERS: [(&str, &str); 6] = [
    (".safetensors", "weights under another name"),
    (".h5", "TensorFlow's weights"),
    (".msgpack", "Flax's weights"),
    (".onnx", "an ONNX model"),
    (".gguf", "a GGUF model"),
    (".ckpt.index", "a TensorFlow checkpoint"),
];

/// The weights of `dir`.
pub(super) fn find(dir: &Path) -> Result<Found, ModelError> {
    let Some(name) = NAMES.into_iter().find(|name| dir.join(name).exists()) else {
        return Err(absent(dir));
    };
    let path = dir.join(name);
    let parts = match name.ends_with(".index.json") {
        true => parts(dir, &path)?,
        false => vec![path.clone()],
    };
    Ok(Found { path, parts })
}

fn absent(dir: &Path) -> ModelError {
    let expected = "model.safetensors or pytorch_model.bin";
    let names = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let names: BTreeSet<String> =
        names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let other = names.iter().find_map(|name| {
        OTHERS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, kind)| (name.clone(), *kind))
    });
    match other {
        Some((name, kind)) => {
            ModelError::unsupported(dir.join(name), format!("it is {kind}"), format!("{expected} beside it"))
        }
        None => ModelError::MissingFile { dir: dir.into(), expected },
    }
}

/// The files that an index names, each once, in alphabetical order.
fn parts(dir: &Path, index: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let map = folder::object(index, "an index of weights")?.unwrap_or_default();
    let refuse =
        |found: String| ModelError::unsupported(index, found, "a file of this folder for each tensor");
    let files = map.get("weight_map").and_then(Value::as_object);
    let files = files.ok_or_else(|| refuse("it has no weight_map".into()))?;
    let mut names = BTreeSet::new();
    for (tensor, file) in files {
        let plain = |name: &&str| !name.is_empty() && !name.contains(['/', '\\']) && *name != "..";
        let name = file.as_str().filter(plain);
        names.insert(name.ok_or_else(|| refuse(format!("weight_map has {file} for {tensor}")))?);
    }
    if names.is_empty() {
        return Err(refuse("weight_map is empty".into()));
    }
    Ok(names.into_iter().map(|name| dir.join(name)).collect())
}

//! A folder's weights: model.safetensors, else pytorch_model.bin. Shapes are checked before any data is read, unused tensors
//! are not read, and numbers are converted to f32.
//!
//! Files are read through ordinary buffers. candle's memory map is `unsafe`: if the file changes meanwhile, the behavior is
//! undefined.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::pickle::PthTensors;
use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensorError;
use safetensors::tensor::Metadata;

use super::error::ModelError;
use super::numbers;
use super::tensors::Expected;
use crate::fused::Words;

/// An open weights file. Tensor data is read on demand.
pub struct Checkpoint {
    path: PathBuf,
    stored: BTreeMap<String, Stored>,
    source: Source,
}

struct Stored {
    /// The name in the file.
    name: String,
    shape: Vec<usize>,
    dtype: DType,
    /// safetensors: the range of the data, in bytes from the start of the file.
    bytes: (u64, u64),
}

enum Source {
    Safetensors(File),
    Pickle(PthTensors),
}

impl Checkpoint {
    /// Opens `dir`'s weights. `prefix` ("bert.") is removed from the tensors' names, so that a bare encoder and a classifier have
    /// the same names; the old names `LayerNorm.gamma` and `LayerNorm.beta` count as weight and bias.
    pub fn open(dir: &Path, prefix: &str) -> Result<Checkpoint, ModelError> {
        let safetensors = dir.join("model.safetensors");
        if safetensors.exists() {
            return Self::open_safetensors(safetensors, prefix);
        }
        let pickle = dir.join("pytorch_model.bin");
        if pickle.exists() {
            return Self::open_pickle(pickle, prefix);
        }
        Err(ModelError::MissingFile { dir: dir.into(), expected: "model.safetensors or pytorch_model.bin" })
    }

    fn open_safetensors(path: PathBuf, prefix: &str) -> Result<Checkpoint, ModelError> {
        let unreadable = |source| ModelError::Unreadable { path: path.clone(), source };
        let bad = |source| ModelError::Header { path: path.clone(), source };
        let file = File::open(&path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        let mut length = [0; 8];
        (&file).read_exact(&mut length).map_err(unreadable)?;
        let length = u64::from_le_bytes(length);
        let start = length.checked_add(8).filter(|start| *start <= size);
        let start = start.ok_or_else(|| bad(SafeTensorError::InvalidHeaderLength))?;
        let mut header = Vec::new();
        (&file).take(length).read_to_end(&mut header).map_err(unreadable)?;
        let metadata: Metadata = serde_json::from_slice(&header)
            .map_err(|source| bad(SafeTensorError::InvalidHeaderDeserialization(source)))?;
        let mut found = Vec::new();
        for (name, info) in metadata.tensors() {
            let (from, to) = (info.data_offsets.0 as u64, info.data_offsets.1 as u64);
            if from > to || start.checked_add(to).is_none_or(|end| end > size) {
                return Err(bad(SafeTensorError::MetadataIncompleteBuffer));
            }
            // A format unknown to candle (booleans, for example) cannot belong to a tensor that we need.
            if let Ok(dtype) = DType::try_from(info.dtype) {
                let elements = info.shape.iter().try_fold(dtype.size_in_bytes(), |n, d| n.checked_mul(*d));
                if elements.map(|n| n as u64) != Some(to - from) {
                    return Err(bad(SafeTensorError::TensorInvalidInfo));
                }
                let bytes = (start + from, start + to);
                found.push(Stored { name, shape: info.shape.clone(), dtype, bytes });
            }
        }
        let stored = by_canonical_name(&path, found, prefix)?;
        Ok(Checkpoint { path, stored, source: Source::Safetensors(file) })
    }

    fn open_pickle(path: PathBuf, prefix: &str) -> Result<Checkpoint, ModelError> {
        let bad = |source| ModelError::Weights { path: path.clone(), source };
        let pickle = PthTensors::new(&path, None).map_err(bad)?;
        let found = pickle.tensor_infos().values().map(|info| Stored {
            name: info.name.clone(),
            shape: info.layout.dims().to_vec(),
            dtype: info.dtype,
            bytes: (0, 0),
        });
        let stored = by_canonical_name(&path, found.collect(), prefix)?;
        Ok(Checkpoint { path, stored, source: Source::Pickle(pickle) })
    }

    /// The weights file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number formats that these tensors are stored in.
    pub fn dtypes(&self, wanted: &[Expected]) -> Vec<DType> {
        let names: BTreeSet<&str> =
            wanted.iter().filter_map(|(name, _)| Some(self.stored.get(name)?.dtype.as_str())).collect();
        names.into_iter().filter_map(|name| name.parse().ok()).collect()
    }

    /// Checks that the file has these tensors, each with its shape and in a number format that we can read. Reads no data.
    /// `prefix` is for error messages.
    pub fn expect(&self, wanted: &[Expected], prefix: &str) -> Result<(), ModelError> {
        for (name, expected) in wanted {
            let Some(stored) = self.stored.get(name) else {
                let head = name.starts_with("classifier.");
                let name = if head { name.clone() } else { format!("{prefix}{name}") };
                return Err(self.missing(name, expected.clone()));
            };
            if stored.shape != *expected {
                return Err(ModelError::WrongShape {
                    path: self.path.clone(),
                    name: stored.name.clone(),
                    expected: expected.clone(),
                    found: stored.shape.clone(),
                });
            }
            if !matches!(stored.dtype, DType::F32 | DType::F16 | DType::BF16 | DType::F64) {
                let found = format!("tensor {} holds {}", stored.name, stored.dtype.as_str());
                return Err(ModelError::unsupported(&self.path, found, "f32 or f16"));
            }
        }
        Ok(())
    }

    /// Checks these tensors with [`Checkpoint::expect`] and reads them as f32.
    pub fn read(&self, wanted: &[Expected], prefix: &str) -> Result<HashMap<String, Tensor>, ModelError> {
        self.expect(wanted, prefix)?;
        let tensors = wanted.iter().map(|(name, shape)| {
            let mut values = Vec::with_capacity(shape.iter().product());
            self.append(name, &mut values)?;
            let tensor = Tensor::from_vec(values, shape.as_slice(), &Device::Cpu);
            Ok((name.clone(), tensor.map_err(|source| self.weights(source))?))
        });
        tensors.collect()
    }

    /// Appends one tensor's numbers to `values`, as f32.
    pub(super) fn append(&self, name: &str, values: &mut Vec<f32>) -> Result<(), ModelError> {
        let stored = self.stored(name)?;
        match &self.source {
            Source::Safetensors(file) => {
                let read = numbers::append_f32(file, stored.bytes, stored.dtype, values);
                read.map_err(|source| ModelError::Unreadable { path: self.path.clone(), source })
            }
            Source::Pickle(pickle) => {
                let tensor = self.unpickled(pickle, stored)?;
                let all = tensor.to_dtype(DType::F32).and_then(|t| t.flatten_all()?.to_vec1());
                values.extend::<Vec<f32>>(all.map_err(|source| self.weights(source))?);
                Ok(())
            }
        }
    }

    /// One tensor's numbers: f16 stays f16, all other formats become f32.
    pub(super) fn words(&self, name: &str) -> Result<Words, ModelError> {
        let stored = self.stored(name)?;
        if let (Source::Safetensors(file), DType::F16) = (&self.source, stored.dtype) {
            let halves = numbers::f16(file, stored.bytes);
            let halves =
                halves.map_err(|source| ModelError::Unreadable { path: self.path.clone(), source })?;
            return Ok(Words::F16(Arc::new(halves)));
        }
        let mut values = Vec::with_capacity(stored.shape.iter().product());
        self.append(name, &mut values)?;
        Ok(Words::F32(Arc::new(values)))
    }

    fn unpickled(&self, pickle: &PthTensors, stored: &Stored) -> Result<Tensor, ModelError> {
        let found = pickle.get(&stored.name).map_err(|source| self.weights(source))?;
        found.ok_or_else(|| self.missing(stored.name.clone(), stored.shape.clone()))
    }

    fn stored(&self, name: &str) -> Result<&Stored, ModelError> {
        self.stored.get(name).ok_or_else(|| self.missing(name.to_owned(), Vec::new()))
    }

    fn missing(&self, name: String, expected: Vec<usize>) -> ModelError {
        ModelError::MissingTensor { path: self.path.clone(), name, expected }
    }

    fn weights(&self, source: candle_core::Error) -> ModelError {
        ModelError::Weights { path: self.path.clone(), source }
    }
}

/// Indexes tensors by their canonical names. Two tensors with the same name are an error.
fn by_canonical_name(
    path: &Path,
    found: Vec<Stored>,
    prefix: &str,
) -> Result<BTreeMap<String, Stored>, ModelError> {
    let mut stored = BTreeMap::new();
    for tensor in found {
        let name = canonical_name(&tensor.name, prefix);
        if let Some(other) = stored.insert(name, tensor)
            && let Some(tensor) = stored.get(&canonical_name(&other.name, prefix))
        {
            let found = format!("tensors {} and {} are the same weight", other.name, tensor.name);
            return Err(ModelError::unsupported(path, found, "each weight once"));
        }
    }
    Ok(stored)
}

fn canonical_name(name: &str, prefix: &str) -> String {
    let name = name.strip_prefix(prefix).unwrap_or(name);
    if let Some(stem) = name.strip_suffix(".gamma") {
        format!("{stem}.weight")
    } else if let Some(stem) = name.strip_suffix(".beta") {
        format!("{stem}.bias")
    } else {
        name.to_string()
    }
}

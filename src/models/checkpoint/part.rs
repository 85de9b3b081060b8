//! One file of weights: a safetensors file or a pickle as torch writes it. Its tensors' names, shapes and formats are read when
//! it is opened, its numbers on demand.
//!
//! Files are read through ordinary buffers. candle's memory map is `unsafe`: if the file changes meanwhile, the behavior is
//! undefined.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use candle_core::pickle::PthTensors;
use candle_core::{DType, Tensor};
use safetensors::SafeTensorError;
use safetensors::tensor::{Metadata, TensorInfo};

use crate::models::error::ModelError;
use crate::models::folder;

/// An open file of weights.
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) source: Source,
}

pub(super) enum Source {
    Safetensors(File),
    Pickle(PthTensors),
}

/// What is known of a tensor before its numbers are read.
pub(super) struct Stored {
    /// The name in the file.
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    /// The number format, or the name of one that is not supported.
    pub(super) format: Result<DType, String>,
    /// safetensors: the range of the data, in bytes from the start of the file.
    pub(super) bytes: (u64, u64),
    /// Which of the files holds it.
    pub(super) part: usize,
}

/// What precedes a tensor's name in a model that was saved within torch's DataParallel.
const WRAPPED: &str = "module.";

/// How a pickle of torch before 1.6 begins: torch's magic number. (Since then a pickle is a ZIP archive.)
const OLD_TORCH: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";

/// How a ZIP archive begins.
const ZIP: &[u8] = b"PK\x03\x04";

impl Part {
    /// Opens the file, the `number`th of its checkpoint, and lists its tensors.
    pub(super) fn open(path: &Path, number: usize) -> Result<(Part, Vec<Stored>), ModelError> {
        let (source, tensors) = match path.extension().is_some_and(|extension| extension == "bin") {
            true => pickle(path, number)?,
            false => safetensors(path, number)?,
        };
        if let Some(tensor) = tensors.iter().find(|tensor| tensor.name.starts_with(WRAPPED)) {
            let found = format!("tensor {} is of a wrapped model", tensor.name);
            return Err(ModelError::unsupported(path, found, "the model itself, without module."));
        }
        Ok((Part { path: path.into(), source }, tensors))
    }

    /// A tensor of a pickle.
    pub(super) fn unpickled(&self, pickle: &PthTensors, stored: &Stored) -> Result<Tensor, ModelError> {
        let info = pickle.tensor_infos().get(&stored.name);
        // candle counts the offset in bytes where torch counts numbers, so it would read others.
        if info.is_some_and(|info| info.layout.start_offset() > 0) {
            let found = format!("tensor {} is a part of a larger one", stored.name);
            return Err(ModelError::unsupported(
                &self.path,
                found,
                "each tensor on its own, as in model.safetensors",
            ));
        }
        let found = pickle.get(&stored.name).map_err(|source| self.weights(source))?;
        found.ok_or_else(|| ModelError::MissingTensor {
            path: self.path.clone(),
            name: stored.name.clone(),
            expected: stored.shape.clone(),
        })
    }

    pub(super) fn weights(&self, source: candle_core::Error) -> ModelError {
        ModelError::Weights { path: self.path.clone(), source }
    }
}

fn pickle(path: &Path, part: usize) -> Result<(Source, Vec<Stored>), ModelError> {
    let first = folder::beginning(path, 64)?;
    let refuse = |found: &str, expected: &str| Err(ModelError::unsupported(path, found, expected));
    if first.starts_with(OLD_TORCH) {
        return refuse(
            "it is in the format of torch before 1.6",
            "the format since then, or model.safetensors: load it in Python and save it again",
        );
    }
    if first.get(8) == Some(&b'{') {
        return refuse("it is a safetensors file", "the name model.safetensors");
    }
    if !first.starts_with(ZIP) {
        return refuse("it is not a file that torch.save wrote", "a ZIP archive with data.pkl");
    }
    let pickle =
        PthTensors::new(path, None).map_err(|source| ModelError::Weights { path: path.into(), source })?;
    let tensors: Vec<Stored> = pickle
        .tensor_infos()
        .values()
        .map(|info| Stored {
            name: info.name.clone(),
            shape: info.layout.dims().to_vec(),
            format: Ok(info.dtype),
            bytes: (0, 0),
            part,
        })
        .collect();
    if tensors.is_empty() {
        return refuse("it holds no tensors by name", "a state_dict");
    }
    Ok((Source::Pickle(pickle), tensors))
}

fn safetensors(path: &Path, part: usize) -> Result<(Source, Vec<Stored>), ModelError> {
    folder::beginning(path, 64)?;
    let unreadable = |source| ModelError::Unreadable { path: path.into(), source };
    let bad = |source| ModelError::Header { path: path.into(), source };
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut length = [0; 8];
    (&file).read_exact(&mut length).map_err(|_| bad(SafeTensorError::HeaderTooSmall))?;
    let length = u64::from_le_bytes(length);
    let start = length.checked_add(8).filter(|start| *start <= size);
    let start = start.ok_or_else(|| bad(SafeTensorError::InvalidHeaderLength))?;
    let mut header = Vec::new();
    (&file).take(length).read_to_end(&mut header).map_err(unreadable)?;
    let metadata: Metadata = serde_json::from_slice(&header)
        .map_err(|source| bad(SafeTensorError::InvalidHeaderDeserialization(source)))?;
    let tensors = metadata.tensors();
    cover(&tensors, size - start).map_err(bad)?;
    let mut found = Vec::with_capacity(tensors.len());
    for (name, info) in tensors {
        let (from, to) = (info.data_offsets.0 as u64, info.data_offsets.1 as u64);
        let format = DType::try_from(info.dtype).map_err(|_| format!("{:?}", info.dtype));
        if let Ok(dtype) = format {
            let elements = info.shape.iter().try_fold(dtype.size_in_bytes(), |n, d| n.checked_mul(*d));
            if elements.map(|n| n as u64) != Some(to - from) {
                return Err(bad(SafeTensorError::TensorInvalidInfo));
            }
        }
        found.push(Stored {
            name,
            shape: info.shape.clone(),
            format,
            bytes: (start + from, start + to),
            part,
        });
    }
    Ok((Source::Safetensors(file), found))
}

/// Checks that the tensors follow each other without gap or overlap and fill all of the `size` bytes, as the format requires.
fn cover(tensors: &std::collections::HashMap<String, &TensorInfo>, size: u64) -> Result<(), SafeTensorError> {
    let mut ranges: Vec<(usize, usize, &String)> =
        tensors.iter().map(|(name, info)| (info.data_offsets.0, info.data_offsets.1, name)).collect();
    ranges.sort_unstable();
    let mut end = 0;
    for (from, to, name) in ranges {
        if from != end || to < from {
            return Err(SafeTensorError::InvalidOffset(name.clone()));
        }
        end = to;
    }
    match end as u64 == size {
        true => Ok(()),
        false => Err(SafeTensorError::MetadataIncompleteBuffer),
    }
}

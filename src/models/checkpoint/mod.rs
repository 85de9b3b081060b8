//! A folder's weights: model.safetensors, else pytorch_model.bin, in one file or in parts with an index. Shapes are checked
//! before any data is read, unused tensors are not read, and numbers are converted to f32. Weights that are not finite are
//! refused: a model cannot read any text with them.

mod find;
mod numbers;
mod part;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};

use super::error::ModelError;
use super::tensors::Expected;
use crate::fused::Words;
use part::{Part, Source, Stored};

/// An open weights file, or several. Tensor data is read on demand.
pub struct Checkpoint {
    path: PathBuf,
    parts: Vec<Part>,
    stored: BTreeMap<String, Stored>,
}

impl Checkpoint {
    /// Opens `dir`'s weights. `prefix` ("bert.") is removed from the tensors' names, so that a bare encoder and a classifier have
    /// the same names; the old names `LayerNorm.gamma` and `LayerNorm.beta` count as weight and bias.
    pub fn open(dir: &Path, prefix: &str) -> Result<Checkpoint, ModelError> {
        let found = find::find(dir)?;
        let (mut parts, mut stored) = (Vec::new(), BTreeMap::new());
        for path in &found.parts {
            let (part, tensors) = Part::open(path, parts.len())?;
            add_by_canonical_name(&mut stored, path, tensors, prefix)?;
            parts.push(part);
        }
        Ok(Checkpoint { path: found.path, parts, stored })
    }

    /// The weights file, or the index of its parts.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files that hold the weights.
    pub fn files(&self) -> Vec<PathBuf> {
        self.parts.iter().map(|part| part.path.clone()).collect()
    }

    /// The number formats that these tensors are stored in.
    pub fn dtypes(&self, wanted: &[Expected]) -> Vec<DType> {
        let format = |(name, _): &Expected| Some(self.stored.get(name)?.format.as_ref().ok()?.as_str());
        let names: BTreeSet<&str> = wanted.iter().filter_map(format).collect();
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
            let path = self.path_of(stored);
            if stored.shape != *expected {
                return Err(ModelError::WrongShape {
                    path,
                    name: stored.name.clone(),
                    expected: expected.clone(),
                    found: stored.shape.clone(),
                });
            }
            let format = match &stored.format {
                Ok(DType::F32 | DType::F16 | DType::BF16 | DType::F64) => continue,
                Ok(dtype) => dtype.as_str().to_uppercase(),
                Err(name) => name.clone(),
            };
            let found = format!("tensor {} holds {format}", stored.name);
            return Err(ModelError::unsupported(path, found, "f32, f16, bf16 or f64"));
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
        let (stored, part) = self.stored(name)?;
        let from = values.len();
        match &part.source {
            Source::Safetensors(file) => {
                // `expect` refuses all other formats.
                let dtype = stored.format.as_ref().copied().unwrap_or(DType::F32);
                let read = numbers::append_f32(file, stored.bytes, dtype, values);
                read.map_err(|source| ModelError::Unreadable { path: part.path.clone(), source })?;
            }
            Source::Pickle(pickle) => {
                let tensor = part.unpickled(pickle, stored)?;
                let all = tensor.to_dtype(DType::F32).and_then(|t| t.flatten_all()?.to_vec1());
                values.extend::<Vec<f32>>(all.map_err(|source| part.weights(source))?);
            }
        }
        let odd = values.iter().skip(from).find(|value| !value.is_finite());
        odd.map_or(Ok(()), |odd| Err(self.not_finite(stored, *odd)))
    }

    /// One tensor's numbers: f16 stays f16, all other formats become f32.
    pub(super) fn words(&self, name: &str) -> Result<Words, ModelError> {
        let (stored, part) = self.stored(name)?;
        if let (Source::Safetensors(file), Ok(DType::F16)) = (&part.source, &stored.format) {
            let halves = numbers::f16(file, stored.bytes);
            let halves =
                halves.map_err(|source| ModelError::Unreadable { path: part.path.clone(), source })?;
            return match halves.iter().find(|half| !half.is_finite()) {
                Some(odd) => Err(self.not_finite(stored, odd.to_f32())),
                None => Ok(Words::F16(Arc::new(halves))),
            };
        }
        let mut values = Vec::with_capacity(stored.shape.iter().product());
        self.append(name, &mut values)?;
        Ok(Words::F32(Arc::new(values)))
    }

    fn stored(&self, name: &str) -> Result<(&Stored, &Part), ModelError> {
        let stored = self.stored.get(name);
        let found = stored.and_then(|stored| Some((stored, self.parts.get(stored.part)?)));
        found.ok_or_else(|| self.missing(name.to_owned(), Vec::new()))
    }

    /// The file that holds a tensor.
    fn path_of(&self, stored: &Stored) -> PathBuf {
        self.parts.get(stored.part).map_or_else(|| self.path.clone(), |part| part.path.clone())
    }

    fn not_finite(&self, stored: &Stored, found: f32) -> ModelError {
        let found = format!("tensor {} holds {found}", stored.name);
        ModelError::unsupported(self.path_of(stored), found, "finite numbers")
    }

    fn missing(&self, name: String, expected: Vec<usize>) -> ModelError {
        ModelError::MissingTensor { path: self.path.clone(), name, expected }
    }

    fn weights(&self, source: candle_core::Error) -> ModelError {
        ModelError::Weights { path: self.path.clone(), source }
    }
}

/// Adds the tensors of one file by their canonical names. Two tensors with the same name are an error.
fn add_by_canonical_name(
    stored: &mut BTreeMap<String, Stored>,
    path: &Path,
    found: Vec<Stored>,
    prefix: &str,
) -> Result<(), ModelError> {
    for tensor in found {
        let name = canonical_name(&tensor.name, prefix);
        if let Some(other) = stored.get(&name) {
            let found = format!("tensors {} and {} are the same weight", other.name, tensor.name);
            return Err(ModelError::unsupported(path, found, "each weight once"));
        }
        stored.insert(name, tensor);
    }
    Ok(())
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

//! Named parameters: which of them are trained, and how checkpoints are read and written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};
use half::f16;
use rand::SeedableRng;
use rand::rngs::StdRng;
use safetensors::tensor::TensorView;

use crate::learning::error::LearningError;
use crate::learning::numerics::standard_normal;

/// Parameters in f32 under transformers' names. Sorted by name, so that sums over them are reproducible.
#[derive(Debug, Default)]
pub struct Parameters {
    variables: BTreeMap<String, Var>,
    frozen: BTreeSet<String>,
}

/// The number format of parameters in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredAs {
    /// For finished models.
    F16,
    /// For checkpoints that training continues from.
    F32,
}

impl Parameters {
    /// The parameter, detached from the graph if it is frozen.
    pub fn get(&self, name: &str) -> Result<Tensor, LearningError> {
        let variable =
            self.variables.get(name).ok_or_else(|| LearningError::NoParameter(name.to_string()))?;
        Ok(if self.frozen.contains(name) {
            variable.as_detached_tensor()
        } else {
            variable.as_tensor().clone()
        })
    }

    /// Adds or replaces a parameter.
    pub fn insert(&mut self, name: &str, value: &Tensor) -> Result<(), LearningError> {
        let variable = Var::from_tensor(&value.to_dtype(DType::F32)?.contiguous()?)?;
        self.variables.insert(name.to_string(), variable);
        Ok(())
    }

    /// Adds a parameter of normal noise.
    pub fn insert_noise(
        &mut self,
        name: &str,
        shape: &[usize],
        deviation: f32,
        seed: u64,
    ) -> Result<(), LearningError> {
        let mut random = StdRng::seed_from_u64(seed);
        let values: Vec<f32> =
            (0..shape.iter().product()).map(|_| deviation * standard_normal(&mut random) as f32).collect();
        self.insert(name, &Tensor::from_vec(values, shape, &Device::Cpu)?)
    }

    /// Adds a parameter whose elements are all `value`.
    pub fn insert_constant(&mut self, name: &str, shape: &[usize], value: f32) -> Result<(), LearningError> {
        self.insert(name, &Tensor::full(value, shape, &Device::Cpu)?)
    }

    /// Freezes exactly the parameters whose names `choose` accepts.
    pub fn freeze(&mut self, choose: impl Fn(&str) -> bool) {
        self.frozen = self.variables.keys().filter(|name| choose(name)).cloned().collect();
    }

    /// The parameters that are not frozen.
    pub fn trainable(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.variables.iter().filter(|(name, _)| !self.frozen.contains(*name)).map(|(n, v)| (n.as_str(), v))
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.variables.iter().map(|(name, variable)| (name.as_str(), variable))
    }

    /// The number of elements in all parameters.
    pub fn count(&self) -> usize {
        self.variables.values().map(|v| v.elem_count()).sum()
    }

    /// Reads the tensors of a safetensors file. `rename` gives each its name, or `None` to leave it out.
    pub fn read(
        &mut self,
        file: &Path,
        rename: impl Fn(&str) -> Option<String>,
    ) -> Result<(), LearningError> {
        let tensors = candle_core::safetensors::load(file, &Device::Cpu)?;
        for (name, tensor) in tensors {
            if let Some(name) = rename(&name) {
                self.insert(&name, &tensor)?;
            }
        }
        Ok(())
    }

    /// Writes every parameter and the vectors in `more` to a safetensors file.
    pub fn write(
        &self,
        file: &Path,
        format: StoredAs,
        more: &BTreeMap<String, Vec<f32>>,
    ) -> Result<(), LearningError> {
        let mut stored: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        for (name, variable) in &self.variables {
            let values: Vec<f32> = variable.flatten_all()?.to_vec1()?;
            stored.push((name.clone(), variable.dims().to_vec(), bytes(&values, format)));
        }
        for (name, values) in more {
            stored.push((name.clone(), vec![values.len()], bytes(values, format)));
        }
        let dtype = match format {
            StoredAs::F16 => safetensors::Dtype::F16,
            StoredAs::F32 => safetensors::Dtype::F32,
        };
        let views: Vec<(&str, TensorView<'_>)> = stored
            .iter()
            .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(dtype, shape.clone(), bytes)?)))
            .collect::<Result<_, safetensors::SafeTensorError>>()?;
        // Without this entry, transformers refuses the file.
        let metadata = std::collections::HashMap::from([("format".to_string(), "pt".to_string())]);
        // Written to another name first, so that a power loss cannot replace a whole checkpoint by half of one.
        let partial = file.with_extension("part");
        safetensors::serialize_to_file(views, Some(metadata), &partial)?;
        std::fs::rename(&partial, file).map_err(|source| LearningError::file(file, source))
    }
}

fn bytes(values: &[f32], format: StoredAs) -> Vec<u8> {
    match format {
        StoredAs::F16 => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        StoredAs::F32 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_parameters_are_read_back_exactly_or_rounded_to_f16() {
        let folder = tempfile::tempdir().unwrap();
        let mut parameters = Parameters::default();
        parameters.insert_noise("a.weight", &[3, 4], 1.0, 5).unwrap();
        parameters.insert_constant("b.bias", &[2], 0.1).unwrap();
        for (format, tolerance) in [(StoredAs::F32, 0.0), (StoredAs::F16, 1e-3)] {
            let file = folder.path().join("weights.safetensors");
            parameters.write(&file, format, &BTreeMap::new()).unwrap();
            let mut again = Parameters::default();
            again.read(&file, |name| Some(format!("x.{name}"))).unwrap();
            for (name, variable) in parameters.all() {
                let before: Vec<f32> = variable.flatten_all().unwrap().to_vec1().unwrap();
                let after = again.get(&format!("x.{name}")).unwrap();
                let after: Vec<f32> = after.flatten_all().unwrap().to_vec1().unwrap();
                assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() <= tolerance * a.abs()));
            }
        }
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let error = Parameters::default().get("bert.pooler.dense.weight").unwrap_err();
        assert!(error.to_string().contains("bert.pooler.dense.weight"));
    }
}

//! A model's parameters by their names in Hugging Face's checkpoints; which of them learn; reading and writing them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};
use half::f16;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use safetensors::tensor::TensorView;

use super::LearningError;

/// Named parameters in f32. The order is that of the names, so that sums over parameters repeat themselves.
#[derive(Debug, Default)]
pub struct Parameters {
    variables: BTreeMap<String, Var>,
    frozen: BTreeSet<String>,
}

/// The number format of written weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 16-bit floats, as shipped.
    Half,
    /// 32-bit floats, as trained.
    Full,
}

impl Parameters {
    /// The parameter, detached from the graph where it is frozen.
    pub fn get(&self, name: &str) -> Result<Tensor, LearningError> {
        let variable =
            self.variables.get(name).ok_or_else(|| LearningError::NoParameter(name.to_string()))?;
        Ok(if self.frozen.contains(name) {
            variable.as_detached_tensor()
        } else {
            variable.as_tensor().clone()
        })
    }

    /// Adds a parameter or puts another in its place.
    pub fn insert(&mut self, name: &str, value: &Tensor) -> Result<(), LearningError> {
        let variable = Var::from_tensor(&value.to_dtype(DType::F32)?.contiguous()?)?;
        self.variables.insert(name.to_string(), variable);
        Ok(())
    }

    /// Adds a parameter of normal noise with this standard deviation (0 for zeros).
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

    /// Adds a parameter that is the same everywhere.
    pub fn insert_constant(&mut self, name: &str, shape: &[usize], value: f32) -> Result<(), LearningError> {
        self.insert(name, &Tensor::full(value, shape, &Device::Cpu)?)
    }

    /// Freezes the parameters whose names `choose` picks, and thaws the others.
    pub fn freeze(&mut self, choose: impl Fn(&str) -> bool) {
        self.frozen = self.variables.keys().filter(|name| choose(name)).cloned().collect();
    }

    /// The parameters that learn, by name.
    pub fn trainable(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.variables.iter().filter(|(name, _)| !self.frozen.contains(*name)).map(|(n, v)| (n.as_str(), v))
    }

    /// Every parameter, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.variables.iter().map(|(name, variable)| (name.as_str(), variable))
    }

    /// How many numbers the parameters hold.
    pub fn count(&self) -> usize {
        self.variables.values().map(|v| v.elem_count()).sum()
    }

    /// Reads the tensors of a safetensors file, each under the name that `rename` gives it (`None` leaves it out).
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

    /// Writes every parameter, and `more` beside them, to a safetensors file.
    pub fn write(
        &self,
        file: &Path,
        precision: Precision,
        more: &BTreeMap<String, Vec<f32>>,
    ) -> Result<(), LearningError> {
        let mut stored: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        for (name, variable) in &self.variables {
            let values: Vec<f32> = variable.flatten_all()?.to_vec1()?;
            stored.push((name.clone(), variable.dims().to_vec(), bytes(&values, precision)));
        }
        for (name, values) in more {
            stored.push((name.clone(), vec![values.len()], bytes(values, precision)));
        }
        let kind = match precision {
            Precision::Half => safetensors::Dtype::F16,
            Precision::Full => safetensors::Dtype::F32,
        };
        let views: Vec<(&str, TensorView<'_>)> = stored
            .iter()
            .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(kind, shape.clone(), bytes)?)))
            .collect::<Result<_, safetensors::SafeTensorError>>()?;
        // transformers refuses a file that does not say which framework's layout it has.
        let metadata = std::collections::HashMap::from([("format".to_string(), "pt".to_string())]);
        // Written beside and renamed: a checkpoint cut short by a power loss must not replace a whole one.
        let beside = file.with_extension("part");
        safetensors::serialize_to_file(views, Some(metadata), &beside)?;
        std::fs::rename(&beside, file).map_err(|source| LearningError::file(file, source))
    }
}

fn bytes(values: &[f32], precision: Precision) -> Vec<u8> {
    match precision {
        Precision::Half => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        Precision::Full => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    }
}

/// A draw from the standard normal distribution (Box and Muller, 1958).
pub(super) fn standard_normal(random: &mut impl Rng) -> f64 {
    let radius: f64 = 1.0 - random.random::<f64>();
    let angle: f64 = random.random();
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_half_precision_rounds() {
        let folder = tempfile::tempdir().unwrap();
        let mut parameters = Parameters::default();
        parameters.insert_noise("a.weight", &[3, 4], 1.0, 5).unwrap();
        parameters.insert_constant("b.bias", &[2], 0.1).unwrap();
        for (precision, tolerance) in [(Precision::Full, 0.0), (Precision::Half, 1e-3)] {
            let file = folder.path().join("weights.safetensors");
            parameters.write(&file, precision, &BTreeMap::new()).unwrap();
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

//! AdamW with warm-up, linear decay of the learning rate, gradient clipping, and running averages of the parameters,
//! which generalize better than the parameters after the last step.

use std::collections::BTreeMap;
use std::sync::Mutex;

use candle_core::Tensor;
use rayon::prelude::*;

use super::network::Parameters;
use super::network::kernels::{self, Step};
use super::network::ops::{self, Moments};
use crate::learning::error::LearningError;

/// How long and how fast to train.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub steps: usize,
    /// Steps until the highest learning rate; from there it falls linearly to zero.
    pub warm_up: usize,
    /// The highest learning rate.
    pub rate: f64,
    /// The learning rate of the head (`classifier`, pooler), as a multiple of `rate`.
    pub head: f64,
    /// Each layer's learning rate is this multiple of that of the layer above it, because lower layers are already
    /// useful for any text.
    pub layer_decay: f64,
    /// The decay of the parameters' running average; 0 turns averaging off.
    pub average: f64,
    /// Weight decay of matrices, embeddings excepted.
    pub decay: f64,
    /// The largest global gradient norm.
    pub clip: f64,
    pub dropout: f32,
}

impl Schedule {
    /// The learning rate of a step, counted from 0.
    pub fn rate_at(&self, step: usize) -> f64 {
        let rise = (step + 1) as f64 / self.warm_up.max(1) as f64;
        let left = self.steps.saturating_sub(step) as f64;
        let fall = left / self.steps.saturating_sub(self.warm_up).max(1) as f64;
        self.rate * rise.min(fall).min(1.0)
    }
}

/// AdamW's state.
#[derive(Debug, Default)]
pub struct Optimizer {
    moments: BTreeMap<String, Moments>,
    /// Running averages of the parameters.
    averages: BTreeMap<String, Vec<f32>>,
    /// Steps taken.
    pub steps: usize,
}

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.98;

impl Optimizer {
    /// Updates every parameter that is not frozen and returns the loss. `share` is a parameter's learning rate as a multiple
    /// of the schedule's.
    pub fn step(
        &mut self,
        parameters: &Parameters,
        schedule: &Schedule,
        share: impl Fn(&str) -> f64,
        loss: &Tensor,
    ) -> Result<f32, LearningError> {
        let value: f32 = loss.to_scalar()?;
        if !value.is_finite() {
            return Err(LearningError::Diverged { step: self.steps });
        }
        let gradients = loss.backward()?;
        let mut squares = 0.0;
        for (_, variable) in parameters.trainable() {
            if let Some(gradient) = gradients.get(variable.as_tensor()) {
                squares += ops::with_slice(gradient, kernels::square_sum)?;
            }
        }
        let gradient_scale = (schedule.clip / squares.sqrt().max(1e-12)).min(1.0) as f32;
        let rate = schedule.rate_at(self.steps);
        let count = (self.steps + 1) as i32;
        for (name, variable) in parameters.trainable() {
            let Some(gradient) = gradients.get(variable.as_tensor()) else { continue };
            let size = variable.elem_count();
            let moments = self
                .moments
                .entry(name.to_string())
                .or_insert_with(|| Moments { first: vec![0.0; size], second: vec![0.0; size] });
            // Embeddings do not decay: those that the batch does not use must keep their pretrained values.
            let decays = variable.rank() == 2 && !name.contains("embeddings");
            let step = Step {
                learning_rate: (rate * share(name)) as f32,
                weight_decay: if decays { schedule.decay as f32 } else { 0.0 },
                beta1: BETA1 as f32,
                beta2: BETA2 as f32,
                epsilon: 1e-6,
                gradient_scale,
                correction1: (1.0 / (1.0 - BETA1.powi(count))) as f32,
                correction2: (1.0 / (1.0 - BETA2.powi(count))) as f32,
            };
            let update = ops::AdamW { moments: Mutex::new(moments), step };
            variable.as_tensor().inplace_op2(&gradient.contiguous()?, &update)?;
        }
        self.steps += 1;
        self.average(parameters, schedule.average)?;
        Ok(value)
    }

    /// Updates the running averages. The decay is lower at first, so that the first steps are soon forgotten.
    fn average(&mut self, parameters: &Parameters, kept: f64) -> Result<(), LearningError> {
        if kept == 0.0 {
            return Ok(());
        }
        let kept = kept.min(self.steps as f64 / (self.steps + 10) as f64) as f32;
        for (name, variable) in parameters.trainable() {
            ops::with_slice(variable.as_tensor(), |values| match self.averages.get_mut(name) {
                Some(average) => average.par_chunks_mut(1 << 14).zip(values.par_chunks(1 << 14)).for_each(
                    |(average, values)| {
                        average.iter_mut().zip(values).for_each(|(a, v)| *a += (1.0 - kept) * (v - *a));
                    },
                ),
                None => drop(self.averages.insert(name.to_string(), values.to_vec())),
            })?;
        }
        Ok(())
    }

    /// Replaces the parameters by their running averages.
    pub fn use_averages(&self, parameters: &Parameters) -> Result<(), LearningError> {
        for (name, variable) in parameters.trainable() {
            if let Some(average) = self.averages.get(name) {
                variable.set(&Tensor::from_slice(average, variable.dims(), variable.device())?)?;
            }
        }
        Ok(())
    }

    /// The state as plain vectors, for a checkpoint.
    pub fn state(&self) -> BTreeMap<String, Vec<f32>> {
        let mut state = BTreeMap::new();
        for (name, moments) in &self.moments {
            state.insert(format!("adamw.first.{name}"), moments.first.clone());
            state.insert(format!("adamw.second.{name}"), moments.second.clone());
        }
        for (name, average) in &self.averages {
            state.insert(format!("adamw.average.{name}"), average.clone());
        }
        // An f32 holds counts up to 16 million exactly.
        state.insert("adamw.step".to_string(), vec![self.steps as f32]);
        state
    }

    /// Restores what [`Optimizer::state`] returned.
    pub fn resume(&mut self, mut state: BTreeMap<String, Vec<f32>>) -> Result<(), LearningError> {
        let step = state.remove("adamw.step").and_then(|v| v.first().copied());
        self.steps = step.ok_or_else(|| LearningError::NoParameter("adamw.step".to_string()))? as usize;
        self.moments.clear();
        self.averages.clear();
        let averages: Vec<String> =
            state.keys().filter(|k| k.starts_with("adamw.average.")).cloned().collect();
        for key in averages {
            let name = key["adamw.average.".len()..].to_string();
            self.averages.insert(name, state.remove(&key).unwrap_or_default());
        }
        let firsts: Vec<String> =
            state.keys().filter_map(|k| k.strip_prefix("adamw.first.")).map(String::from).collect();
        for name in firsts {
            let take = |state: &mut BTreeMap<String, Vec<f32>>, part: &str| {
                let key = format!("adamw.{part}.{name}");
                state.remove(&key).ok_or(LearningError::NoParameter(key))
            };
            let first = take(&mut state, "first")?;
            let second = take(&mut state, "second")?;
            self.moments.insert(name, Moments { first, second });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn schedule() -> Schedule {
        Schedule {
            steps: 200,
            warm_up: 10,
            rate: 0.05,
            head: 1.0,
            layer_decay: 1.0,
            average: 0.9,
            decay: 0.0,
            clip: 1e9,
            dropout: 0.0,
        }
    }

    #[test]
    fn a_quadratic_loss_is_minimized_and_frozen_parameters_stay() {
        let mut parameters = Parameters::default();
        parameters.insert_constant("x", &[3], 2.0).unwrap();
        parameters.insert_constant("y", &[3], 2.0).unwrap();
        parameters.freeze(|name| name == "y");
        let mut optimizer = Optimizer::default();
        let goal = Tensor::new(&[1f32, -1.0, 0.5], &Device::Cpu).unwrap();
        for _ in 0..200 {
            let distance = (parameters.get("x").unwrap() - &goal).unwrap();
            let other = parameters.get("y").unwrap();
            let loss = (distance.sqr().unwrap() * &other).unwrap().sum_all().unwrap();
            optimizer.step(&parameters, &schedule(), |_| 1.0, &loss).unwrap();
        }
        let x: Vec<f32> = parameters.get("x").unwrap().to_vec1().unwrap();
        assert!(x.iter().zip([1.0, -1.0, 0.5]).all(|(a, b)| (a - b).abs() < 0.05), "{x:?}");
        assert_eq!(parameters.get("y").unwrap().to_vec1::<f32>().unwrap(), [2.0; 3]);
    }

    #[test]
    fn averages_follow_the_parameters_and_are_restored_from_a_checkpoint() {
        let mut parameters = Parameters::default();
        parameters.insert_constant("x", &[1], 1.0).unwrap();
        let mut optimizer = Optimizer::default();
        let mut seen = Vec::new();
        for _ in 0..5 {
            let loss = parameters.get("x").unwrap().sum_all().unwrap();
            optimizer.step(&parameters, &schedule(), |_| 1.0, &loss).unwrap();
            seen.push(parameters.get("x").unwrap().to_vec1::<f32>().unwrap()[0]);
        }
        let mut again = Optimizer::default();
        again.resume(optimizer.state()).unwrap();
        assert_eq!((again.steps, &again.averages), (5, &optimizer.averages));
        again.use_averages(&parameters).unwrap();
        let averaged = parameters.get("x").unwrap().to_vec1::<f32>().unwrap()[0];
        assert!(seen[4] < averaged && averaged < seen[0], "{averaged} of {seen:?}");
    }

    #[test]
    fn the_rate_rises_and_falls_to_zero() {
        let schedule = schedule();
        assert!((schedule.rate_at(9) - 0.05).abs() < 1e-12);
        assert!(schedule.rate_at(0) < 0.01 && schedule.rate_at(199) < 0.001);
    }

    #[test]
    fn a_loss_that_is_not_a_number_stops_the_training() {
        let parameters = Parameters::default();
        let loss = Tensor::new(f32::NAN, &Device::Cpu).unwrap();
        let error = Optimizer::default().step(&parameters, &schedule(), |_| 1.0, &loss).unwrap_err();
        assert!(matches!(error, LearningError::Diverged { step: 0 }));
    }
}

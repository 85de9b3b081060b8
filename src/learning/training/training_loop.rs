//! The training loop: steps, checkpoints, progress, and the averaged parameters at the end.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};

use super::network::{Parameters, StoredAs, Transformer};
use super::optimizer::{Optimizer, Schedule};
use crate::learning::error::LearningError;
use crate::learning::progress::Progress;

pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);

/// Where checkpoints are stored, and what they depend on.
#[derive(Clone, Copy, Debug)]
pub struct Checkpoints<'a> {
    pub folder: &'a Path,
    /// The stem of the files' names.
    pub name: &'a str,
    /// What a step depends on, apart from schedule and sizes: seed, text, augmentation. A checkpoint made with another
    /// recipe is refused.
    pub recipe: &'a str,
    pub every: Duration,
}

/// Trains for the whole schedule, or for the rest of it after the last checkpoint. `loss` gets the model and the step,
/// counted from 0. Afterwards the parameters are their running averages.
pub fn run(
    model: &mut Transformer,
    schedule: &Schedule,
    checkpoints: Checkpoints<'_>,
    loss: impl Fn(&Transformer, usize) -> Result<Tensor, LearningError>,
) -> Result<(), LearningError> {
    let Checkpoints { folder, name, recipe, every } = checkpoints;
    std::fs::create_dir_all(folder).map_err(|source| LearningError::file(folder, source))?;
    let file = folder.join(format!("{name}.safetensors"));
    let recipe_file = folder.join(format!("{name}.txt"));
    let recipe = format!("{recipe}, {schedule:?}, {:?}\n", model.config);
    let mut optimizer = Optimizer::default();
    if file.exists() {
        let made_with = std::fs::read_to_string(&recipe_file)
            .map_err(|source| LearningError::file(&recipe_file, source))?;
        if made_with != recipe {
            return Err(LearningError::OtherSettings { path: file });
        }
        resume(model, &mut optimizer, &file)?;
    }
    std::fs::write(&recipe_file, &recipe).map_err(|source| LearningError::file(&recipe_file, source))?;
    let mut progress = Progress::new(name, optimizer.steps, schedule.steps);
    let mut saved = Instant::now();
    while optimizer.steps < schedule.steps {
        let loss = loss(model, optimizer.steps)?;
        let share = |name: &str| model.share_of_rate(name, schedule.head, schedule.layer_decay);
        let value = optimizer.step(&model.parameters, schedule, share, &loss)?;
        progress.step(optimizer.steps, value);
        if saved.elapsed() >= every || optimizer.steps == schedule.steps {
            model.parameters.write(&file, StoredAs::F32, &optimizer.state())?;
            saved = Instant::now();
        }
    }
    optimizer.use_averages(&model.parameters)
}

fn resume(model: &Transformer, optimizer: &mut Optimizer, file: &Path) -> Result<(), LearningError> {
    let mut state = BTreeMap::new();
    for (name, tensor) in candle_core::safetensors::load(file, &Device::Cpu)? {
        if name.starts_with("adamw.") {
            state.insert(name, tensor.to_vec1()?);
        } else {
            set(&model.parameters, &name, &tensor)?;
        }
    }
    optimizer.resume(state)?;
    tracing::info!(step = optimizer.steps, "resuming from {}", file.display());
    Ok(())
}

/// Overwrites a parameter's values without replacing its variable in the graph.
fn set(parameters: &Parameters, name: &str, value: &Tensor) -> Result<(), LearningError> {
    let found = parameters.all().find(|(known, _)| *known == name);
    let (_, variable) = found.ok_or_else(|| LearningError::NoParameter(name.to_string()))?;
    Ok(variable.set(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::training::network::transformer::tests::head_alone;

    /// Trains from 1 toward a target that moves with each step; fails at `stop`.
    fn train(folder: &Path, recipe: &str, stop: usize) -> Result<Vec<f32>, LearningError> {
        let schedule = Schedule {
            steps: 12,
            warm_up: 2,
            rate: 0.05,
            head: 1.0,
            layer_decay: 1.0,
            average: 0.9,
            decay: 0.01,
            clip: 1.0,
            dropout: 0.0,
        };
        let mut model = head_alone(1, 4);
        model.parameters.insert_constant("classifier.weight", &[1, 4], 1.0)?;
        let checkpoints = Checkpoints { folder, name: "try", recipe, every: Duration::ZERO };
        run(&mut model, &schedule, checkpoints, |model, step| {
            if step == stop {
                return Err(LearningError::Diverged { step });
            }
            let weight = model.parameters.get("classifier.weight")?;
            Ok((weight - f64::from(step as u32) / 6.0)?.sqr()?.sum_all()?)
        })?;
        Ok(model.parameters.get("classifier.weight")?.flatten_all()?.to_vec1()?)
    }

    #[test]
    fn a_stopped_training_resumes_to_the_same_result() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
        let result = train(&whole, "seed 1", usize::MAX).unwrap();
        assert!(train(&stopped, "seed 1", 7).is_err());
        assert_eq!(train(&stopped, "seed 1", usize::MAX).unwrap(), result);
        // A run that is started again after its end takes no further step.
        assert_eq!(train(&stopped, "seed 1", 0).unwrap(), result);
        let error = train(&stopped, "seed 2", usize::MAX).unwrap_err();
        assert!(matches!(error, LearningError::OtherSettings { .. }), "{error}");
    }
}

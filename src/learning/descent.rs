//! One descent from the first step to the last: checkpointed, resumed, shown, and settled on the averaged parameters.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};

use super::LearningError;
use super::optimizer::{Optimizer, Schedule};
use super::parameters::{Parameters, Precision};
use super::progress::Progress;
use super::transformer::Transformer;

/// How long a training goes on between two checkpoints as a rule.
pub const PAUSE: Duration = Duration::from_secs(60);

/// Where a descent keeps its checkpoints, and what they must have been made with.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// What the checkpoint's files are named after.
    pub name: &'a str,
    /// Everything that decides the descent beside schedule and sizes: seed, text, habits.
    pub settings: &'a str,
    /// How long to go on between two checkpoints.
    pub pause: Duration,
}

/// Descends for the whole schedule, or what is left of it after the last checkpoint; `loss` gets the model and the step,
/// counted from 0. In the end the model's parameters are their running averages.
///
/// # Errors
/// Where a file cannot be read or written, a checkpoint belongs to other settings, or the loss is no number any more.
pub fn descend(
    model: &mut Transformer,
    schedule: &Schedule,
    work: Work<'_>,
    loss: impl Fn(&Transformer, usize) -> Result<Tensor, LearningError>,
) -> Result<(), LearningError> {
    let Work { folder, name, settings, pause } = work;
    std::fs::create_dir_all(folder).map_err(|source| LearningError::file(folder, source))?;
    let file = folder.join(format!("{name}.safetensors"));
    let note = folder.join(format!("{name}.txt"));
    let settings = format!("{settings}, {schedule:?}, {:?}\n", model.sizes);
    let mut optimizer = Optimizer::default();
    if file.exists() {
        let made_with =
            std::fs::read_to_string(&note).map_err(|source| LearningError::file(&note, source))?;
        if made_with != settings {
            return Err(LearningError::OtherSettings { path: file });
        }
        let mut state = BTreeMap::new();
        for (name, tensor) in candle_core::safetensors::load(&file, &Device::Cpu)? {
            if name.starts_with("adamw.") {
                state.insert(name, tensor.to_vec1()?);
            } else {
                set(&model.parameters, &name, &tensor)?;
            }
        }
        optimizer.resume(state)?;
        tracing::info!(step = optimizer.step, "going on from {}", file.display());
    }
    super::write_text(&note, &settings)?;
    let mut progress = Progress::new(name, optimizer.step, schedule.steps);
    let mut saved = Instant::now();
    while optimizer.step < schedule.steps {
        let loss = loss(model, optimizer.step)?;
        let share = |name: &str| model.share_of_rate(name, schedule.head, schedule.layer_decay);
        let value = optimizer.descend(&model.parameters, schedule, share, &loss)?;
        progress.step(optimizer.step, value);
        if saved.elapsed() >= pause || optimizer.step == schedule.steps {
            model.parameters.write(&file, Precision::Full, &optimizer.state())?;
            saved = Instant::now();
        }
    }
    optimizer.settle(&model.parameters)
}

/// Overwrites a parameter's numbers, keeping its place in the graph.
fn set(parameters: &Parameters, name: &str, value: &Tensor) -> Result<(), LearningError> {
    let found = parameters.all().find(|(known, _)| *known == name);
    let (_, variable) = found.ok_or_else(|| LearningError::NoParameter(name.to_string()))?;
    Ok(variable.set(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::transformer::{Architecture, Sizes};

    fn model() -> Transformer {
        let sizes = Sizes {
            architecture: Architecture::Bert,
            vocabulary: 1,
            embedding: 1,
            hidden: 1,
            layers: 1,
            groups: 1,
            heads: 1,
            intermediate: 1,
            positions: 1,
            layer_norm_eps: 1e-12,
        };
        let mut model = Transformer { sizes, parameters: Parameters::default() };
        model.parameters.insert_constant("classifier.weight", &[1, 3], 1.0).unwrap();
        model
    }

    /// Descends from 1 towards a goal that moves with each step; an error at `stop`.
    fn run(folder: &Path, settings: &str, stop: usize) -> Result<Vec<f32>, LearningError> {
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
        let mut model = model();
        let work = Work { folder, name: "try", settings, pause: Duration::ZERO };
        descend(&mut model, &schedule, work, |model, step| {
            if step == stop {
                return Err(LearningError::Diverged { step });
            }
            let weight = model.parameters.get("classifier.weight")?;
            Ok((weight - f64::from(step as u32) / 6.0)?.sqr()?.sum_all()?)
        })?;
        Ok(model.parameters.get("classifier.weight")?.flatten_all()?.to_vec1()?)
    }

    #[test]
    fn a_training_that_was_stopped_goes_on_as_if_nothing_had_happened() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, torn) = (folder.path().join("whole"), folder.path().join("torn"));
        let goal = run(&whole, "seed 1", usize::MAX).unwrap();
        assert!(run(&torn, "seed 1", 7).is_err());
        assert_eq!(run(&torn, "seed 1", usize::MAX).unwrap(), goal);
        // Stopped once more after its end it only settles.
        assert_eq!(run(&torn, "seed 1", 0).unwrap(), goal);
        let error = run(&torn, "seed 2", usize::MAX).unwrap_err();
        assert!(matches!(error, LearningError::OtherSettings { .. }), "{error}");
    }
}

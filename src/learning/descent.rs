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

/// How long a training goes on between two checkpoints.
const PAUSE: Duration = Duration::from_secs(60);

/// Where a descent keeps its checkpoints, and what they must have been made with.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// What the checkpoint's files are named after.
    pub name: &'a str,
    /// Everything that decides the descent beside schedule and sizes: seed, text, habits.
    pub settings: &'a str,
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
    let Work { folder, name, settings } = work;
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
        if saved.elapsed() > PAUSE || optimizer.step == schedule.steps {
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

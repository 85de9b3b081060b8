//! Training on labeled text.
//!
//! Every random choice of a step follows from the seed and the step's number, so that a run that was stopped resumes to
//! the same result.

use candle_core::{Device, Tensor};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::batches::{Batches, Row};
use super::distillation::TextModel;
use super::material::Material;
use super::network::{Batch, Dropout, Transformer};
use super::optimizer::Schedule;
use super::options::{Common, Pace};
use super::recipe::{AUGMENTATION, MASKED, TEACHER_WEIGHT};
use super::training_loop::{self, CHECKPOINT_EVERY, Checkpoints};
use crate::learning::error::LearningError;
use crate::learning::numerics::mix;
use crate::models::Tokenizer;

/// A training run on labeled text.
pub struct Lesson<'a> {
    pub material: &'a Material,
    pub options: &'a Common,
    pub pace: Pace,
    /// The stem of the checkpoints' names.
    pub name: &'a str,
    pub recipe: &'a str,
    /// The model whose outputs are mixed into the targets.
    pub teacher: Option<TextModel<'a>>,
}

/// Trains the model on the examples' targets, mixed with the teacher's outputs for the same texts if there is one.
pub fn teach(
    mut model: Transformer,
    tokenizer: &Tokenizer,
    lesson: &Lesson<'_>,
) -> Result<Transformer, LearningError> {
    let Lesson { options, pace, .. } = *lesson;
    let schedule = Schedule {
        steps: pace.steps,
        warm_up: (pace.steps / 20).max(1),
        rate: pace.rate,
        head: 5.0,
        layer_decay: pace.layer_decay,
        average: 0.998,
        decay: 0.01,
        clip: 1.0,
        dropout: 0.1,
    };
    let batches = Batches::new(&lesson.material.trained_on, AUGMENTATION, options.rows, options.seed);
    let mask = (0..).map_while(|id| tokenizer.token(id).map(|t| (id, t))).find(|(_, t)| t == "[MASK]");
    let mask = mask.map(|(id, _)| id);
    let checkpoints = Checkpoints {
        folder: &options.work,
        name: lesson.name,
        recipe: lesson.recipe,
        every: CHECKPOINT_EVERY,
    };
    training_loop::run(&mut model, &schedule, checkpoints, |model, step| {
        let mut random = StdRng::seed_from_u64(mix(options.seed ^ 0x0B10_7700, step));
        let rows = batches.batch(step);
        let (mut windows, mut weights) = (Vec::new(), Vec::new());
        for row in &rows {
            let mut ids = content(tokenizer, row, options.window_tokens)?;
            if !row.verbatim {
                for id in &mut ids {
                    if random.random_bool(MASKED) {
                        *id = mask.unwrap_or(*id);
                    }
                }
            }
            windows.push(tokenizer.window_ids(&ids));
            weights.push(row.weight);
        }
        let targets = targets(&rows, lesson.teacher, options.window_tokens)?;
        let windows: Vec<&[u32]> = windows.iter().map(Vec::as_slice).collect();
        let mut dropout = Dropout::new(schedule.dropout, random.random());
        let logits = model.logits(&Batch::new(&windows)?, &mut dropout)?;
        let targets = Tensor::from_vec(targets, logits.shape(), &Device::Cpu)?;
        let weights = Tensor::from_vec(weights, (rows.len(), 1), &Device::Cpu)?;
        Ok((logits - targets)?.sqr()?.broadcast_mul(&weights)?.mean_all()?)
    })?;
    Ok(model)
}

/// A row's token ids without special tokens, cut to one window.
fn content(tokenizer: &Tokenizer, row: &Row, window_tokens: usize) -> Result<Vec<u32>, LearningError> {
    let mut ids = tokenizer.encode(&row.text)?.ids;
    ids.truncate(window_tokens);
    Ok(ids)
}

/// The targets of all rows, one after the other.
fn targets(
    rows: &[Row],
    teacher: Option<TextModel<'_>>,
    window_tokens: usize,
) -> Result<Vec<f32>, LearningError> {
    let mut targets: Vec<f32> = rows.iter().flat_map(|row| row.targets).collect();
    if let Some(TextModel { model, tokenizer }) = teacher {
        let windows: Vec<Vec<u32>> = rows
            .iter()
            .map(|row| Ok(tokenizer.window_ids(&content(tokenizer, row, window_tokens)?)))
            .collect::<Result<_, LearningError>>()?;
        for (target, output) in targets.iter_mut().zip(model.read(&windows)?.into_iter().flatten()) {
            *target += TEACHER_WEIGHT * (output - *target);
        }
    }
    Ok(targets)
}

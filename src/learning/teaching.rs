//! What a model is taught step by step: an ALBERT the teacher's states, word by word, and either model the labels of the
//! examples, beside what the teacher makes of them if there is one.
//!
//! Every random choice of a step comes from the seed and the step's number alone, so that a training that was stopped goes
//! on from its last checkpoint as if nothing had happened.

use candle_core::{Device, Tensor};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use unicode_segmentation::UnicodeSegmentation;

use super::descent::{self, Work};
use super::drawing::{Rounds, Row, mix};
use super::material::Material;
use super::optimizer::Schedule;
use super::recipe::{self, BLOTTED, HABITS, TEACHER};
use super::train::{Options, Report};
use super::transformer::{Batch, Noise, Transformer};
use super::{LearningError, distil};
use crate::models::Tokenizer;

/// The highest learning rate while the ALBERT learns from the teacher's states.
const DISTIL_RATE: f64 = 5e-4;

/// Teaches an ALBERT to make of a text, word by word, what the teacher makes of it.
pub(super) fn distil_from(
    (teacher, teacher_tokenizer, tokenizer): (&Transformer, &Tokenizer, &Tokenizer),
    vocab: &[String],
    model: &mut Transformer,
    material: &Material,
    options: &Options,
    report: &mut Report,
) -> Result<(), LearningError> {
    let texts = material.texts();
    let sentences = texts.iter().flat_map(|text| text.split_sentence_bounds());
    let sentences: Vec<String> =
        sentences.map(|sentence| sentence.trim().to_string()).filter(|s| !s.is_empty()).collect();
    let plain: Vec<String> = vocab
        .iter()
        .skip(1996)
        .take(8000)
        .filter(|w| w.chars().all(|c| c.is_ascii_lowercase()))
        .cloned()
        .collect();
    let mut random = StdRng::seed_from_u64(options.seed ^ 0xC0FFEE);
    let checks: Vec<String> = (0..128).map(|_| distil::draw_text(&sentences, &plain, &mut random)).collect();
    let from = distil::Reader { model: teacher, tokenizer: teacher_tokenizer, padding: 0 };
    let agreement = |model: &Transformer| {
        distil::agreement(&from, &distil::Reader { model, tokenizer, padding: 0 }, &checks)
    };
    report.add("cosine with the teacher before distillation", agreement(model)?);
    let schedule = Schedule {
        steps: options.distil_steps,
        warm_up: (options.distil_steps / 20).max(1),
        rate: DISTIL_RATE,
        head: 0.0,
        layer_decay: 1.0,
        average: 0.0,
        decay: 0.01,
        clip: 1.0,
        dropout: 0.0,
    };
    let seed = options.seed;
    let settings = recipe::of_distillation(options, &material.hash())?;
    let work =
        Work { folder: &options.work, name: "mbti-distil", settings: &settings, pause: descent::PAUSE };
    descent::descend(model, &schedule, work, |model, step| {
        let mut random = StdRng::seed_from_u64(mix(seed, step));
        let texts: Vec<String> =
            (0..options.rows).map(|_| distil::draw_text(&sentences, &plain, &mut random)).collect();
        let to = distil::Reader { model, tokenizer, padding: 0 };
        distil::distance(&from, &to, &texts, &mut Noise::none())
    })?;
    report.add("cosine with the teacher after distillation", agreement(model)?);
    Ok(())
}

/// Teaches the model what the examples say, and what the teacher makes of the same texts if there is one.
pub(super) fn learn(
    model: &mut Transformer,
    tokenizer: &Tokenizer,
    material: &Material,
    options: &Options,
    name: &str,
    teacher: Option<&distil::Reader<'_>>,
) -> Result<(), LearningError> {
    let schedule = Schedule {
        steps: options.steps,
        warm_up: (options.steps / 20).max(1),
        rate: options.rate,
        head: 5.0,
        layer_decay: options.layer_decay,
        average: 0.998,
        decay: 0.01,
        clip: 1.0,
        dropout: 0.1,
    };
    let rounds = Rounds::new(&material.learned, HABITS, options.rows, options.seed);
    let blot = (0..).map_while(|id| tokenizer.token(id).map(|t| (id, t))).find(|(_, t)| t == "[MASK]");
    let blot = blot.map(|(id, _)| id);
    let read = |tokenizer: &Tokenizer, row: &Row| -> Result<Vec<u32>, LearningError> {
        let mut ids = tokenizer.encode(&row.text)?.ids;
        ids.truncate(options.window_tokens);
        Ok(ids)
    };
    let settings = recipe::of_learning(options, &material.hash(), teacher.is_some())?;
    let work = Work { folder: &options.work, name, settings: &settings, pause: descent::PAUSE };
    descent::descend(model, &schedule, work, |model, step| {
        let mut random = StdRng::seed_from_u64(mix(options.seed ^ 0x0B10_7700, step));
        let rows = rounds.batch(step);
        let (mut windows, mut goals, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            let mut ids = read(tokenizer, row)?;
            if !row.verbatim {
                for id in &mut ids {
                    if random.random_bool(BLOTTED) {
                        *id = blot.unwrap_or(*id);
                    }
                }
            }
            windows.push(tokenizer.window_ids(&ids));
            goals.extend(row.says);
            counts.push(row.weight);
        }
        if let Some(teacher) = teacher {
            let texts: Vec<Vec<u32>> = rows
                .iter()
                .map(|row| Ok(teacher.tokenizer.window_ids(&read(teacher.tokenizer, row)?)))
                .collect::<Result<_, LearningError>>()?;
            let said = teacher.model.read(&texts, teacher.padding)?;
            for (goal, said) in goals.iter_mut().zip(said.into_iter().flatten()) {
                *goal += TEACHER * (said - *goal);
            }
        }
        let windows: Vec<&[u32]> = windows.iter().map(Vec::as_slice).collect();
        let batch = Batch::new(&windows, 0)?;
        let logits = model.logits(&batch, &mut Noise::new(schedule.dropout, random.random()))?;
        let goals = Tensor::from_vec(goals, logits.shape(), &Device::Cpu)?;
        let counts = Tensor::from_vec(counts, (rows.len(), 1), &Device::Cpu)?;
        Ok((logits - goals)?.sqr()?.broadcast_mul(&counts)?.mean_all()?)
    })
}

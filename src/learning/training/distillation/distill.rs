//! Distillation: a student learns its teacher's hidden states.

use candle_core::{D, DType, Device, Tensor};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use unicode_segmentation::UnicodeSegmentation;

use super::super::material::Material;
use super::super::network::{Dropout, Transformer};
use super::super::optimizer::Schedule;
use super::super::options::Common;
use super::super::recipe;
use super::super::training_loop::{self, CHECKPOINT_EVERY, Checkpoints};
use super::words::{tokenize, words_of};
use crate::learning::error::LearningError;
use crate::learning::numerics::mix;
use crate::models::Tokenizer;

/// The highest learning rate of the distillation.
const RATE: f64 = 5e-4;
/// The number of texts used to measure the agreement of student and teacher.
const CHECKED: usize = 128;

/// A model with its tokenizer.
#[derive(Clone, Copy)]
pub struct TextModel<'a> {
    pub model: &'a Transformer,
    pub tokenizer: &'a Tokenizer,
}

/// A distilled model, and its agreement with the teacher (a mean cosine) before and after.
pub struct Distilled {
    pub model: Transformer,
    pub before: f64,
    pub after: f64,
}

/// Trains the student for `steps` steps to reproduce the teacher's hidden states word by word. `vocabulary` is BERT's.
pub fn distill(
    mut student: Transformer,
    tokenizer: &Tokenizer,
    teacher: TextModel<'_>,
    vocabulary: &[String],
    material: &Material,
    (options, steps): (&Common, usize),
) -> Result<Distilled, LearningError> {
    let texts = material.texts();
    let sentences = texts.iter().flat_map(|text| text.split_sentence_bounds());
    let sentences: Vec<String> =
        sentences.map(|sentence| sentence.trim().to_string()).filter(|s| !s.is_empty()).collect();
    // BERT's vocabulary begins with special tokens and single characters; then come words, the most frequent first.
    let words: Vec<String> = vocabulary
        .iter()
        .skip(1996)
        .take(8000)
        .filter(|w| w.chars().all(|c| c.is_ascii_lowercase()))
        .cloned()
        .collect();
    let mut random = StdRng::seed_from_u64(options.seed ^ 0xC0FFEE);
    let checks: Vec<String> = (0..CHECKED).map(|_| draw_text(&sentences, &words, &mut random)).collect();
    let before = agreement(teacher, TextModel { model: &student, tokenizer }, &checks)?;
    let schedule = Schedule {
        steps,
        warm_up: (steps / 20).max(1),
        rate: RATE,
        head: 0.0,
        layer_decay: 1.0,
        average: 0.0,
        decay: 0.01,
        clip: 1.0,
        dropout: 0.0,
    };
    let recipe = recipe::of_distillation(options, &material.hash())?;
    let checkpoints = Checkpoints {
        folder: &options.work,
        name: "mbti-distillation",
        recipe: &recipe,
        every: CHECKPOINT_EVERY,
    };
    training_loop::run(&mut student, &schedule, checkpoints, |model, step| {
        let mut random = StdRng::seed_from_u64(mix(options.seed, step));
        let texts: Vec<String> =
            (0..options.rows).map(|_| draw_text(&sentences, &words, &mut random)).collect();
        distance(teacher, TextModel { model, tokenizer }, &texts)
    })?;
    let after = agreement(teacher, TextModel { model: &student, tokenizer }, &checks)?;
    Ok(Distilled { model: student, before, after })
}

/// How far the student's hidden states are from the teacher's, word by word: after each layer, the squared distance as
/// a share of the teacher's own square, averaged over the layers. The last layer counts four times.
fn distance(
    teacher: TextModel<'_>,
    student: TextModel<'_>,
    texts: &[String],
) -> Result<Tensor, LearningError> {
    let (from, to) = (tokenize(teacher.tokenizer, texts)?, tokenize(student.tokenizer, texts)?);
    let words = most_words(texts);
    let (from_average, to_average) = (from.averages(words)?, to.averages(words)?);
    let (from_batch, to_batch) = (from.batch()?, to.batch()?);
    let targets = teacher.model.hidden_states(&from_batch, &mut Dropout::off())?;
    let states = student.model.hidden_states(&to_batch, &mut Dropout::off())?;
    let hidden = student.model.config.hidden_size;
    let mut total = Tensor::zeros((), DType::F32, &Device::Cpu)?;
    let count = states.len();
    for (layer, state) in states.iter().enumerate() {
        // The student has fewer layers, so they are compared with evenly spaced layers of the teacher, the last with
        // the last.
        let target = &targets[layer * (targets.len() - 1) / (count - 1).max(1)];
        let target =
            from_average.matmul(&target.reshape((from_batch.rows, from_batch.length, hidden))?)?.detach();
        let state = to_average.matmul(&state.reshape((to_batch.rows, to_batch.length, hidden))?)?;
        let scale: f32 = target.sqr()?.sum_all()?.to_scalar()?;
        let weight = if layer + 1 == count { 4.0 } else { 1.0 } / (count + 3) as f64;
        total = (total + ((state - target)?.sqr()?.sum_all()? * (weight / f64::from(scale.max(1e-9))))?)?;
    }
    Ok(total)
}

/// The mean over texts of the cosine between the student's and the teacher's last hidden states, each averaged over the text.
fn agreement(teacher: TextModel<'_>, student: TextModel<'_>, texts: &[String]) -> Result<f64, LearningError> {
    let mut sum = 0.0;
    for chunk in texts.chunks(32) {
        let directions = [mean_direction(teacher, chunk)?, mean_direction(student, chunk)?];
        sum += f64::from((&directions[0] * &directions[1])?.sum_all()?.to_scalar::<f32>()?);
    }
    Ok(sum / texts.len() as f64)
}

/// Each text's last hidden states, summed over words and scaled to length one: (texts, hidden).
fn mean_direction(from: TextModel<'_>, texts: &[String]) -> Result<Tensor, LearningError> {
    let tokenized = tokenize(from.tokenizer, texts)?;
    let batch = tokenized.batch()?;
    let states = from.model.hidden_states(&batch, &mut Dropout::off())?;
    let last = states.last().ok_or_else(|| LearningError::NoParameter("encoder".to_string()))?;
    let last = last.reshape((batch.rows, batch.length, from.model.config.hidden_size))?;
    let mean = tokenized.averages(most_words(texts))?.matmul(&last)?.sum(1)?;
    let length = mean.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
    Ok(mean.broadcast_div(&length)?)
}

/// The number of words of the longest text, plus one for the opening special token.
fn most_words(texts: &[String]) -> usize {
    1 + texts.iter().map(|t| words_of(t).len()).max().unwrap_or(0)
}

/// A text for distillation: one to three sentences. In a quarter of the draws some words are replaced, in another
/// quarter the text is words in random order. The teacher has hidden states for any text, so the student can learn from
/// any text.
fn draw_text(sentences: &[String], vocabulary: &[String], random: &mut StdRng) -> String {
    let count = [1, 1, 1, 2, 2, 3][random.random_range(0..6)];
    let joined: Vec<&str> =
        (0..count).map(|_| sentences[random.random_range(0..sentences.len())].as_str()).collect();
    let joined = joined.join(" ");
    let mut words: Vec<&str> = joined.split_whitespace().collect();
    match random.random_range(0..4) {
        0 => {
            for _ in 0..words.len().div_ceil(4) {
                let place = random.random_range(0..words.len());
                words[place] = &vocabulary[random.random_range(0..vocabulary.len())];
            }
        }
        1 => {
            let count = random.random_range(3..20);
            words =
                (0..count).map(|_| vocabulary[random.random_range(0..vocabulary.len())].as_str()).collect();
        }
        _ => {}
    }
    words.join(" ")
}

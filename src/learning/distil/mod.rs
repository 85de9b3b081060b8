//! An ALBERT from a BERT: embeddings by projection, layers by distillation.
//!
//! There are no ALBERT weights to start from. Each SentencePiece piece gets the mean of a BERT's vectors for its text, cut
//! down to the leading directions; the way back up is a least-squares fit to what that BERT's embedding layer says. The
//! layers begin as every second one of the trained BERT's, the teacher's, and learn to make of a text, word by word, what
//! all of the teacher's layers make of it (in the manner of Jiao et al. 2020, TinyBERT).

mod algebra;
mod pieces;
mod start;
mod words;

use candle_core::{D, Device, Tensor};
use rand::Rng;
use rand::rngs::StdRng;

pub use start::{Shape, start};

use super::LearningError;
use super::transformer::{Noise, Transformer};
use crate::models::Tokenizer;
use words::{pooled, words_of};

/// A model with its tokenizer and the id that pads.
pub struct Reader<'a> {
    /// The model.
    pub model: &'a Transformer,
    /// Its tokenizer, adding special tokens where asked to.
    pub tokenizer: &'a Tokenizer,
    /// The padding id.
    pub padding: u32,
}

/// How far the student's hidden states are from the teacher's, word by word: the mean squared distance after each layer
/// (the last counted four times), as a share of the teacher's own mean square.
///
/// # Errors
/// As the models and tokenizers report them.
pub fn distance(
    teacher: &Reader<'_>,
    student: &Reader<'_>,
    texts: &[String],
    noise: &mut Noise,
) -> Result<Tensor, LearningError> {
    let (from, to) = (pooled(teacher.tokenizer, texts)?, pooled(student.tokenizer, texts)?);
    let words = 1 + texts.iter().map(|t| words_of(t).len()).max().unwrap_or(0);
    let (from_average, to_average) = (from.averages(words)?, to.averages(words)?);
    let from_batch = from.batch(teacher.padding)?;
    let to_batch = to.batch(student.padding)?;
    let goals = teacher.model.hidden_states(&from_batch, &mut Noise::none())?;
    let states = student.model.hidden_states(&to_batch, noise)?;
    let hidden = student.model.sizes.hidden;
    let mut total = Tensor::zeros((), candle_core::DType::F32, &Device::Cpu)?;
    let count = states.len();
    for (layer, state) in states.iter().enumerate() {
        // The student's layers are compared with as many of the teacher's, evenly spread, the last with the last.
        let goal = &goals[layer * (goals.len() - 1) / (count - 1).max(1)];
        let goal =
            from_average.matmul(&goal.reshape((from_batch.rows, from_batch.length, hidden))?)?.detach();
        let state = to_average.matmul(&state.reshape((to_batch.rows, to_batch.length, hidden))?)?;
        let scale: f32 = goal.sqr()?.sum_all()?.to_scalar()?;
        let weight = if layer + 1 == count { 4.0 } else { 1.0 } / (count + 3) as f64;
        total = (total + ((state - goal)?.sqr()?.sum_all()? * (weight / f64::from(scale.max(1e-9))))?)?;
    }
    Ok(total)
}

/// The mean cosine between the student's and the teacher's last hidden states, averaged over each text.
pub fn agreement(teacher: &Reader<'_>, student: &Reader<'_>, texts: &[String]) -> Result<f64, LearningError> {
    let mut sum = 0.0;
    for chunk in texts.chunks(32) {
        let mut means = Vec::new();
        for reader in [teacher, student] {
            let pooled = pooled(reader.tokenizer, chunk)?;
            let batch = pooled.batch(reader.padding)?;
            let states = reader.model.hidden_states(&batch, &mut Noise::none())?;
            let words = 1 + chunk.iter().map(|t| words_of(t).len()).max().unwrap_or(0);
            let last =
                states.last().ok_or_else(|| LearningError::NoParameter("hidden states".to_string()))?;
            let last = last.reshape((batch.rows, batch.length, reader.model.sizes.hidden))?;
            let mean = pooled.averages(words)?.matmul(&last)?.sum(1)?;
            let length = mean.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
            means.push(mean.broadcast_div(&length)?);
        }
        sum += f64::from((&means[0] * &means[1])?.sum_all()?.to_scalar::<f32>()?);
    }
    Ok(sum / texts.len() as f64)
}

/// A text to distil on: one to three sentences, some of their words exchanged in a quarter of the draws; in another quarter
/// words of the vocabulary in no order. The teacher has an opinion on any text, so the student learns from all of them.
pub fn draw_text(sentences: &[String], vocabulary: &[String], random: &mut StdRng) -> String {
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

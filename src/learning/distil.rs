//! An ALBERT from a BERT: embeddings by projection, the shared layer by distillation.
//!
//! There are no ALBERT weights to start from. Each SentencePiece piece gets the mean of the BERT's vectors for its text,
//! cut down to the leading directions; the way back up is a least-squares fit to what BERT's embedding layer says. Then the
//! one shared layer learns to make of a text, word by word, what the BERT's six layers make of it.

use std::collections::HashMap;
use std::ops::Range;

use candle_core::{D, Device, Tensor};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::LearningError;
use super::parameters::{Parameters, standard_normal};
use super::transformer::{Architecture, Batch, Noise, Sizes, Transformer};
use crate::models::Tokenizer;

/// How many layers an ALBERT runs, and how many of them have weights of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Layers run.
    pub layers: usize,
    /// Layers with weights of their own; divides `layers`.
    pub groups: usize,
}

/// The mean of the teacher's word vectors for each piece of a SentencePiece vocabulary, row by row.
///
/// A piece that is itself an entry of the teacher's vocabulary takes that entry's vector; the others are spelt.
pub fn piece_vectors(
    pieces: &[String],
    words: &HashMap<String, usize>,
    vectors: &[Vec<f32>],
) -> Result<Vec<Vec<f32>>, LearningError> {
    let width = vectors.first().map_or(0, Vec::len);
    let mut mean = vec![0f32; width];
    for row in vectors {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += v / vectors.len() as f32);
    }
    let special = HashMap::from([("<pad>", "[PAD]"), ("<unk>", "[UNK]")]);
    let rows = pieces.iter().map(|piece| {
        let ids = match special
            .get(piece.as_str())
            .copied()
            .or(words.contains_key(piece).then_some(piece.as_str()))
        {
            Some(name) => words.get(name).map(|id| vec![*id]).unwrap_or_default(),
            None => spell(piece, words),
        };
        if ids.is_empty() {
            return mean.clone();
        }
        let mut row = vec![0f32; width];
        for id in &ids {
            row.iter_mut().zip(&vectors[*id]).for_each(|(r, v)| *r += v / ids.len() as f32);
        }
        row
    });
    Ok(rows.collect())
}

/// The WordPiece ids of a SentencePiece piece's text, longest match first; "▁" at its start marks the start of a word.
fn spell(piece: &str, words: &HashMap<String, usize>) -> Vec<usize> {
    let mut ids = Vec::new();
    let starts = piece.starts_with('▁');
    for (nth, part) in piece.split('▁').filter(|p| !p.is_empty()).enumerate() {
        let mut at = 0;
        while at < part.len() {
            let inside = at > 0 || (nth == 0 && !starts && part.starts_with(char::is_alphanumeric));
            let ends = part[at..].char_indices().map(|(i, c)| at + i + c.len_utf8()).collect::<Vec<_>>();
            let found = ends.iter().rev().find_map(|end| {
                let text = &part[at..*end];
                let marked = if inside { format!("##{text}") } else { text.to_string() };
                words.get(&marked).or_else(|| words.get(text)).map(|id| (*id, *end))
            });
            match found {
                Some((id, end)) => {
                    ids.push(id);
                    at = end;
                }
                None => return Vec::new(),
            }
        }
    }
    ids
}

/// The `count` leading directions of the rows' second moments, each row weighted: an orthonormal basis, as columns of a
/// (width, count) matrix. Found by orthogonal iteration from seeded noise.
fn leading_directions(rows: &[Vec<f32>], weights: &[f64], count: usize, seed: u64) -> Vec<Vec<f64>> {
    let width = rows.first().map_or(0, Vec::len);
    let mut moments = vec![vec![0f64; width]; width];
    for (row, weight) in rows.iter().zip(weights) {
        for i in 0..width {
            let scaled = weight * f64::from(row[i]);
            for (sum, value) in moments[i].iter_mut().zip(row) {
                *sum += scaled * f64::from(*value);
            }
        }
    }
    let mut random = StdRng::seed_from_u64(seed);
    let mut basis: Vec<Vec<f64>> =
        (0..count).map(|_| (0..width).map(|_| standard_normal(&mut random)).collect()).collect();
    for _ in 0..40 {
        for direction in &mut basis {
            *direction = moments
                .iter()
                .map(|row| row.iter().zip(direction.iter()).map(|(a, b)| a * b).sum())
                .collect();
        }
        for i in 0..count {
            let (before, rest) = basis.split_at_mut(i);
            let current = &mut rest[0];
            for other in before.iter() {
                let along: f64 = current.iter().zip(other).map(|(a, b)| a * b).sum();
                current.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
            }
            let length = current.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-30);
            current.iter_mut().for_each(|v| *v /= length);
        }
    }
    basis
}

fn rows_of(tensor: &Tensor) -> Result<Vec<Vec<f32>>, LearningError> {
    Ok(tensor.to_vec2()?)
}

fn matrix(rows: &[Vec<f32>]) -> Result<Tensor, LearningError> {
    let width = rows.first().map_or(0, Vec::len);
    let flat: Vec<f32> = rows.iter().flatten().copied().collect();
    Ok(Tensor::from_vec(flat, (rows.len(), width), &Device::Cpu)?)
}

/// An ALBERT whose embeddings say about what the teacher's say, and whose layers are copies of the teacher's.
///
/// With as many groups as layers they are copies of the teacher's lowest ones, in their order. One group shared by all
/// layers is a copy of one from the middle, and nothing without distillation.
///
/// `pieces` and `frequencies` are the SentencePiece vocabulary; `words` is the teacher's vocabulary with its ids.
pub fn start(
    teacher: &Transformer,
    words: &HashMap<String, usize>,
    pieces: &[String],
    frequencies: &[f64],
    shape: Shape,
    seed: u64,
) -> Result<Transformer, LearningError> {
    let embedding = 128;
    let hidden = teacher.sizes.hidden;
    let sizes = Sizes {
        architecture: Architecture::Albert,
        vocabulary: pieces.len(),
        embedding,
        layers: shape.layers,
        groups: shape.groups,
        layer_norm_eps: 1e-12,
        ..teacher.sizes.clone()
    };
    let of_teacher = |name: &str| teacher.parameters.get(&format!("bert.embeddings.{name}"));
    let vectors = rows_of(&of_teacher("word_embeddings.weight")?)?;
    let wide = piece_vectors(pieces, words, &vectors)?;
    // Between every piece alike and every occurrence alike: the square root of the frequency.
    let weights: Vec<f64> = frequencies.iter().map(|f| f.sqrt()).collect();
    let basis = leading_directions(&wide, &weights, embedding, seed);
    let project = |rows: &[Vec<f32>]| -> Vec<Vec<f32>> {
        let narrow = |row: &Vec<f32>| {
            let along = |d: &Vec<f64>| d.iter().zip(row).map(|(a, b)| a * f64::from(*b)).sum::<f64>() as f32;
            basis.iter().map(along).collect()
        };
        rows.iter().map(narrow).collect()
    };
    let mut parameters = Parameters::default();
    let prefix = "albert.embeddings";
    parameters.insert(&format!("{prefix}.word_embeddings.weight"), &matrix(&project(&wide))?)?;
    let positions = rows_of(&of_teacher("position_embeddings.weight")?)?;
    parameters.insert(&format!("{prefix}.position_embeddings.weight"), &matrix(&project(&positions))?)?;
    let kinds = rows_of(&of_teacher("token_type_embeddings.weight")?)?;
    parameters.insert(&format!("{prefix}.token_type_embeddings.weight"), &matrix(&project(&kinds))?)?;
    parameters.insert_constant(&format!("{prefix}.LayerNorm.weight"), &[embedding], 1.0)?;
    parameters.insert_constant(&format!("{prefix}.LayerNorm.bias"), &[embedding], 0.0)?;
    parameters.insert_constant(
        "albert.encoder.embedding_hidden_mapping_in.weight",
        &[hidden, embedding],
        0.0,
    )?;
    parameters.insert_constant("albert.encoder.embedding_hidden_mapping_in.bias", &[hidden], 0.0)?;
    let mut student = Transformer { sizes, parameters };
    for group in 0..shape.groups {
        // For a single one the third of six: neither the first, which still sorts words, nor the last, which already
        // sums them up.
        let source = if shape.groups == 1 { teacher.sizes.layers / 3 } else { group };
        let first = group * shape.layers / shape.groups;
        for (from, to) in teacher.layer_parts(source).iter().zip(student.layer_parts(first)) {
            for kind in ["weight", "bias"] {
                let value = teacher.parameters.get(&format!("{from}.{kind}"))?;
                student.parameters.insert(&format!("{to}.{kind}"), &value)?;
            }
        }
    }
    if shape.groups == shape.layers {
        begin_with_the_average(&mut student)?;
    }
    for kind in ["weight", "bias"] {
        let value = teacher.parameters.get(&format!("bert.pooler.dense.{kind}"))?;
        student.parameters.insert(&format!("albert.pooler.{kind}"), &value)?;
    }
    fit_mapping(teacher, &mut student, &wide, &weights, seed)?;
    Ok(student)
}

/// Lets the top layer begin by adding to the first token the mean of all tokens: of the teacher's layers only the last makes
/// a summary of that token, and one from below would have to learn it from nothing.
fn begin_with_the_average(student: &mut Transformer) -> Result<(), LearningError> {
    /// How much louder than the first token's own state the mean is: the mean of many states is short.
    const LOUDNESS: f64 = 3.0;
    let hidden = student.sizes.hidden;
    let [query, _, value, attended, ..] = student.layer_parts(student.sizes.layers - 1);
    let identity = Tensor::eye(hidden, candle_core::DType::F32, &Device::Cpu)?;
    // A query of zeros attends to all tokens alike.
    for (part, weight) in
        [(query, (&identity * 0.0)?), (value, identity.clone()), (attended, (&identity * LOUDNESS)?)]
    {
        student.parameters.insert(&format!("{part}.weight"), &weight)?;
        student.parameters.insert_constant(&format!("{part}.bias"), &[hidden], 0.0)?;
    }
    Ok(())
}

/// Sets the mapping from the narrow to the hidden width by ridge regression of the teacher's embedding output on the
/// student's normalised embeddings, over pieces at random places, by frequency.
fn fit_mapping(
    teacher: &Transformer,
    student: &mut Transformer,
    wide: &[Vec<f32>],
    weights: &[f64],
    seed: u64,
) -> Result<(), LearningError> {
    let mut random = StdRng::seed_from_u64(seed ^ 1);
    let get = |model: &Transformer, name: &str| model.parameters.get(name);
    let narrow = rows_of(&get(student, "albert.embeddings.word_embeddings.weight")?)?;
    let place_of = |model: &Transformer, prefix: &str| -> Result<Vec<Vec<f32>>, LearningError> {
        let positions = get(model, &format!("{prefix}.embeddings.position_embeddings.weight"))?;
        let kinds = get(model, &format!("{prefix}.embeddings.token_type_embeddings.weight"))?;
        rows_of(&positions.broadcast_add(&kinds.narrow(0, 0, 1)?)?)
    };
    let (narrow_places, wide_places) = (place_of(student, "albert")?, place_of(teacher, "bert")?);
    let gain: Vec<f32> = get(teacher, "bert.embeddings.LayerNorm.weight")?.to_vec1()?;
    let shift: Vec<f32> = get(teacher, "bert.embeddings.LayerNorm.bias")?.to_vec1()?;
    let inputs = student.sizes.embedding + 1;
    let hidden = student.sizes.hidden;
    let mut left = vec![vec![0f64; inputs]; inputs];
    let mut right = vec![vec![0f64; hidden]; inputs];
    for (piece, weight) in weights.iter().enumerate() {
        let place = random.random_range(0..64.min(narrow_places.len()));
        let x = normalised(&narrow[piece], &narrow_places[place]);
        let y = normalised(&wide[piece], &wide_places[place]);
        let x: Vec<f64> = x.into_iter().chain(std::iter::once(1.0)).collect();
        for i in 0..inputs {
            let scaled = weight * x[i];
            left[i].iter_mut().zip(&x).for_each(|(sum, v)| *sum += scaled * v);
            let target =
                y.iter().zip(gain.iter().zip(&shift)).map(|(y, (g, s))| y * f64::from(*g) + f64::from(*s));
            right[i].iter_mut().zip(target).for_each(|(sum, v)| *sum += scaled * v);
        }
    }
    let ridge = 1e-4 * left.iter().enumerate().map(|(i, row)| row[i]).sum::<f64>() / inputs as f64;
    left.iter_mut().enumerate().for_each(|(i, row)| row[i] += ridge);
    let solution = solve(left, right);
    let mut weight = vec![vec![0f32; inputs - 1]; hidden];
    for (i, row) in solution.iter().take(inputs - 1).enumerate() {
        row.iter().enumerate().for_each(|(k, v)| weight[k][i] = *v as f32);
    }
    let bias: Vec<f32> = solution[inputs - 1].iter().map(|v| *v as f32).collect();
    let name = "albert.encoder.embedding_hidden_mapping_in";
    student.parameters.insert(&format!("{name}.weight"), &matrix(&weight)?)?;
    student.parameters.insert(&format!("{name}.bias"), &Tensor::from_vec(bias, hidden, &Device::Cpu)?)
}

/// The sum of two rows, with mean 0 and variance 1.
fn normalised(a: &[f32], b: &[f32]) -> Vec<f64> {
    let sum: Vec<f64> = a.iter().zip(b).map(|(a, b)| f64::from(a + b)).collect();
    let mean = sum.iter().sum::<f64>() / sum.len() as f64;
    let variance = sum.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / sum.len() as f64;
    sum.into_iter().map(|v| (v - mean) / (variance + 1e-12).sqrt()).collect()
}

/// Solves `left * x = right` for a symmetric positive definite `left` by elimination.
fn solve(mut left: Vec<Vec<f64>>, mut right: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = left.len();
    for column in 0..n {
        let scale = 1.0 / left[column][column];
        left[column].iter_mut().for_each(|v| *v *= scale);
        right[column].iter_mut().for_each(|v| *v *= scale);
        let (row, value) = (left[column].clone(), right[column].clone());
        for other in (0..n).filter(|other| *other != column) {
            let factor = left[other][column];
            left[other].iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
            right[other].iter_mut().zip(&value).for_each(|(x, y)| *x -= factor * y);
        }
    }
    right
}

/// A text's words for both tokenizers: what is between white space, by byte ranges.
fn words_of(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut start = None;
    for (i, c) in text.char_indices() {
        match (c.is_whitespace(), start) {
            (true, Some(s)) => {
                words.push(s..i);
                start = None;
            }
            (false, None) => start = Some(i),
            _ => {}
        }
    }
    if let Some(s) = start {
        words.push(s..text.len());
    }
    words
}

/// Windows of several texts for one tokenizer, and the matrices that average their tokens word by word.
struct Pooled {
    windows: Vec<Vec<u32>>,
    /// For each text, each token's word (0 is the opening special token), if it belongs to one.
    word_of: Vec<Vec<Option<usize>>>,
}

fn pooled(tokenizer: &Tokenizer, texts: &[String]) -> Result<Pooled, LearningError> {
    let mut out = Pooled { windows: Vec::new(), word_of: Vec::new() };
    for text in texts {
        let words = words_of(text);
        let encoding = tokenizer.encode(text)?;
        let word_of = encoding.offsets.iter().map(|range| {
            let last = range.end.saturating_sub(1).max(range.start);
            words.iter().position(|w| w.contains(&last)).map(|w| w + 1)
        });
        let window = tokenizer.window_ids(&encoding.ids);
        let word_of = std::iter::once(Some(0)).chain(word_of).chain(std::iter::once(None));
        out.word_of.push(word_of.collect());
        out.windows.push(window);
    }
    Ok(out)
}

impl Pooled {
    /// (texts, words, tokens): each row averages the tokens of a word; rows of zeros for words a text does not have.
    fn averages(&self, words: usize) -> Result<Tensor, LearningError> {
        let length = self.windows.iter().map(Vec::len).max().unwrap_or(0);
        let mut values = vec![0f32; self.windows.len() * words * length];
        for (row, word_of) in self.word_of.iter().enumerate() {
            let mut counts = vec![0f32; words];
            word_of.iter().flatten().for_each(|w| counts[*w] += 1.0);
            for (token, word) in word_of.iter().enumerate() {
                if let Some(word) = word {
                    values[(row * words + word) * length + token] = 1.0 / counts[*word];
                }
            }
        }
        Ok(Tensor::from_vec(values, (self.windows.len(), words, length), &Device::Cpu)?)
    }

    fn batch(&self, padding: u32) -> Result<Batch, LearningError> {
        let windows: Vec<&[u32]> = self.windows.iter().map(Vec::as_slice).collect();
        Batch::new(&windows, padding)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_gets_the_mean_of_the_vectors_that_spell_it() {
        let names = ["[PAD]", "[UNK]", "un", "##happy", "happy", "!"];
        let words: HashMap<String, usize> =
            names.iter().enumerate().map(|(i, n)| (n.to_string(), i)).collect();
        let vectors: Vec<Vec<f32>> = (0..6).map(|i| vec![i as f32]).collect();
        let pieces = ["<pad>", "▁happy", "happy", "▁unhappy", "!", "▁zzz"].map(String::from);
        let rows: Vec<f32> =
            piece_vectors(&pieces, &words, &vectors).unwrap().into_iter().map(|r| r[0]).collect();
        // The last cannot be spelt and gets the mean of all.
        assert_eq!(rows[..5], [0.0, 4.0, 4.0, 2.5, 5.0]);
        assert!((rows[5] - 2.5).abs() < 1e-6);
    }

    #[test]
    fn the_leading_directions_are_found() {
        let rows: Vec<Vec<f32>> = (0..200)
            .map(|i| vec![0.01 * (i as f32).cos(), 3.0 * (i as f32).sin(), (i as f32 * 0.7).cos()])
            .collect();
        let basis = leading_directions(&rows, &vec![1.0; 200], 2, 3);
        assert!(basis[0][1].abs() > 0.99 && basis[1][2].abs() > 0.99, "{basis:?}");
    }

    #[test]
    fn words_are_what_stands_between_spaces() {
        assert_eq!(words_of(" I  am, é"), [1..2, 4..7, 8..10]);
    }
}

//! The ALBERT that distillation starts from.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::network::{Parameters, Transformer};
use super::directions::leading_directions;
use super::pieces::piece_vectors;
use crate::learning::error::LearningError;
use crate::learning::numerics::Cholesky;
use crate::models::names::{
    EMBEDDING_NORM, POSITION_EMBEDDINGS, PROJECTION, TOKEN_TYPE_EMBEDDINGS, WORD_EMBEDDINGS,
};
use crate::models::{Architecture, ModelConfig};

/// ALBERT's usual embedding size.
const EMBEDDING: usize = 128;
/// The mapping is fitted on pieces at positions below this. Windows are rarely longer.
const POSITIONS: usize = 64;

/// The number of layers that an ALBERT applies, and how many of them have weights of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub layers: usize,
    /// A divisor of `layers`.
    pub groups: usize,
}

fn rows_of(tensor: &Tensor) -> Result<Vec<Vec<f32>>, LearningError> {
    Ok(tensor.to_vec2()?)
}

fn matrix(rows: &[Vec<f32>]) -> Result<Tensor, LearningError> {
    let width = rows.first().map_or(0, Vec::len);
    let flat: Vec<f32> = rows.iter().flatten().copied().collect();
    Ok(Tensor::from_vec(flat, (rows.len(), width), &Device::Cpu)?)
}

/// An ALBERT over `pieces` (a SentencePiece vocabulary) whose embeddings approximate those of `bert`. Its layers,
/// pooler and head are copies of the teacher's: as many layers as there are groups, evenly spaced, ending with the
/// last.
///
/// `bert` has the whole vocabulary, `words`; the teacher has only a part of it.
pub fn start(
    (bert, words): (&Transformer, &[String]),
    teacher: &Transformer,
    pieces: &[String],
    shape: Shape,
    seed: u64,
) -> Result<Transformer, LearningError> {
    let config = ModelConfig {
        architecture: Architecture::Albert,
        vocab_size: pieces.len(),
        embedding_size: EMBEDDING,
        layers: shape.layers,
        hidden_groups: shape.groups,
        inner_layers: 1,
        layer_norm_eps: 1e-12,
        ..teacher.config.clone()
    };
    let words: HashMap<String, usize> = words.iter().cloned().enumerate().map(|(i, w)| (w, i)).collect();
    let wide = piece_vectors(pieces, &words, &rows_of(&bert.embedding(WORD_EMBEDDINGS)?)?);
    // Pieces are sorted by frequency, which Zipf's law approximates. Its square root is a compromise between weighting
    // every piece once and weighting every occurrence.
    let weights: Vec<f64> = (0..pieces.len()).map(|rank| (1.0 / (rank + 10) as f64).sqrt()).collect();
    let basis = leading_directions(&wide, &weights, EMBEDDING, seed);
    let project = |rows: &[Vec<f32>]| -> Vec<Vec<f32>> {
        let narrow = |row: &Vec<f32>| {
            let along = |d: &Vec<f64>| d.iter().zip(row).map(|(a, b)| a * f64::from(*b)).sum::<f64>() as f32;
            basis.iter().map(along).collect()
        };
        rows.iter().map(narrow).collect()
    };
    let mut student = Transformer { config, parameters: Parameters::default() };
    insert(&mut student, WORD_EMBEDDINGS, &matrix(&project(&wide))?)?;
    for name in [POSITION_EMBEDDINGS, TOKEN_TYPE_EMBEDDINGS] {
        let narrow = project(&rows_of(&bert.embedding(name)?)?);
        insert(&mut student, name, &matrix(&narrow)?)?;
    }
    insert(
        &mut student,
        &format!("{EMBEDDING_NORM}.weight"),
        &Tensor::new(vec![1f32; EMBEDDING], &Device::Cpu)?,
    )?;
    insert(
        &mut student,
        &format!("{EMBEDDING_NORM}.bias"),
        &Tensor::new(vec![0f32; EMBEDDING], &Device::Cpu)?,
    )?;
    for group in 0..shape.groups {
        let source = (group + 1) * teacher.config.layers / shape.groups - 1;
        let first = group * shape.layers / shape.groups;
        for (from, to) in teacher.layer_parts(source).iter().zip(student.layer_parts(first)) {
            copy(teacher, from, &mut student, &to)?;
        }
    }
    let pooler = student.pooler();
    copy(teacher, &teacher.pooler(), &mut student, &pooler)?;
    copy(teacher, "classifier", &mut student, "classifier")?;
    let mapping = fit_mapping(bert, &student, &wide, &weights, seed)?;
    let weight: Vec<Vec<f32>> =
        mapping.iter().map(|unit| unit[..EMBEDDING].iter().map(|v| *v as f32).collect()).collect();
    insert(&mut student, &format!("{PROJECTION}.weight"), &matrix(&weight)?)?;
    let bias: Vec<f32> = mapping.iter().map(|unit| unit[EMBEDDING] as f32).collect();
    insert(&mut student, &format!("{PROJECTION}.bias"), &Tensor::new(bias, &Device::Cpu)?)?;
    Ok(student)
}

fn insert(model: &mut Transformer, name: &str, value: &Tensor) -> Result<(), LearningError> {
    let name = model.name(name);
    model.parameters.insert(&name, value)
}

/// Copies weight and bias.
fn copy(from: &Transformer, name: &str, to: &mut Transformer, as_name: &str) -> Result<(), LearningError> {
    for kind in ["weight", "bias"] {
        let value = from.parameters.get(&format!("{name}.{kind}"))?;
        to.parameters.insert(&format!("{as_name}.{kind}"), &value)?;
    }
    Ok(())
}

/// The inputs of the mapping: the narrow embedding and a constant 1 for the bias.
const INPUTS: usize = EMBEDDING + 1;

/// The mapping from the narrow to the hidden width, weights and bias for each hidden unit: ridge regression of the BERT's
/// embedding output on the student's normalized embeddings, over all pieces at random positions.
fn fit_mapping(
    bert: &Transformer,
    student: &Transformer,
    wide: &[Vec<f32>],
    weights: &[f64],
    seed: u64,
) -> Result<Vec<[f64; INPUTS]>, LearningError> {
    let mut random = StdRng::seed_from_u64(seed ^ 1);
    let narrow = rows_of(&student.embedding(WORD_EMBEDDINGS)?)?;
    let places_of = |model: &Transformer| -> Result<Vec<Vec<f32>>, LearningError> {
        let token_type = model.embedding(TOKEN_TYPE_EMBEDDINGS)?.narrow(0, 0, 1)?;
        rows_of(&model.embedding(POSITION_EMBEDDINGS)?.broadcast_add(&token_type)?)
    };
    let (narrow_places, wide_places) = (places_of(student)?, places_of(bert)?);
    let gain: Vec<f32> = bert.embedding(&format!("{EMBEDDING_NORM}.weight"))?.to_vec1()?;
    let shift: Vec<f32> = bert.embedding(&format!("{EMBEDDING_NORM}.bias"))?.to_vec1()?;
    let mut left = [[0.0; INPUTS]; INPUTS];
    let mut right = vec![[0.0; INPUTS]; gain.len()];
    for (piece, weight) in weights.iter().enumerate() {
        let place = random.random_range(0..POSITIONS.min(narrow_places.len()));
        let mut x = normalized(&narrow[piece], &narrow_places[place]);
        x.push(1.0);
        for (row, value) in left.iter_mut().zip(&x) {
            row.iter_mut().zip(&x).for_each(|(sum, x)| *sum += weight * value * x);
        }
        let y = normalized(&wide[piece], &wide_places[place]);
        for (unit, (y, (gain, shift))) in right.iter_mut().zip(y.iter().zip(gain.iter().zip(&shift))) {
            let y = y * f64::from(*gain) + f64::from(*shift);
            unit.iter_mut().zip(&x).for_each(|(sum, x)| *sum += weight * x * y);
        }
    }
    let ridge = 1e-4 * (0..INPUTS).map(|i| left[i][i]).sum::<f64>() / INPUTS as f64;
    (0..INPUTS).for_each(|i| left[i][i] += ridge);
    // With the ridge the matrix is positive definite.
    let factor = Cholesky::unchecked(&left);
    Ok(right.iter().map(|unit| factor.solve(unit)).collect())
}

/// The sum of two rows, with mean 0 and variance 1.
fn normalized(a: &[f32], b: &[f32]) -> Vec<f64> {
    let sum: Vec<f64> = a.iter().zip(b).map(|(a, b)| f64::from(a + b)).collect();
    let mean = sum.iter().sum::<f64>() / sum.len() as f64;
    let variance = sum.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / sum.len() as f64;
    sum.into_iter().map(|v| (v - mean) / (variance + 1e-12).sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalized_rows_have_mean_zero_and_variance_one() {
        let row = normalized(&[1.0, 2.0, 3.0], &[1.0, 0.0, 5.0]);
        let mean = row.iter().sum::<f64>() / 3.0;
        let variance = row.iter().map(|v| v * v).sum::<f64>() / 3.0;
        assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-9, "{row:?}");
    }
}

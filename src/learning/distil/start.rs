//! The ALBERT that distillation starts from: embeddings by projection, layers and head copied from the teacher.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::algebra::{leading_directions, solve};
use super::pieces::piece_vectors;
use crate::learning::LearningError;
use crate::learning::parameters::Parameters;
use crate::learning::transformer::{Architecture, Sizes, Transformer};

/// How many layers an ALBERT runs, and how many of them have weights of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Layers run.
    pub layers: usize,
    /// Layers with weights of their own; divides `layers`.
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

/// An ALBERT whose embeddings say about what those of `embeddings` say, a BERT with its whole vocabulary, and whose layers,
/// pooler and head are copies of the teacher's: of its layers as many as there are groups, evenly spread, the last with the
/// last.
///
/// `pieces` and `frequencies` are the SentencePiece vocabulary; `words` is that of `embeddings` with its ids.
pub fn start(
    embeddings: &Transformer,
    teacher: &Transformer,
    words: &HashMap<String, usize>,
    (pieces, frequencies): (&[String], &[f64]),
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
    let wide_of = |name: &str| embeddings.parameters.get(&format!("bert.embeddings.{name}"));
    let vectors = rows_of(&wide_of("word_embeddings.weight")?)?;
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
    let positions = rows_of(&wide_of("position_embeddings.weight")?)?;
    parameters.insert(&format!("{prefix}.position_embeddings.weight"), &matrix(&project(&positions))?)?;
    let kinds = rows_of(&wide_of("token_type_embeddings.weight")?)?;
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
        let source = (group + 1) * teacher.sizes.layers / shape.groups - 1;
        let first = group * shape.layers / shape.groups;
        for (from, to) in teacher.layer_parts(source).iter().zip(student.layer_parts(first)) {
            for kind in ["weight", "bias"] {
                let value = teacher.parameters.get(&format!("{from}.{kind}"))?;
                student.parameters.insert(&format!("{to}.{kind}"), &value)?;
            }
        }
    }
    for kind in ["weight", "bias"] {
        for (from, to) in [("bert.pooler.dense", "albert.pooler"), ("classifier", "classifier")] {
            let value = teacher.parameters.get(&format!("{from}.{kind}"))?;
            student.parameters.insert(&format!("{to}.{kind}"), &value)?;
        }
    }
    fit_mapping(embeddings, &mut student, &wide, &weights, seed)?;
    Ok(student)
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

//! Measures a model of the nine labels on labeled text and on simulated respondents.

use super::fold;
use super::material::Material;
use super::reading::{ReadRespondent, Reader};
use super::report::Figure;
use crate::learning::bank::{Example, Kind, LABELS};
use crate::learning::error::LearningError;
use crate::learning::numerics::correlation;
use crate::learning::people::Survey;

/// Changes the seed of the second sample of respondents.
const SECOND_SAMPLE: u64 = 0x07E5;

/// The measurements, and the model's readings of two samples of respondents.
pub struct Measured {
    pub figures: Vec<Figure>,
    /// To fit weights on.
    pub fitted: Vec<ReadRespondent>,
    /// To calibrate on.
    pub others: Vec<ReadRespondent>,
}

/// Reads training examples, held-out examples, and two samples of respondents.
pub fn measure(
    reader: Reader<'_>,
    material: &Material,
    survey: &Survey<'_>,
    seed: u64,
) -> Result<Measured, LearningError> {
    let of_kind =
        |kind: Kind| material.trained_on.iter().filter(|e| e.kind == kind).cloned().collect::<Vec<_>>();
    let trained_on =
        [("rated sentences", of_kind(Kind::Rated)), ("answers trained on", of_kind(Kind::Answer))];
    let mut figures = Vec::new();
    for (name, examples) in trained_on.iter().chain(&material.held_out) {
        figures.extend(agreement(reader, name, examples)?);
    }
    let fitted = reader.respondents(survey, seed)?;
    let others = reader.respondents(survey, seed ^ SECOND_SAMPLE)?;
    figures.extend(fold::figures(&others, None));
    Ok(Measured { figures, fitted, others })
}

/// The correlation of the outputs with the targets. Items have no targets for the axes.
fn agreement(reader: Reader<'_>, name: &str, examples: &[Example]) -> Result<Vec<Figure>, LearningError> {
    let texts: Vec<String> = examples.iter().map(Example::composed).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let outputs = reader.totals(&texts)?;
    let r: [f64; LABELS] = std::array::from_fn(|k| {
        let found: Vec<f64> = outputs.iter().map(|row| row[k]).collect();
        let target: Vec<f64> = examples.iter().map(|e| f64::from(e.targets[k])).collect();
        correlation(&found, &target)
    });
    let (traits, axes) = r.split_at(5);
    let mut figures = vec![
        Figure::new(format!("mean r with the traits' labels, {name}"), traits.iter().sum::<f64>() / 5.0),
        Figure::new(format!("lowest of them, {name}"), traits.iter().copied().fold(1.0, f64::min)),
    ];
    if !matches!(examples.first().map(|e| e.kind), Some(Kind::Rated | Kind::Pool)) {
        let mean = axes.iter().sum::<f64>() / 4.0;
        figures.push(Figure::new(format!("mean r with the axes' labels, {name}"), mean));
    }
    Ok(figures)
}

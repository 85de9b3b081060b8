//! Labeled texts from other sources: one JSON object per line, read line by line, so that a file may have any size.

mod figures;
mod line;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use sha2::{Digest, Sha256};

use self::figures::{LabeledTexts, figures};
use self::line::parse;
use super::baselines::NamedReader;
use super::error::EvaluationError;
use super::prediction::{Prediction, Reader};
use super::reader::ModelReader;
use crate::learning::people::published::AxisRegression;
use crate::learning::progress::Progress;
use crate::models::evaluation::{Baseline, Labelled};
use crate::personality::Pair;
use crate::survey::ComposedText;

/// Reads every line with the pair and each baseline, and compares their predictions with the labels. Stops at the first
/// invalid line.
pub fn measure(
    path: &Path,
    pair: &mut Pair<ModelReader<'_>>,
    baselines: &mut [NamedReader],
    regressions: &[AxisRegression; 4],
    seed: u64,
) -> Result<Labelled, EvaluationError> {
    let unreadable = |source| EvaluationError::file(path, source);
    let size = File::open(path).and_then(|file| file.metadata()).map_err(unreadable)?.len();
    let mut lines = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut progress = Progress::new(&format!("{}: kilobytes", path.display()), 0, size as usize / 1024);
    let mut digest = Sha256::new();
    let (mut known, mut words) = (Vec::new(), Vec::new());
    let mut predicted: Vec<Vec<Prediction>> = (0..=baselines.len()).map(|_| Vec::new()).collect();
    let (mut line, mut number, mut read) = (Vec::new(), 0, 0);
    loop {
        line.clear();
        let length = lines.read_until(b'\n', &mut line).map_err(unreadable)?;
        if length == 0 {
            break;
        }
        number += 1;
        read += length;
        digest.update(&line);
        if line.trim_ascii().is_empty() {
            continue;
        }
        let broken = |problem| EvaluationError::Line { path: path.to_path_buf(), line: number, problem };
        let (text, labels) = parse(&line).map_err(broken)?;
        words.push(text.split_whitespace().count() as f64);
        let text = ComposedText { text, spans: Vec::new() };
        known.push(labels);
        predicted[0].push(pair.read(&text)?);
        for (baseline, predicted) in baselines.iter_mut().zip(&mut predicted[1..]) {
            predicted.push(baseline.reader.read(&text)?);
        }
        progress.at(read / 1024, size as usize / 1024);
    }
    if known.is_empty() {
        let problem = "the file ends without a single text".to_owned();
        return Err(EvaluationError::Line { path: path.to_path_buf(), line: number + 1, problem });
    }
    let texts = LabeledTexts { known: &known, words: &words, regressions };
    let of = |predicted: &[Prediction], types| figures(&texts, predicted, types, seed);
    Ok(Labelled {
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        sha256: hex::encode(digest.finalize()),
        texts: known.len(),
        figures: of(&predicted[0], true),
        baselines: baselines
            .iter()
            .zip(&predicted[1..])
            .map(|(b, predicted)| Baseline {
                name: b.name.to_owned(),
                what: b.what.to_owned(),
                figures: of(predicted, b.reader.reads_types()),
            })
            .collect(),
    })
}

//! Labeled texts from elsewhere: one JSON object a line, read one line at a time, so that a file may have any size.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::baselines::NamedReader;
use super::error::EvaluationError;
use super::figures::figure;
use super::reader::{ModelReader, Prediction, Reader};
use super::scores::{standard_error, top_k};
use crate::learning::numerics::{area_under_curve, correlation};
use crate::learning::progress::Progress;
use crate::models::evaluation::{Baseline, Beside, Figure, Kind, Labelled};
use crate::personality::{Axis, Mbti, Pair, Trait};
use crate::survey::ComposedText;

#[derive(Deserialize)]
struct Line {
    text: String,
    labels: BTreeMap<String, Value>,
}

/// A numeric label: a trait, or an axis (towards its second letter), by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Trait(usize),
    Axis(usize),
}

/// The labels of a line.
#[derive(Default, Debug, PartialEq)]
struct Known {
    numbers: Vec<(Of, f64)>,
    mbti: Option<Mbti>,
}

/// Reads every line with the pair and each baseline, and compares their predictions with the labels. Stops at the first
/// broken line.
pub fn measure(
    path: &Path,
    pair: &mut Pair<ModelReader<'_>>,
    baselines: &mut [NamedReader],
    seed: u64,
) -> Result<Labelled, EvaluationError> {
    let unreadable = |source| EvaluationError::file(path, source);
    let size = File::open(path).and_then(|file| file.metadata()).map_err(unreadable)?.len();
    let mut lines = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut progress = Progress::new(&format!("{}: kilobytes", path.display()), 0, size as usize / 1024);
    let mut digest = Sha256::new();
    let mut known = Vec::new();
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
    let of = |predicted: &[Prediction], types| figures(&known, predicted, types, seed);
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

fn parse(line: &[u8]) -> Result<(String, Known), String> {
    let Line { text, labels } = serde_json::from_slice(line)
        .map_err(|error| format!("not an object with text and labels: {error}"))?;
    if text.trim().is_empty() {
        return Err("the text is empty".to_owned());
    }
    let mut known = Known::default();
    for (name, value) in labels {
        if name.eq_ignore_ascii_case("type") {
            let mbti = value.as_str().and_then(Mbti::parse);
            known.mbti = Some(
                mbti.ok_or_else(|| format!("type is {value}; expected one of the 16, such as \"INFP\""))?,
            );
            continue;
        }
        let of = label(&name).ok_or_else(|| {
            format!("{name:?} is not a label; expected a trait (E, N, A, C, O or its name), an axis (EI, SN, TF, JP) or type")
        })?;
        let number = match &value {
            Value::Bool(yes) => f64::from(u8::from(*yes)),
            Value::Number(number) => number.as_f64().filter(|v| v.is_finite()).unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        if number.is_nan() {
            return Err(format!("{name} is {value}; expected a number, true or false"));
        }
        known.numbers.push((of, number));
    }
    Ok((text, known))
}

fn label(name: &str) -> Option<Of> {
    if let Some(place) = ["E", "N", "A", "C", "O"].iter().position(|short| short.eq_ignore_ascii_case(name)) {
        return Some(Of::Trait(place));
    }
    if let Some(trait_) = Trait::parse(name) {
        return Some(Of::Trait(trait_.index()));
    }
    let letters = name.replace('/', "");
    Axis::ALL.into_iter().position(|axis| axis.code().eq_ignore_ascii_case(&letters)).map(Of::Axis)
}

/// The area under the ROC curve for each trait and axis that has both positive and negative labels, and the accuracy of the
/// type.
fn figures(known: &[Known], predicted: &[Prediction], types: bool, seed: u64) -> Vec<Figure> {
    let mut numbers: BTreeMap<Of, Vec<(f64, f64)>> = BTreeMap::new();
    for (known, predicted) in known.iter().zip(predicted) {
        for (of, number) in &known.numbers {
            numbers.entry(*of).or_default().push((*number, score(predicted, *of)));
        }
        if let Some(mbti) = known.mbti {
            for (place, axis) in Axis::ALL.into_iter().enumerate() {
                if !known.numbers.iter().any(|(of, _)| *of == Of::Axis(place)) {
                    let second = f64::from(u8::from(mbti.is_second(axis)));
                    numbers.entry(Of::Axis(place)).or_default().push((second, predicted.second_letter(axis)));
                }
            }
        }
    }
    let mut all = Vec::new();
    for (of, pairs) in numbers {
        if types || matches!(of, Of::Trait(_)) {
            all.extend(area(of, &pairs, seed));
        }
    }
    if types {
        all.extend(type_accuracy(known, predicted, seed));
    }
    all
}

fn score(predicted: &Prediction, of: Of) -> f64 {
    match of {
        Of::Trait(place) => predicted.traits[place],
        Of::Axis(place) => predicted.second_letter(Axis::ALL[place]),
    }
}

fn area(of: Of, pairs: &[(f64, f64)], seed: u64) -> Option<Figure> {
    let labels: Vec<f64> = pairs.iter().map(|(label, _)| *label).collect();
    let scores: Vec<f64> = pairs.iter().map(|(_, score)| *score).collect();
    // Of two distinct values the higher is positive; of more, what lies above the (lower) median.
    let (low, high) = labels.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    let two = labels.iter().all(|v| *v == low || *v == high);
    let mut sorted = labels.clone();
    sorted.sort_by(f64::total_cmp);
    let edge = if two { low } else { sorted[(sorted.len() - 1) / 2] };
    let positive: Vec<bool> = labels.iter().map(|v| *v > edge).collect();
    if !positive.contains(&true) || !positive.contains(&false) {
        return None;
    }
    let of = match of {
        Of::Trait(place) => Trait::ALL[place].name().to_owned(),
        Of::Axis(place) => Axis::ALL[place].name().to_owned(),
    };
    let error = standard_error(scores.len(), seed, |sample| {
        let scores: Vec<f64> = sample.iter().map(|i| scores[*i]).collect();
        let positive: Vec<bool> = sample.iter().map(|i| positive[*i]).collect();
        area_under_curve(&scores, &positive)
    });
    let mut figure = figure(Kind::LabelledArea, of, area_under_curve(&scores, &positive), Some(error));
    let share = positive.iter().filter(|p| **p).count() as f64 / positive.len() as f64;
    figure.beside = vec![Beside { name: "share of positives".to_owned(), value: share }];
    if !two {
        let r = correlation(&scores, &labels);
        figure.beside.push(Beside { name: "its r".to_owned(), value: r });
    }
    Some(figure)
}

fn type_accuracy(known: &[Known], predicted: &[Prediction], seed: u64) -> Vec<Figure> {
    let pairs: Vec<(Mbti, [f64; 16])> = known
        .iter()
        .zip(predicted)
        .filter_map(|(known, predicted)| Some((known.mbti?, predicted.types)))
        .collect();
    if pairs.is_empty() {
        return Vec::new();
    }
    let (types, read): (Vec<Mbti>, Vec<[f64; 16]>) = pairs.into_iter().unzip();
    let mut counts = [0_usize; 16];
    types.iter().for_each(|t| counts[t.index()] += 1);
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let everybody: Vec<usize> = (0..types.len()).collect();
    [(Kind::LabelledTopOne, 1), (Kind::LabelledTopThree, 3)]
        .map(|(kind, k)| {
            let error = standard_error(types.len(), seed, |sample| top_k(&types, &read, k, sample));
            let mut figure = figure(kind, "", top_k(&types, &read, k, &everybody), Some(error));
            let commonest = counts[..k].iter().sum::<usize>() as f64 / types.len() as f64;
            figure.beside = vec![Beside { name: "always the commonest".to_owned(), value: commonest }];
            figure
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Known, String> {
        parse(line.as_bytes()).map(|(_, known)| known)
    }

    #[test]
    fn labels_are_traits_axes_and_types() {
        let known = parsed(
            r#"{"text": "a", "labels": {"E": true, "openness": 0.25, "E/I": false, "jp": 2, "type": "infp"}}"#,
        )
        .unwrap();
        assert_eq!(known.mbti, Mbti::parse("INFP"));
        let mut numbers = known.numbers;
        numbers.sort_by_key(|(of, _)| *of);
        assert_eq!(
            numbers,
            [(Of::Trait(0), 1.0), (Of::Trait(4), 0.25), (Of::Axis(0), 0.0), (Of::Axis(3), 2.0)]
        );
    }

    #[test]
    fn broken_lines_say_what_is_wrong() {
        for (line, part) in [
            ("{", "not an object"),
            (r#"{"text": "a"}"#, "missing field `labels`"),
            (r#"{"text": " ", "labels": {}}"#, "empty"),
            (r#"{"text": "a", "labels": {"X": 1}}"#, "\"X\" is not a label"),
            (r#"{"text": "a", "labels": {"E": "high"}}"#, "expected a number"),
            (r#"{"text": "a", "labels": {"type": "INXP"}}"#, "one of the 16"),
        ] {
            let problem = parsed(line).unwrap_err();
            assert!(problem.contains(part), "{line}: {problem}");
        }
    }

    fn predicted(trait_: f64, mbti: &str) -> Prediction {
        let mut predicted = Prediction { traits: [trait_; 5], ..Prediction::default() };
        predicted.types = [0.01; 16];
        predicted.types[Mbti::parse(mbti).unwrap().index()] = 0.85;
        predicted
    }

    #[test]
    fn numbers_are_split_at_the_median_and_types_give_the_axes() {
        let known: Vec<Known> = [(1.0, "INTJ"), (2.0, "ESFP"), (3.0, "INTJ"), (9.0, "ENTP")]
            .map(|(number, mbti)| Known { numbers: vec![(Of::Trait(1), number)], mbti: Mbti::parse(mbti) })
            .into();
        let predicted =
            [predicted(-1.0, "INTJ"), predicted(0.0, "ESFP"), predicted(1.0, "ESTJ"), predicted(2.0, "INTP")];
        let figures = figures(&known, &predicted, true, 1);
        let of = |kind, name: &str| figures.iter().find(|f| f.kind == kind && f.of == name).unwrap();
        let neuroticism = of(Kind::LabelledArea, "Neuroticism");
        assert_eq!(neuroticism.value, 1.0);
        assert_eq!(neuroticism.beside[0].value, 0.5, "3 and 9 lie above the lower median");
        assert_eq!(of(Kind::LabelledArea, "E/I").value, 0.5);
        assert_eq!(of(Kind::LabelledTopOne, "").value, 0.5);
        assert_eq!(of(Kind::LabelledTopOne, "").beside[0].value, 0.5);
        assert!(!figures.iter().any(|f| f.of == "Extraversion"), "no text has this label");
    }
}

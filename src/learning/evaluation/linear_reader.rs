//! A linear reader, the form of all baselines: a linear function of each piece of a text, summed or averaged over the pieces.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::error::EvaluationError;
use super::features::{Features, Raw, States, Unit, Words};
use super::prediction::{Prediction, Reader};
use super::targets::{BaselineText, Labeled};
use crate::inference::window;
use crate::learning::bank::{Example, LABELS};
use crate::learning::numerics::{Linear, correlation, fit_scale_and_bias, ridge, sigmoid};
use crate::learning::people::Respondent;
use crate::models::Windows;
use crate::personality::{Axis, Mbti};
use crate::survey::ComposedText;

/// The ridge penalties to choose from with the validation split, strongest first.
const PENALTIES: [f64; 6] = [300.0, 100.0, 30.0, 10.0, 3.0, 1.0];
/// The most words in a piece of a text without spans, for baselines that sum.
const WORDS: usize = 90;
/// The same for the cosine baseline, which averages and compares with single sentences.
const WORDS_OF_COSINE: usize = 25;

pub struct LinearReader {
    features: Box<dyn Features>,
    outputs: Vec<Linear>,
    /// Whether pieces are averaged instead of summed.
    mean: bool,
    /// The most words in a piece of a text without spans.
    words: usize,
    /// Scale and bias of each output.
    calibration: Vec<(f64, f64)>,
    known: HashMap<String, Vec<f64>>,
}

impl LinearReader {
    /// Ridge regression on words and word pairs, weighted by inverse document frequency.
    pub fn bag_of_words(text: &BaselineText) -> Result<LinearReader, EvaluationError> {
        let words = Words::new(text.train.iter().map(|(text, _)| text.as_str()));
        LinearReader::train(Box::new(words), text)
    }

    /// Ridge regression on the mean of the checkpoint's last hidden states.
    pub fn frozen(
        states: &Rc<RefCell<States>>,
        text: &BaselineText,
    ) -> Result<LinearReader, EvaluationError> {
        LinearReader::train(Box::new(Raw(Rc::clone(states))), text)
    }

    /// The mean cosine similarity of a text's pieces with the items keyed toward a trait, minus that with the items
    /// keyed away from it. Predicts no types.
    pub fn cosine(states: &Rc<RefCell<States>>, items: &[Example]) -> Result<LinearReader, EvaluationError> {
        let mut features = Unit(Rc::clone(states));
        let texts: Vec<&str> = items.iter().map(|e| e.text.as_str()).collect();
        let rows = features.rows(&texts)?;
        let outputs = (0..5).map(|t| {
            let mut weights = vec![0.0; features.size()];
            for sign in [1.0, -1.0] {
                let keyed = |e: &Example| f64::from(e.targets[t]) * sign > 0.0;
                let count = items.iter().filter(|e| keyed(e)).count().max(1) as f64;
                for (row, _) in rows.iter().zip(items).filter(|(_, e)| keyed(e)) {
                    for (place, value) in row {
                        weights[*place as usize] += sign * f64::from(*value) / count;
                    }
                }
            }
            Linear { weights, intercept: 0.0 }
        });
        let outputs: Vec<Linear> = outputs.collect();
        Ok(LinearReader::uncalibrated(Box::new(features), outputs, true, WORDS_OF_COSINE))
    }

    fn uncalibrated(
        features: Box<dyn Features>,
        outputs: Vec<Linear>,
        mean: bool,
        words: usize,
    ) -> LinearReader {
        let calibration = vec![(1.0, 0.0); outputs.len()];
        LinearReader { features, outputs, mean, words, calibration, known: HashMap::new() }
    }

    fn train(mut features: Box<dyn Features>, text: &BaselineText) -> Result<LinearReader, EvaluationError> {
        fn texts(labeled: &[Labeled]) -> Vec<&str> {
            labeled.iter().map(|(text, _)| text.as_str()).collect()
        }
        let rows = features.rows(&texts(&text.train))?;
        let held_out = features.rows(&texts(&text.validation))?;
        let size = features.size();
        let mut outputs = Vec::new();
        for k in 0..LABELS {
            let targets: Vec<f64> = text.train.iter().map(|(_, labels)| labels[k]).collect();
            let wanted: Vec<f64> = text.validation.iter().map(|(_, labels)| labels[k]).collect();
            let mut best: Option<(f64, Linear)> = None;
            let mut before: Option<Linear> = None;
            for penalty in PENALTIES {
                let linear = ridge(&rows, &targets, size, penalty, before.as_ref());
                let found: Vec<f64> = held_out.iter().map(|row| linear.at(row)).collect();
                let r = correlation(&found, &wanted);
                if best.as_ref().is_none_or(|(other, _)| r > *other) {
                    best = Some((r, linear.clone()));
                }
                before = Some(linear);
            }
            outputs.extend(best.map(|(_, linear)| linear));
        }
        Ok(LinearReader::uncalibrated(features, outputs, false, WORDS))
    }

    /// Fits scale and bias of each output on these respondents' whole texts.
    pub fn calibrate(mut self, people: &[Respondent<'_>]) -> Result<LinearReader, EvaluationError> {
        let texts: Vec<&ComposedText> = people.iter().map(|p| &p.composed).collect();
        self.prepare(&texts, &mut |_, _| {})?;
        let sums: Vec<Vec<f64>> = texts.iter().map(|text| self.sums(text)).collect::<Result<_, _>>()?;
        self.calibration = (0..self.outputs.len())
            .map(|k| {
                let scores: Vec<f64> = sums.iter().map(|s| s[k]).collect();
                let positive: Vec<bool> = people
                    .iter()
                    .map(|p| match k {
                        0..5 => p.person.traits[k] > 0.0,
                        _ => p.person.mbti.is_second(Axis::ALL[k - 5]),
                    })
                    .collect();
                let mean = scores.iter().sum::<f64>() / scores.len() as f64;
                let centered: Vec<f64> = scores.iter().map(|s| s - mean).collect();
                let (scale, bias) = fit_scale_and_bias(&centered, &positive);
                (scale, bias - scale * mean)
            })
            .collect();
        Ok(self)
    }

    fn pieces<'t>(&self, text: &'t ComposedText) -> Vec<&'t str> {
        if !text.spans.is_empty() {
            return text.spans.iter().map(|span| &text.text[span.range.clone()]).collect();
        }
        let base = text.text.as_ptr() as usize;
        let words: Vec<std::ops::Range<usize>> = text
            .text
            .split_whitespace()
            .map(|word| {
                let start = word.as_ptr() as usize - base;
                start..start + word.len()
            })
            .collect();
        let windows = window::cut(&text.text, &words, Windows::Answer, self.words, &HashSet::new());
        let filled = windows.into_iter().filter(|w| !w.is_empty());
        filled.map(|w| &text.text[words[w.start].start..words[w.end - 1].end]).collect()
    }

    fn read_pieces(&mut self, pieces: &[&str]) -> Result<(), EvaluationError> {
        let unknown: HashSet<&str> =
            pieces.iter().copied().filter(|piece| !self.known.contains_key(*piece)).collect();
        let mut unknown: Vec<&str> = unknown.into_iter().collect();
        unknown.sort_unstable();
        let rows = self.features.rows(&unknown)?;
        for (piece, row) in unknown.into_iter().zip(rows) {
            let outputs = self.outputs.iter().map(|linear| linear.at(&row)).collect();
            self.known.insert(piece.to_owned(), outputs);
        }
        Ok(())
    }

    fn sums(&mut self, text: &ComposedText) -> Result<Vec<f64>, EvaluationError> {
        let pieces = self.pieces(text);
        self.read_pieces(&pieces)?;
        let mut sums = vec![0.0; self.outputs.len()];
        for outputs in pieces.iter().filter_map(|piece| self.known.get(*piece)) {
            sums.iter_mut().zip(outputs).for_each(|(sum, v)| *sum += v);
        }
        if self.mean {
            sums.iter_mut().for_each(|sum| *sum /= pieces.len().max(1) as f64);
        }
        if text.spans.is_empty() {
            // A text without spans is read only once, so its pieces need not stay in memory.
            pieces.iter().for_each(|piece| drop(self.known.remove(*piece)));
        }
        Ok(sums)
    }
}

impl Reader for LinearReader {
    fn prepare(
        &mut self,
        texts: &[&ComposedText],
        done: &mut dyn FnMut(usize, usize),
    ) -> Result<(), EvaluationError> {
        let pieces: HashSet<&str> = texts.iter().flat_map(|text| self.pieces(text)).collect();
        let pieces: Vec<&str> = pieces.into_iter().collect();
        let total = pieces.len();
        self.read_pieces(&pieces)?;
        done(total, total);
        Ok(())
    }

    fn read(&mut self, text: &ComposedText) -> Result<Prediction, EvaluationError> {
        let sums = self.sums(text)?;
        let logits: Vec<f64> =
            sums.iter().zip(&self.calibration).map(|(sum, (scale, bias))| scale * sum + bias).collect();
        let mut prediction = Prediction { share_read: f64::NAN, ..Prediction::default() };
        prediction.traits.copy_from_slice(&logits[..5]);
        if logits.len() == LABELS {
            for mbti in Mbti::ALL {
                let chance = |axis: &Axis| {
                    let logit = logits[5 + *axis as usize];
                    sigmoid(if mbti.is_second(*axis) { logit } else { -logit })
                };
                prediction.types[mbti.index()] = Axis::ALL.iter().map(chance).product();
            }
        }
        Ok(prediction)
    }

    fn reads_types(&self) -> bool {
        self.outputs.len() == LABELS
    }
}

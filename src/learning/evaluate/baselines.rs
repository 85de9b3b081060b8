//! What the pair is compared with: a bag of words, the untrained starting checkpoint with a trained head, and the mean
//! cosine similarity to the keyed items, each calibrated on the same choosing split.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::EvaluationError;
use super::features::{Features, Raw, States, Unit, Words};
use super::reader::{Reader, Said};
use crate::inference::window;
use crate::learning::answers::{BankAnswer, LooseText, Split};
use crate::learning::respondents::SimulatedRespondent;
use crate::learning::ridge::{Linear, ridge};
use crate::learning::statistics::{correlation, fit_logistic};
use crate::learning::{Example, neutral_sentences, rated_sentences};
use crate::models::Windows;
use crate::personality::{Axis, Mbti};
use crate::survey::{ComposedText, Questionnaire};

/// Penalties tried, the strongest first; the choosing split decides.
const PENALTIES: [f64; 6] = [300.0, 100.0, 30.0, 10.0, 3.0, 1.0];
/// Words of a piece of a text that comes without answers.
const WORDS: usize = 90;

/// Text with what it says, in the order of [`crate::learning::answers::LABEL_NAMES`].
type Lesson = (String, [f64; 9]);

/// What the baselines learn from and are chosen by.
pub struct Lessons {
    /// What the models learn from: rated sentences, items, sentences that say nothing, and the training split of the bank
    /// without the unseen questions (answers, free texts, statements).
    learned: Vec<Lesson>,
    /// The choosing split, likewise.
    choosing: Vec<Lesson>,
}

impl Lessons {
    /// Sorts the bank's text; answers stand after their questions' lead-ins, as in a composed text.
    pub fn new(
        questionnaire: &Questionnaire,
        items: &[Example],
        bank: &[BankAnswer],
        loose: &[LooseText],
    ) -> Lessons {
        let lesson = |e: &Example| {
            let evidence = e.evidence();
            (e.text.clone(), nine(&evidence.traits, &evidence.axes))
        };
        let of = |split: Split| {
            bank.iter().filter(move |a| a.split() == split && !a.is_of_unseen_question()).map(|answer| {
                let question = questionnaire.questions.iter().find(|q| q.id == answer.question);
                let text = match question {
                    Some(question) => format!("{} {}", question.lead_in, answer.text),
                    None => answer.text.clone(),
                };
                let evidence = answer.labels.evidence();
                (text, nine(&evidence.traits, &evidence.axes))
            })
        };
        let (rated, neutral) = (rated_sentences(questionnaire), neutral_sentences(questionnaire));
        let mut learned: Vec<Lesson> = rated.iter().chain(items).chain(&neutral).map(lesson).collect();
        learned.extend(of(Split::Train));
        learned.extend(loose.iter().filter(|text| text.split() == Split::Train).map(|text| {
            let evidence = text.labels.evidence();
            (text.text.clone(), nine(&evidence.traits, &evidence.axes))
        }));
        Lessons { learned, choosing: of(Split::Choose).collect() }
    }
}

fn nine(traits: &[f64; 5], axes: &[f64; 4]) -> [f64; 9] {
    std::array::from_fn(|k| if k < 5 { traits[k] } else { axes[k - 5] })
}

/// A reader that adds up a linear function of each piece of a text.
pub struct LinearReader {
    features: Box<dyn Features>,
    outputs: Vec<Linear>,
    /// The mean instead of the sum.
    mean: bool,
    words: usize,
    calibration: Vec<(f64, f64)>,
    known: HashMap<String, Vec<f64>>,
}

impl LinearReader {
    /// Words and pairs of neighbouring words with their inverse document frequencies, and ridge regression.
    ///
    /// # Errors
    /// None of its own; as [`Reader::read`].
    pub fn bag_of_words(lessons: &Lessons) -> Result<LinearReader, EvaluationError> {
        let words = Words::new(lessons.learned.iter().map(|(text, _)| text.as_str()));
        LinearReader::learn(Box::new(words), lessons)
    }

    /// The mean of the checkpoint's last hidden states, and ridge regression.
    ///
    /// # Errors
    /// Where the checkpoint fails.
    pub fn frozen(states: &Rc<RefCell<States>>, lessons: &Lessons) -> Result<LinearReader, EvaluationError> {
        LinearReader::learn(Box::new(Raw(Rc::clone(states))), lessons)
    }

    /// The mean cosine similarity of a text's pieces with a trait's items keyed towards it, less that with those keyed
    /// away from it. It says nothing of types.
    ///
    /// # Errors
    /// Where the checkpoint fails.
    pub fn cosine(states: &Rc<RefCell<States>>, items: &[Example]) -> Result<LinearReader, EvaluationError> {
        let mut features = Unit(Rc::clone(states));
        let texts: Vec<&str> = items.iter().map(|e| e.text.as_str()).collect();
        let rows = features.rows(&texts)?;
        let outputs = (0..5).map(|t| {
            let mut weights = vec![0.0; features.size()];
            for sign in [1.0, -1.0] {
                let keyed = |e: &Example| f64::from(e.says[t]) * sign > 0.0;
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
        Ok(LinearReader::uncalibrated(Box::new(features), outputs, true, 25))
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

    fn learn(mut features: Box<dyn Features>, lessons: &Lessons) -> Result<LinearReader, EvaluationError> {
        let texts = |lessons: &[Lesson]| -> Vec<String> { lessons.iter().map(|(t, _)| t.clone()).collect() };
        let (learned, choosing) = (texts(&lessons.learned), texts(&lessons.choosing));
        let rows = features.rows(&learned.iter().map(String::as_str).collect::<Vec<_>>())?;
        let held = features.rows(&choosing.iter().map(String::as_str).collect::<Vec<_>>())?;
        let size = features.size();
        let mut outputs = Vec::new();
        for k in 0..9 {
            let targets: Vec<f64> = lessons.learned.iter().map(|(_, labels)| labels[k]).collect();
            let wanted: Vec<f64> = lessons.choosing.iter().map(|(_, labels)| labels[k]).collect();
            let mut best: Option<(f64, Linear)> = None;
            let mut before: Option<Linear> = None;
            for penalty in PENALTIES {
                let linear = ridge(&rows, &targets, size, penalty, before.as_ref());
                let found: Vec<f64> = held.iter().map(|row| linear.of(row)).collect();
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
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn calibrate(
        mut self,
        people: &[SimulatedRespondent<'_>],
        thresholded: &dyn Fn(&SimulatedRespondent<'_>, Axis) -> bool,
    ) -> Result<LinearReader, EvaluationError> {
        let texts: Vec<&ComposedText> = people.iter().map(|p| &p.composed).collect();
        self.prepare(&texts, &mut |_, _| {})?;
        let sums: Vec<Vec<f64>> = texts.iter().map(|text| self.sums(text)).collect::<Result<_, _>>()?;
        self.calibration = (0..self.outputs.len())
            .map(|k| {
                let scores: Vec<f64> = sums.iter().map(|s| s[k]).collect();
                let positive: Vec<bool> = people
                    .iter()
                    .map(|p| if k < 5 { p.person.traits[k] > 0.0 } else { thresholded(p, Axis::ALL[k - 5]) })
                    .collect();
                // A reader that is wrong way round is not turned by its calibration.
                let mean = scores.iter().sum::<f64>() / scores.len() as f64;
                let centred: Vec<f64> = scores.iter().map(|s| s - mean).collect();
                let (scale, bias) = fit_logistic(&centred, &positive);
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

    fn learn_pieces(&mut self, pieces: &[&str]) -> Result<(), EvaluationError> {
        let unknown: HashSet<&str> =
            pieces.iter().copied().filter(|piece| !self.known.contains_key(*piece)).collect();
        let mut unknown: Vec<&str> = unknown.into_iter().collect();
        unknown.sort_unstable();
        let rows = self.features.rows(&unknown)?;
        for (piece, row) in unknown.into_iter().zip(rows) {
            let said = self.outputs.iter().map(|linear| linear.of(&row)).collect();
            self.known.insert(piece.to_owned(), said);
        }
        Ok(())
    }

    fn sums(&mut self, text: &ComposedText) -> Result<Vec<f64>, EvaluationError> {
        let pieces = self.pieces(text);
        self.learn_pieces(&pieces)?;
        let mut sums = vec![0.0; self.outputs.len()];
        for said in pieces.iter().filter_map(|piece| self.known.get(*piece)) {
            sums.iter_mut().zip(said).for_each(|(sum, v)| *sum += v);
        }
        if self.mean {
            sums.iter_mut().for_each(|sum| *sum /= pieces.len().max(1) as f64);
        }
        if text.spans.is_empty() {
            // Texts from outside are read once.
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
        self.learn_pieces(&pieces)?;
        done(total, total);
        Ok(())
    }

    fn read(&mut self, text: &ComposedText) -> Result<Said, EvaluationError> {
        let sums = self.sums(text)?;
        let logits: Vec<f64> =
            sums.iter().zip(&self.calibration).map(|(sum, (scale, bias))| scale * sum + bias).collect();
        let mut said = Said { share_read: f64::NAN, ..Said::default() };
        said.traits.copy_from_slice(&logits[..5]);
        if logits.len() == 9 {
            for mbti in Mbti::ALL {
                let chance = |axis: &Axis| {
                    let logit = logits[5 + *axis as usize];
                    1.0 / (1.0 + (if mbti.is_second(*axis) { -logit } else { logit }).exp())
                };
                said.types[mbti.index()] = Axis::ALL.iter().map(chance).product();
            }
        }
        Ok(said)
    }

    fn reads_types(&self) -> bool {
        self.outputs.len() == 9
    }
}

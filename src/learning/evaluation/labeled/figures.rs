//! Figures for labeled texts.

use std::collections::BTreeMap;

use super::super::figures::{axis_logit, figure};
use super::super::prediction::Prediction;
use super::super::scores::{pick, standard_error, top_k, with_error};
use super::line::{Known, Of};
use crate::learning::numerics::{area_under_curve, correlation, fit_scale_and_bias, sigmoid};
use crate::learning::people::published::AxisRegression;
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::personality::{Axis, Mbti, Trait};

/// What is known about the texts, one entry per text, and the regressions of the axes on the traits.
pub struct LabeledTexts<'a> {
    pub known: &'a [Known],
    /// The number of words.
    pub words: &'a [f64],
    pub regressions: &'a [AxisRegression; 4],
}

/// For each trait and axis that has both positive and negative labels: the area under the ROC curve, Brier score, log
/// loss and calibration slope. For each trait and axis: the correlation of its logit with the number of words. For
/// types: the accuracy.
pub fn figures(texts: &LabeledTexts<'_>, predicted: &[Prediction], types: bool, seed: u64) -> Vec<Figure> {
    let mut all = Vec::new();
    for (of, labels) in numbers(texts.known) {
        if (types || matches!(of, Of::Trait(_)))
            && let Some(labels) = Labels::new(&labels)
        {
            all.extend(of_labels(texts, of, &labels, predicted, seed));
        }
    }
    all.extend(lengths(texts, predicted, types));
    if types {
        all.extend(type_accuracy(texts.known, predicted, seed));
    }
    all.sort_by_key(|figure| figure.kind);
    all
}

/// For each trait and axis, the indices of the texts that are labeled with it, and their labels. A type labels the
/// axes.
fn numbers(known: &[Known]) -> BTreeMap<Of, Vec<(usize, f64)>> {
    let mut numbers: BTreeMap<Of, Vec<(usize, f64)>> = BTreeMap::new();
    for (text, known) in known.iter().enumerate() {
        for (of, number) in &known.numbers {
            numbers.entry(*of).or_default().push((text, *number));
        }
        let Some(mbti) = known.mbti else { continue };
        for (place, axis) in Axis::ALL.into_iter().enumerate() {
            if !known.numbers.iter().any(|(of, _)| *of == Of::Axis(place)) {
                let second = f64::from(u8::from(mbti.is_second(axis)));
                numbers.entry(Of::Axis(place)).or_default().push((text, second));
            }
        }
    }
    numbers
}

/// The labels of a trait or axis, turned into positive and negative.
struct Labels {
    /// The indices of the texts.
    texts: Vec<usize>,
    numbers: Vec<f64>,
    positive: Vec<bool>,
    /// Whether only two distinct numbers occur.
    two: bool,
}

impl Labels {
    /// If there are two distinct numbers, the higher is positive. If there are more, numbers above the (lower) median
    /// are positive. None if all are equal.
    fn new(labels: &[(usize, f64)]) -> Option<Labels> {
        let (texts, numbers): (Vec<usize>, Vec<f64>) = labels.iter().copied().unzip();
        let (low, high) = numbers.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        let two = numbers.iter().all(|v| *v == low || *v == high);
        let mut sorted = numbers.clone();
        sorted.sort_by(f64::total_cmp);
        let edge = if two { low } else { sorted[(sorted.len() - 1) / 2] };
        let positive: Vec<bool> = numbers.iter().map(|v| *v > edge).collect();
        let both = positive.contains(&true) && positive.contains(&false);
        both.then_some(Labels { texts, numbers, positive, two })
    }

    fn share(&self) -> f64 {
        self.positive.iter().filter(|p| **p).count() as f64 / self.positive.len() as f64
    }
}

fn name(of: Of) -> String {
    match of {
        Of::Trait(place) => Trait::ALL[place].name().to_owned(),
        Of::Axis(place) => Axis::ALL[place].name().to_owned(),
    }
}

/// The log-odds of a trait, or of an axis's second letter.
fn logit(predicted: &Prediction, of: Of) -> f64 {
    match of {
        Of::Trait(place) => predicted.traits[place],
        Of::Axis(place) => axis_logit(predicted, Axis::ALL[place]),
    }
}

fn of_labels(
    texts: &LabeledTexts<'_>,
    of: Of,
    labels: &Labels,
    predicted: &[Prediction],
    seed: u64,
) -> Vec<Figure> {
    let logits: Vec<f64> = labels.texts.iter().map(|text| logit(&predicted[*text], of)).collect();
    let count = logits.len();
    let positives = |s: &[usize]| s.iter().map(|i| labels.positive[*i]).collect::<Vec<bool>>();
    let area = |scores: &[f64], s: &[usize]| area_under_curve(&pick(scores, s), &positives(s));
    let everybody: Vec<usize> = (0..count).collect();
    let share = labels.share();

    let (value, error) = with_error(count, seed, |s| area(&logits, s));
    let mut areas = figure(Kind::LabelledArea, name(of), value, Some(error));
    areas.beside = vec![Beside::new("share of positives", share)];
    if !labels.two {
        areas.beside.push(Beside::new("its r", correlation(&logits, &labels.numbers)));
    }
    if let Of::Axis(place) = of {
        let weights = texts.regressions[place].weights;
        let along = |text: &usize| predicted[*text].traits.iter().zip(weights).map(|(t, w)| t * w).sum();
        let traits: Vec<f64> = labels.texts.iter().map(along).collect();
        areas.beside.push(Beside::new("area of the five traits' reading", area(&traits, &everybody)));
    }

    let squared = |i: usize| (sigmoid(logits[i]) - f64::from(u8::from(labels.positive[i]))).powi(2);
    let mean =
        |s: &[usize], loss: &dyn Fn(usize) -> f64| s.iter().map(|i| loss(*i)).sum::<f64>() / s.len() as f64;
    let (value, error) = with_error(count, seed, |s| mean(s, &squared));
    let mut brier = figure(Kind::LabelledBrier, name(of), value, Some(error));
    brier.beside = vec![
        Beside::new("always one half", 0.25),
        Beside::new("always the share of positives", share * (1.0 - share)),
    ];

    // -ln(1 / (1 + exp(-x))), stable for large x.
    let surprise = |x: f64| (-x).max(0.0) + (-x.abs()).exp().ln_1p();
    let loss = |i: usize| surprise(if labels.positive[i] { logits[i] } else { -logits[i] });
    let (value, error) = with_error(count, seed, |s| mean(s, &loss));
    let mut log_loss = figure(Kind::LabelledLogLoss, name(of), value, Some(error));
    let entropy = -(share * share.ln() + (1.0 - share) * (1.0 - share).ln());
    log_loss.beside = vec![
        Beside::new("always one half", std::f64::consts::LN_2),
        Beside::new("always the share of positives", entropy),
    ];

    let fit = |s: &[usize]| fit_scale_and_bias(&pick(&logits, s), &positives(s));
    let (scale, intercept) = fit(&everybody);
    let error = standard_error(count, seed, |s| fit(s).0);
    let mut slope = figure(Kind::LabelledSlope, name(of), scale, Some(error));
    slope.beside = vec![Beside::new("intercept", intercept)];
    vec![areas, brier, log_loss, slope]
}

/// The correlation of each logit with the number of words, over all texts.
fn lengths(texts: &LabeledTexts<'_>, predicted: &[Prediction], types: bool) -> Vec<Figure> {
    let all = (0..5).map(Of::Trait).chain((0..4).map(Of::Axis));
    let labels = numbers(texts.known);
    let of = |of: Of| {
        let logits: Vec<f64> = predicted.iter().map(|p| logit(p, of)).collect();
        let r = correlation(&logits, texts.words);
        // The standard error of a correlation: (1 - r^2) / sqrt(n - 1).
        let error = (1.0 - r * r) / (logits.len().max(2) as f64 - 1.0).sqrt();
        let mut figure = figure(Kind::LabelledLength, name(of), r, Some(error));
        if let Some(labels) = labels.get(&of).and_then(|labels| Labels::new(labels)) {
            let words = pick(texts.words, &labels.texts);
            figure.beside = vec![Beside::new("of the labels", correlation(&labels.numbers, &words))];
        }
        figure
    };
    all.filter(|of| types || matches!(of, Of::Trait(_))).map(of).collect()
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
            figure.beside = vec![Beside::new("always the commonest", commonest)];
            figure
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::people::structure_tests::structure;

    fn measured(known: &[Known], words: &[f64], predicted: &[Prediction]) -> Vec<Figure> {
        let regressions = structure().regressions;
        figures(&LabeledTexts { known, words, regressions: &regressions }, predicted, true, 1)
    }

    fn of<'a>(figures: &'a [Figure], kind: Kind, name: &str) -> &'a Figure {
        figures.iter().find(|f| f.kind == kind && f.of == name).unwrap()
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
        let figures = measured(&known, &[4.0, 3.0, 2.0, 1.0], &predicted);
        let of = |kind, name: &str| of(&figures, kind, name);
        let neuroticism = of(Kind::LabelledArea, "Neuroticism");
        assert_eq!(neuroticism.value, 1.0);
        assert_eq!(neuroticism.beside[0].value, 0.5, "3 and 9 lie above the lower median");
        assert_eq!(of(Kind::LabelledArea, "E/I").value, 0.5);
        assert_eq!(of(Kind::LabelledTopOne, "").value, 0.5);
        assert_eq!(of(Kind::LabelledTopOne, "").beside[0].value, 0.5);
        let is_labeled = |f: &&Figure| f.of == "Extraversion" && f.kind != Kind::LabelledLength;
        assert!(!figures.iter().any(|f| is_labeled(&f)), "no text has this label");
        // The longer a text, the lower its logits. The labels are lower too, as far as they follow a line.
        let length = of(Kind::LabelledLength, "Neuroticism");
        assert!((length.value + 1.0).abs() < 1e-9 && length.beside[0].value < -0.8, "{length:?}");
    }

    /// 200 texts. `share` of them are positive, and all are read with this log-odds toward the label's side or its
    /// opposite.
    fn labeled(logits: [f64; 2], right: usize) -> (Vec<Known>, Vec<Prediction>) {
        let text = |i: usize| {
            let positive = i % 2 == 1;
            let side = usize::from(positive) ^ usize::from(i / 2 % 10 >= right);
            let known = Known { numbers: vec![(Of::Trait(0), f64::from(u8::from(positive)))], mbti: None };
            (known, Prediction { traits: [logits[side]; 5], ..Prediction::default() })
        };
        (0..200).map(text).unzip()
    }

    #[test]
    fn brier_score_log_loss_and_slope_are_those_of_the_probabilities() {
        // Right in eight of ten cases, with the matching log-odds: ln 4.
        let (known, predicted) = labeled([-(4f64.ln()), 4f64.ln()], 8);
        let figures = measured(&known, &[1.0; 200], &predicted);
        let brier = of(&figures, Kind::LabelledBrier, "Extraversion");
        assert!((brier.value - (0.8 * 0.04 + 0.2 * 0.64)).abs() < 1e-12, "{brier:?}");
        assert_eq!(brier.beside.iter().map(|b| b.value).collect::<Vec<_>>(), [0.25, 0.25]);
        let loss = of(&figures, Kind::LabelledLogLoss, "Extraversion");
        assert!((loss.value + 0.8 * 0.8f64.ln() + 0.2 * 0.2f64.ln()).abs() < 1e-12, "{loss:?}");
        let slope = of(&figures, Kind::LabelledSlope, "Extraversion");
        assert!((slope.value - 1.0).abs() < 0.03 && slope.beside[0].value.abs() < 0.03, "{slope:?}");
        // Twice as confident as is right.
        let (known, predicted) = labeled([-2.0 * 4f64.ln(), 2.0 * 4f64.ln()], 8);
        let figures = measured(&known, &[1.0; 200], &predicted);
        assert!((of(&figures, Kind::LabelledSlope, "Extraversion").value - 0.5).abs() < 0.03);
        assert!(of(&figures, Kind::LabelledLogLoss, "Extraversion").value > loss.value);
        assert_eq!(of(&figures, Kind::LabelledLength, "Extraversion").value, 0.0);
    }

    #[test]
    fn an_axis_stands_beside_what_the_five_traits_say_of_it() {
        // The five-trait model separates outgoing people from others; the type model does not.
        let known = [(2.0, "ESTJ"), (-1.0, "ISTJ"), (1.0, "ENFP"), (-2.0, "INFP")];
        let predicted: Vec<Prediction> = known
            .iter()
            .map(|(e, _)| Prediction {
                traits: [*e, 0.0, 0.0, 0.0, 0.0],
                types: [1.0 / 16.0; 16],
                share_read: 1.0,
            })
            .collect();
        let known: Vec<Known> =
            known.iter().map(|(_, mbti)| Known { numbers: Vec::new(), mbti: Mbti::parse(mbti) }).collect();
        let figures = measured(&known, &[1.0, 2.0, 3.0, 4.0], &predicted);
        let axis = of(&figures, Kind::LabelledArea, "E/I");
        let traits = axis.beside.iter().find(|b| b.name.contains("five traits")).unwrap();
        assert_eq!((axis.value, traits.value), (0.5, 1.0));
    }
}

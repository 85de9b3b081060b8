//! Figures with standard errors, from a reader's predictions for the test set.

use super::reader::Prediction;
use super::scores::{calibration_error, expected_calibration_error, pick, standard_error, top_k, with_error};
use crate::learning::numerics::{area_under_curve, correlation};
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::personality::{Axis, Mbti, Trait};

/// What is known about the respondents, one entry each.
#[derive(Default)]
pub struct Truth {
    /// Standardized traits.
    pub traits: Vec<[f64; 5]>,
    pub types: Vec<Mbti>,
    /// The mean keyed rating of each trait.
    pub keyed: Vec<[f64; 5]>,
    /// The keyed score that a linear model predicts from the rated sentences.
    pub linear: Vec<[f64; 5]>,
    /// The sum of the labels of all answers.
    pub oracle: Vec<[f64; 5]>,
    /// The same for the two unseen questions, several draws of answers for each respondent.
    pub oracle_unseen: Vec<[f64; 5]>,
    /// The same for the reworded text.
    pub oracle_reworded: Vec<[f64; 5]>,
    /// The posterior mean of each trait, given the whole text.
    pub posterior_traits: Vec<[f64; 5]>,
    /// The posterior probability of each type, given the whole text.
    pub posterior_types: Vec<[f64; 16]>,
}

/// What a reader predicts for the same respondents.
#[derive(Default)]
pub struct Predictions {
    /// Whether it predicts types.
    pub types: bool,
    /// From the whole text.
    pub whole: Vec<Prediction>,
    /// From the open answers alone.
    pub open: Vec<Prediction>,
    /// From answers to the two unseen questions: several draws for each respondent, one after the other.
    pub unseen: Vec<Prediction>,
    /// From the whole text with other answers of the same labels.
    pub reworded: Vec<Prediction>,
    /// From those answers alone.
    pub reworded_open: Vec<Prediction>,
    /// From the shuffled texts of the first respondents.
    pub shuffled: Vec<Prediction>,
    /// From uniform ratings: the rating and the prediction.
    pub uniform: Vec<(u8, Prediction)>,
}

/// Floor and goal, for the kinds that have them.
fn bounds(kind: Kind) -> (Option<f64>, Option<f64>) {
    let (floor, goal) = match kind {
        Kind::Sanity => (0.90, 0.98),
        Kind::OpenAnswers => (0.60, 0.85),
        Kind::UnseenQuestions => (0.35, 0.65),
        Kind::AxisArea => (0.95, 0.99),
        Kind::TypeTopOne => (0.80, 0.93),
        Kind::TypeTopThree => (0.92, 0.98),
        Kind::CalibrationError => (0.05, 0.02),
        Kind::Reworded => (0.80, 0.92),
        Kind::UniformRatings => (0.15, 0.05),
        // Sums in another order differ by rounding.
        Kind::Shuffled => (0.95, 1.0 - 1e-6),
        _ => return (None, None),
    };
    (Some(floor), Some(goal))
}

/// A figure with the floor and goal of its kind.
pub fn figure(kind: Kind, of: impl Into<String>, value: f64, standard_error: Option<f64>) -> Figure {
    let (floor, goal) = bounds(kind);
    Figure { kind, of: of.into(), value, standard_error, floor, goal, beside: Vec::new() }
}

impl Beside {
    fn new(name: &str, value: f64) -> Beside {
        Beside { name: name.to_owned(), value }
    }
}

/// All figures of a reader.
pub fn figures(truth: &Truth, predicted: &Predictions, seed: u64) -> Vec<Figure> {
    let mut all = Vec::new();
    traits(truth, predicted, seed, &mut all);
    if predicted.types {
        types(truth, predicted, seed, &mut all);
    }
    stability(truth, predicted, &mut all);
    all.sort_by_key(|figure| figure.kind);
    all
}

fn column<const N: usize>(rows: &[[f64; N]], place: usize) -> Vec<f64> {
    rows.iter().map(|row| row[place]).collect()
}

fn logits(predicted: &[Prediction], trait_: usize) -> Vec<f64> {
    predicted.iter().map(|s| s.traits[trait_]).collect()
}

fn traits(truth: &Truth, predicted: &Predictions, seed: u64, all: &mut Vec<Figure>) {
    let count = truth.traits.len();
    for trait_ in Trait::ALL {
        let (t, name) = (trait_.index(), trait_.name());
        let standing = column(&truth.traits, t);
        let whole = logits(&predicted.whole, t);
        let keyed = column(&truth.keyed, t);
        let (value, error) = with_error(count, seed, |s| correlation(&pick(&whole, s), &pick(&keyed, s)));
        let mut sanity = figure(Kind::Sanity, name, value, Some(error));
        sanity.beside = vec![
            Beside::new("linear model on the sentences", correlation(&column(&truth.linear, t), &keyed)),
            Beside::new("Bayes posterior", correlation(&column(&truth.posterior_traits, t), &keyed)),
        ];
        all.push(sanity);
        for (kind, predicted, oracle) in [
            (Kind::OpenAnswers, &predicted.open, &truth.oracle),
            (Kind::UnseenQuestions, &predicted.unseen, &truth.oracle_unseen),
        ] {
            let (predicted, oracle) = (logits(predicted, t), column(oracle, t));
            let draws = (predicted.len() / count.max(1)).max(1);
            let standing: Vec<f64> = (0..predicted.len()).map(|i| standing[i / draws]).collect();
            let share = |s: &[usize]| {
                let s: Vec<usize> = s.iter().flat_map(|i| i * draws..(i + 1) * draws).collect();
                let standing = pick(&standing, &s);
                correlation(&pick(&predicted, &s), &standing) / correlation(&pick(&oracle, &s), &standing)
            };
            let (value, error) = with_error(count, seed, share);
            let mut figure = figure(kind, name, value, Some(error));
            figure.beside = vec![
                Beside::new("its r", correlation(&predicted, &standing)),
                Beside::new("the oracle's r", correlation(&oracle, &standing)),
            ];
            all.push(figure);
        }
        let above: Vec<bool> = standing.iter().map(|z| *z > 0.0).collect();
        let chances: Vec<f64> = predicted.whole.iter().map(|s| s.trait_probability(t)).collect();
        all.push(calibration(name, &chances, &above, seed));
    }
}

fn calibration(of: &str, chances: &[f64], positive: &[bool], seed: u64) -> Figure {
    let error = standard_error(chances.len(), seed, |s| {
        let positive: Vec<bool> = s.iter().map(|i| positive[*i]).collect();
        calibration_error(&pick(chances, s), &positive)
    });
    let mut figure = figure(Kind::CalibrationError, of, calibration_error(chances, positive), Some(error));
    // With few respondents even correct probabilities would miss the bound.
    let chance = expected_calibration_error(chances, seed);
    for bound in [&mut figure.floor, &mut figure.goal] {
        *bound = bound.filter(|bound| chance <= *bound);
    }
    figure.beside = vec![Beside::new("expected of correct probabilities", chance)];
    figure
}

fn types(truth: &Truth, predicted: &Predictions, seed: u64, all: &mut Vec<Figure>) {
    let count = truth.types.len();
    for axis in Axis::ALL {
        let name = axis.name();
        let second: Vec<bool> = truth.types.iter().map(|t| t.is_second(axis)).collect();
        let chances: Vec<f64> = predicted.whole.iter().map(|s| s.second_letter(axis)).collect();
        let bayes: Vec<f64> =
            truth.posterior_types.iter().map(|p| super::reader::second_letter(p, axis)).collect();
        let area = |chances: &[f64], s: &[usize]| {
            let second: Vec<bool> = s.iter().map(|i| second[*i]).collect();
            area_under_curve(&pick(chances, s), &second)
        };
        let (value, error) = with_error(count, seed, |s| area(&chances, s) / area(&bayes, s));
        let everybody: Vec<usize> = (0..count).collect();
        let mut figure = figure(Kind::AxisArea, name, value, Some(error));
        figure.beside = vec![
            Beside::new("its area", area(&chances, &everybody)),
            Beside::new("Bayes posterior's area", area(&bayes, &everybody)),
        ];
        all.push(figure);
        all.push(calibration(name, &chances, &second, seed));
    }
    let read: Vec<[f64; 16]> = predicted.whole.iter().map(|s| s.types).collect();
    let mut shares = [0.0; 16];
    truth.types.iter().for_each(|t| shares[t.index()] += 1.0 / count as f64);
    shares.sort_by(|a, b| b.total_cmp(a));
    for (kind, k) in [(Kind::TypeTopOne, 1), (Kind::TypeTopThree, 3)] {
        let accuracy = |predicted: &[[f64; 16]], s: &[usize]| top_k(&truth.types, predicted, k, s);
        let bayes = &truth.posterior_types;
        let (value, error) = with_error(count, seed, |s| accuracy(&read, s) / accuracy(bayes, s));
        let everybody: Vec<usize> = (0..count).collect();
        let mut figure = figure(kind, "", value, Some(error));
        figure.beside = vec![
            Beside::new("its accuracy", accuracy(&read, &everybody)),
            Beside::new("Bayes posterior's accuracy", accuracy(bayes, &everybody)),
            Beside::new("always the commonest", shares[..k].iter().sum()),
        ];
        all.push(figure);
    }
}

/// The log-odds of an axis's second letter.
fn axis_logit(predicted: &Prediction, axis: Axis) -> f64 {
    let p = predicted.second_letter(axis).clamp(1e-12, 1.0 - 1e-12);
    (p / (1.0 - p)).ln()
}

/// For each trait and axis: its name, the correlation of two predictions of the same people, and the standard error.
fn agreement(predicted: &Predictions, a: &[Prediction], b: &[Prediction]) -> Vec<(&'static str, f64, f64)> {
    let count = a.len().min(b.len());
    let mut pairs: Vec<(&'static str, Vec<f64>, Vec<f64>)> = Vec::new();
    for trait_ in Trait::ALL {
        pairs.push((trait_.name(), logits(a, trait_.index()), logits(b, trait_.index())));
    }
    if predicted.types {
        for axis in Axis::ALL {
            let column = |predicted: &[Prediction]| predicted.iter().map(|s| axis_logit(s, axis)).collect();
            pairs.push((axis.name(), column(a), column(b)));
        }
    }
    let with_error = |(name, a, b): (&'static str, Vec<f64>, Vec<f64>)| {
        let r = correlation(&a[..count], &b[..count]);
        // The standard error of a correlation: (1 - r^2) / sqrt(n - 1).
        (name, r, (1.0 - r * r) / (count.max(2) as f64 - 1.0).sqrt())
    };
    pairs.into_iter().map(with_error).collect()
}

fn stability(truth: &Truth, predicted: &Predictions, all: &mut Vec<Figure>) {
    for (kind, a, b) in [
        (Kind::Reworded, &predicted.whole, &predicted.reworded),
        (Kind::RewordedOpen, &predicted.open, &predicted.reworded_open),
        (Kind::Shuffled, &predicted.whole, &predicted.shuffled),
    ] {
        for (place, (name, r, error)) in agreement(predicted, a, b).into_iter().enumerate() {
            let mut figure = figure(kind, name, r, Some(error));
            if kind == Kind::RewordedOpen && place < 5 {
                let oracle =
                    correlation(&column(&truth.oracle, place), &column(&truth.oracle_reworded, place));
                figure.beside = vec![Beside::new("the oracle's r", oracle)];
            }
            all.push(figure);
        }
    }
    for (rating, predicted) in &predicted.uniform {
        for trait_ in Trait::ALL {
            let of = format!("{}, all {rating}", trait_.name());
            all.push(figure(Kind::UniformRatings, of, predicted.trait_probability(trait_.index()), None));
        }
    }
    let read = predicted.whole.iter().map(|s| s.share_read).filter(|s| s.is_finite());
    let read: Vec<f64> = read.collect();
    if !read.is_empty() {
        let mean = read.iter().sum::<f64>() / read.len() as f64;
        all.push(figure(Kind::ShareRead, "", mean, None));
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::models::evaluation::Verdict;

    #[test]
    fn a_calibration_error_has_bounds_only_where_chance_stays_below_them() {
        let mut random = StdRng::seed_from_u64(5);
        let mut of = |count: usize, off: f64| {
            let chances: Vec<f64> = (0..count).map(|_| random.random_range(0.0..0.8)).collect();
            let positive: Vec<bool> = chances.iter().map(|p| random.random::<f64>() < p + off).collect();
            calibration("E/I", &chances, &positive, 1)
        };
        let few = of(100, 0.0);
        assert!((0.05..0.13).contains(&few.value) && (0.05..0.13).contains(&few.beside[0].value), "{few:?}");
        assert_eq!(few.verdict(), Verdict::Unset);
        let many = of(4000, 0.0);
        assert!(many.beside[0].value < 0.02 && many.floor.is_some() && many.goal.is_some(), "{many:?}");
        assert_ne!(many.verdict(), Verdict::Missed);
        assert_eq!(of(4000, 0.15).verdict(), Verdict::Missed);
    }

    #[test]
    fn a_reader_that_knows_the_traits_reaches_every_goal() {
        let mut random = StdRng::seed_from_u64(3);
        let mut truth = Truth::default();
        let mut predicted = Predictions::default();
        for _ in 0..3000 {
            let z: [f64; 5] =
                std::array::from_fn(|_| crate::learning::numerics::standard_normal(&mut random));
            truth.traits.push(z);
            truth.types.push(Mbti::ALL[0]);
            for known in [&mut truth.keyed, &mut truth.linear, &mut truth.oracle, &mut truth.posterior_traits]
            {
                known.push(z);
            }
            truth.oracle_unseen.push(z);
            truth.oracle_reworded.push(z);
            let sure = Prediction { traits: z.map(|z| 1000.0 * z), share_read: 1.0, ..Prediction::default() };
            for texts in
                [&mut predicted.whole, &mut predicted.open, &mut predicted.unseen, &mut predicted.reworded]
            {
                texts.push(sure.clone());
            }
            predicted.reworded_open.push(sure.clone());
            predicted.shuffled.push(sure);
        }
        predicted.uniform.push((3, Prediction::default()));
        let figures = figures(&truth, &predicted, 1);
        for figure in &figures {
            let verdict = figure.verdict();
            assert!(matches!(verdict, Verdict::Goal | Verdict::Unset), "{figure:?}");
        }
        assert!(figures.iter().all(|f| f.kind != Kind::AxisArea), "it predicts no types");
    }
}

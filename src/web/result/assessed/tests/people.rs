//! Simulated people, ordinary and odd, and the readings of their answers.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{ASSESSOR, SURVEY};
use crate::assessment::{Assessment, RatingPace, Shares};
use crate::inference::{
    EvidenceReading, ModelReading, RatingFacts, ReadWindow, TextFacts, Timings, WindowSource,
};
use crate::models::evidence::{OutputReading, Outputs};
use crate::personality::{Estimate, Mbti, Pair, Profile, Trait, readout, shown};

/// A simulated person's ratings and words.
pub struct Simulated {
    pub assessment: Assessment,
    pub shares: Shares,
    pub profile: Profile,
}

/// How much a person answered, and how the answers are simulated.
pub struct Kind {
    pub ratings: usize,
    pub words: usize,
    /// Squared correlations of ratings and of words with the trait.
    pub reliable: [f64; 2],
    /// Makes a standard score from a random one.
    pub trait_: fn(f64) -> f64,
    /// Whether the words contradict the ratings.
    pub against: bool,
    pub facts: fn(&mut TextFacts),
    pub rated: fn(&mut RatingFacts),
    pub pace: RatingPace,
}

impl Default for Kind {
    fn default() -> Kind {
        Kind {
            ratings: 60,
            words: 1060,
            reliable: [0.8, 0.35],
            trait_: |x| x,
            against: false,
            facts: |_| {},
            rated: |_| {},
            pace: RatingPace::default(),
        }
    }
}

pub fn odd(number: u64) -> Kind {
    let usual = Kind::default();
    match number % 13 {
        0 => Kind { trait_: |x| 9.0 * x, ..usual },
        1 => Kind { trait_: |x| if x > 0.0 { 40.0 } else { -40.0 }, ..usual },
        2 => Kind { trait_: |_| 0.0, ..usual },
        3 => Kind { trait_: |x| (x * 2.0).round() / 2.0, ..usual },
        4 => Kind { ratings: 0, words: 0, reliable: [0.0, 0.0], ..usual },
        5 => Kind { ratings: 0, words: 3, reliable: [0.0, 0.01], ..usual },
        6 => Kind { ratings: 60, words: 0, reliable: [0.8, 0.0], ..usual },
        7 => Kind { ratings: 0, words: 2_400, reliable: [0.0, 0.3], ..usual },
        8 => Kind { against: true, trait_: |x| 3.0 * x, ..usual },
        9 => Kind { facts: |facts| facts.function_words = 0, reliable: [0.8, 0.001], ..usual },
        10 => Kind { pace: RatingPace { ratings: 60, hurried: 50 }, ..usual },
        11 => Kind { rated: |rated| rated.commonest = 0.97, reliable: [0.2, 0.3], ..usual },
        _ => Kind { rated: |rated| rated.contradiction = 2.0, words: 1, reliable: [0.5, 0.0], ..usual },
    }
}

fn normal(rng: &mut StdRng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// The estimate from a source with this squared correlation with a standard score: its mean, and the estimate from it
/// alone.
fn measured(rng: &mut StdRng, score: f64, reliable: f64) -> Estimate {
    let mean =
        reliable * score + (reliable * (1.0 - reliable)).sqrt() * normal(rng) * f64::from(score != 0.0);
    Estimate { mean, sd: (1.0 - reliable).sqrt() }
}

/// Two independent measurements of one score.
fn together(beliefs: [Estimate; 2]) -> Estimate {
    let precision: f64 = beliefs.iter().map(|belief| belief.sd.powi(-2) - 1.0).sum::<f64>() + 1.0;
    let mean = beliefs.iter().map(|belief| belief.mean * belief.sd.powi(-2)).sum::<f64>() / precision;
    Estimate { mean, sd: precision.recip().sqrt() }
}

fn evidence(rng: &mut StdRng, kind: &Kind, outputs: Outputs) -> EvidenceReading {
    let count = outputs.names().len();
    let mut windows: Vec<ReadWindow> = Vec::new();
    let given: Vec<(Arc<str>, u8)> = SURVEY
        .items
        .iter()
        .take(kind.ratings)
        .map(|item| (item.id.as_str().into(), rng.random_range(1..=5)))
        .collect();
    let window = |source| ReadWindow { bytes: 0..0, source, weight: 1.0 };
    windows.extend(given.iter().map(|(id, _)| window(WindowSource::Rated(id.clone()))));
    if kind.words > 0 {
        let answers = SURVEY.questions.iter().take(kind.words.div_ceil(40).min(26));
        windows.extend(answers.map(|question| window(WindowSource::Answer(question.id.as_str().into()))));
    }
    let (mut all, mut rated, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let score = (kind.trait_)(normal(rng));
        let by_ratings = measured(rng, score, kind.reliable[0]);
        let by_words = measured(rng, if kind.against { -score } else { score }, kind.reliable[1]);
        let level = together([by_ratings, by_words]);
        // As other statements would measure it: with less certainty.
        let estimate =
            Estimate { mean: level.mean * 0.95, sd: (1.0 - 0.9 * (1.0 - level.sd.powi(2))).sqrt() };
        let parts: Vec<f64> = windows.iter().map(|_| normal(rng)).collect();
        let sum: f64 = parts.iter().sum();
        let shares = parts.iter().map(|part| part + (estimate.logit() - sum) / parts.len() as f64).collect();
        all.push(OutputReading { estimate, level, shares });
        rated.push(by_ratings);
        words.push(by_words);
    }
    let mut facts = TextFacts { words: kind.words, function_words: kind.words / 2, ..TextFacts::default() };
    facts.distinct = kind.words;
    facts.sentences = kind.words.div_ceil(12);
    (kind.facts)(&mut facts);
    let mut ratings = RatingFacts { items: kind.ratings, commonest: 0.3, ..RatingFacts::default() };
    (kind.rated)(&mut ratings);
    EvidenceReading { outputs, together: all, rated, words, windows, facts, ratings, given }
}

pub fn simulated(seed: u64, kind: &Kind) -> Simulated {
    let mut rng = StdRng::seed_from_u64(seed);
    let types: Vec<String> = Mbti::ALL.iter().map(|mbti| mbti.name().to_owned()).collect();
    let traits: Vec<String> = Trait::ALL.iter().map(|trait_| trait_.name().to_owned()).collect();
    let mut model = |labels: Vec<String>| {
        let evidence = evidence(&mut rng, kind, Outputs::of(&labels).unwrap());
        let outputs: Vec<f64> = evidence.together.iter().map(|output| output.estimate.logit()).collect();
        let logits = evidence.outputs.label_logits(&outputs);
        let is_types = labels.len() == 16;
        ModelReading {
            probabilities: if is_types { readout::softmax(&logits) } else { readout::sigmoid(&logits) }
                .unwrap(),
            labels,
            logits,
            share_read: 1.0,
            tokens: 1,
            windows: 1,
            calibrated: true,
            evidence: Some(evidence),
            timings: Timings::default(),
        }
    };
    let reading = Pair { mbti: model(types), big_five: model(traits) };
    let exact = reading.profile().unwrap();
    let assessed = ASSESSOR.assess(&reading, kind.pace).unwrap();
    Simulated {
        assessment: assessed.assessment,
        shares: assessed.shares,
        profile: Profile { types: exact.types.map(shown), traits: exact.traits.map(shown) },
    }
}

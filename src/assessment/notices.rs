//! Finds what makes a reading weaker than usual.

use super::notice::Notice;
use crate::inference::{EvidenceReading, FEW_WORDS, TextFacts};
use crate::personality::Trait;

/// How many standard errors words must lie against the ratings. A standard normal variable lies that far below zero once in
/// 740 times.
const AGAINST: f64 = 3.0;
/// The least share of a trait's variance that words must explain before they can be compared with ratings.
const LEAST_EXPLAINED: f64 = 0.02;

/// All notices on a reading of the traits, whose places are given.
pub(super) fn notices(reading: &EvidenceReading, places: [usize; 5]) -> Vec<Notice> {
    let mut found = of_words(&reading.facts);
    let ratings = &reading.ratings;
    if ratings.are_alike() {
        let count = |rating: &u8| reading.given.iter().filter(|(_, given)| given == rating).count();
        let rating = (1..=5).max_by_key(count).unwrap_or(3);
        found.push(Notice::RatingsAlike { rating, share: ratings.commonest });
    } else if ratings.contradict() {
        found.push(Notice::RatingsContradict { distance: ratings.contradiction, scatter: ratings.scatter });
    }
    found.extend(words_against_ratings(reading, places));
    found
}

fn of_words(facts: &TextFacts) -> Vec<Notice> {
    let share = |count: usize| count as f64 / facts.words.max(1) as f64;
    let few = facts.has_few_words().then_some(Notice::FewWords { words: facts.words, wanted: FEW_WORDS });
    // Noise has no English words either.
    let kind = if facts.is_noise() {
        Some(Notice::KeyboardNoise { share: share(facts.noise) })
    } else {
        facts.is_foreign().then(|| Notice::NotEnglish { common: share(facts.function_words) })
    };
    let repeated = facts.repeats().then_some(Notice::Repeated {
        sentences: facts.sentences,
        repeated: facts.repeated,
        words: facts.words,
        distinct: facts.distinct,
    });
    let others = facts.about_others();
    let others = others.map(|(sentences, personal)| Notice::NotAboutWriter { sentences, personal });
    [few, kind, repeated, others].into_iter().flatten().collect()
}

/// By how much bands are widened beyond what weak evidence does by itself. Where two measurements disagree, the errors of
/// both are multiplied by the root of chi-square over its degrees of freedom (the Birge ratio, Birge 1932, *Physical Review,
/// 40*, 207-227). Here `distance` squared is at most chi-square, so this is the least that the rule gives.
pub(super) fn widening(notices: &[Notice]) -> f64 {
    let of = |notice: &Notice| match notice {
        Notice::WordsAgainstRatings { distance, .. } => (distance / 5f64.sqrt()).max(1.0),
        _ => 1.0,
    };
    notices.iter().map(of).fold(1.0, f64::max)
}

/// Compares what words alone say with what the ratings let one expect of them.
///
/// With the mean m and variance v that ratings give a trait, and words that explain the share R of its variance, the words'
/// own mean is expected at R m with the variance R^2 v + R (1 - R). Each trait's difference in standard errors is weighted by
/// m: the sum, over the root of the sum of m squared, is a standard normal variable, and far below zero where words say the
/// opposite of the ratings.
fn words_against_ratings(reading: &EvidenceReading, places: [usize; 5]) -> Option<Notice> {
    let mut differences = Vec::new();
    for trait_ in Trait::ALL {
        let place = places[trait_.index()];
        let (rated, words) = reading.rated.get(place).zip(reading.words.get(place))?;
        let explained = 1.0 - words.sd.powi(2);
        if explained < LEAST_EXPLAINED || rated.sd >= 1.0 {
            continue;
        }
        let variance = (explained * rated.sd).powi(2) + explained * (1.0 - explained);
        let difference = (words.mean - explained * rated.mean) / variance.sqrt();
        differences.push((trait_, rated.mean, difference));
    }
    let weight: f64 = differences.iter().map(|(_, mean, _)| mean * mean).sum();
    if weight <= 0.0 {
        return None;
    }
    let distance = -differences.iter().map(|(_, mean, d)| mean * d).sum::<f64>() / weight.sqrt();
    if distance < AGAINST {
        return None;
    }
    // The larger half of what the distance is made of.
    differences.sort_by(|a, b| (a.1 * a.2).total_cmp(&(b.1 * b.2)));
    let against = differences.iter().take_while(|(_, mean, d)| mean * d < -weight.sqrt());
    Some(Notice::WordsAgainstRatings { distance, traits: against.map(|(trait_, ..)| *trait_).collect() })
}

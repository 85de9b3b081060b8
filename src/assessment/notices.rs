//! Finds reasons why a reading is weaker than usual.

use super::notice::Notice;
use super::pace::RatingPace;
use crate::inference::{EvidenceReading, FEW_WORDS, TextFacts};
use crate::personality::Trait;

/// How many standard errors words must be from the ratings, in the opposite direction. A standard normal variable is
/// that far below zero once in 740 times.
const AGAINST: f64 = 3.0;
/// The smallest share of a trait's variance that words must explain before they are compared with ratings.
const LEAST_EXPLAINED: f64 = 0.02;

/// All notices about a reading of the traits and the pace of its ratings. `places` are the traits' places among its
/// outputs.
pub(super) fn notices(reading: &EvidenceReading, places: [usize; 5], pace: RatingPace) -> Vec<Notice> {
    let mut found = of_words(&reading.facts);
    let ratings = &reading.ratings;
    if ratings.are_alike() {
        let count = |rating: &u8| reading.given.iter().filter(|(_, given)| given == rating).count();
        let rating = (1..=5).max_by_key(count).unwrap_or(3);
        found.push(Notice::RatingsAlike { rating, share: ratings.commonest });
    } else if ratings.contradict() {
        found.push(Notice::RatingsContradict { distance: ratings.contradiction, scatter: ratings.scatter });
    }
    if pace.is_noticed() {
        found.push(Notice::RatingsHurried { ratings: pace.ratings, hurried: pace.hurried });
    }
    found.extend(words_against_ratings(reading, places));
    found
}

fn of_words(facts: &TextFacts) -> Vec<Notice> {
    let share = |count: usize| count as f64 / facts.words.max(1) as f64;
    let few = facts.has_few_words().then_some(Notice::FewWords { words: facts.words, wanted: FEW_WORDS });
    // Noise has no English words either, so test for it first.
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

/// How much wider the bands become, beyond the effect of weak evidence. If two measurements disagree, the errors of
/// both are multiplied by the root of chi-square over its degrees of freedom (the Birge ratio, Birge 1932, *Physical
/// Review, 40*, 207-227). `distance` squared is at most chi-square, so this is the smallest factor that the rule
/// allows.
///
/// The models weigh ratings without knowing how fast they were given. Ratings that count in part have their error
/// variance divided by that part, so their errors are divided by its root. If words count too, this is an upper bound.
pub(super) fn widening(notices: &[Notice]) -> f64 {
    let of = |notice: &Notice| match notice {
        Notice::WordsAgainstRatings { distance, .. } => (distance / 5f64.sqrt()).max(1.0),
        Notice::RatingsHurried { ratings, hurried } => {
            RatingPace { ratings: *ratings, hurried: *hurried }.trust().sqrt().recip()
        }
        _ => 1.0,
    };
    notices.iter().map(of).fold(1.0, f64::max)
}

/// Compares the words with what the ratings predict for them.
///
/// The ratings give a trait the mean m and the variance v. Words that explain the share R of its variance then have the
/// expected mean R m and the variance R^2 v + R (1 - R). Each trait's difference in standard errors is weighted by m.
/// The weighted sum over the root of the sum of m squared is a standard normal variable. It is far below zero if words
/// contradict the ratings.
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
    // The traits that contribute the larger half of the distance.
    differences.sort_by(|a, b| (a.1 * a.2).total_cmp(&(b.1 * b.2)));
    let against = differences.iter().take_while(|(_, mean, d)| mean * d < -weight.sqrt());
    Some(Notice::WordsAgainstRatings { distance, traits: against.map(|(trait_, ..)| *trait_).collect() })
}

//! The weight of each part in a fit, with the source of each number.

/// The correlation of personality with occupation: the square root of .045, the middle of the 2 to 7 percent of trait
/// variance that occupation explains. Anni, Vainik and Mõttus (2025), doi:10.1037/apl0001249, abstract.
pub const PERSONALITY: f64 = 0.21;

/// The correlation of interest congruence with performance at work over 92 studies: Nye, Su, Rounds and Drasgow (2017),
/// "Interest congruence and performance: Revisiting recent meta-analytic findings", abstract. Other meta-analyses find
/// less for satisfaction (.11 to .24, abstracts).
pub const INTERESTS: f64 = 0.32;

/// A stated wish (work values together, pay, growth) counts about as much as personality. A choice: no study measures
/// the weight that visitors give to a wish.
pub const WISH: f64 = 0.2;

/// The share of one of several ranked wishes, from place 0 for the most important: the rank order centroid, which is
/// the mean weight over all sets of weights in this order. Barron and Barrett (1996), doi:10.1287/mnsc.42.11.1515, from
/// memory. The shares sum to 1.
pub fn of_rank(place: usize, ranked: usize) -> f64 {
    (place + 1..=ranked).map(|k| 1.0 / k as f64).sum::<f64>() / ranked.max(1) as f64
}

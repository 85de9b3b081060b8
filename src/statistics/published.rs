//! What of the figures may be shown.
//!
//! Every figure is about at least 20 people, and so is every difference between figures of one day. The number of people is
//! rounded down to a multiple of 20 and all others to whole numbers, so that the figures of two days do not say what one
//! person adds to them.

use super::figures::{Figures, TraitSums};
use super::hidden::{LEAST_PEOPLE, divide};
use crate::personality::{Mbti, Trait};

/// The figures that everybody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// How many finished questionnaires they are about, rounded down to a multiple of 20.
    pub people: u64,
    /// By [`Trait::index`].
    pub traits: [TraitSummary; 5],
    /// The types that are shown by themselves, the most frequent first.
    pub types: Vec<TypeShare>,
    /// The others.
    pub together: Option<Together>,
}

/// One trait's percentiles, in whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraitSummary {
    pub trait_: Trait,
    pub mean: u8,
    /// The standard deviation.
    pub sd: u8,
    /// How many percent stand in each of [`FIFTHS`]; `None` where it is shown only together with others.
    pub fifths: [Option<u8>; 5],
    /// How many percent stand in those together.
    pub together: Option<u8>,
}

/// The first and the last whole percentile of each fifth of the norm group.
pub const FIFTHS: [(u8, u8); 5] = [(0, 19), (20, 39), (40, 59), (60, 79), (80, 100)];

/// One type's share, in whole percent: the mean of its probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeShare {
    pub mbti: Mbti,
    pub percent: u8,
}

/// Types that are shown only together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    pub types: Vec<Mbti>,
    pub percent: u8,
}

impl Figures {
    /// What may be shown; `None` while there are fewer than [`LEAST_PEOPLE`].
    pub fn published(&self) -> Option<Published> {
        if self.people < LEAST_PEOPLE {
            return None;
        }
        let people = self.people as f64;
        let percent = |sum: f64| percent(sum, people);
        let (shown, hidden) = divide(&self.types, LEAST_PEOPLE as f64);
        let of = |cell: usize| Some((*Mbti::ALL.get(cell)?, *self.types.get(cell)?));
        let others: Vec<(Mbti, f64)> = hidden.into_iter().filter_map(of).collect();
        Some(Published {
            people: self.people(),
            traits: Trait::ALL.map(|trait_| self.traits[trait_.index()].summary(trait_, people)),
            types: shown
                .into_iter()
                .filter_map(of)
                .map(|(mbti, sum)| TypeShare { mbti, percent: percent(sum) })
                .collect(),
            together: (!others.is_empty()).then(|| Together {
                percent: percent(others.iter().map(|(_, sum)| sum).sum()),
                types: others.into_iter().map(|(mbti, _)| mbti).collect(),
            }),
        })
    }
}

impl TraitSums {
    fn summary(&self, trait_: Trait, people: f64) -> TraitSummary {
        let mean = self.sum / people;
        let variance = (self.squares - people * mean * mean).max(0.0) / (people - 1.0).max(1.0);
        let (fifths, together) = self.fifths(people);
        // Percentiles and their deviations are at most 100.
        let (mean, sd) = (mean.round() as u8, variance.sqrt().round() as u8);
        TraitSummary { trait_, mean, sd, fifths, together }
    }

    /// The percentages of the fifths to be shown by themselves, and that of the others together.
    fn fifths(&self, people: f64) -> ([Option<u8>; 5], Option<u8>) {
        let counts = FIFTHS.map(|(first, last)| {
            let at = self.at.iter().take(usize::from(last) + 1).skip(usize::from(first));
            at.sum::<u64>() as f64
        });
        let (shown, hidden) = divide(&counts, LEAST_PEOPLE as f64);
        let rest: f64 = hidden.iter().filter_map(|cell| counts.get(*cell)).sum();
        let alone = std::array::from_fn(|cell| shown.contains(&cell).then(|| percent(counts[cell], people)));
        (alone, (!hidden.is_empty()).then(|| percent(rest, people)))
    }
}

/// A share of a whole, so at most 100.
fn percent(sum: f64, people: f64) -> u8 {
    (100.0 * sum / people).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::NormGroup;
    use crate::statistics::figures::{Among, NORM_FROM, PERCENTILES, VERSION, whole};

    /// So many people at these percentiles in turn, all with the same probabilities of the types.
    fn figures(people: u64, percentiles: &[f64], types: [f64; 16]) -> Figures {
        let mut sums = TraitSums { sum: 0.0, squares: 0.0, at: vec![0; PERCENTILES] };
        for percentile in percentiles.iter().cycle().take(people as usize) {
            sums.sum += percentile;
            sums.squares += percentile * percentile;
            sums.at[whole(*percentile)] += 1;
        }
        let norm = NormGroup { name: "n".into(), version: "1".into(), people: "people".into() };
        let traits = std::array::from_fn(|_| sums.clone());
        let types = types.map(|share| share * people as f64);
        Figures { version: VERSION, norm, people, traits, types }
    }

    const EVEN: [f64; 16] = [1.0 / 16.0; 16];

    #[test]
    fn nothing_is_shown_of_nineteen_people() {
        assert_eq!(figures(0, &[50.0], EVEN).published(), None);
        assert_eq!(figures(19, &[50.0], EVEN).published(), None);
        let of_twenty = figures(20, &[30.0, 70.0], EVEN).published().unwrap();
        assert_eq!((of_twenty.people, of_twenty.types.len()), (20, 0));
        // Twenty deviations of 20: the root of 20 * 400 / 19.
        assert!(of_twenty.traits.iter().all(|shown| (shown.mean, shown.sd) == (50, 21)));
        let together = of_twenty.together.unwrap();
        assert_eq!((together.types.len(), together.percent), (16, 100));
        assert_eq!(figures(59, &[50.0], EVEN).published().unwrap().people, 40);
    }

    #[test]
    fn a_fifth_is_shown_by_itself_from_twenty_people_on() {
        let of = |people: u64, percentiles: &[f64]| {
            let shown = figures(people, percentiles, EVEN).published().unwrap().traits[0];
            (shown.fifths, shown.together)
        };
        let one_in_each = [0.0, 20.0, 59.4, 60.0, 100.0];
        assert_eq!(of(100, &one_in_each), ([Some(20); 5], None), "twenty in each");
        // The first four have twenty and the last 19, so one of the others is hidden with it.
        assert_eq!(of(99, &one_in_each), ([Some(20), Some(20), Some(20), None, None], Some(39)));
        assert_eq!(of(95, &one_in_each), ([None; 5], Some(100)));
        // Nobody stands in the others, which subtraction must not say either.
        assert_eq!(of(100, &[19.4, 10.0, 79.6]), ([Some(67), None, None, None, None], Some(33)));
        assert_eq!(of(100, &[50.0]), ([None; 5], Some(100)));
        // The bounds: 19.5 is stored as 20.
        assert_eq!(of(40, &[19.5, 20.0]).0, [None; 5]);
    }

    #[test]
    fn a_type_is_shown_by_itself_from_twenty_people_on() {
        let mut types = [0.0; 16];
        (types[3], types[5], types[7]) = (0.5, 0.3, 0.2);
        let shown = figures(100, &[50.0], types).published().unwrap();
        // Nobody has the other types, which subtraction must not say either.
        assert_eq!(shown.types.iter().map(|share| share.percent).collect::<Vec<_>>(), [50, 30]);
        assert_eq!(shown.types[0].mbti, Mbti::ALL[3]);
        let together = shown.together.unwrap();
        assert_eq!((together.percent, together.types.len(), together.types[0]), (20, 14, Mbti::ALL[7]));
        let even = figures(320, &[50.0], EVEN).published().unwrap();
        assert_eq!((even.types.len(), even.together), (16, None));
        assert_eq!(figures(319, &[50.0], EVEN).published().unwrap().types.len(), 0);
    }

    #[test]
    fn somebodys_place_is_known_from_three_hundred_people_on() {
        let all: Vec<f64> = (0..100).map(f64::from).collect();
        let openness = Trait::Openness;
        assert_eq!(figures(NORM_FROM - 1, &all, EVEN).among(openness, 50.0), None);
        let of = figures(NORM_FROM, &all, EVEN);
        assert_eq!(of.people(), 300);
        // Three people at each place: 150 below the 50th, and half of the three at it.
        assert_eq!(of.among(openness, 50.4), Some(Among::Percentile(51)));
        assert_eq!(of.among(openness, 20.0), Some(Among::Percentile(21)));
        // 20 of 300 are 6.7 in 100.
        assert_eq!(of.among(openness, 0.0), Some(Among::Under(7)));
        assert_eq!(of.among(openness, 6.0), Some(Among::Under(7)));
        assert_eq!(of.among(openness, 7.0), Some(Among::Percentile(8)));
        assert_eq!(of.among(openness, 100.0), Some(Among::Over(93)));
        assert_eq!(of.among(openness, 94.0), Some(Among::Over(93)));
        assert_eq!(of.among(openness, 92.0), Some(Among::Percentile(93)));
    }

    #[test]
    fn figures_survive_storing_and_others_are_ignored() {
        let own = figures(320, &[50.0], EVEN);
        let text = serde_json::to_string(&own).unwrap();
        assert_eq!(Figures::parse(&text), Some(own));
        for other in ["", "{}", &text.replace("\"version\":1,\"norm\"", "\"version\":2,\"norm\"")] {
            assert_eq!(Figures::parse(other), None, "{other}");
        }
    }
}

//! Holland's six vocational interests.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of activity someone likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Interest {
    Realistic,
    Investigative,
    Artistic,
    Social,
    Enterprising,
    Conventional,
}

impl Interest {
    /// The order of every array that is indexed by interest, which is their order on Holland's hexagon.
    pub const ALL: [Interest; 6] = [
        Interest::Realistic,
        Interest::Investigative,
        Interest::Artistic,
        Interest::Social,
        Interest::Enterprising,
        Interest::Conventional,
    ];

    /// The position in [`Interest::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// "Realistic".
    pub fn name(self) -> &'static str {
        match self {
            Interest::Realistic => "Realistic",
            Interest::Investigative => "Investigative",
            Interest::Artistic => "Artistic",
            Interest::Social => "Social",
            Interest::Enterprising => "Enterprising",
            Interest::Conventional => "Conventional",
        }
    }

    /// What the activities are about, for visitors.
    pub fn plain(self) -> &'static str {
        match self {
            Interest::Realistic => "hands-on work",
            Interest::Investigative => "research",
            Interest::Artistic => "creative expression",
            Interest::Social => "helping others",
            Interest::Enterprising => "persuading people",
            Interest::Conventional => "work by set procedures",
        }
    }

    /// Parses a name in any case.
    pub fn parse(name: &str) -> Option<Interest> {
        Interest::ALL.into_iter().find(|interest| interest.name().eq_ignore_ascii_case(name.trim()))
    }
}

impl fmt::Display for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much a person likes the activities of each interest, by [`Interest::index`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InterestScores {
    /// Mean answers, from 1 (dislike) to 5 (enjoy).
    pub means: [f64; 6],
    /// The standard error of a mean.
    pub error: f64,
}

/// How much someone likes one interest compared with their six on average.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liking {
    /// At least half a step below their average.
    Less,
    Same,
    /// At least half a step above their average.
    More,
}

impl InterestScores {
    /// Each score minus the mean of the six.
    pub fn centered(&self) -> [f64; 6] {
        let mean = self.means.iter().sum::<f64>() / 6.0;
        self.means.map(|score| score - mean)
    }

    pub fn liking(&self, interest: Interest) -> Liking {
        match self.centered()[interest.index()] {
            c if c >= 0.5 => Liking::More,
            c if c <= -0.5 => Liking::Less,
            _ => Liking::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn liking_is_relative_to_the_persons_own_average() {
        let scores = InterestScores { means: [4.0, 4.0, 5.0, 4.0, 4.0, 3.0], error: 0.3 };
        assert_eq!(scores.liking(Interest::Artistic), Liking::More);
        assert_eq!(scores.liking(Interest::Realistic), Liking::Same);
        assert_eq!(scores.liking(Interest::Conventional), Liking::Less);
        assert!(scores.centered().iter().sum::<f64>().abs() < 1e-12);
    }

    #[test]
    fn names_parse_back() {
        for interest in Interest::ALL {
            assert_eq!(Interest::parse(&interest.name().to_lowercase()), Some(interest));
        }
    }
}

//! Holland's six vocational interests.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// What kind of activity someone likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
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

/// How much a person likes the activities of each interest, by [`Interest::index`]. As JSON
/// `{"scores": {"Realistic": 2.5, …}, "error": 0.35}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct InterestScores {
    /// Mean answers, from 1 (dislike) to 5 (enjoy).
    pub means: [f64; 6],
    /// The standard error of a mean.
    pub error: f64,
}

/// How much a person likes the activities of each interest.
#[derive(Serialize, Deserialize, ToSchema)]
struct Written {
    /// Mean answers, from 1 (dislike) to 5 (enjoy).
    scores: BTreeMap<Interest, f64>,
    /// The standard error of a mean.
    error: f64,
}

impl PartialSchema for InterestScores {
    fn schema() -> RefOr<Schema> {
        Written::schema()
    }
}

impl ToSchema for InterestScores {
    fn name() -> Cow<'static, str> {
        "InterestScores".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Written::schemas(schemas);
    }
}

impl From<InterestScores> for Written {
    fn from(scores: InterestScores) -> Written {
        let named = Interest::ALL.into_iter().zip(scores.means).collect();
        Written { scores: named, error: scores.error }
    }
}

impl TryFrom<Written> for InterestScores {
    type Error = String;

    fn try_from(written: Written) -> Result<InterestScores, String> {
        let mut means = [0.0; 6];
        for interest in Interest::ALL {
            let score = written.scores.get(&interest).filter(|score| (1.0..=5.0).contains(*score));
            means[interest.index()] =
                *score.ok_or_else(|| format!("{interest}: expected a score from 1 to 5"))?;
        }
        Ok(InterestScores { means, error: written.error })
    }
}

/// How much a person likes one interest, compared with the mean of their six.
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
    fn scores_are_written_by_name_and_read_back_only_if_all_six_are_there() {
        let scores = InterestScores { means: [4.0, 3.5, 5.0, 1.0, 2.25, 3.0], error: 0.35 };
        let text = serde_json::to_string(&scores).unwrap();
        assert!(text.starts_with(r#"{"scores":{"Realistic":4.0,"Investigative":3.5,"#), "{text}");
        assert_eq!(serde_json::from_str::<InterestScores>(&text).unwrap(), scores);
        for broken in [text.replace("\"Social\":1.0,", ""), text.replace("5.0", "6.0")] {
            assert!(serde_json::from_str::<InterestScores>(&broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn names_parse_back() {
        for interest in Interest::ALL {
            assert_eq!(Interest::parse(&interest.name().to_lowercase()), Some(interest));
        }
    }
}

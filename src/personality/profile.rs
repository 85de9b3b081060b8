//! One person's probabilities, ranked and rounded.
//!
//! Rounding for display happens here only, so that the shown order is the ranked order.

use super::traits::Trait;
use super::types::Mbti;

/// The models' probabilities for one person: one for each type and each trait.
///
/// The 16 type probabilities sum to 1 (softmax). The five trait probabilities are independent (sigmoids).
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Indexed by [`Mbti::index`]; in 0 to 1, sum 1.
    pub types: [f64; 16],
    /// Indexed by [`Trait::index`]; each in 0 to 1.
    pub traits: [f64; 5],
}

impl Profile {
    /// The types, likeliest first. Compares rounded probabilities, so that types shown as equal are ordered by name.
    pub fn ranked_types(&self) -> Vec<(Mbti, f64)> {
        let mut ranked: Vec<_> = Mbti::ALL.into_iter().map(|t| (t, self.types[t.index()])).collect();
        ranked.sort_by(|a, b| shown(b.1).total_cmp(&shown(a.1)).then_with(|| a.0.name().cmp(b.0.name())));
        ranked
    }

    /// The traits, highest first, compared as in [`Profile::ranked_types`].
    pub fn ranked_traits(&self) -> Vec<(Trait, f64)> {
        let mut ranked: Vec<_> = Trait::ALL.into_iter().map(|t| (t, self.traits[t.index()])).collect();
        ranked.sort_by(|a, b| shown(b.1).total_cmp(&shown(a.1)).then_with(|| a.0.name().cmp(b.0.name())));
        ranked
    }

    /// The 16 types as the JSON API lists them.
    pub fn listed_types(&self) -> Vec<(&'static str, f64)> {
        listed(Mbti::ALL.into_iter().map(|t| (t.name(), self.types[t.index()])))
    }

    /// The five traits as the JSON API lists them.
    pub fn listed_traits(&self) -> Vec<(&'static str, f64)> {
        listed(Trait::ALL.into_iter().map(|t| (t.name(), self.traits[t.index()])))
    }
}

/// A probability rounded to the three decimals that are shown.
pub fn shown(probability: f64) -> f64 {
    (probability * 1000.0).round() / 1000.0
}

/// Names with rounded probabilities, highest first, equal ones by name.
pub fn listed<N: AsRef<str>>(named: impl IntoIterator<Item = (N, f64)>) -> Vec<(N, f64)> {
    let mut listed: Vec<(N, f64)> = named.into_iter().map(|(name, p)| (name, shown(p))).collect();
    listed.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.as_ref().cmp(b.0.as_ref())));
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_probabilities_are_ranked_by_name() {
        let profile = Profile { types: [1.0 / 16.0; 16], traits: [0.5; 5] };
        assert_eq!(profile.ranked_types()[0].0.name(), "ENFJ");
        assert_eq!(profile.ranked_traits()[0].0, Trait::Agreeableness);
    }

    #[test]
    fn probabilities_that_look_equal_are_ranked_by_name() {
        let mut profile = Profile { types: [0.0; 16], traits: [0.5, 0.4999, 0.5004, 0.2, 0.5006] };
        profile.types[Mbti::ALL[0].index()] = 0.3001;
        profile.types[Mbti::ALL[4].index()] = 0.2999;
        let types: Vec<_> = profile.ranked_types().into_iter().take(2).map(|t| t.0.name()).collect();
        assert_eq!(types, ["ENTJ", "ESTJ"]);
        let traits: Vec<_> = profile.ranked_traits().into_iter().map(|t| t.0).collect();
        let (o, a, e, n) = (Trait::Openness, Trait::Agreeableness, Trait::Extraversion, Trait::Neuroticism);
        assert_eq!(traits, [o, a, e, n, Trait::Conscientiousness]);
    }

    #[test]
    fn ties_as_shown_are_listed_by_name() {
        let listed = listed([("c", 0.12340), ("b", 0.12349), ("a", 0.1232), ("d", 0.9996)]);
        assert_eq!(listed, [("d", 1.0), ("a", 0.123), ("b", 0.123), ("c", 0.123)]);
    }
}

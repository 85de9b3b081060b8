//! The two vocabularies of a reading: the 16 MBTI-style types on four axes, and the five traits.
//!
//! [`Trait::ALL`] and [`Mbti::ALL`] fix the order in which arrays indexed by them are laid out. A model's own label order
//! comes from its config.json and is mapped onto these by name, never by position.

/// The traits as the ratings themselves say them.
/// Logits to probabilities, labels to types and traits.
pub mod readout;

use std::fmt;

use serde::{Deserialize, Serialize};

use readout::shown;

/// One of the five traits of the Big Five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Trait {
    /// Outgoing against reserved.
    Extraversion,
    /// Easily upset against calm.
    Neuroticism,
    /// Warm and trusting against critical and competitive.
    Agreeableness,
    /// Orderly and persistent against easy-going about both.
    Conscientiousness,
    /// Curious about ideas and art against practical and conventional.
    Openness,
}

impl Trait {
    /// Every trait, in the order that [`Trait::index`] counts.
    pub const ALL: [Trait; 5] = [
        Trait::Extraversion,
        Trait::Neuroticism,
        Trait::Agreeableness,
        Trait::Conscientiousness,
        Trait::Openness,
    ];

    /// The trait's place in [`Trait::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name we say: "Extraversion", with an a.
    pub fn name(self) -> &'static str {
        match self {
            Trait::Extraversion => "Extraversion",
            Trait::Neuroticism => "Neuroticism",
            Trait::Agreeableness => "Agreeableness",
            Trait::Conscientiousness => "Conscientiousness",
            Trait::Openness => "Openness",
        }
    }

    /// Reads a trait's name in any case; "Extroversion" is read as Extraversion.
    pub fn parse(name: &str) -> Option<Trait> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("Extroversion") {
            return Some(Trait::Extraversion);
        }
        Trait::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Trait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of the four axes of an MBTI-style type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Axis {
    /// Extraversion or Introversion.
    EI,
    /// Sensing or iNtuition.
    SN,
    /// Thinking or Feeling.
    TF,
    /// Judging or Perceiving.
    JP,
}

impl Axis {
    /// Every axis, in the order of a type's letters.
    pub const ALL: [Axis; 4] = [Axis::EI, Axis::SN, Axis::TF, Axis::JP];

    /// The two letters of the axis: the first pole, then the second. The published correlations count the second pole
    /// (I, N, F, P) as the positive direction.
    pub fn letters(self) -> (char, char) {
        match self {
            Axis::EI => ('E', 'I'),
            Axis::SN => ('S', 'N'),
            Axis::TF => ('T', 'F'),
            Axis::JP => ('J', 'P'),
        }
    }
}

/// One of the 16 MBTI-style types. Bit 3 is set for I, bit 2 for N, bit 1 for F, bit 0 for P.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mbti(u8);

impl Mbti {
    /// Every type, ESTJ first and INFP last, in the order that [`Mbti::index`] counts.
    pub const ALL: [Mbti; 16] = {
        let mut all = [Mbti(0); 16];
        let mut i = 0;
        while i < 16 {
            all[i] = Mbti(i as u8);
            i += 1;
        }
        all
    };

    /// The type's place in [`Mbti::ALL`].
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether the type takes the second letter (I, N, F or P) of this axis.
    pub fn is_second(self, axis: Axis) -> bool {
        self.0 >> (3 - axis as u8) & 1 == 1
    }

    /// The type's letter on this axis.
    pub fn letter(self, axis: Axis) -> char {
        let (first, second) = axis.letters();
        if self.is_second(axis) { second } else { first }
    }

    /// The four letters, "INTJ".
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 16] = [
            "ESTJ", "ESTP", "ESFJ", "ESFP", "ENTJ", "ENTP", "ENFJ", "ENFP", "ISTJ", "ISTP", "ISFJ", "ISFP",
            "INTJ", "INTP", "INFJ", "INFP",
        ];
        NAMES[self.index()]
    }

    /// Reads a type's four letters in any case.
    pub fn parse(name: &str) -> Option<Mbti> {
        Mbti::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name.trim()))
    }
}

impl fmt::Display for Mbti {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a reading says of one person: a probability for each type and each trait.
///
/// The 16 type probabilities sum to one. Each trait's probability stands alone: five sigmoids, not a share of one whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Indexed by [`Mbti::index`]; in 0 to 1, sum 1.
    pub types: [f64; 16],
    /// Indexed by [`Trait::index`]; each in 0 to 1.
    pub traits: [f64; 5],
}

impl Profile {
    /// The types, likeliest first (by the probability as shown, so that what looks equal is ordered by name).
    pub fn ranked_types(&self) -> Vec<(Mbti, f64)> {
        let mut ranked: Vec<_> = Mbti::ALL.into_iter().map(|t| (t, self.types[t.index()])).collect();
        ranked.sort_by(|a, b| shown(b.1).total_cmp(&shown(a.1)).then_with(|| a.0.name().cmp(b.0.name())));
        ranked
    }

    /// The traits, highest first (by the probability as shown, so that what looks equal is ordered by name).
    pub fn ranked_traits(&self) -> Vec<(Trait, f64)> {
        let mut ranked: Vec<_> = Trait::ALL.into_iter().map(|t| (t, self.traits[t.index()])).collect();
        ranked.sort_by(|a, b| shown(b.1).total_cmp(&shown(a.1)).then_with(|| a.0.name().cmp(b.0.name())));
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_names_agree_for_all_sixteen_types() {
        for mbti in Mbti::ALL {
            let letters: String = Axis::ALL.into_iter().map(|a| mbti.letter(a)).collect();
            assert_eq!(letters, mbti.name());
            assert_eq!(Mbti::parse(&letters.to_lowercase()), Some(mbti));
        }
    }

    #[test]
    fn both_spellings_of_extraversion_are_read() {
        assert_eq!(Trait::parse("extroversion"), Some(Trait::Extraversion));
        assert_eq!(Trait::parse("Extraversion"), Some(Trait::Extraversion));
        assert_eq!(Trait::parse("LABEL_0"), None);
    }

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
}

//! The 16 MBTI-style types and their four axes.

use std::fmt;

use serde::{Deserialize, Serialize};

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

    /// The letters of the first and the second pole. Published correlations treat the second pole (I, N, F, P) as
    /// positive.
    pub fn letters(self) -> (char, char) {
        match self {
            Axis::EI => ('E', 'I'),
            Axis::SN => ('S', 'N'),
            Axis::TF => ('T', 'F'),
            Axis::JP => ('J', 'P'),
        }
    }

    /// Both letters, "EI".
    pub fn code(self) -> &'static str {
        match self {
            Axis::EI => "EI",
            Axis::SN => "SN",
            Axis::TF => "TF",
            Axis::JP => "JP",
        }
    }

    /// Both letters, "E/I".
    pub fn name(self) -> &'static str {
        match self {
            Axis::EI => "E/I",
            Axis::SN => "S/N",
            Axis::TF => "T/F",
            Axis::JP => "J/P",
        }
    }

    /// "E or I".
    pub fn either(self) -> String {
        let (first, second) = self.letters();
        format!("{first} or {second}")
    }

    /// The names of the first and the second pole, for visitors.
    pub fn poles(self) -> (&'static str, &'static str) {
        match self {
            Axis::EI => ("Extraversion", "Introversion"),
            Axis::SN => ("Sensing", "Intuition"),
            Axis::TF => ("Thinking", "Feeling"),
            Axis::JP => ("Judging", "Perceiving"),
        }
    }

    /// What the axis is about, for visitors.
    pub fn about(self) -> &'static str {
        match self {
            Axis::EI => "where your energy goes: outward or inward",
            Axis::SN => "what you notice first: the facts at hand or the patterns behind them",
            Axis::TF => "how you decide: by logic or by what matters to people",
            Axis::JP => "how you like your days: planned or open",
        }
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of the 16 MBTI-style types. Bit 3 is set for I, bit 2 for N, bit 1 for F, bit 0 for P.
///
/// In JSON it is its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct Mbti(u8);

/// A name that is not one of the 16.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of the 16 types")]
pub struct NotAType(String);

impl From<Mbti> for &'static str {
    fn from(mbti: Mbti) -> &'static str {
        mbti.name()
    }
}

impl TryFrom<String> for Mbti {
    type Error = NotAType;

    fn try_from(name: String) -> Result<Mbti, NotAType> {
        Mbti::parse(&name).ok_or(NotAType(name))
    }
}

impl Mbti {
    /// Every type, from ESTJ to INFP: the order of every array that is indexed by type.
    pub const ALL: [Mbti; 16] = {
        let mut all = [Mbti(0); 16];
        let mut i = 0;
        while i < 16 {
            all[i] = Mbti(i as u8);
            i += 1;
        }
        all
    };

    /// The position in [`Mbti::ALL`].
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether the type has the second letter (I, N, F or P) of this axis.
    pub fn is_second(self, axis: Axis) -> bool {
        self.0 >> (3 - axis as u8) & 1 == 1
    }

    pub fn letter(self, axis: Axis) -> char {
        let (first, second) = axis.letters();
        if self.is_second(axis) { second } else { first }
    }

    /// "INTJ".
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 16] = [
            "ESTJ", "ESTP", "ESFJ", "ESFP", "ENTJ", "ENTP", "ENFJ", "ENFP", "ISTJ", "ISTP", "ISFJ", "ISFP",
            "INTJ", "INTP", "INFJ", "INFP",
        ];
        NAMES[self.index()]
    }

    /// Parses four letters in any case.
    pub fn parse(name: &str) -> Option<Mbti> {
        Mbti::ALL.into_iter().find(|t| t.name().eq_ignore_ascii_case(name.trim()))
    }
}

impl fmt::Display for Mbti {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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
    fn a_type_is_its_name_in_json() {
        for mbti in Mbti::ALL {
            let json = serde_json::to_string(&mbti).unwrap();
            assert_eq!(json, format!("\"{mbti}\""));
            assert_eq!(serde_json::from_str::<Mbti>(&json).unwrap(), mbti);
        }
        assert!(serde_json::from_str::<Mbti>("\"INTQ\"").is_err());
    }
}

//! The five traits of the Big Five.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the five traits of the Big Five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Trait {
    /// From reserved to outgoing.
    Extraversion,
    /// From calm to easily upset.
    Neuroticism,
    /// From critical and competitive to warm and trusting.
    Agreeableness,
    /// From easy-going to orderly and persistent.
    Conscientiousness,
    /// From practical and conventional to curious about ideas and art.
    Openness,
}

impl Trait {
    /// The order of every array that is indexed by trait.
    pub const ALL: [Trait; 5] = [
        Trait::Extraversion,
        Trait::Neuroticism,
        Trait::Agreeableness,
        Trait::Conscientiousness,
        Trait::Openness,
    ];

    /// The position in [`Trait::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// "Extraversion", spelled with an a.
    pub fn name(self) -> &'static str {
        match self {
            Trait::Extraversion => "Extraversion",
            Trait::Neuroticism => "Neuroticism",
            Trait::Agreeableness => "Agreeableness",
            Trait::Conscientiousness => "Conscientiousness",
            Trait::Openness => "Openness",
        }
    }

    /// Parses a name in any case. Accepts the spelling "Extroversion" too.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_extraversion_are_read() {
        assert_eq!(Trait::parse("extroversion"), Some(Trait::Extraversion));
        assert_eq!(Trait::parse("Extraversion"), Some(Trait::Extraversion));
        assert_eq!(Trait::parse("LABEL_0"), None);
    }
}

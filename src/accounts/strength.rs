//! How hard a password is to guess, by zxcvbn: an estimate of how many guesses an attacker needs who knows common passwords,
//! words, names, dates and keyboard patterns.

use zxcvbn::{Entropy, Score, zxcvbn};

/// Words that an attacker of this site tries first.
const OURS: [&str; 3] = ["calling", "personality", "mbti"];

/// A password's strength in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// From 0 (among the first thousand guesses) to 4 (not among the first ten thousand million).
    pub score: u8,
    /// How to make it stronger; empty if it is strong.
    pub advice: String,
}

impl Strength {
    /// The strength of a password of somebody with this address.
    pub fn of(password: &str, email: &str) -> Strength {
        let known: Vec<&str> = std::iter::once(email)
            .chain(email.split(['@', '.', '-', '_', '+']))
            .filter(|part| !part.is_empty())
            .chain(OURS)
            .collect();
        let entropy = zxcvbn(password, &known);
        Strength { score: entropy.score().into(), advice: advice(&entropy) }
    }

    /// Whether it is among the first million guesses.
    pub fn is_common(&self) -> bool {
        self.score <= u8::from(Score::One)
    }

    /// The score in a word.
    pub fn word(&self) -> &'static str {
        match self.score {
            0 => "very weak",
            1 => "weak",
            2 => "fair",
            3 => "good",
            _ => "strong",
        }
    }
}

fn advice(entropy: &Entropy) -> String {
    let Some(feedback) = entropy.feedback() else { return String::new() };
    let warning = feedback.warning().map(|warning| warning.to_string());
    let suggestions = feedback.suggestions().iter().map(ToString::to_string);
    warning.into_iter().chain(suggestions).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_grows_with_the_guesses_that_a_password_takes() {
        let scores = ["password1234", "calling2026jo", "kelp orbit", "kelp orbit marzipan nine"]
            .map(|password| Strength::of(password, "jo@example.org").score);
        assert!(scores.is_sorted(), "{scores:?}");
        assert_eq!((scores[0], scores[3]), (1, 4));
        assert!(!Strength::of("password1234", "").advice.is_empty());
        assert!(Strength::of("kelp orbit marzipan nine", "").advice.is_empty());
    }
}

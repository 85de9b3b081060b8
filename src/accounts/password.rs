//! The rules for passwords: 12 to 128 characters, and none that attackers try first. There are no other rules.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use super::strength::Strength;

/// The fewest and the most characters.
const SHORTEST: usize = 12;
const LONGEST: usize = 128;

/// A password in one form (NFC), so that it is the same from every keyboard.
#[derive(Clone)]
pub struct Password(SecretString);

/// Why a new password is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPassword {
    #[error("Choose a password of at least {SHORTEST} characters.")]
    Empty,
    #[error(
        "This password has {0} characters. It needs at least {SHORTEST}; several spaces in a row count as one."
    )]
    TooShort(usize),
    #[error("This password has {0} characters. It may have at most {LONGEST}.")]
    TooLong(usize),
    #[error("This password is among the first million that attackers try, so it cannot be used. {0}")]
    Common(String),
}

impl Password {
    /// A new password of somebody with this address.
    ///
    /// # Errors
    /// If it breaks one of the rules. Takes some milliseconds for a long one.
    pub fn new(typed: &str, email: &str) -> Result<Password, NoPassword> {
        let password = Password::typed(typed);
        let characters = password.expose().chars().count();
        if characters == 0 {
            return Err(NoPassword::Empty);
        }
        if characters > LONGEST {
            return Err(NoPassword::TooLong(characters));
        }
        let counted = counted(password.expose());
        if counted < SHORTEST {
            return Err(NoPassword::TooShort(counted));
        }
        let strength = Strength::of(password.expose(), email);
        if strength.is_common() { Err(NoPassword::Common(strength.advice)) } else { Ok(password) }
    }

    /// A password to be compared with a stored one.
    pub fn typed(typed: &str) -> Password {
        // Cut to a length that no accepted password has, so that a long text takes no more time than a wrong password.
        let bounded: String = typed.chars().take(LONGEST + 1).nfc().collect();
        Password(bounded.into())
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// The number of characters, with spaces in a row as one.
fn counted(password: &str) -> usize {
    let mut before = ' ';
    password.chars().filter(|c| std::mem::replace(&mut before, *c) != ' ' || *c != ' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(typed: &str) -> NoPassword {
        Password::new(typed, "jo.doe@example.org").unwrap_err()
    }

    #[test]
    fn twelve_characters_of_any_kind_are_enough() {
        for fine in
            ["kelp orbit ma", "ナイチンゲールの静かな朝の歌", "zqx7vw1mhp3k", "a quiet lamp, two spoons"]
        {
            assert!(Password::new(fine, "jo@example.org").is_ok(), "{fine}");
        }
        assert_eq!(refused(""), NoPassword::Empty);
        assert_eq!(refused("zqx7vw1mhp3"), NoPassword::TooShort(11));
        assert_eq!(refused("zqx7vw     1mhp"), NoPassword::TooShort(11));
        assert_eq!(refused(&"x1y ".repeat(33)), NoPassword::TooLong(129));
        assert!(Password::new(&"zq7 vw1 ".repeat(16), "").is_ok());
    }

    #[test]
    fn what_attackers_try_first_is_refused() {
        for common in [
            "password1234",
            "123456789012",
            "qwertyuiop12",
            "aaaaaaaaaaaa",
            "passwordpassword",
            "1q2w3e4r5t6y",
            "iloveyou1234",
            "jo.doe@example.org",
        ] {
            assert!(matches!(refused(common), NoPassword::Common(_)), "{common}");
        }
    }

    #[test]
    fn a_password_is_the_same_however_its_letters_are_composed() {
        assert_eq!(Password::typed("cafe\u{301}").expose(), Password::typed("café").expose());
        assert_eq!(format!("{:?}", Password::typed("secret")), "Password(hidden)");
    }
}

//! Email addresses, checked without sending anything.

use std::fmt;
use std::str::FromStr;

/// The longest address that mail can be sent to (RFC 5321), and the longest part before the @.
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// An address as it was typed, without the spaces around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

/// Why a text is no email address. The sentence says what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEmail {
    #[error("Enter your email address.")]
    Empty,
    #[error("An email address has the form name@example.org, and this one does not.")]
    Form,
    #[error("An email address has at most 254 characters.")]
    TooLong,
}

impl FromStr for Email {
    type Err = NoEmail;

    fn from_str(text: &str) -> Result<Email, NoEmail> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NoEmail::Empty);
        }
        if text.len() > LONGEST {
            return Err(NoEmail::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(NoEmail::Form)?;
        let in_local = |c: char| !c.is_whitespace() && !c.is_control() && !"\"(),:;<>@[\\]".contains(c);
        let local_fits = (1..=LONGEST_LOCAL).contains(&local.len()) && local.chars().all(in_local);
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let domain_fits = domain.contains('.') && domain.split('.').all(label);
        if local_fits && domain_fits { Ok(Email(text.to_owned())) } else { Err(NoEmail::Form) }
    }
}

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in lower case, by which an account is found.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Debug for Email {
    /// Addresses must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_what_is_none() {
        for fine in ["a@b.c", " Jo.Doe+x@mail.example.org ", "jörg@bücher.example", "o'neil@example.com"] {
            assert_eq!(fine.parse::<Email>().unwrap().as_str(), fine.trim());
        }
        assert_eq!("Jo@Example.ORG".parse::<Email>().unwrap().key(), "jo@example.org");
        for wrong in
            ["a", "@b.c", "a@b", "a@.c", "a b@c.d", "a@b..c", "a@-b.c", "a@b_c.d", "<a@b.c>", "a@@b.c"]
        {
            assert_eq!(wrong.parse::<Email>(), Err(NoEmail::Form), "{wrong}");
        }
        assert_eq!("  ".parse::<Email>(), Err(NoEmail::Empty));
        assert_eq!(format!("{}@b.c", "a".repeat(251)).parse::<Email>(), Err(NoEmail::TooLong));
    }
}

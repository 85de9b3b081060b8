//! Recovery codes: each works once, to set a new password or in place of a lost second factor.

use std::fmt;

use diesel::prelude::*;
use rand::RngCore;
use sha2::{Digest, Sha256};

use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::schema::account_codes as codes;
use crate::records::store::Store;

/// Length of a code in bytes: 120 random bits, so that a plain hash cannot be searched.
const LENGTH: usize = 15;
/// Letters and digits between two hyphens.
const GROUP: usize = 4;
const ALPHABET: base32::Alphabet = base32::Alphabet::Crockford;

/// Six groups of four letters and digits, to be noted on paper.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; LENGTH]);

impl RecoveryCode {
    /// How many an account gets.
    pub const COUNT: usize = 8;

    /// New codes for an account.
    pub fn set() -> Vec<RecoveryCode> {
        let random = |_| {
            let mut bytes = [0; LENGTH];
            rand::rng().fill_bytes(&mut bytes);
            RecoveryCode(bytes)
        };
        (0..RecoveryCode::COUNT).map(random).collect()
    }

    /// Parses a code as it is typed: spaces, hyphens and case do not count, and O is 0, I and L are 1.
    pub fn parse(text: &str) -> Option<RecoveryCode> {
        let typed: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if typed.len() != LENGTH * 8 / 5 {
            return None;
        }
        Some(RecoveryCode(base32::decode(ALPHABET, &typed)?.try_into().ok()?))
    }

    /// "7GH2-…", as it is shown once.
    pub fn as_text(&self) -> String {
        let all = base32::encode(ALPHABET, &self.0);
        let groups = all.as_bytes().chunks(GROUP).map(|group| String::from_utf8_lossy(group).into_owned());
        groups.collect::<Vec<_>>().join("-")
    }

    fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(hidden)")
    }
}

/// Gives an account these codes instead of those that it has.
pub(super) fn replace(
    connection: &mut DbConnection,
    account: i64,
    new: &[RecoveryCode],
) -> Result<(), RecordsError> {
    diesel::delete(codes::table.filter(codes::account_id.eq(account))).execute(connection)?;
    for code in new {
        diesel::insert_into(codes::table)
            .values((codes::account_id.eq(account), codes::code_hash.eq(code.hash())))
            .execute(connection)?;
    }
    Ok(())
}

impl Store {
    /// Gives an account these codes instead of those that it has.
    pub async fn set_recovery_codes(&self, account: i64, new: Vec<RecoveryCode>) -> Result<(), RecordsError> {
        self.write(move |connection| replace(connection, account, &new)).await
    }

    /// The number of codes that an account has left.
    pub async fn recovery_codes_left(&self, account: i64) -> Result<i64, RecordsError> {
        self.read(move |connection| {
            Ok(codes::table.filter(codes::account_id.eq(account)).count().get_result(connection)?)
        })
        .await
    }
}

/// Uses up a code of an account, and returns whether it was one. `None` is no account, and takes as long.
pub(super) fn use_up(
    connection: &mut DbConnection,
    account: Option<i64>,
    code: &RecoveryCode,
) -> Result<bool, RecordsError> {
    // No account has a negative id.
    let found = codes::table.find((account.unwrap_or(-1), code.hash()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = RecoveryCode([0x21; LENGTH]);
        let text = code.as_text();
        assert_eq!((text.len(), text.matches('-').count()), (29, 5), "{text}");
        assert_eq!(RecoveryCode::parse(&text), Some(code.clone()));
        let typed = format!(" {} ", text.to_lowercase().replace('-', " ").replace('0', "o"));
        assert_eq!(RecoveryCode::parse(&typed), Some(code));
        for wrong in ["", "abc", &"0".repeat(23), &"0".repeat(25), &"U".repeat(24), &"é".repeat(12)] {
            assert_eq!(RecoveryCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_two_codes_of_a_set_are_alike_and_none_is_printed() {
        let codes = RecoveryCode::set();
        let texts: std::collections::BTreeSet<String> = codes.iter().map(RecoveryCode::as_text).collect();
        assert_eq!(texts.len(), RecoveryCode::COUNT);
        assert_eq!(format!("{:?}", codes[0]), "RecoveryCode(hidden)");
    }
}

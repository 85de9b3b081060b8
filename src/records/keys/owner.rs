//! What opens a result as its owner's.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::key::{PrivateKey, ShareKey, derive, random};

/// What the address of a result begins with that opens it by an account; its id follows.
const IN_ACCOUNT: &str = "kept-";

/// Opens a result with its text and answers, and allows deleting it.
#[derive(Clone)]
pub struct OwnerKey(Opens);

#[derive(Clone)]
enum Opens {
    ByKey(PrivateKey),
    /// By the account in which the result is kept. The key is not known, only its hash.
    ByAccount {
        record: i64,
        hash: String,
    },
}

impl OwnerKey {
    /// Opens a result by this key.
    pub(super) fn by_key(key: PrivateKey) -> OwnerKey {
        OwnerKey(Opens::ByKey(key))
    }

    /// A new key for a text without a draft.
    pub fn random() -> OwnerKey {
        OwnerKey(Opens::ByKey(PrivateKey(random())))
    }

    /// Parses 43 characters of base64url.
    pub fn parse(text: &str) -> Option<OwnerKey> {
        Some(OwnerKey(Opens::ByKey(PrivateKey::parse(text)?)))
    }

    /// Opens a result of which an account has been checked to keep it.
    pub(in crate::records) fn of_account(record: i64, hash: String) -> OwnerKey {
        OwnerKey(Opens::ByAccount { record, hash })
    }

    /// The id of the result in the address that opens it by an account; `None` for any other text.
    pub fn kept_id(text: &str) -> Option<i64> {
        text.strip_prefix(IN_ACCOUNT)?.parse().ok()
    }

    /// The key as the result's address contains it. By itself, that of an account opens nothing.
    pub fn as_text(&self) -> String {
        match &self.0 {
            Opens::ByKey(key) => key.as_text(),
            Opens::ByAccount { record, .. } => format!("{IN_ACCOUNT}{record}"),
        }
    }

    /// Whether the key itself is known, and with it the private address and the address of the share link.
    pub fn is_private(&self) -> bool {
        matches!(self.0, Opens::ByKey(_))
    }

    /// The key's SHA-256 in lower-case hex, as the database stores it.
    pub(in crate::records) fn hash(&self) -> String {
        match &self.0 {
            Opens::ByKey(key) => key.hash(),
            Opens::ByAccount { hash, .. } => hash.clone(),
        }
    }

    /// The share key of this owner key and nonce; `None` if the key is not known.
    pub(in crate::records) fn share_key(&self, nonce: &str) -> Option<ShareKey> {
        match &self.0 {
            Opens::ByKey(key) => {
                Some(ShareKey(derive("calling: share key of an owner key, 1", &key.0, nonce.as_bytes())))
            }
            Opens::ByAccount { .. } => None,
        }
    }
}

/// Both open the same result.
impl PartialEq for OwnerKey {
    fn eq(&self, other: &OwnerKey) -> bool {
        self.hash() == other.hash()
    }
}

impl Eq for OwnerKey {}

impl std::hash::Hash for OwnerKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write(OwnerKey::hash(self).as_bytes());
    }
}

impl fmt::Debug for OwnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerKey(hidden)")
    }
}

/// A nonce for [`OwnerKey::share_key`]. Not secret, but never repeated.
pub(in crate::records) fn nonce() -> String {
    URL_SAFE_NO_PAD.encode(&random()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_key() {
        let key = OwnerKey::random();
        let shown = format!("{key:?}");
        assert_eq!(shown, "OwnerKey(hidden)");
    }
}

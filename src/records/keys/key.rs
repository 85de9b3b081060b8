//! Keys that are nothing but random bits, and how a key is made from another.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use sha2::{Digest, Sha256};

/// Length of a key, in bytes.
pub(super) const LENGTH: usize = 32;

/// Defines one kind of key. Separate types, so that a share key cannot be passed where an owner key is expected.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(pub(super) [u8; LENGTH]);

        impl $name {
            /// Parses 43 characters of base64url, as [`Self::as_text`] writes them.
            pub fn parse(text: &str) -> Option<Self> {
                let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
                Some(Self(bytes.try_into().ok()?))
            }

            /// The key in 43 characters of base64url, for a cookie or an address. Never for a log.
            pub fn as_text(&self) -> String {
                URL_SAFE_NO_PAD.encode(self.0)
            }

            /// The key's SHA-256 in lower-case hex, as the database stores it.
            pub(in crate::records) fn hash(&self) -> String {
                hex::encode(Sha256::digest(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    };
}

key! {
    /// The key in the cookie of a device that has begun the questionnaire.
    DeviceKey
}

key! {
    /// The key in the private address of a result.
    PrivateKey
}

key! {
    /// Opens a result without its text and answers, until it is revoked.
    ShareKey
}

key! {
    /// Stands for a login. Stored in the browser's cookie.
    SessionToken
}

key! {
    /// Shows that a browser has logged in before. Opens nothing by itself.
    BrowserToken
}

key! {
    /// Opens a one-time link of an account.
    LinkToken
}

impl SessionToken {
    /// A new random token.
    pub(in crate::records) fn random() -> SessionToken {
        SessionToken(random())
    }
}

impl BrowserToken {
    /// A new random token.
    pub(in crate::records) fn random() -> BrowserToken {
        BrowserToken(random())
    }
}

impl LinkToken {
    /// A new random token.
    pub(in crate::records) fn random() -> LinkToken {
        LinkToken(random())
    }
}

pub(super) fn random() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// SHA-256 over tag, key and salt, each preceded by its length, so that different inputs never hash the same bytes.
pub(super) fn derive(tag: &str, key: &[u8; LENGTH], salt: &[u8]) -> [u8; LENGTH] {
    let mut hash = Sha256::new();
    for part in [tag.as_bytes(), key, salt] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_the_plain_sha_256() {
        // `head -c32 /dev/zero | sha256sum`
        assert_eq!(
            DeviceKey([0; LENGTH]).hash(),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
    }
}

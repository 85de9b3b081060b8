//! Keys: 256 random bits, written as base64url. The database holds only their SHA-256, so that neither a backup nor a query
//! log can open a record.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use sha2::{Digest, Sha256};

/// Length of a key, in bytes.
const LENGTH: usize = 32;

/// Defines one kind of key. Separate types, so that a share key cannot be passed where an owner key is expected.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name([u8; LENGTH]);

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
            pub(super) fn hash(&self) -> String {
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
    pub(super) fn random() -> SessionToken {
        SessionToken(random())
    }
}

impl BrowserToken {
    /// A new random token.
    pub(super) fn random() -> BrowserToken {
        BrowserToken(random())
    }
}

impl LinkToken {
    /// A new random token.
    pub(super) fn random() -> LinkToken {
        LinkToken(random())
    }
}

/// Opens a draft.
#[derive(Clone)]
pub struct DraftKey(OpensDraft);

#[derive(Clone)]
enum OpensDraft {
    ByKey(DeviceKey),
    /// By the account that continues the draft. There is no key, only a hash that tells drafts apart.
    ByAccount {
        account: i64,
        hash: String,
    },
}

impl DraftKey {
    /// A new random key.
    pub(super) fn random() -> DraftKey {
        DraftKey(OpensDraft::ByKey(DeviceKey(random())))
    }

    /// Parses 43 characters of base64url.
    pub fn parse(text: &str) -> Option<DraftKey> {
        Some(DraftKey(OpensDraft::ByKey(DeviceKey::parse(text)?)))
    }

    /// Opens a draft of which an account has been checked to have it.
    pub(super) fn of_account(account: i64, hash: String) -> DraftKey {
        DraftKey(OpensDraft::ByAccount { account, hash })
    }

    /// The key for a cookie; `None` for the draft of an account, which no cookie opens.
    pub fn as_text(&self) -> Option<String> {
        match &self.0 {
            OpensDraft::ByKey(key) => Some(key.as_text()),
            OpensDraft::ByAccount { .. } => None,
        }
    }

    /// The account that opens the draft.
    pub fn account(&self) -> Option<i64> {
        match self.0 {
            OpensDraft::ByKey(_) => None,
            OpensDraft::ByAccount { account, .. } => Some(account),
        }
    }

    /// The key's SHA-256 in lower-case hex, as the database stores it.
    pub(super) fn hash(&self) -> String {
        match &self.0 {
            OpensDraft::ByKey(key) => key.hash(),
            OpensDraft::ByAccount { hash, .. } => hash.clone(),
        }
    }

    /// The owner key of this draft's submission, derived one-way from the draft key and the secret in the draft's row.
    /// The row has the secret once the draft is sent. So a draft submitted twice leads to one result although the
    /// database stores no key, and neither the draft key nor the database alone opens it. Drafts sent by an older
    /// release have no secret. `None` for the draft of an account, whose result is opened by the account.
    pub(super) fn owner_key(&self, secret: Option<&str>) -> Option<OwnerKey> {
        let OpensDraft::ByKey(DeviceKey(key)) = &self.0 else { return None };
        Some(OwnerKey(Opens::ByKey(PrivateKey(match secret {
            Some(secret) => derive("calling: owner key of a draft, 2", key, secret.as_bytes()),
            None => derive("calling: owner key of a draft, 1", key, &[]),
        }))))
    }
}

/// Both open the same draft.
impl PartialEq for DraftKey {
    fn eq(&self, other: &DraftKey) -> bool {
        self.hash() == other.hash()
    }
}

impl Eq for DraftKey {}

impl fmt::Debug for DraftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DraftKey(hidden)")
    }
}

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
    /// A new key for a text without a draft.
    pub fn random() -> OwnerKey {
        OwnerKey(Opens::ByKey(PrivateKey(random())))
    }

    /// Parses 43 characters of base64url.
    pub fn parse(text: &str) -> Option<OwnerKey> {
        Some(OwnerKey(Opens::ByKey(PrivateKey::parse(text)?)))
    }

    /// Opens a result of which an account has been checked to keep it.
    pub(super) fn of_account(record: i64, hash: String) -> OwnerKey {
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
    pub(super) fn hash(&self) -> String {
        match &self.0 {
            Opens::ByKey(key) => key.hash(),
            Opens::ByAccount { hash, .. } => hash.clone(),
        }
    }

    /// The share key of this owner key and nonce; `None` if the key is not known.
    pub(super) fn share_key(&self, nonce: &str) -> Option<ShareKey> {
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

/// A secret for [`DraftKey::owner_key`].
pub(super) fn secret() -> String {
    URL_SAFE_NO_PAD.encode(random())
}

/// A nonce for [`OwnerKey::share_key`]. Not secret, but never repeated.
pub(super) fn nonce() -> String {
    URL_SAFE_NO_PAD.encode(&random()[..16])
}

fn random() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// SHA-256 over tag, key and salt, each preceded by its length, so that different inputs never hash the same bytes.
fn derive(tag: &str, key: &[u8; LENGTH], salt: &[u8]) -> [u8; LENGTH] {
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
    fn a_key_is_parsed_from_its_text_and_from_nothing_else() {
        let key = DraftKey::random();
        let text = key.as_text().unwrap();
        assert_eq!(text.len(), 43);
        assert_eq!(DraftKey::parse(&text), Some(key));
        for wrong in
            ["", "abc", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), &format!("{}B", "A".repeat(42))]
        {
            assert_eq!(DraftKey::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn debug_output_hides_the_key() {
        let key = OwnerKey::random();
        let shown = format!("{key:?}");
        assert_eq!(shown, "OwnerKey(hidden)");
    }

    #[test]
    fn derived_keys_are_stable_and_differ_from_what_is_stored() {
        let of_device = |byte| DraftKey(OpensDraft::ByKey(DeviceKey([byte; LENGTH])));
        let draft = of_device(7);
        for secret in [None, Some("a")] {
            assert_eq!(draft.owner_key(secret), draft.owner_key(secret));
            assert_ne!(draft.owner_key(secret), of_device(8).owner_key(secret));
            let stored = draft.hash();
            assert_ne!(
                hex::encode(URL_SAFE_NO_PAD.decode(draft.owner_key(secret).unwrap().as_text()).unwrap()),
                stored,
                "the stored hash must not be the owner key"
            );
        }
        assert_ne!(draft.owner_key(Some("a")), draft.owner_key(Some("b")));
        assert_ne!(draft.owner_key(Some("")), draft.owner_key(None));
        let in_account = DraftKey::of_account(3, draft.hash());
        assert_eq!(in_account, draft, "both open the same draft");
        assert_eq!((in_account.account(), in_account.as_text()), (Some(3), None));
        assert_eq!(in_account.owner_key(Some("a")), None, "no key, so nothing is derived from it");
        let owner = draft.owner_key(None).unwrap();
        assert!(owner.share_key("a").is_some() && owner.share_key("a") != owner.share_key("b"));
        let by_account = OwnerKey::of_account(7, owner.hash());
        assert_eq!((by_account.as_text().as_str(), by_account.share_key("a")), ("kept-7", None));
        assert_eq!(by_account, owner, "both open the same result");
        assert_eq!(OwnerKey::kept_id("kept-7"), Some(7));
        assert_eq!(OwnerKey::parse("kept-7"), None, "no key");
    }

    #[test]
    fn the_stored_form_is_the_plain_sha_256() {
        // `head -c32 /dev/zero | sha256sum`
        assert_eq!(
            DeviceKey([0; LENGTH]).hash(),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
    }
}

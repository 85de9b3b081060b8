//! What opens a draft, and the key of its result.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::key::{DeviceKey, PrivateKey, derive, random};
use super::owner::OwnerKey;

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
    pub(in crate::records) fn random() -> DraftKey {
        DraftKey(OpensDraft::ByKey(DeviceKey(random())))
    }

    /// Parses 43 characters of base64url.
    pub fn parse(text: &str) -> Option<DraftKey> {
        Some(DraftKey(OpensDraft::ByKey(DeviceKey::parse(text)?)))
    }

    /// Opens a draft of which an account has been checked to have it.
    pub(in crate::records) fn of_account(account: i64, hash: String) -> DraftKey {
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
    pub(in crate::records) fn hash(&self) -> String {
        match &self.0 {
            OpensDraft::ByKey(key) => key.hash(),
            OpensDraft::ByAccount { hash, .. } => hash.clone(),
        }
    }

    /// The owner key of this draft's submission, derived one-way from the draft key and the secret in the draft's row.
    /// The row has the secret once the draft is sent. So a draft submitted twice leads to one result although the
    /// database stores no key, and neither the draft key nor the database alone opens it. Drafts sent by an older
    /// release have no secret. `None` for the draft of an account, whose result is opened by the account.
    pub(in crate::records) fn owner_key(&self, secret: Option<&str>) -> Option<OwnerKey> {
        let OpensDraft::ByKey(DeviceKey(key)) = &self.0 else { return None };
        Some(OwnerKey::by_key(PrivateKey(match secret {
            Some(secret) => derive("calling: owner key of a draft, 2", key, secret.as_bytes()),
            None => derive("calling: owner key of a draft, 1", key, &[]),
        })))
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

/// A secret for [`DraftKey::owner_key`].
pub(in crate::records) fn secret() -> String {
    URL_SAFE_NO_PAD.encode(random())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::keys::key::LENGTH;

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
}

//! Keys: 256 random bits, written as base64url. The database holds only their SHA-256, so that neither a backup nor a query
//! log can open a record.

mod draft;
mod key;
mod owner;

pub use draft::DraftKey;
pub(super) use draft::secret;
pub use key::{BrowserToken, LinkToken, SessionToken, ShareKey};
pub use owner::OwnerKey;
pub(super) use owner::nonce;

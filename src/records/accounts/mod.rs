//! Accounts: their addresses, passwords, sessions, recovery codes and one-time links.

mod account;
mod administered;
mod allowed;
mod browsers;
mod codes;
mod factor;
mod history;
mod links;
mod listed;
mod role;
mod sessions;

pub use account::{Account, NewAccount};
pub use administered::Administered;
pub(super) use allowed::allow;
pub use codes::RecoveryCode;
pub use history::KeptResult;
pub use links::{Link, LinkPurpose};
pub use role::Role;
pub use sessions::{ListedSession, Session};

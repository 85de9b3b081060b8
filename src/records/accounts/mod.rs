//! Accounts: their addresses, passwords, sessions, recovery codes and one-time links.

mod account;
mod administered;
mod allowed;
mod browsers;
mod codes;
mod drafts;
mod ends;
mod factor;
mod history;
mod invitations;
mod links;
mod listed;
mod role;
mod sent;
mod sessions;

pub(super) use account::insert as insert_account;
pub use account::{Account, NewAccount};
pub use administered::Administered;
pub(super) use allowed::allow;
pub use codes::RecoveryCode;
pub(super) use drafts::delete_drafts;
pub use history::KeptResult;
pub(super) use links::NewLink;
pub use links::{Link, LinkPurpose};
pub use role::Role;
pub(super) use sent::{keep_sent, lock_account, sent_result};
pub use sessions::{ListedSession, Session};

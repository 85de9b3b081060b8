//! Mails that are to be sent, and people whose address is to be confirmed by one.

mod kind;
mod outbox;
mod registrations;
mod take;

pub(super) use kind::MailKind;
pub use kind::{INVITATION_LIFETIME, LINK_LIFETIME};
pub use outbox::Outbox;
pub(super) use outbox::{NewMail, erase_strangers, put, tell, withdraw_links};
pub use registrations::Registration;
pub use take::{MailMessage, TakenMail};

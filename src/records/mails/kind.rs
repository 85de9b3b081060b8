//! What a mail is about.

use std::time::Duration;

/// How long a link in a mail is good, from the time at which the mail is sent.
pub const LINK_LIFETIME: Duration = Duration::from_secs(30 * 60);
/// The same for an invitation.
pub const INVITATION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long somebody waits for a mail that they asked for.
const ASKED_FOR: Duration = Duration::from_secs(4 * 60 * 60);
/// How long news are worth being told.
const NEWS: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// Somebody wants an account with this address.
    Register,
    /// Somebody wants to get into the account with this address, if there is one.
    Recover,
    /// An administrator invites somebody.
    Invite,
    /// An administrator issued a link.
    RecoveryLink,
    /// The owner of an account wants this to be its address.
    ConfirmEmail,
    /// The password of an account was changed.
    PasswordChanged,
    /// This is no longer the address of an account.
    EmailChanged,
}

impl MailKind {
    const ALL: [MailKind; 7] = [
        MailKind::Register,
        MailKind::Recover,
        MailKind::Invite,
        MailKind::RecoveryLink,
        MailKind::ConfirmEmail,
        MailKind::PasswordChanged,
        MailKind::EmailChanged,
    ];

    /// Those that open an account which exists.
    pub(super) const WITH_LINKS: [MailKind; 3] =
        [MailKind::Invite, MailKind::RecoveryLink, MailKind::ConfirmEmail];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            MailKind::Register => "register",
            MailKind::Recover => "recover",
            MailKind::Invite => "invite",
            MailKind::RecoveryLink => "recovery-link",
            MailKind::ConfirmEmail => "confirm-email",
            MailKind::PasswordChanged => "password-changed",
            MailKind::EmailChanged => "email-changed",
        }
    }

    pub(super) fn parse(text: &str) -> Option<MailKind> {
        MailKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// How long it is tried to send one.
    pub(super) fn lifetime(self) -> Duration {
        match self {
            MailKind::Register | MailKind::Recover | MailKind::RecoveryLink | MailKind::ConfirmEmail => {
                ASKED_FOR
            }
            MailKind::Invite | MailKind::PasswordChanged | MailKind::EmailChanged => NEWS,
        }
    }
}

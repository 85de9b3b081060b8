//! How a mail server is reached, and what goes wrong with it.

use secrecy::SecretString;

use crate::config::MailSecurity;

/// A mail server, and how mails are handed to it.
#[cfg_attr(not(feature = "mail"), expect(dead_code, reason = "only the feature reads it"))]
#[derive(Debug)]
pub struct Smtp {
    /// A name or an address.
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub login: Option<Login>,
    /// The sender's address.
    pub from: String,
    /// Further certificate authorities in PEM.
    pub ca: Option<Vec<u8>>,
    /// The name by which this site greets.
    pub own_name: String,
}

/// How the site logs in to the mail server.
#[cfg_attr(not(feature = "mail"), expect(dead_code, reason = "only the feature reads it"))]
#[derive(Debug)]
pub struct Login {
    pub user: String,
    pub password: SecretString,
}

/// Why a mail server cannot be used, whatever it answers.
#[derive(Debug, thiserror::Error)]
pub enum NoPostman {
    /// The program was built without the feature `mail`.
    #[error("this build sends no mail")]
    NotBuilt,
    #[error("the sender is no email address")]
    Sender,
    #[error("the certificate authorities cannot be read: {0}")]
    Certificates(String),
}

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// In words, without addresses.
    pub reason: String,
    /// Whether the server took the connection and refused only this mail, so that others may still be sent.
    pub only_this: bool,
}

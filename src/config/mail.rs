//! The mail server. Without one, the site sends no mail.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use secrecy::SecretString;
use url::Host;

/// Whether and how the site sends mail.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Mail")]
pub struct Mail {
    /// SMTP server that takes the site's mail, such as smtp.example.org or smtp.example.org:587 (needs a build with the feature
    /// `mail`, and --public-url for the links). Without it the site sends none
    #[arg(long, env = "CALLING_MAIL_SERVER", value_name = "HOST[:PORT]")]
    pub mail_server: Option<MailServer>,
    /// How the connection to the mail server is encrypted. A server that cannot do it gets no mail
    #[arg(long, env = "CALLING_MAIL_SECURITY", value_name = "HOW", default_value = "starttls")]
    pub mail_security: MailSecurity,
    /// Address that the site's mail comes from, such as calling@example.org
    #[arg(long, env = "CALLING_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Name by which the site logs in to the mail server
    #[arg(long, env = "CALLING_MAIL_USER", value_name = "NAME")]
    pub mail_user: Option<String>,
    /// Password to that name. Set it as a variable: other users of the machine can see options
    #[arg(long, env = "CALLING_MAIL_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub mail_password: Option<SecretString>,
    /// File that holds the password instead
    #[arg(long, env = "CALLING_MAIL_PASSWORD_FILE", value_name = "PATH", conflicts_with = "mail_password")]
    pub mail_password_file: Option<PathBuf>,
    /// File with further certificate authorities in PEM, for a mail server whose certificate none of the public ones signed
    #[arg(long, env = "CALLING_MAIL_CA", value_name = "PATH")]
    pub mail_ca: Option<PathBuf>,
}

/// How the connection to the mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MailSecurity {
    /// TLS begins after the greeting; port 587 unless told otherwise
    Starttls,
    /// TLS from the first byte; port 465 unless told otherwise
    Tls,
    /// Not at all: for a server on the same machine or in a network of your own; port 25 unless told otherwise
    None,
}

impl MailSecurity {
    /// The port that servers use for it.
    pub fn port(self) -> u16 {
        match self {
            MailSecurity::Starttls => 587,
            MailSecurity::Tls => 465,
            MailSecurity::None => 25,
        }
    }
}

/// The host of a mail server, and its port if it is not the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    host: Host<String>,
    pub port: Option<u16>,
}

impl MailServer {
    /// A name or an address, without brackets.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }
}

impl FromStr for MailServer {
    type Err = String;

    fn from_str(value: &str) -> Result<MailServer, String> {
        let value = value.trim();
        let (host, port) = match value.rsplit_once(':') {
            // A colon in brackets belongs to an IPv6 address.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (value, None),
        };
        let port = port.map(str::parse::<u16>).transpose().ok().filter(|port| *port != Some(0));
        match (Host::parse(host), port) {
            (Ok(host), Some(port)) => Ok(MailServer { host, port }),
            _ => Err("expected a host and perhaps a port, such as smtp.example.org:587".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_a_host_and_perhaps_a_port() {
        for (right, host, port) in [
            ("smtp.example.org", "smtp.example.org", None),
            (" smtp.example.org:587 ", "smtp.example.org", Some(587)),
            ("127.0.0.1:25", "127.0.0.1", Some(25)),
            ("[::1]:25", "::1", Some(25)),
            ("[::1]", "::1", None),
        ] {
            let server: MailServer = right.parse().unwrap();
            assert_eq!((server.host().as_str(), server.port), (host, port), "{right}");
        }
        for wrong in ["", ":25", "a:", "a:0", "a:70000", "smtp://a", "u:p@a:25", "a b", "a/b", "::1"] {
            assert!(wrong.parse::<MailServer>().is_err(), "{wrong}");
        }
    }
}

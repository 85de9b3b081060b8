//! Hands mails to the mail server.

#[cfg(feature = "mail")]
pub use with_lettre::Postman;
#[cfg(not(feature = "mail"))]
pub use without::Postman;

#[cfg(feature = "mail")]
mod with_lettre {
    use std::net::IpAddr;
    use std::time::Duration;

    use lettre::address::Address;
    use lettre::message::header::{ContentType, HeaderName, HeaderValue};
    use lettre::message::{Mailbox, Message};
    use lettre::transport::smtp::authentication::Credentials;
    use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
    use lettre::transport::smtp::extension::ClientId;
    use lettre::transport::smtp::{AsyncSmtpTransport, Error};
    use lettre::{AsyncTransport, Tokio1Executor};
    use secrecy::ExposeSecret;

    use crate::config::MailSecurity;
    use crate::mail::letter::Letter;
    use crate::mail::smtp::{NoPostman, Smtp, Unsent};
    use crate::telemetry::sentence;

    /// The longest wait for one step of the protocol.
    const STEP: Duration = Duration::from_secs(15);
    /// The longest time for one mail.
    const WHOLE: Duration = Duration::from_secs(40);
    /// The name beside the sender's address.
    const NAME: &str = "Calling";
    const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
    const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

    /// Hands mails to one server, each over a connection of its own.
    pub struct Postman {
        transport: AsyncSmtpTransport<Tokio1Executor>,
        from: Mailbox,
    }

    impl Postman {
        pub const BUILT: bool = true;

        /// Does not connect.
        pub fn new(smtp: Smtp) -> Result<Postman, NoPostman> {
            let from: Address = smtp.from.parse().map_err(|_| NoPostman::Sender)?;
            let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
                .port(smtp.port)
                .tls(tls(&smtp)?)
                .timeout(Some(STEP))
                .hello_name(greeting(&smtp.own_name));
            if let Some(login) = &smtp.login {
                let password = login.password.expose_secret().to_owned();
                builder = builder.credentials(Credentials::new(login.user.clone(), password));
            }
            Ok(Postman { transport: builder.build(), from: Mailbox::new(Some(NAME.to_owned()), from) })
        }

        /// Hands over one mail.
        ///
        /// # Errors
        /// Why the server did not take it. If the connection broke at the end, it may have.
        pub async fn send(&self, to: &str, message_id: &str, letter: &Letter) -> Result<(), Unsent> {
            let message = self.message(to, message_id, letter)?;
            match tokio::time::timeout(WHOLE, self.transport.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(unsent(&error)),
                Err(_) => {
                    Err(Unsent { reason: "the mail server took too long".to_owned(), only_this: false })
                }
            }
        }

        fn message(&self, to: &str, message_id: &str, letter: &Letter) -> Result<Message, Unsent> {
            let refused = |reason: &str| Unsent { reason: reason.to_owned(), only_this: true };
            let to: Address =
                to.parse().map_err(|_| refused("mail cannot be sent to this kind of address"))?;
            let id = format!("<{message_id}@{}>", self.from.email.domain());
            Message::builder()
                .from(self.from.clone())
                .to(Mailbox::new(None, to))
                .subject(letter.subject)
                .date_now()
                .message_id(Some(id))
                .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
                .header(ContentType::TEXT_PLAIN)
                .body(letter.text.clone())
                .map_err(|_| refused("the mail could not be written"))
        }
    }

    fn tls(smtp: &Smtp) -> Result<Tls, NoPostman> {
        if smtp.security == MailSecurity::None {
            return Ok(Tls::None);
        }
        let unreadable = |why: String| NoPostman::Certificates(why);
        let mut parameters = TlsParameters::builder(smtp.host.clone());
        if let Some(pem) = &smtp.ca {
            if !pem.windows(PEM.len()).any(|part| part == PEM) {
                return Err(unreadable("there is no certificate in PEM".to_owned()));
            }
            let certificates = Certificate::from_pem(pem).map_err(|error| unreadable(sentence(&error)))?;
            parameters = parameters.add_root_certificate(certificates);
        }
        let parameters = parameters.build_rustls().map_err(|error| unreadable(sentence(&error)))?;
        Ok(match smtp.security {
            MailSecurity::Tls => Tls::Wrapper(parameters),
            MailSecurity::Starttls | MailSecurity::None => Tls::Required(parameters),
        })
    }

    fn greeting(own_name: &str) -> ClientId {
        match own_name.trim_matches(['[', ']']).parse() {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(own_name.to_owned()),
        }
    }

    /// The words of a server's answer are left out: many contain the addressee.
    fn unsent(error: &Error) -> Unsent {
        let code = error.status().map(u16::from);
        let (reason, only_this) = match code {
            Some(code @ (454 | 530 | 534 | 535 | 538)) => {
                (format!("the mail server did not accept the login (code {code})"), false)
            }
            Some(code @ (450..=452 | 501 | 510..=513 | 550..=556)) => {
                (format!("the mail server refused a mail (code {code})"), true)
            }
            Some(code) => (format!("the mail server answered with code {code}"), false),
            None if error.is_response() => {
                ("the answer of the mail server could not be understood".to_owned(), false)
            }
            None => (sentence(error), false),
        };
        Unsent { reason, only_this }
    }
}

#[cfg(not(feature = "mail"))]
mod without {
    use crate::mail::letter::Letter;
    use crate::mail::smtp::{NoPostman, Smtp, Unsent};

    /// There is none.
    pub enum Postman {}

    impl Postman {
        pub const BUILT: bool = false;

        pub fn new(_: Smtp) -> Result<Postman, NoPostman> {
            Err(NoPostman::NotBuilt)
        }

        pub async fn send(&self, _: &str, _: &str, _: &Letter) -> Result<(), Unsent> {
            match *self {}
        }
    }
}

//! Mail: its settings, and the task that sends what waits in the outbox.
//!
//! A mail is stored before it is sent and deleted after it was sent, so that none is lost. If the process is killed between the two,
//! it is sent twice, with the same Message-ID.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::web;
use chrono::Utc;
use secrecy::SecretString;
use tokio::task::JoinHandle;

use crate::accounts::Email;
use crate::config::{Mail, MailSecurity, MailServer, Role, Server, Settings, option_name};
use crate::mail::{Login, NoPostman, Postman, Smtp, letter};
use crate::records::{RecordsError, TakenMail};
use crate::telemetry::sentence;
use crate::web::{AppState, Mailing, link_address};

/// How often it is looked for mails that another server stored, or whose pause is over.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long one server has a mail; longer than an attempt takes.
const HOLD: Duration = Duration::from_secs(60);
/// The pause after the first failure. Each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(30 * 60);
/// How long a stopping server waits for the mail that it is sending.
const LAST_WITHIN: Duration = Duration::from_secs(1);

/// A wrong setting of the mail server.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("{option} is set, and {} is not", option_name!(Mail, mail_server))]
    NoServer { option: String },
    #[error("{} needs a build with the feature `mail`", option_name!(Mail, mail_server))]
    NotBuilt,
    #[error(
        "{} is set, and {} is not: links in mails lead to that address",
        option_name!(Mail, mail_server),
        option_name!(Server, public_url)
    )]
    NoPublicUrl,
    #[error("{} is {value:?}; expected an email address such as calling@example.org", option_name!(Mail, mail_from))]
    Sender { value: String },
    #[error(
        "{} needs {} or {} too",
        option_name!(Mail, mail_user),
        option_name!(Mail, mail_password),
        option_name!(Mail, mail_password_file)
    )]
    NoPassword,
    #[error("{option} needs {} too", option_name!(Mail, mail_user))]
    NoUser { option: String },
    #[error(
        "{} is none, so the password of {} would be sent in the clear: leave the login out, or use starttls or tls",
        option_name!(Mail, mail_security),
        option_name!(Mail, mail_user)
    )]
    InTheClear,
    #[error("{option} is {path:?}; expected a file that can be read")]
    File { option: String, path: PathBuf, source: io::Error },
    #[error("{} is {path:?}; expected certificates in PEM", option_name!(Mail, mail_ca))]
    Certificates { path: PathBuf, source: NoPostman },
    #[error(transparent)]
    Unusable(NoPostman),
}

/// What hands over mails, if the settings name a server. Does not connect. A server that only reads submissions has none, whatever
/// its settings say: it may share them with servers that send.
pub(super) fn postman(settings: &Settings) -> Result<Option<Postman>, MailError> {
    let mail = &settings.mail;
    if settings.server.role == Role::Worker {
        return Ok(None);
    }
    let Some(server) = &mail.mail_server else { return without_server(mail).map(|()| None) };
    if !Postman::BUILT {
        return Err(MailError::NotBuilt);
    }
    let public = settings.server.public_url.as_ref().ok_or(MailError::NoPublicUrl)?;
    let smtp = Smtp {
        host: server.host(),
        port: port(server, mail.mail_security),
        security: mail.mail_security,
        login: login(mail)?,
        from: sender(mail)?,
        ca: mail.mail_ca.as_deref().map(certificates).transpose()?,
        own_name: public.host(),
    };
    let from = smtp.from.clone();
    let built = Postman::new(smtp).map_err(|error| match (error, &mail.mail_ca) {
        (source @ NoPostman::Certificates(_), Some(path)) => {
            MailError::Certificates { path: path.clone(), source }
        }
        (NoPostman::Sender, _) => MailError::Sender { value: from },
        (error, _) => MailError::Unusable(error),
    })?;
    tracing::info!(server = server.host(), security = ?mail.mail_security, "mail is sent");
    Ok(Some(built))
}

/// Without a server, other settings of mail are a mistake.
fn without_server(mail: &Mail) -> Result<(), MailError> {
    let set = [
        (mail.mail_from.is_some(), option_name!(Mail, mail_from)),
        (mail.mail_user.is_some(), option_name!(Mail, mail_user)),
        (mail.mail_password.is_some(), option_name!(Mail, mail_password)),
        (mail.mail_password_file.is_some(), option_name!(Mail, mail_password_file)),
        (mail.mail_ca.is_some(), option_name!(Mail, mail_ca)),
    ];
    match set.into_iter().find(|(set, _)| *set) {
        Some((_, option)) => Err(MailError::NoServer { option }),
        None => Ok(()),
    }
}

fn port(server: &MailServer, security: MailSecurity) -> u16 {
    server.port.unwrap_or_else(|| security.port())
}

fn sender(mail: &Mail) -> Result<String, MailError> {
    let value = mail.mail_from.clone().unwrap_or_default();
    match value.parse::<Email>() {
        Ok(email) => Ok(email.as_str().to_owned()),
        Err(_) => Err(MailError::Sender { value }),
    }
}

fn login(mail: &Mail) -> Result<Option<Login>, MailError> {
    let password = match (&mail.mail_password, &mail.mail_password_file) {
        (Some(password), _) => Some((password.clone(), option_name!(Mail, mail_password))),
        (None, Some(path)) => {
            let option = option_name!(Mail, mail_password_file);
            let read = std::fs::read_to_string(path);
            let text = read.map_err(|source| file(&option, path, source))?;
            Some((SecretString::from(text.trim_end_matches(['\r', '\n'])), option))
        }
        (None, None) => None,
    };
    match (&mail.mail_user, password) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(MailError::NoPassword),
        (None, Some((_, option))) => Err(MailError::NoUser { option }),
        (Some(_), Some(_)) if mail.mail_security == MailSecurity::None => Err(MailError::InTheClear),
        (Some(user), Some((password, _))) => Ok(Some(Login { user: user.clone(), password })),
    }
}

fn certificates(path: &Path) -> Result<Vec<u8>, MailError> {
    std::fs::read(path).map_err(|source| file(&option_name!(Mail, mail_ca), path, source))
}

fn file(option: &str, path: &Path, source: io::Error) -> MailError {
    MailError::File { option: option.to_owned(), path: path.to_owned(), source }
}

/// Starts the task that sends mails, if there is a server for it.
pub(super) fn start(state: &web::Data<AppState>, postman: Option<Postman>) -> Option<JoinHandle<()>> {
    let (mailing, postman) = (state.mailing.clone()?, postman?);
    Some(actix_web::rt::spawn(run(state.clone(), mailing, postman)))
}

/// Waits a moment for the mail that is being sent, and ends the task.
pub(super) async fn stop(state: &AppState, sending: Option<JoinHandle<()>>) {
    let Some(mut sending) = sending else { return };
    if let Some(mailing) = &state.mailing {
        mailing.wake();
    }
    if tokio::time::timeout(LAST_WITHIN, &mut sending).await.is_err() {
        sending.abort();
    }
}

/// Runs until the server stops.
async fn run(state: web::Data<AppState>, mailing: std::sync::Arc<Mailing>, postman: Postman) {
    while !state.health.is_stopping() {
        send_due(&state, &mailing, &postman).await;
        tokio::select! {
            () = mailing.woken() => {}
            () = actix_web::rt::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Sends every mail that is due, until the server does not take one for a reason that holds for the others too.
async fn send_due(state: &AppState, mailing: &Mailing, postman: &Postman) {
    while !state.health.is_stopping() {
        match state.store.take_mail(Utc::now(), HOLD).await {
            Ok(Some(mail)) => match send(state, mailing, postman, &mail).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return not_noted(&error),
            },
            Ok(None) => return,
            Err(error) => return not_noted(&error),
        }
    }
}

/// Sends one mail. Returns whether others may be sent now.
async fn send(
    state: &AppState,
    mailing: &Mailing,
    postman: &Postman,
    mail: &TakenMail,
) -> Result<bool, RecordsError> {
    let site = state.settings.server.public_url.as_ref().map(|url| url.origin()).unwrap_or_default();
    let letter = letter(&mail.says, &site, |token| format!("{site}{}", link_address(token)));
    match postman.send(&mail.to, &mail.message_id, &letter).await {
        Ok(()) => {
            mailing.sent();
            state.store.mail_sent(mail).await?;
            Ok(true)
        }
        Err(unsent) => {
            mailing.failed();
            let pause = pause(mail.attempts);
            tracing::warn!(
                mail = mail.id,
                attempts = mail.attempts,
                again_in = pause.as_secs(),
                reason = unsent.reason,
                "a mail was not sent"
            );
            state.store.mail_failed(mail, unsent.reason, Utc::now(), pause).await?;
            Ok(unsent.only_this)
        }
    }
}

fn not_noted(error: &RecordsError) {
    tracing::debug!(error = sentence(error), "the outbox cannot be read or written now");
}

/// The pause after so many attempts.
fn pause(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.pow(doublings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_an_hour() {
        let pauses: Vec<u64> = (1..=12).map(|attempts| pause(attempts).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800]);
        assert_eq!(pause(i32::MAX), LONGEST_PAUSE);
    }
}

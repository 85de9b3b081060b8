//! The texts of the mails: plain text in ASCII, with nothing that tells whether a mail was opened.

use crate::records::{LinkToken, MailMessage};

/// The subject and the text of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub subject: &'static str,
    pub text: String,
}

/// Writes a mail. `site` is the site's address, `link` makes the address of a one-time link.
pub fn letter(says: &MailMessage, site: &str, link: impl Fn(&LinkToken) -> String) -> Letter {
    let (subject, text) = match says {
        MailMessage::Confirm(token) => confirm(site, &link(token)),
        MailMessage::Registered => registered(site),
        MailMessage::Recover(token) => recover(site, &link(token)),
        MailMessage::Invite(token) => invite(site, &link(token)),
        MailMessage::RecoveryLink(token) => recovery_link(site, &link(token)),
        MailMessage::ConfirmEmail(token) => confirm_email(site, &link(token)),
        MailMessage::EmailTaken => email_taken(site),
        MailMessage::PasswordChanged => password_changed(site),
        MailMessage::EmailChanged => email_changed(site),
    };
    Letter { subject, text: format!("Hello,\n\n{text}\n\nCalling, {site}\n") }
}

fn confirm(site: &str, link: &str) -> (&'static str, String) {
    let text = format!(
        "thank you for making an account at {site}. One step is left: open\n\
         this link, and enter the password that you chose.\n\n\
         {link}\n\n\
         The link works once, for 30 minutes. If it has expired, please make the\n\
         account again.\n\n\
         You get this mail because this address was entered on the page for new\n\
         accounts. If that was not you, ignore it: without the link, no account is\n\
         made, and the address is erased soon after it has expired."
    );
    ("Confirm your email address", text)
}

fn registered(site: &str) -> (&'static str, String) {
    let text = format!(
        "this address was entered on the page for new accounts. It has an account\n\
         already, so nothing was changed. You can log in:\n\n\
         {site}/login\n\n\
         If you have forgotten your password, set a new one here:\n\n\
         {site}/recover/mail\n\n\
         If it was not you, ignore this mail. Whoever entered the address did not\n\
         learn that it has an account."
    );
    ("You already have an account", text)
}

fn recover(site: &str, link: &str) -> (&'static str, String) {
    let text = format!(
        "this link sets a new password for your account at {site}:\n\n\
         {link}\n\n\
         It works once, for 30 minutes. Your sessions end when you use it.\n\n\
         You get this mail because somebody asked for the link with this address.\n\
         If that was not you, ignore it: your password stays as it is. Please hand\n\
         the link on to nobody."
    );
    ("Set a new password", text)
}

fn invite(site: &str, link: &str) -> (&'static str, String) {
    let text = format!(
        "you are invited to {site}. The site describes your personality from\n\
         your own words, and shows you careers that suit it. With this link you\n\
         choose a password for an account that keeps your results:\n\n\
         {link}\n\n\
         It works once, for 7 days.\n\n\
         You get this mail because an administrator of the site entered this\n\
         address. If you do not want an account, ignore it: the invitation expires,\n\
         and the address is erased a day later."
    );
    ("You are invited", text)
}

fn recovery_link(site: &str, link: &str) -> (&'static str, String) {
    let text = format!(
        "this link sets a new password for your account at {site}:\n\n\
         {link}\n\n\
         It works once, for 30 minutes. Your sessions end when you use it.\n\n\
         You get this mail because an administrator of the site issued the link. If\n\
         you did not ask for it, ignore it: your password stays as it is. Please\n\
         hand the link on to nobody."
    );
    ("Set a new password", text)
}

fn confirm_email(site: &str, link: &str) -> (&'static str, String) {
    let text = format!(
        "this link makes this the address of your account at {site}:\n\n\
         {link}\n\n\
         It works once, for 30 minutes. From then on you log in with this address.\n\n\
         You get this mail because somebody who is logged in to an account entered\n\
         this address as its new one. If that was not you, ignore it: nothing is\n\
         changed without the link."
    );
    ("Confirm your new email address", text)
}

fn email_taken(site: &str) -> (&'static str, String) {
    let text = format!(
        "somebody entered this address as the new one of their account at\n\
         {site}. It has an account already, so nothing was changed.\n\n\
         If that was you, and you want to use this address for the other account,\n\
         log in with it and delete its account or change its address first:\n\n\
         {site}/login\n\n\
         If it was not you, ignore this mail. Whoever entered the address did not\n\
         learn that it has an account."
    );
    ("This address has an account", text)
}

fn password_changed(site: &str) -> (&'static str, String) {
    let text = format!(
        "the password of your account at {site} was changed, and its other\n\
         sessions have ended.\n\n\
         You get this mail so that you know. If it was you, there is nothing to do.\n\
         If it was not, set a new password at once, here:\n\n\
         {site}/recover/mail"
    );
    ("Your password was changed", text)
}

fn email_changed(site: &str) -> (&'static str, String) {
    let text = format!(
        "this is no longer the address of your account at {site}: another one\n\
         was confirmed, and you log in with that one.\n\n\
         You get this mail so that you know. If it was you, there is nothing to do.\n\
         If it was not, write to the operator of the site, who can give the account\n\
         back to you."
    );
    ("Your email address was changed", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://calling.example.org";

    fn letters() -> Vec<Letter> {
        let token = || LinkToken::parse(&"A".repeat(43)).unwrap();
        let all = [
            MailMessage::Confirm(token()),
            MailMessage::Registered,
            MailMessage::Recover(token()),
            MailMessage::Invite(token()),
            MailMessage::RecoveryLink(token()),
            MailMessage::ConfirmEmail(token()),
            MailMessage::EmailTaken,
            MailMessage::PasswordChanged,
            MailMessage::EmailChanged,
        ];
        let link = |token: &LinkToken| format!("{SITE}/link/{}", token.as_text());
        all.iter().map(|says| letter(says, SITE, link)).collect()
    }

    #[test]
    fn a_mail_is_plain_and_says_why_it_was_sent_and_what_to_do_if_one_did_not_ask() {
        for Letter { subject, text } in letters() {
            assert!(subject.is_ascii() && text.is_ascii(), "{text}");
            assert!(
                text.starts_with("Hello,\n\n") && text.ends_with(&format!("Calling, {SITE}\n")),
                "{text}"
            );
            assert!(
                text.contains("You get this mail")
                    || text.contains("was entered")
                    || text.contains("entered this address")
            );
            assert!(text.contains("ignore") || text.contains("If it was not"), "{text}");
            for line in text.lines().filter(|line| !line.contains("://")) {
                assert!(line.len() <= 78, "{line}");
            }
        }
    }

    #[test]
    fn a_link_stands_on_a_line_of_its_own() {
        let with_links: Vec<Letter> =
            letters().into_iter().filter(|letter| letter.text.contains("/link/")).collect();
        assert_eq!(with_links.len(), 5);
        for Letter { text, .. } in with_links {
            let link = format!("{SITE}/link/{}", "A".repeat(43));
            assert_eq!(text.lines().filter(|line| **line == link).count(), 1, "{text}");
        }
    }
}

//! What the site's mails say, and an SMTP client that sends them (feature `mail`).

mod letter;
mod postman;
mod smtp;

pub use letter::letter;
pub use postman::Postman;
pub use smtp::{Login, NoPostman, Smtp};

//! Email addresses, passwords and their hashes, one-time codes, and limits on log-in attempts. Nothing here uses the database
//! or HTTP.

mod attempts;
mod email;
mod hasher;
mod one_time;
mod password;
mod strength;

pub use attempts::{Attempts, Guessed};
pub use email::Email;
pub use hasher::{Asker, HashError, Hasher};
pub use one_time::OneTime;
pub use password::Password;
pub use strength::Strength;

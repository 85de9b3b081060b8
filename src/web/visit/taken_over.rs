//! Cookies of a draft that is no longer found as before.

use actix_web::cookie::Cookie;

/// Cookies for a request whose draft was found under its former name or moved into an account.
/// [`crate::web::middleware::taken_over`] sets them on any answer.
pub struct TakenOver(pub Vec<Cookie<'static>>);

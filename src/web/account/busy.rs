//! A form whose password could not be hashed because too many are being hashed.

use actix_web::http::StatusCode;

use super::form_page::FormPage;
use crate::accounts::HashError;
use crate::web::early::Early;

/// Seconds after which the form may be sent again.
const PAUSE: u64 = 5;

/// What the hasher found.
///
/// # Errors
/// If it is busy, the page with what was posted, so that nothing is typed twice: 503.
pub fn unless_busy<T>(hashed: Result<T, HashError>, page: impl FnOnce() -> FormPage) -> Result<T, Early> {
    match hashed {
        Err(HashError::Busy) => {
            let mut page = page();
            page.fault = Some(format!(
                "Too many passwords are being checked right now, so nothing was done. Please send this again in {PAUSE} seconds."
            ));
            Err(page.waiting(StatusCode::SERVICE_UNAVAILABLE, PAUSE)?.into())
        }
        hashed => Ok(hashed?),
    }
}

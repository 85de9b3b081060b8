//! Who may read the manager's pages: administrators and, while the database does not answer, those who read one of them in the
//! last minutes.

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use sha2::{Digest, Sha256};

use crate::web::account::visitor::Administrator;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::state::AppState;

/// Somebody who may read the pages, but change nothing.
pub struct Reader;

impl FromRequest for Reader {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Reader, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, administrator) = (request.clone(), Administrator::from_request(request, payload));
        Box::pin(async move {
            let state = request.app_data::<web::Data<AppState>>().cloned();
            let state = state.ok_or_else(|| WebError::internal("the application has no state"))?;
            let session = session(&request, &state);
            let readers = state.fleet.readers();
            match (administrator.await, session) {
                (Ok(_), session) => {
                    if let Some(session) = session {
                        readers.remember(session, Instant::now());
                    }
                    Ok(Reader)
                }
                (Err(WebError::Unavailable(_)), Some(session))
                    if readers.remembers(&session, Instant::now()) =>
                {
                    Ok(Reader)
                }
                (Err(error), session) => {
                    // A session that has ended stays so if the database is away afterwards.
                    if let Some(session) = session.filter(|_| !matches!(error, WebError::Unavailable(_))) {
                        readers.forget(&session);
                    }
                    Err(error)
                }
            }
        })
    }
}

/// The hash of the session's token. With several tokens it is not known which one is valid, so none is remembered.
fn session(request: &HttpRequest, state: &AppState) -> Option<[u8; 32]> {
    match cookies::session_tokens(request, state).as_slice() {
        [token] => Some(Sha256::digest(token.as_text().as_bytes()).into()),
        _ => None,
    }
}

//! Sets the cookies of a draft that was found under its former name.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use crate::web::visit::TakenOver;

/// Middleware: the browser gets the draft's new key with any answer.
pub async fn set_cookies<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let taken = response.request().extensions_mut().remove::<TakenOver>();
    for cookie in taken.into_iter().flat_map(|taken| taken.0) {
        // A cookie that a handler sets has precedence.
        let set = response.response().cookies().any(|own| own.name() == cookie.name());
        if !set && let Err(error) = response.response_mut().add_cookie(&cookie) {
            tracing::error!(%error, "a cookie could not be written as a header");
        }
    }
    Ok(response)
}

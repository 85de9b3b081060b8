//! Refuses a client that is over its rate limit.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use crate::web::client;
use crate::web::error::WebError;
use crate::web::form;
use crate::web::state::AppState;

/// Probes are exempt, because they may share an address with a client over its limit.
const EXEMPT: [&str; 2] = ["/health", "/ready"];

/// Middleware: 429 with `Retry-After` for a client over its limit.
pub async fn limit<B: MessageBody>(
    state: web::Data<AppState>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if !EXEMPT.contains(&request.path()) {
        let client = client::of(request.request(), &state.settings.server);
        if let Err(retry_after) = state.rate_limit.take(client) {
            let refused =
                form::with_typed(&mut request, &state, WebError::TooManyRequests { retry_after }).await;
            return Ok(request.error_response(refused).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

//! Refuses a client that is over its rate limit.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use crate::web::client;
use crate::web::error::WebError;
use crate::web::state::AppState;

/// Probes are exempt: they may share an address with a client over its limit.
const EXEMPT: [&str; 2] = ["/health", "/ready"];

/// Middleware: 429 with `Retry-After` for a client over its limit.
pub async fn limit<B: MessageBody>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if !EXEMPT.contains(&request.path()) {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let client = client::address(peer, request.headers(), &state.settings.server.trusted_proxies);
        if let Err(retry_after) = state.rate_limit.take(client) {
            let refused = WebError::TooManyRequests { retry_after };
            return Ok(request.error_response(refused).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

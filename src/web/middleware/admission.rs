//! Marks the connection that a request keeps busy, and refuses what exceeds a client's limits.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error, web};

use crate::web::client;
use crate::web::error::WebError;
use crate::web::limits::connections::Connection;
use crate::web::state::AppState;

/// When a client with too many requests in progress may try again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Middleware: marks the connection as busy until the request is answered.
pub async fn mark<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let in_pieces = request.headers().contains_key(header::TRANSFER_ENCODING);
    let connection = request.conn_data::<Arc<Connection>>();
    let _serving = connection.map(|connection| connection.serve(in_pieces));
    next.call(request).await
}

/// Middleware: 429 for a client with too many requests in progress, 400 for a request to become a WebSocket.
///
/// A server may ignore `Upgrade`, and this one does for other protocols. But actix reads a request with `Upgrade:
/// websocket` without an end, whatever its length, so a form with it would never be answered.
pub async fn admit<B: MessageBody>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let upgrade = request.headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    if upgrade.is_some_and(|protocol| protocol.trim().eq_ignore_ascii_case("websocket")) {
        let refused =
            WebError::BadRequest("This site has no WebSockets. Send the request without Upgrade.".to_owned());
        return Ok(request.error_response(refused).map_into_right_body());
    }
    let address = client::of(request.request(), &state.settings.server);
    let Some(_admitted) = state.in_flight.begin(address) else {
        let refused = WebError::TooManyRequests { retry_after: RETRY_AFTER };
        return Ok(request.error_response(refused).map_into_right_body());
    };
    Ok(next.call(request).await?.map_into_left_body())
}

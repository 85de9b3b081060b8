//! The metrics, on a listener of their own: whoever reaches the site does not reach them.

use actix_web::{HttpResponse, web};

use super::{AppState, WebError};
use crate::metrics::CONTENT_TYPE;

/// `GET /metrics`, as Prometheus reads it.
pub async fn metrics(state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let text = state.metrics.text().map_err(WebError::internal)?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text))
}

/// The one address of that listener.
pub fn routes(table: &mut web::ServiceConfig) {
    table.service(super::get("/metrics", metrics));
}

//! The metrics. They have their own listener, so that they are not reachable through the site.

use actix_web::{HttpResponse, web};

use super::error::WebError;
use super::route;
use super::state::AppState;
use crate::metrics::CONTENT_TYPE;

/// `GET /metrics`, in Prometheus' text format.
pub async fn metrics(state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let text = state.metrics.text().map_err(WebError::internal)?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text))
}

pub fn routes(table: &mut web::ServiceConfig) {
    table.service(route::get("/metrics", metrics));
}

//! Probes: is the process alive, and can it serve?

use actix_web::{HttpResponse, web};

use super::state::AppState;
use crate::personality::ModelKind;
use crate::telemetry::sentence;

/// `GET /health`: `OK` while the process is alive.
pub async fn health() -> &'static str {
    "OK"
}

/// `GET /ready`: 200 if the models are warm and the database responds, otherwise 503 with the reason as text. A full queue
/// does not count as a reason. The other lines say how each model is computed.
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    let (mut answer, mut said) = match reason_not_ready(&state).await {
        None => (HttpResponse::Ok(), "ready".to_owned()),
        Some(reason) => (HttpResponse::ServiceUnavailable(), format!("not ready: {reason}")),
    };
    for which in ModelKind::ALL {
        let choice = state.executions.get(which);
        said.push_str(&format!("\n{which}: {choice}"));
    }
    answer.content_type("text/plain; charset=utf-8").body(said)
}

async fn reason_not_ready(state: &AppState) -> Option<String> {
    if state.health.is_stopping() {
        return Some("the server is stopping".to_owned());
    }
    if !state.engine.stats().ready {
        return Some("the models are still warming up".to_owned());
    }
    // The error's own text names no host and no user. The chain of sources goes to the log.
    let error = state.store.check().await.err()?;
    tracing::warn!(cause = sentence(&error), "the database is not ready");
    Some(error.to_string())
}

//! For those who watch the process: does it live, and can it do its work?

use actix_web::{HttpResponse, web};
use tokio::sync::watch;

use super::AppState;
use crate::inference::Which;
use crate::telemetry::sentence;

/// What the process knows of itself.
#[derive(Debug, Default)]
pub struct Health {
    stopping: watch::Sender<bool>,
}

impl Health {
    /// The server was told to stop.
    pub fn set_stopping(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether the server was told to stop.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
}

/// `GET /health`: `OK` while the process lives.
pub async fn health() -> &'static str {
    "OK"
}

/// `GET /ready`: 200 when the models are warm and the database answers, else 503 and the reason, as text. A full queue is
/// no reason: what waits will be read. The lines after the first say how each model is computed.
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    let (mut answer, mut said) = match reason_not_ready(&state).await {
        None => (HttpResponse::Ok(), "ready".to_owned()),
        Some(reason) => (HttpResponse::ServiceUnavailable(), format!("not ready: {reason}")),
    };
    for (which, choice) in Which::ALL.iter().zip(&state.executions) {
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
    // What it displays names no host and no user; the whole chain goes to the log.
    let error = state.store.ping().await.err()?;
    tracing::warn!(cause = sentence(&error), "the database is not ready");
    Some(error.to_string())
}

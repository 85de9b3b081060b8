//! For those who watch the process: does it live, and can it do its work?

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, web};

use super::AppState;

/// What the process knows of itself.
#[derive(Debug, Default)]
pub struct Health {
    warm: AtomicBool,
    stopping: AtomicBool,
}

impl Health {
    /// The models have read their first text.
    pub fn set_warm(&self) {
        self.warm.store(true, Ordering::Relaxed);
    }

    /// The server was told to stop.
    pub fn set_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the server was told to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn reason_not_ready(&self) -> Option<&'static str> {
        if self.is_stopping() {
            Some("the server is stopping")
        } else if !self.warm.load(Ordering::Relaxed) {
            Some("the models are still warming up")
        } else {
            None
        }
    }
}

/// `GET /health`: `OK` while the process lives.
pub async fn health() -> &'static str {
    "OK"
}

/// `GET /ready`: 200 when the models are warm and the database answers, else 503 and the reason as text.
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    match state.health.reason_not_ready() {
        None => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready"),
        Some(reason) => HttpResponse::ServiceUnavailable()
            .content_type("text/plain; charset=utf-8")
            .body(format!("not ready: {reason}")),
    }
}

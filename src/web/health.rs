//! Probes: is the process alive, and can it serve?

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::api::refusals::Always;
use super::state::{AppState, Local};
use crate::models::{MANIFEST, ModelCard};
use crate::personality::{ModelKind, Pair};
use crate::records::Backlog;
use crate::telemetry::sentence;

/// `GET /health`: `OK` while the process is alive.
#[utoipa::path(
    get,
    path = "/health",
    tag = "Probes",
    summary = "Is the process alive?",
    responses(
        (status = 200, description = "It is.", body = String, content_type = "text/plain", example = json!("OK")),
        Always,
    )
)]
pub async fn health() -> &'static str {
    "OK"
}

/// `GET /ready`: 200 if the models have read the texts of their self-check and the database works. Otherwise the reason as text,
/// with 404 if the server is stopping and 503 in any other case. A full queue is no reason, nor is a missing worker: what
/// visitors send is kept. The other lines say how each model is computed and which one's files are not verified, or how many
/// servers read for this one.
///
/// Load balancers send no new requests in both cases. By 404, HAProxy's `http-check disable-on-404` knows that the requests in
/// progress will be answered and must not be cut off.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "Probes",
    summary = "Can the server serve?",
    description = "The first line is `ready`, or `not ready` with the reason. The others say how each model is computed, or \
                   how many other servers read what this one stores.",
    responses(
        (status = 200, description = "The models have read their self-check and the database works.", body = String,
         content_type = "text/plain"),
        (status = 404, description = "The server is stopping: it answers what it has, and gets no new requests.", body = String,
         content_type = "text/plain", example = json!("not ready: the server is stopping")),
        (status = 503, description = "Not yet, or not at present.", body = String, content_type = "text/plain",
         example = json!("not ready: the models are still warming up")),
        Always,
    )
)]
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    let (mut answer, mut said) = match reason_not_ready(&state).await {
        None => (HttpResponse::Ok(), "ready".to_owned()),
        Some(NotReady { status, reason }) => (HttpResponse::build(status), format!("not ready: {reason}")),
    };
    match &state.local {
        Some(local) => said.push_str(&computed(local, &state.models)),
        None => {
            said.push_str(&format!("\n{}", others(state.submissions.depth().map(|(_, backlog)| backlog))))
        }
    }
    answer.content_type("text/plain; charset=utf-8").body(said)
}

/// How each model is computed, a line each.
fn computed(local: &Local, models: &Pair<ModelCard>) -> String {
    let mut said = String::new();
    for which in ModelKind::ALL {
        said.push_str(&format!("\n{which}: {}", local.executions.get(which)));
        if !local.verified.get(which) {
            let folder = models.get(which).name();
            said.push_str(&format!("\n{which}: not verified, since the folder {folder} has no {MANIFEST}"));
        }
    }
    said
}

/// Which other servers read, in a server that does not.
fn others(backlog: Option<Backlog>) -> String {
    match backlog.map(|backlog| backlog.workers) {
        None => "workers: not known yet".to_owned(),
        Some(0) => "workers: none is alive; what visitors send is kept, and waits for one".to_owned(),
        Some(alive) => format!("workers: {alive} alive"),
    }
}

/// Why the server is not ready.
struct NotReady {
    status: StatusCode,
    reason: String,
}

impl NotReady {
    fn at_present(reason: String) -> NotReady {
        NotReady { status: StatusCode::SERVICE_UNAVAILABLE, reason }
    }
}

async fn reason_not_ready(state: &AppState) -> Option<NotReady> {
    if state.health.is_stopping() {
        let reason = "the server is stopping".to_owned();
        return Some(NotReady { status: StatusCode::NOT_FOUND, reason });
    }
    if let Some(engine) = state.local.as_ref().map(|local| local.engine.stats())
        && !engine.ready
    {
        return Some(NotReady::at_present(why_not_warm(engine.died, state.health.failed_check())));
    }
    // The error's own text names no host and no user. The chain of sources goes to the log.
    let error = state.store.check().await.err()?;
    tracing::warn!(cause = sentence(&error), "the database is not ready");
    Some(NotReady::at_present(error.to_string()))
}

/// Why the models cannot read yet, or any more.
fn why_not_warm(died: bool, failed_check: Option<String>) -> String {
    match failed_check {
        _ if died => "the models stopped reading; this server has to be started again".to_owned(),
        Some(failure) => failure,
        None => "the models are still warming up".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_self_check_is_never_still_warming_up() {
        assert_eq!(why_not_warm(false, None), "the models are still warming up");
        let failed = "the mbti model failed its self-check: a number is not finite";
        assert_eq!(why_not_warm(false, Some(failed.to_owned())), failed);
        assert!(why_not_warm(true, None).contains("started again"));
    }

    #[test]
    fn a_server_that_reads_nothing_says_who_does() {
        assert_eq!(others(None), "workers: not known yet");
        assert!(others(Some(Backlog::default())).contains("none is alive"));
        assert_eq!(others(Some(Backlog { workers: 2, ..Backlog::default() })), "workers: 2 alive");
    }
}

//! What makes the site installable and lets the questionnaire go on without a network: the manifest, the service worker, and
//! the page for whatever needs a connection.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::assets;
use super::error::WebError;
use super::page::{Keeping, html, keep};
use super::state::AppState;
use super::visit::shell;

/// The service worker. It stands at the root, since a worker sees only what is below its own address.
pub const WORKER: &str = "/sw.js";
/// The page for whatever needs a connection.
pub const OFFLINE: &str = "/offline";
pub const MANIFEST: &str = "/manifest.webmanifest";

const WORKER_SOURCE: &str = include_str!("../../static/sw.js");

#[derive(Template)]
#[template(path = "offline.html")]
struct OfflinePage {
    /// Pages of ratings, then of open questions.
    rating_pages: usize,
    pages: usize,
}

impl OfflinePage {
    fn rendered(state: &AppState) -> Result<String, WebError> {
        let survey = &state.questionnaire;
        let rating_pages = survey.rating_pages().len();
        let page = OfflinePage { rating_pages, pages: rating_pages + survey.open_pages().len() };
        page.render().map_err(WebError::internal)
    }
}

/// GET /offline: what a device shows when it cannot reach this server. The same for everybody.
pub async fn offline(state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    Ok(html(StatusCode::OK, Keeping::Public, OfflinePage::rendered(&state)?))
}

/// GET /manifest.webmanifest
pub async fn manifest() -> HttpResponse {
    let svg = json!({ "src": assets::icon(), "sizes": "any", "type": "image/svg+xml" });
    // The pictures fill their square, and the mark stands within the circle that every mask leaves.
    let png = |path: &str, sizes: &str| json!({ "src": path, "sizes": sizes, "type": "image/png", "purpose": "any maskable" });
    let mut answer = HttpResponse::Ok().json(json!({
        "id": "/",
        "name": "Calling",
        "short_name": "Calling",
        "description": "Your own words, read with care, and careers to explore.",
        "lang": "en",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#faf7f2",
        "theme_color": "#faf7f2",
        "icons": [svg, png(assets::icon_192(), "192x192"), png(assets::icon_512(), "512x512")],
    }));
    let kind = HeaderValue::from_static("application/manifest+json");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    keep(&mut answer, Keeping::Public);
    answer
}

/// GET /sw.js: the service worker with what it keeps. Its version changes with the content of any file or page that it
/// keeps, so that browsers fetch them anew.
pub async fn worker(state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let (files, shells) = (assets::of_questionnaire(), shell::all(&state)?);
    let mut version = Sha256::new();
    version.update(WORKER_SOURCE);
    version.update(files.concat());
    version.update(OfflinePage::rendered(&state)?);
    for (_, page) in &shells {
        version.update(page);
    }
    let version = version.finalize();
    let build = json!({
        "version": hex::encode(version.get(..6).unwrap_or_default()),
        "files": files,
        "offline": OFFLINE,
        "shells": shells.into_iter().map(|(address, _)| address).collect::<Vec<_>>(),
    });
    let mut answer = HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .body(format!("const BUILD = {build};\n{WORKER_SOURCE}"));
    keep(&mut answer, Keeping::Public);
    Ok(answer)
}

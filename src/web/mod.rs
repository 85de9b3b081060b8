//! What answers HTTP. Handlers conduct and compute nothing; this module holds what they share and the one route table.

pub mod about;
pub mod api;
pub mod assets;
pub mod careers;
pub mod charts;
pub mod client;
pub mod cookies;
mod draft;
pub mod error;
mod evaluation;
pub mod export;
pub mod health;
pub mod home;
pub mod page;
pub mod posted;
mod present;
pub mod progress;
pub mod questionnaire;
pub mod rate;
pub mod reading;
pub mod results;
pub mod rows;
pub mod scrape;
pub mod security;
pub mod send;
pub mod stored;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, Error, Handler, Resource, Responder, web};
use tracing_actix_web::TracingLogger;

pub use error::WebError;

use crate::careers::Catalog;
use crate::config::Settings;
use crate::inference::{Choice, Engine};
use crate::metrics::Metrics;
use crate::models::LoadedModel;
use crate::models::evaluation::Evaluated;
use crate::records::Store;
use crate::submissions::{ModelReader, Runner};
use crate::survey::{MAX_ANSWER_CHARS, QUESTION_COUNT, Questionnaire};
use crate::telemetry::RequestSpan;

/// The addresses that programs post JSON to. Their errors are JSON whatever the client accepts, and they take no cookie.
pub const API_PATHS: [&str; 3] = ["/classify_mbti", "/classify_big_five", "/get_career_recommendations"];

/// The largest form a page may post, in bytes: the check page carries every answer, each at its full length in characters
/// of four bytes, which a form writes as twelve; the ratings and names need far less than the rest.
const FORM_LIMIT: usize = QUESTION_COUNT * MAX_ANSWER_CHARS * 12 + 64 * 1024;

/// What every handler may use. One for the whole process, behind `web::Data`.
pub struct AppState {
    /// The settings the server was started with.
    pub settings: Settings,
    /// What visitors are asked.
    pub questionnaire: Arc<Questionnaire>,
    /// The careers.
    pub catalog: Arc<Catalog>,
    /// The model that reads the 16 types, for what is said of it; [`AppState::engine`] reads.
    pub mbti_model: Arc<LoadedModel>,
    /// The model that reads the five traits.
    pub big_five_model: Arc<LoadedModel>,
    /// How each model is computed, and why so; in the order of [`Which::ALL`](crate::inference::Which::ALL).
    pub executions: [Choice; 2],
    /// What was measured of the two.
    pub evaluated: Evaluated,
    /// Reads texts.
    pub engine: Engine,
    /// Reads texts whose sender waits for the careers.
    pub reader: ModelReader,
    /// Drafts, submissions, results.
    pub store: Store,
    /// Reads what is submitted: submit and delete through it, and it begins or stops at once.
    pub submissions: Runner,
    /// Whether the server is stopping.
    pub health: health::Health,
    /// What is measured.
    pub metrics: Metrics,
    /// How much each client has left.
    pub rate_limit: rate::RateLimit,
}

/// The one route table.
fn routes(table: &mut web::ServiceConfig) {
    table
        .service(get("/health", health::health))
        .service(get("/ready", health::ready))
        .service(post("/classify_mbti", api::classify_mbti))
        .service(post("/classify_big_five", api::classify_big_five))
        .service(post("/get_career_recommendations", api::get_career_recommendations))
        .configure(assets::routes)
        .service(get("/", home::home))
        .service(both("/begin", home::facts, home::begin))
        .service(both("/forget", home::ask_forget, home::forget))
        .service(get("/forgotten", home::forgotten))
        .service(get("/about", about::how_good))
        .service(get("/privacy", about::privacy))
        .service(get("/questions", questionnaire::resume))
        .service(both("/questions/check", questionnaire::check, questionnaire::save_check))
        .service(post("/questions/random", questionnaire::random))
        .service(both("/questions/{page}", questionnaire::show, questionnaire::save_page))
        .service(post("/answers", questionnaire::autosave))
        .service(get("/results/{key}", results::show))
        .service(get("/results/{key}/export.json", results::export_json))
        .service(get("/results/{key}/export.csv", results::export_csv))
        .service(post("/results/{key}/share", results::share))
        .service(post("/results/{key}/unshare", results::unshare))
        .service(both("/results/{key}/delete", results::ask_delete, results::delete))
        .service(get("/deleted", results::deleted))
        .service(get("/shared/{key}", results::shared))
        .service(get("/careers", careers::browse))
        .service(get("/results/{key}/careers", careers::ranking::owner))
        .service(get("/results/{key}/careers.json", careers::ranking::json))
        .service(get("/results/{key}/careers.csv", careers::ranking::csv))
        .service(get("/shared/{key}/careers", careers::ranking::shared))
        .service(get("/careers/{soc}", careers::occupation))
        .service(get("/api/v1/careers", careers::api::list))
        .service(get("/api/v1/careers/{soc}", careers::api::one))
        .default_service(web::to(|| async { Err::<&str, _>(WebError::NotFound) }));
}

/// An address that is read: GET, and HEAD for those who want the headers alone. Anything else is 405 with Allow.
pub fn get<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args> + Clone,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler))
}

/// An address that is posted to. Anything else is 405 with Allow.
pub fn post<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::post().to(handler))
}

/// An address that is read as [`get`] and posted to as [`post`]: a page with a form that leads back to it.
pub fn both<Read, ReadArgs, Write, WriteArgs>(path: &str, read: Read, write: Write) -> Resource
where
    Read: Handler<ReadArgs> + Clone,
    ReadArgs: actix_web::FromRequest + 'static,
    Read::Output: Responder + 'static,
    Write: Handler<WriteArgs>,
    WriteArgs: actix_web::FromRequest + 'static,
    Write::Output: Responder + 'static,
{
    get(path, read).route(web::post().to(write))
}

/// The whole application: the route table inside its middleware.
pub fn app(
    state: web::Data<AppState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    app_of(state, routes)
}

/// A route table inside the middleware, outermost last.
pub(crate) fn app_of(
    state: web::Data<AppState>,
    routes: impl FnOnce(&mut web::ServiceConfig),
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let limit = state.settings.server.body_limit_bytes();
    App::new()
        .app_data(state)
        .app_data(web::PayloadConfig::new(limit))
        .app_data(web::FormConfig::default().limit(limit.max(FORM_LIMIT)))
        .configure(routes)
        .wrap(from_fn(security::same_origin))
        .wrap(from_fn(rate::limit))
        .wrap(from_fn(present::present))
        .wrap(Compress::default())
        .wrap(from_fn(security::headers))
        .wrap(TracingLogger::<RequestSpan>::new())
}

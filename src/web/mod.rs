//! The HTTP interface: the route table and its middleware. Handlers connect the other modules and fill templates; the
//! rest is pure.

mod about;
mod account;
mod address;
mod admin;
mod api;
pub mod assets;
mod body;
mod careers;
mod client;
pub mod cookies;
mod descriptions;
mod early;
pub mod entrances;
mod error;
mod form;
pub mod health;
mod install;
mod interests;
pub mod limits;
mod mailing;
pub mod malformed;
mod manager;
mod middleware;
mod numbers;
mod owned;
mod page;
mod preview;
mod problem;
pub mod rate_limit;
mod result;
mod route;
pub mod scrape;
pub mod server;
mod sheet;
mod shortlist;
mod sitemap;
mod state;
mod statistics;
mod typed;
mod visit;
mod words;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, Error, web};
use tracing_actix_web::TracingLogger;

pub use account::link_address;
pub use admin::LastCount;
pub use mailing::Mailing;
pub use manager::{Fleet, SILENT};
pub use route::{both, get, post};
pub use state::{AppState, Health, Local};

use crate::telemetry::RequestSpan;
use error::WebError;
use middleware::{admission, canonical, present, rate, security, taken_over};
use result::{compare, downloads, owner, reasons, research, sample, shared};
use visit::{autosave, begin, check, discard, first, forget, home, pages, random, restart, shell};

/// The routes of a server that only reads.
pub fn probes(table: &mut web::ServiceConfig) {
    table
        .service(get("/health", health::health))
        .service(get("/ready", health::ready))
        .default_service(web::to(|| async { Err::<&str, _>(WebError::NotFound) }));
}

/// All routes.
pub fn routes(table: &mut web::ServiceConfig) {
    table
        .service(get("/health", health::health))
        .service(get("/ready", health::ready))
        .service(post("/classify_mbti", api::texts::classify_mbti))
        .service(post("/classify_big_five", api::texts::classify_big_five))
        .service(post("/get_career_recommendations", api::texts::get_career_recommendations))
        .configure(assets::routes)
        .configure(account::routes)
        .configure(admin::routes)
        .service(get(install::MANIFEST, install::manifest))
        .service(get(install::WORKER, install::worker))
        .service(get(install::OFFLINE, install::offline))
        .service(get("/", home::home))
        .service(both("/begin", begin::facts, begin::begin))
        .service(both("/discard", discard::ask, discard::discard))
        .service(get("/discarded", discard::discarded))
        .service(both("/forget", forget::ask, forget::forget))
        .service(get("/forgotten", forget::forgotten))
        .service(get("/about", about::pages::how_good))
        .service(get("/privacy", about::pages::privacy))
        .service(get("/statistics", statistics::page::show))
        .service(get("/traits", descriptions::traits::index))
        .service(get("/traits/{trait}", descriptions::traits::one))
        .service(get("/types", descriptions::types::index))
        .service(get("/types/{type}", descriptions::types::one))
        .service(get("/robots.txt", sitemap::robots))
        .service(get("/sitemap.xml", sitemap::sitemap))
        .service(get("/questions", pages::resume))
        .service(both("/questions/check", check::show, check::send))
        .service(get(first::PATH, first::show))
        .service(post("/questions/random", random::random))
        .service(both("/questions/{page}", pages::show, pages::save))
        .service(get("/questions/{page}/shell", shell::show))
        .service(post("/answers", autosave::autosave))
        .service(get("/results/{key}", owner::show))
        .service(get("/results/{key}/why", reasons::show))
        .service(get("/results/{key}/export.json", downloads::export_json))
        .service(get("/results/{key}/export.csv", downloads::export_csv))
        .service(post("/results/{key}/share", owner::share))
        .service(post("/results/{key}/unshare", owner::unshare))
        .service(post("/results/{key}/research", research::choose))
        .service(post("/results/{key}/again", owner::again))
        .service(post("/results/{key}/answers", restart::restart))
        .service(both("/results/{key}/delete", owner::ask_delete, owner::delete))
        .service(both("/results/{key}/interests", interests::show, interests::save))
        .service(post("/results/{key}/interests/share", interests::share))
        .service(both("/results/{key}/interests/delete", interests::ask_delete, interests::delete))
        .service(get("/deleted", owner::deleted))
        .service(get("/shared/{key}", shared::show))
        .service(get("/shared/{key}/interests", interests::shared))
        .service(both("/side-by-side", compare::show, compare::choose))
        .service(get("/sample", sample::show))
        .service(get("/careers", careers::pages::browse))
        .service(both("/shortlist", shortlist::of_device, shortlist::change_device))
        .service(get("/compare", shortlist::compare))
        .service(both("/results/{key}/shortlist", shortlist::of_result, shortlist::change_result))
        .service(get("/results/{key}/compare", shortlist::compare_for_owner))
        .service(get("/results/{key}/careers", careers::ranking::owner))
        .service(get("/results/{key}/careers.json", careers::downloads::json))
        .service(get("/results/{key}/careers.csv", careers::downloads::csv))
        .service(get("/results/{key}/careers/interests", interests::from_address))
        .service(get("/results/{key}/careers/{soc}", careers::ranking::owner_one))
        .service(get("/shared/{key}/careers", careers::ranking::shared))
        .service(get("/shared/{key}/careers/interests", interests::from_shared_address))
        .service(get("/shared/{key}/careers/{soc}", careers::ranking::shared_one))
        .service(get("/careers/{soc}", careers::pages::occupation))
        .service(get("/api", api::page::show))
        .service(get("/api/openapi.json", api::description::openapi))
        .service(get("/api/v1/careers", api::careers::list))
        .service(get("/api/v1/careers/{soc}", api::career::one))
        .service(get("/api/v1/statistics", statistics::json::show))
        .service(get("/manager", manager::pages::home))
        .service(get("/manager.json", manager::home_json))
        .service(get("/manager/servers", manager::list::list))
        .service(get("/manager/servers.json", manager::servers_json))
        .service(both("/manager/size", manager::size::show, manager::size::set))
        .service(both("/manager/stop", manager::size::ask_stop, manager::size::stop))
        .service(both("/manager/policy", manager::policy::show, manager::policy::set))
        .service(get("/manager/policy.json", manager::policy_json))
        .service(get("/manager/servers/{id}", manager::server_page::show))
        .service(get("/manager/servers/{id}/minutes.json", manager::server_json))
        .service(both("/manager/servers/{id}/remove", manager::removal::ask, manager::removal::remove))
        .default_service(web::to(|| async { Err::<&str, _>(WebError::NotFound) }));
}

/// The application: a route table inside the middleware, outermost last.
pub fn app(
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
    App::new()
        .app_data(state)
        .configure(routes)
        .wrap(from_fn(taken_over::set_cookies))
        .wrap(from_fn(security::same_origin))
        .wrap(from_fn(admission::admit))
        .wrap(from_fn(rate::limit))
        .wrap(from_fn(security::https_only))
        .wrap(from_fn(present::present))
        .wrap(from_fn(canonical::lead))
        .wrap(Compress::default())
        .wrap(from_fn(security::headers))
        .wrap(from_fn(admission::mark))
        .wrap(TracingLogger::<RequestSpan>::new())
}

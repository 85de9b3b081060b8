//! The description of the JSON addresses in the form of OpenAPI 3.1, made from the types that the handlers take and answer.

use actix_web::{HttpResponse, web};
use utoipa::OpenApi;
use utoipa::openapi::{OpenApi as Description, Server};

use super::{career, careers, texts};
use crate::config::Settings;
use crate::web::api::refusals::Always;
use crate::web::careers::downloads as rankings;
use crate::web::error::WebError;
use crate::web::health;
use crate::web::page::{Keeping, keep};
use crate::web::problem::Problem;
use crate::web::result::{downloads, owner};
use crate::web::state::AppState;
use crate::web::statistics::json as statistics;
use crate::web::visit::autosave;

/// Where the description is.
pub const PATH: &str = "/api/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(title = "Calling", license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    paths(
        texts::classify_mbti,
        texts::classify_big_five,
        texts::get_career_recommendations,
        careers::list,
        career::one,
        statistics::show,
        owner::show,
        downloads::export_json,
        rankings::json,
        owner::ask_delete,
        owner::delete,
        autosave::autosave,
        health::health,
        health::ready,
        openapi,
    ),
    components(schemas(Problem)),
    tags(
        (name = "Texts", description = "A text in, a reading out."),
        (name = "Careers", description = "The catalog of occupations."),
        (name = "Statistics", description = "What the results of this site add up to."),
        (name = "Results", description = "What is stored of a text or a questionnaire, for whoever has its key."),
        (name = "Questionnaire", description = "What this site's own pages use."),
        (name = "Probes", description = "For load balancers and monitors."),
        (name = "Description", description = "This document."),
    )
)]
struct Described;

/// The description of this server, with its limits.
pub fn of(settings: &Settings) -> Description {
    let mut description = Described::openapi();
    description.info.description = Some(introduction(settings));
    description.servers = Some(vec![Server::new("/")]);
    description
}

/// What holds for every address, a paragraph each.
fn introduction(settings: &Settings) -> String {
    let server = &settings.server;
    let limit = match server.rate_limit {
        0 => "This server has no limit on requests.".to_owned(),
        requests => format!(
            "A client may send {} requests at once and {requests} a minute; /health and /ready do not count.",
            server.rate_burst
        ),
    };
    [
        "Programs get the same readings as people. No account and no key is needed. A result is an idea to explore, never \
         a basis for hiring."
            .to_owned(),
        format!(
            "A body may have {} and has to arrive at 1 KiB a second or faster. A text is read within {} seconds, or \
             refused with 503. {limit} A client over a limit is answered with 429. Answers with 429 and 503 say in \
             Retry-After when to try again.",
            server.body_limit_text(),
            settings.inference.deadline.as_secs_f64(),
        ),
        "Errors are JSON. Addresses that browsers ask too answer them with an error page, if they accept text/html. What \
         is no HTTP, or comes too slowly to be read at all, is answered in plain text with 400, 408 or 431 before any \
         address is looked at. An address that does not take a method answers 405 with Allow. Behind a proxy that says \
         that a request came over http, a site with https answers 308."
            .to_owned(),
    ]
    .join("\n\n")
}

/// GET /api/openapi.json
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "description",
    tag = "Description",
    summary = "This document",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object), Always)
)]
pub async fn openapi(state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let mut answer = HttpResponse::Ok().json(of(&state.settings));
    keep(&mut answer, Keeping::Public);
    Ok(answer)
}

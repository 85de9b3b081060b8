//! What addresses answer besides what was asked for, in the description of the JSON addresses.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder,
};
use utoipa::{IntoParams, IntoResponses, ToSchema};

use crate::web::error::{sentence, title};
use crate::web::problem::Problem;

/// What every address may answer.
pub struct Always;

/// What an address may answer that reads or changes what is stored.
pub struct OfRecords;

/// What an address of one result may answer.
pub struct OfResults;

/// The key in the path of a result.
pub struct ResultKey;

/// What an address may answer that takes a body.
pub struct OfBodies;

/// What an address may answer that has the models read a text.
pub struct OfTexts;

type Responses = BTreeMap<String, RefOr<Response>>;

impl IntoResponses for Always {
    fn responses() -> Responses {
        BTreeMap::from([
            refusal(
                400,
                "The request was not understood. `message` says what was expected and what was found.",
            ),
            waiting(429, "This client has too many requests in progress, or is over its limit."),
            refusal(500, "Something is wrong with the server. Its log has the cause under `request_id`."),
        ])
    }
}

impl IntoResponses for OfRecords {
    fn responses() -> Responses {
        BTreeMap::from([waiting(503, "The database cannot be reached, or its disk is full.")])
    }
}

impl IntoResponses for OfResults {
    fn responses() -> Responses {
        let mut all = OfRecords::responses();
        all.extend([refusal(404, "No result has this key, or it was deleted.")]);
        all
    }
}

impl IntoParams for ResultKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        // 32 bytes in base64url.
        let pattern = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Za-z0-9_-]{43}$"));
        let key = ParameterBuilder::new()
            .name("key")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("The result's key, from its address."))
            .schema(Some(pattern));
        vec![key.build()]
    }
}

impl IntoResponses for OfBodies {
    fn responses() -> Responses {
        BTreeMap::from([
            refusal(408, "The body took too long to arrive."),
            refusal(413, "The body is over the limit, which `message` names."),
            refusal(415, "The body has another content type than this address takes."),
        ])
    }
}

impl IntoResponses for OfTexts {
    fn responses() -> Responses {
        let busy = "There is more to read than this server can accept, it did not finish in time, or it is stopping. A \
                    text that was stored all the same has its result under `Location`.";
        BTreeMap::from([waiting(503, busy)])
    }
}

/// A refusal with a JSON body.
fn refusal(status: u16, description: &str) -> (String, RefOr<Response>) {
    (status.to_string(), described(status, description).build().into())
}

/// The same with the time after which to try again.
fn waiting(status: u16, description: &str) -> (String, RefOr<Response>) {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    let header = HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds after which to try again."))
        .build();
    let response = described(status, description).header("Retry-After", header);
    (status.to_string(), response.build().into())
}

fn described(status: u16, description: &str) -> ResponseBuilder {
    let known = StatusCode::from_u16(status).unwrap_or_default();
    let example = Problem {
        message: sentence(known),
        title: title(known),
        status,
        request_id: "0f0e6f6e-2f5e-4a53-9d3e-3f1f8f2d6a11",
    };
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(Problem::name())))
        .example(serde_json::to_value(example).ok())
        .build();
    ResponseBuilder::new().description(description).content("application/json", content)
}

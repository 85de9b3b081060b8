//! The JSON endpoints: a text in; labels with probabilities, or careers, out.

use std::time::{Duration, Instant};

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use utoipa::openapi::schema::{AdditionalProperties, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::body::PostedText;
use super::refusals::{Always, OfBodies, OfTexts};
use super::sent::{Pending, Sent};
use super::timing::{self, SERVER_TIMING};
use crate::careers::Recommendations;
use crate::personality::{Mbti, ModelKind, Trait};
use crate::records::Stages;
use crate::submissions::{NotRead, ReadError};
use crate::web::address;
use crate::web::client;
use crate::web::error::WebError;
use crate::web::rate_limit::RESULT_BYTES;
use crate::web::state::AppState;

/// The 16 types and their probabilities, highest first.
struct TypeProbabilities;

/// The five traits and their probabilities, highest first.
struct TraitProbabilities;

impl PartialSchema for TypeProbabilities {
    fn schema() -> RefOr<Schema> {
        labels(Mbti::ALL.map(Mbti::name))
    }
}

impl ToSchema for TypeProbabilities {}

impl PartialSchema for TraitProbabilities {
    fn schema() -> RefOr<Schema> {
        labels(Trait::ALL.map(Trait::name))
    }
}

impl ToSchema for TraitProbabilities {}

/// An object with a probability for each of these names.
fn labels<const N: usize>(names: [&'static str; N]) -> RefOr<Schema> {
    let probability = || {
        let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0.0)).maximum(Some(1.0));
        number.description(Some("With three decimals."))
    };
    let object = ObjectBuilder::new().description(Some("Highest first."));
    names
        .into_iter()
        .fold(object, |object, name| object.property(name, probability()).required(name))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .into()
}

/// `POST /classify_mbti`: the 16 types and their probabilities, highest first.
#[utoipa::path(
    post,
    path = "/classify_mbti",
    tag = "Texts",
    summary = "The 16 types and their probabilities",
    description = "Reads a text and keeps nothing of it. The page /about says what these numbers are worth.",
    request_body(content = PostedText, example = json!({ "text": "I like quiet mornings." })),
    responses(
        (status = 200, description = "Every type, the likeliest first.", body = TypeProbabilities,
         headers(("Server-Timing" = String, description = "Where the time went, in milliseconds."))),
        Always, OfBodies, OfTexts,
    )
)]
pub async fn classify_mbti(
    state: web::Data<AppState>,
    PostedText(text): PostedText,
) -> Result<HttpResponse, WebError> {
    classify(&state, ModelKind::Mbti, text).await
}

/// `POST /classify_big_five`: the five traits and their probabilities, highest first.
#[utoipa::path(
    post,
    path = "/classify_big_five",
    tag = "Texts",
    summary = "The five traits and their probabilities",
    description = "Reads a text and keeps nothing of it. The page /about says what these numbers are worth.",
    request_body(content = PostedText, example = json!({ "text": "I like quiet mornings." })),
    responses(
        (status = 200, description = "Every trait, the highest first.", body = TraitProbabilities,
         headers(("Server-Timing" = String, description = "Where the time went, in milliseconds."))),
        Always, OfBodies, OfTexts,
    )
)]
pub async fn classify_big_five(
    state: web::Data<AppState>,
    PostedText(text): PostedText,
) -> Result<HttpResponse, WebError> {
    classify(&state, ModelKind::BigFive, text).await
}

async fn classify(state: &AppState, which: ModelKind, text: String) -> Result<HttpResponse, WebError> {
    let started = Instant::now();
    let answer = state.submissions.label(text, which, state.settings.inference.deadline).await;
    match answer.map_err(refused)?.reading {
        Ok(told) => Ok(answered(&told.stages, started).body(told.answer)),
        Err(ReadError::Busy { retry_after }) => Err(busy(LATE, retry_after, None)),
        Err(ReadError::Stopped) => Err(busy(STOPPING, SOON, None)),
        Err(error @ ReadError::Failed { .. }) => Err(WebError::internal(error)),
    }
}

/// `POST /get_career_recommendations`: stores the text and answers with the careers once it has been read. `Location`
/// is the address of the stored result, even if it is not ready in time. A text that could not be read in time is
/// refused before it is stored. The text of a client that disconnects is deleted.
#[utoipa::path(
    post,
    path = "/get_career_recommendations",
    tag = "Texts",
    summary = "Careers for a text",
    description = "Reads a text with both models and **stores** it with its result. `Location` names the result's page: \
                   whoever has that address may read the result and delete it. The text of a client that disconnects \
                   before it has the answer is deleted.",
    request_body(content = PostedText, example = json!({ "text": "I like quiet mornings." })),
    responses(
        (status = 200, description = "The text was read.", body = Recommendations,
         headers(
             ("Location" = String, description = "The result's page, `/results/{key}`. Missing if the result was \
                                                  deleted meanwhile."),
             ("Server-Timing" = String, description = "Where the time went, in milliseconds."),
         ),
         example = json!({
             "MBTI": [
                 { "INTJ": [{ "Type": "INTJ", "Career": "Actuaries", "Average Salary (USD)": 134990 }] },
                 { "INFJ": [] }
             ],
             "big_5": [
                 { "Openness": [{ "Type": "Openness", "Career": "Architects", "Average Salary (USD)": 105670 }] },
                 { "Agreeableness": [] }
             ]
         })),
        Always, OfBodies, OfTexts,
    )
)]
pub async fn get_career_recommendations(
    request: HttpRequest,
    state: web::Data<AppState>,
    PostedText(text): PostedText,
) -> Result<HttpResponse, WebError> {
    let started = Instant::now();
    let client = client::of(&request, &state.settings.server);
    let counted = state.rate_limit.take_bytes(client, text.len() + RESULT_BYTES);
    counted.map_err(|retry_after| WebError::TooManyRequests { retry_after })?;
    let answer = state.submissions.read_now(text, state.settings.inference.deadline).await;
    let answer = answer.map_err(refused)?;
    let location = answer.receipt.as_ref().map(|receipt| address::result(receipt.key()));
    let error = match answer.reading {
        Ok(told) => {
            let mut response = answered(&told.stages, started);
            if let Some(location) = location {
                response.insert_header((header::LOCATION, location));
            }
            return Ok(match answer.receipt {
                Some(receipt) => response.body(Sent::new(told.answer, Pending::new(&request, receipt))),
                None => response.body(told.answer),
            });
        }
        Err(error) => error,
    };
    // The middleware makes the error's answer, so that the receipt waits at the connection for it.
    if let Some(receipt) = answer.receipt {
        Pending::new(&request, receipt).tell();
    }
    Err(match error {
        ReadError::Stopped => busy(STOPPING, SOON, location),
        ReadError::Busy { retry_after } => busy(LATE, retry_after, location),
        // A failed reading is tried again.
        ReadError::Failed { .. } => busy(LATE, SOON, location),
    })
}

const FULL: &str = "There is more to read than we can accept right now. Please try again later.";
const LATE: &str = "The text was not read in time. Please try again later.";
const STOPPING: &str = "This server is restarting. Please try again in a few seconds.";
/// When another server, or another attempt, is there.
const SOON: Duration = Duration::from_secs(5);

/// The error for a client whose text was neither read nor stored.
fn refused(error: NotRead) -> WebError {
    match error {
        NotRead::NotStored(error) => error.into(),
        NotRead::Refused(ReadError::Busy { retry_after }) => busy(FULL, retry_after, None),
        NotRead::Refused(ReadError::Stopped) => busy(STOPPING, SOON, None),
        NotRead::Refused(error @ ReadError::Failed { .. }) => WebError::internal(error),
    }
}

/// The error for a client without a reading: when to try again and, if the text was stored, the address of its result.
fn busy(reason: &'static str, retry_after: Duration, location: Option<String>) -> WebError {
    WebError::Busy { reason, retry_after, location }
}

/// A JSON answer that says where the time went.
fn answered(stages: &Stages, started: Instant) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.content_type(ContentType::json());
    response.insert_header((SERVER_TIMING, timing::of(stages, started.elapsed())));
    response
}

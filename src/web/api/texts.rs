//! The JSON endpoints: a text in, labels with probabilities or careers out.

use std::time::{Duration, Instant};

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};

use super::body::PostedText;
use super::sent::{Pending, Sent};
use super::timing::{self, SERVER_TIMING};
use crate::inference::{Deadline, InferenceError, ModelReading, Passage};
use crate::personality::{self, Mbti, ModelKind, Trait, readout};
use crate::submissions::{NotRead, ReadError};
use crate::web::address;
use crate::web::client;
use crate::web::error::WebError;
use crate::web::rate_limit::RESULT_BYTES;
use crate::web::state::AppState;

/// `POST /classify_mbti`: the 16 types and their probabilities, highest first.
pub async fn classify_mbti(
    state: web::Data<AppState>,
    PostedText(text): PostedText,
) -> Result<HttpResponse, WebError> {
    let reading = classify(&state, ModelKind::Mbti, text).await?;
    let probabilities =
        readout::type_probabilities(&reading.labels, &reading.probabilities).map_err(WebError::internal)?;
    let named = Mbti::ALL.into_iter().map(|t| (t.name(), probabilities[t.index()]));
    Ok(answer(&reading, object(named)))
}

/// `POST /classify_big_five`: the five traits and their probabilities, highest first.
pub async fn classify_big_five(
    state: web::Data<AppState>,
    PostedText(text): PostedText,
) -> Result<HttpResponse, WebError> {
    let reading = classify(&state, ModelKind::BigFive, text).await?;
    let probabilities =
        readout::trait_probabilities(&reading.labels, &reading.probabilities).map_err(WebError::internal)?;
    let named = Trait::ALL.into_iter().map(|t| (t.name(), probabilities[t.index()]));
    Ok(answer(&reading, object(named)))
}

async fn classify(state: &AppState, which: ModelKind, text: String) -> Result<ModelReading, WebError> {
    let deadline = Deadline::within(state.settings.inference.deadline);
    let reading = state.engine.classify(which, Passage::new(text), deadline).await;
    reading.map_err(|error| not_read(state, error, None))
}

/// `POST /get_career_recommendations`: stores the text and answers with the careers once it has been read. `Location` names
/// the stored result, also when it is not ready in time. A text that could not be read in time is refused before it is
/// stored, and the text of a client that disconnects is deleted.
pub async fn get_career_recommendations(
    request: HttpRequest,
    state: web::Data<AppState>,
    PostedText(text): PostedText,
) -> Result<HttpResponse, WebError> {
    let started = Instant::now();
    let client = client::of(&request, &state.settings.server);
    let counted = state.rate_limit.take_bytes(client, text.len() + RESULT_BYTES);
    counted.map_err(|retry_after| WebError::TooManyRequests { retry_after })?;
    let answer = match state.submissions.read_now(text, state.settings.inference.deadline).await {
        Ok(answer) => answer,
        Err(NotRead::NotStored(error)) => return Err(error.into()),
        Err(NotRead::Refused(ReadError::Busy { retry_after })) => {
            return Err(not_read(&state, InferenceError::QueueFull { retry_after }, None));
        }
        Err(NotRead::Refused(ReadError::Stopped)) => {
            return Err(not_read(&state, InferenceError::Stopped, None));
        }
        Err(NotRead::Refused(error @ ReadError::Failed { .. })) => return Err(WebError::internal(error)),
    };
    let location = answer.receipt.as_ref().map(|receipt| address::result(receipt.key()));
    let error = match answer.reading {
        Ok(finished) => {
            let careers = serde_json::to_string(&*finished.careers).map_err(WebError::internal)?;
            let mut response = HttpResponse::Ok();
            response.content_type(ContentType::json());
            response.insert_header((SERVER_TIMING, timing::of_stored(&finished.reading, started.elapsed())));
            if let Some(location) = location {
                response.insert_header((header::LOCATION, location));
            }
            return Ok(match answer.receipt {
                Some(receipt) => response.body(Sent::new(careers, Pending::new(&request, receipt))),
                None => response.body(careers),
            });
        }
        Err(error) => error,
    };
    // The middleware writes the error's body, so that the receipt waits at the connection for it.
    if let Some(receipt) = answer.receipt {
        Pending::new(&request, receipt).tell();
    }
    match error {
        ReadError::Stopped => Err(not_read(&state, InferenceError::Stopped, location)),
        // A failed reading is tried again.
        ReadError::Busy { .. } | ReadError::Failed { .. } => {
            Err(not_read(&state, InferenceError::Deadline, location))
        }
    }
}

/// The error for a client without a reading: when to try again and, if the text was stored, where its result will be.
fn not_read(state: &AppState, error: InferenceError, location: Option<String>) -> WebError {
    let (reason, retry_after) = match error {
        InferenceError::QueueFull { retry_after } => {
            ("There is more to read than we can accept right now. Please try again later.", retry_after)
        }
        InferenceError::Deadline => {
            ("The text was not read in time. Please try again later.", state.engine.estimated_wait())
        }
        InferenceError::Stopped => {
            ("This server is restarting. Please try again in a few seconds.", Duration::from_secs(5))
        }
        fault => return WebError::internal(fault),
    };
    WebError::Busy { reason, retry_after, location }
}

/// Labels and probabilities, highest first, with three decimals.
fn object(named: impl Iterator<Item = (&'static str, f64)>) -> Map<String, Value> {
    personality::listed(named).into_iter().map(|(name, p)| (name.to_owned(), Value::from(p))).collect()
}

fn answer(reading: &ModelReading, body: Map<String, Value>) -> HttpResponse {
    HttpResponse::Ok().insert_header((SERVER_TIMING, timing::of_reading(&reading.timings))).json(body)
}

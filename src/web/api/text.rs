//! The JSON endpoints that the original's clients know: text in, labels with probabilities or careers out.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use actix_web::dev::Payload;
use actix_web::http::header::{self, ContentType};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};

use super::sent::Sent;
use crate::inference::{Deadline, InferenceError, ModelReading, Passage, Timings};
use crate::personality::{self, Mbti, ModelKind, Pair, Trait, readout};
use crate::records::{ModelRead, Stages};
use crate::submissions::{NotRead, ReadError};
use crate::web::address;
use crate::web::error::WebError;
use crate::web::state::AppState;

/// The body of every JSON endpoint, checked: `{"text": "…"}` with something in it.
pub struct PostedText(pub String);

const EXPECTED: &str = "Expected a JSON object with a text, such as {\"text\": \"I like quiet mornings.\"}";

impl FromRequest for PostedText {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<PostedText, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.mime_type().ok().flatten().is_some_and(|mime| {
            mime.essence_str() == "application/json" || mime.suffix().is_some_and(|suffix| suffix == "json")
        });
        let limit = request
            .app_data::<web::Data<AppState>>()
            .map(|state| state.settings.server.body_limit_text())
            .unwrap_or_default();
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(WebError::UnsupportedMediaType { expected: "application/json" });
            }
            let body =
                body.await.map_err(|error| match error.as_response_error().status_code().as_u16() {
                    413 => WebError::TooLarge { limit },
                    _ => WebError::BadRequest("The body ended before it was whole.".to_owned()),
                })?;
            text_of(&body).map(PostedText)
        })
    }
}

/// The text in a body. U+0000, which one of the two databases cannot hold, becomes U+FFFD: no word changes, and both
/// store and read the same.
fn text_of(body: &[u8]) -> Result<String, WebError> {
    let refused = |found: &str| Err(WebError::BadRequest(format!("{EXPECTED}; {found}.")));
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return refused("found no valid JSON") };
    let Value::Object(mut fields) = body else { return refused("found JSON that is no object") };
    match fields.remove("text") {
        None => refused("found no text"),
        Some(Value::String(text)) if text.trim().is_empty() => refused("found an empty text"),
        Some(Value::String(text)) if text.contains('\0') => Ok(text.replace('\0', "\u{fffd}")),
        Some(Value::String(text)) => Ok(text),
        Some(_) => refused("found a text that is no string"),
    }
}

/// `POST /classify_mbti`: the 16 types and their probabilities, highest first.
pub async fn classify_mbti(
    state: web::Data<AppState>,
    PostedText(text): PostedText,
) -> Result<HttpResponse, WebError> {
    let reading = classify(&state, ModelKind::Mbti, text).await?;
    let probabilities =
        readout::type_probabilities(&reading.labels, &reading.probabilities).map_err(WebError::internal)?;
    let named = Mbti::ALL.into_iter().map(|t| (t.name(), probabilities[t.index()]));
    Ok(timed(&reading.timings).json(object(named)))
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
    Ok(timed(&reading.timings).json(object(named)))
}

async fn classify(state: &AppState, which: ModelKind, text: String) -> Result<ModelReading, WebError> {
    let deadline = Deadline::within(state.settings.inference.deadline);
    let reading = state.engine.classify(which, Passage::new(text), deadline).await;
    reading.map_err(|error| put_off(state, error, None))
}

/// `POST /get_career_recommendations`: stores the text, and answers with the careers once it is read. The answer names
/// where the stored result is, also when it has to say "not yet". A text that would not be read in time is refused before
/// it is stored, and that of a client who leaves is deleted.
pub async fn get_career_recommendations(
    state: web::Data<AppState>,
    PostedText(text): PostedText,
) -> Result<HttpResponse, WebError> {
    let started = Instant::now();
    let answer = match state.submissions.read_now(text, state.settings.inference.deadline).await {
        Ok(answer) => answer,
        Err(NotRead::NotStored(error)) => return Err(error.into()),
        Err(NotRead::Refused(ReadError::Busy { retry_after })) => {
            return Err(put_off(&state, InferenceError::QueueFull { retry_after }, None));
        }
        Err(NotRead::Refused(ReadError::Stopped)) => {
            return Err(put_off(&state, InferenceError::Stopped, None));
        }
        Err(NotRead::Refused(error @ ReadError::Failed { .. })) => return Err(WebError::internal(error)),
    };
    let location = answer.receipt.as_ref().map(|receipt| address::result(receipt.key()));
    let reading = match answer.reading {
        Ok(finished) => {
            let careers = serde_json::to_string(&*finished.careers).map_err(WebError::internal)?;
            let mut response = HttpResponse::Ok();
            response.content_type(ContentType::json());
            response.insert_header((SERVER_TIMING, stages_of(&finished.reading, started.elapsed())));
            if let Some(location) = location {
                response.insert_header((header::LOCATION, location));
            }
            return Ok(match answer.receipt {
                Some(receipt) => response.body(Sent::new(careers, receipt)),
                None => response.body(careers),
            });
        }
        Err(error) => error,
    };
    // The error's body is made elsewhere, so this is said a moment before it is sent.
    if let Some(receipt) = answer.receipt {
        receipt.told();
    }
    match reading {
        ReadError::Stopped => Err(put_off(&state, InferenceError::Stopped, location)),
        // A failed reading is tried again.
        ReadError::Busy { .. } | ReadError::Failed { .. } => {
            Err(put_off(&state, InferenceError::Deadline, location))
        }
    }
}

/// What a client is told when there is no reading: when to come back and, where something was stored, where to look.
fn put_off(state: &AppState, error: InferenceError, location: Option<String>) -> WebError {
    let (reason, retry_after) = match error {
        InferenceError::QueueFull { retry_after } => {
            ("There is more to read than we can take on just now. Please come back in a while.", retry_after)
        }
        InferenceError::Deadline => {
            ("The text was not read in time. Please come back in a while.", state.engine.estimated_wait())
        }
        InferenceError::Stopped => {
            ("This server is being restarted. Please come back in a few seconds.", Duration::from_secs(5))
        }
        fault => return WebError::internal(fault),
    };
    WebError::Busy { reason, retry_after, location }
}

/// Labels and probabilities as they are listed: three decimals, highest first.
fn object(named: impl Iterator<Item = (&'static str, f64)>) -> Map<String, Value> {
    personality::listed(named).into_iter().map(|(name, p)| (name.to_owned(), Value::from(p))).collect()
}

const SERVER_TIMING: header::HeaderName = header::HeaderName::from_static("server-timing");

/// A 200 that says where the time went, as browsers' developer tools read it.
fn timed(timings: &Timings) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    let stages = stages(&[
        ("queue", timings.queue),
        ("tokenize", timings.tokenize),
        ("forward", timings.forward),
        ("total", timings.total),
    ]);
    answer.insert_header((SERVER_TIMING, stages));
    answer
}

/// The stages of the slower of the two readings, and how long the whole request took.
fn stages_of(reading: &Pair<ModelRead>, total: Duration) -> String {
    let [mbti, big_five] = [&reading.mbti, &reading.big_five].map(|model| model.milliseconds);
    let Stages { queue, tokenize, forward, .. } = if mbti.total > big_five.total { mbti } else { big_five };
    let time = |milliseconds: f64| Duration::from_secs_f64(milliseconds / 1e3);
    stages(&[
        ("queue", time(queue)),
        ("tokenize", time(tokenize)),
        ("forward", time(forward)),
        ("total", total),
    ])
}

/// The header's value: each stage with its milliseconds.
fn stages(stages: &[(&str, Duration)]) -> String {
    let stage = |(name, time): &(&str, Duration)| format!("{name};dur={:.1}", time.as_secs_f64() * 1e3);
    stages.iter().map(stage).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> String {
        match text_of(body.as_bytes()) {
            Err(WebError::BadRequest(said)) => said,
            Err(other) => panic!("{other}"),
            Ok(text) => panic!("taken: {text}"),
        }
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said_with_what_was_expected() {
        for (body, found) in [
            ("", "no valid JSON"),
            ("{\"text\": ", "no valid JSON"),
            ("[\"text\"]", "no object"),
            ("{}", "no text"),
            ("{\"txt\": \"a\"}", "no text"),
            ("{\"text\": \" \\n\"}", "an empty text"),
            ("{\"text\": 7}", "no string"),
            ("{\"text\": null}", "no string"),
        ] {
            let said = said(body);
            assert!(said.starts_with(EXPECTED) && said.contains(found), "{body}: {said}");
        }
    }

    #[test]
    fn server_timing_names_the_stages_of_the_slower_reading() {
        let read = |queue, total| ModelRead {
            milliseconds: Stages { queue, tokenize: 2.0, forward: 3.25, total },
            ..ModelRead::default()
        };
        let reading = Pair { mbti: read(1.5, 6.75), big_five: read(7.5, 12.75) };
        let said = "queue;dur=7.5, tokenize;dur=2.0, forward;dur=3.2, total;dur=20.0";
        assert_eq!(stages_of(&reading, Duration::from_millis(20)), said);
        let reading = Pair { mbti: read(9.5, 14.75), ..reading };
        assert!(stages_of(&reading, Duration::ZERO).starts_with("queue;dur=9.5"));
    }

    #[test]
    fn a_null_character_never_reaches_a_database() {
        assert_eq!(text_of(b"{\"text\": \"a\\u0000b\"}").unwrap(), "a\u{fffd}b");
    }
}

//! The body that every JSON endpoint takes.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use serde_json::Value;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::json::{self, NotJson};
use crate::survey::{is_blank, seen_pattern};
use crate::web::body::Reader;
use crate::web::error::WebError;
use crate::web::state::AppState;

/// The text in a body of the form `{"text": "…"}`, not blank.
pub struct PostedText(pub String);

impl PartialSchema for PostedText {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(seen_pattern()))
            .description(Some("What to read, in English. At least one character of it can be seen."));
        ObjectBuilder::new().property("text", text).required("text").into()
    }
}

impl ToSchema for PostedText {
    fn name() -> Cow<'static, str> {
        "Text".into()
    }
}

const EXPECTED: &str = "Expected a JSON object with a text, such as {\"text\": \"I like quiet mornings.\"}";

impl FromRequest for PostedText {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<PostedText, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.mime_type().ok().flatten().is_some_and(|mime| {
            mime.essence_str() == "application/json" || mime.suffix().is_some_and(|suffix| suffix == "json")
        });
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if !is_json {
                return Err(WebError::UnsupportedMediaType { expected: "application/json" });
            }
            let state = request.app_data::<web::Data<AppState>>().cloned();
            let state = state.ok_or_else(|| WebError::internal("the application has no state"))?;
            let server = &state.settings.server;
            let mut body = Reader::new(&request, payload, &state);
            if declares_more_than(&request, server.body_limit_bytes())
                || !body.up_to(server.body_limit_bytes()).await?
            {
                return Err(WebError::TooLarge { limit: server.body_limit_text() });
            }
            text_of(&body.bytes).map(PostedText)
        })
    }
}

/// Whether the head already announces a body over the limit.
fn declares_more_than(request: &HttpRequest, limit: usize) -> bool {
    let length =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > limit as u64)
}

/// Parses a body. U+0000, which PostgreSQL cannot store, becomes U+FFFD. That changes no word.
pub fn text_of(body: &[u8]) -> Result<String, WebError> {
    let refused = |found: &str| Err(WebError::BadRequest(format!("{EXPECTED}; {found}.")));
    let body = match json::parse(body) {
        Ok(body) => body,
        Err(NotJson { found, line, column }) => {
            return refused(&format!("found {found} in line {line}, column {column}"));
        }
    };
    let Value::Object(mut fields) = body else { return refused("found JSON that is not an object") };
    match fields.remove("text") {
        None => refused("found no text"),
        Some(Value::String(text)) if is_blank(&text) => refused("found an empty text"),
        Some(Value::String(text)) if text.contains('\0') => Ok(text.replace('\0', "\u{fffd}")),
        Some(Value::String(text)) => Ok(text),
        Some(_) => refused("found a text that is not a string"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> String {
        match text_of(body.as_bytes()) {
            Err(WebError::BadRequest(sentence)) => sentence,
            Err(other) => panic!("{other}"),
            Ok(text) => panic!("accepted: {text}"),
        }
    }

    #[test]
    fn a_refusal_says_what_was_expected_and_what_was_found() {
        for (body, found) in [
            ("", "not valid JSON"),
            ("{\"text\": ", "not valid JSON"),
            ("[\"text\"]", "not an object"),
            ("{}", "no text"),
            ("{\"txt\": \"a\"}", "no text"),
            ("{\"text\": \" \\n\"}", "an empty text"),
            ("{\"text\": \"\u{2800}\u{fe0f}\u{ad}\"}", "an empty text"),
            ("{\"text\": \"a\nb\"}", "a line break (write \\n) inside a string in line 1, column 12"),
            ("{\"text\": 7}", "not a string"),
            ("{\"text\": null}", "not a string"),
        ] {
            let said = refused(body);
            assert!(said.starts_with(EXPECTED) && said.contains(found), "{body}: {said}");
        }
    }

    #[test]
    fn a_null_character_never_reaches_a_database() {
        assert_eq!(text_of(b"{\"text\": \"a\\u0000b\"}").unwrap(), "a\u{fffd}b");
    }
}

//! Posted forms, as browsers send them: `application/x-www-form-urlencoded` in UTF-8.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use bytesize::ByteSize;
use url::form_urlencoded;

use super::body::Reader;
use super::cookies;
use super::error::WebError;
use super::state::AppState;
use super::typed::Typed;
use crate::records::DraftState;
use crate::survey::{MAX_ANSWER_CHARS, QUESTION_COUNT};

/// The largest form in bytes, for a page of questions that belongs to a draft: all open answers at their full length in
/// characters of four bytes, which a form encodes as twelve. A page needs less. An answer that is too long must still
/// arrive, so that the page can show it again.
const LARGEST: usize = QUESTION_COUNT * MAX_ANSWER_CHARS * 12 + 64 * 1024;
/// The pages of questions.
const PAGE: &str = "/questions/{page}";
/// The paths that answers are posted to: the pages, and their script.
const OF_ANSWERS: [&str; 2] = [PAGE, "/answers"];
const FORM: &str = "application/x-www-form-urlencoded";
/// More fields than any page has. Limited because each takes memory beyond its bytes.
const MOST_FIELDS: usize = 512;

/// The fields of a posted form in the order of the page.
pub struct Form(Vec<(String, String)>);

impl Deref for Form {
    type Target = [(String, String)];

    fn deref(&self) -> &[(String, String)] {
        &self.0
    }
}

impl FromRequest for Form {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Form, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let state = request.app_data::<web::Data<AppState>>().cloned();
            let state = state.ok_or_else(|| WebError::internal("the application has no state"))?;
            Form::read(&request, payload, &state, true).await
        })
    }
}

impl Form {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// If it is not a form, too large, too slow or incomplete.
    async fn read(
        request: &HttpRequest,
        payload: Payload,
        state: &web::Data<AppState>,
        may_be_large: bool,
    ) -> Result<Form, WebError> {
        let is_utf8 = request.encoding().is_ok_and(|encoding| encoding.name() == "UTF-8");
        if request.content_type() != FORM || !is_utf8 {
            return Err(WebError::UnsupportedMediaType {
                expected: "application/x-www-form-urlencoded in UTF-8",
            });
        }
        let usual = state.settings.server.body_limit_bytes();
        let mut body = Reader::new(request, payload, state);
        let mut limit = usual;
        let mut ended = body.up_to(limit).await?;
        if !ended && may_be_large && takes_large_forms(request, state).await? {
            limit = usual.max(LARGEST);
            ended = body.up_to(limit).await?;
        }
        let form = Form::parse(&body.bytes)?;
        if ended {
            return Ok(form);
        }
        let limit = ByteSize::b(limit as u64).display().iec().to_string().replace(".0 ", " ");
        Err(WebError::TooLarge { limit }.showing(Typed::of(&state.questionnaire, &form)))
    }

    pub fn parse(body: &[u8]) -> Result<Form, WebError> {
        let fields: Vec<_> = form_urlencoded::parse(body).into_owned().take(MOST_FIELDS + 1).collect();
        if fields.len() > MOST_FIELDS {
            return Err(WebError::BadRequest(format!("A form has at most {MOST_FIELDS} fields.")));
        }
        Ok(Form(fields))
    }
}

/// The value of a field; empty if it is missing. Of several with this name it is the last one, which a button adds.
pub fn value<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().rfind(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
}

/// Adds the posted words to the refusal of a page. If the body cannot be read, the refusal stays as it is.
pub async fn with_typed(
    request: &mut ServiceRequest,
    state: &web::Data<AppState>,
    error: WebError,
) -> WebError {
    let route = request.match_pattern();
    if request.method() != Method::POST || route.as_deref() != Some(PAGE) {
        return error;
    }
    let payload = request.take_payload();
    match Form::read(request.request(), payload, state, false).await {
        Ok(form) => error.showing(Typed::of(&state.questionnaire, &form)),
        Err(WebError::Unsaved { typed, .. }) => error.showing(typed),
        Err(_) => error,
    }
}

/// Whether this is a page of answers that belongs to an open draft.
async fn takes_large_forms(request: &HttpRequest, state: &AppState) -> Result<bool, WebError> {
    let route = request.match_pattern();
    if !route.is_some_and(|route| OF_ANSWERS.contains(&route.as_str())) {
        return Ok(false);
    }
    let keys = cookies::draft_keys(request, state);
    for key in keys.current.iter().chain(&keys.former) {
        let draft = state.store.draft(key).await?;
        if draft.is_some_and(|draft| draft.state == DraftState::Open) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_their_words() {
        let form = Form::parse("b=1&a=%C3%A9+%26&b=%0D%0A&c".as_bytes()).ok().unwrap();
        let fields: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(fields, [("b", "1"), ("a", "é &"), ("b", "\r\n"), ("c", "")]);
        assert_eq!([value(&form, "b"), value(&form, "c"), value(&form, "d")], ["\r\n", "", ""]);
    }

    #[test]
    fn a_form_of_empty_fields_is_refused_before_it_takes_memory() {
        let many = "a=&".repeat(MOST_FIELDS + 1);
        assert!(matches!(Form::parse(many.as_bytes()), Err(WebError::BadRequest(_))));
    }
}

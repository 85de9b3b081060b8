//! Security headers on every answer, and no POST from another site.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use crate::web::error::WebError;
use crate::web::route::API_PATHS;
use crate::web::state::AppState;

/// Scripts, styles and forms of this site only, nothing inline, no frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (header::PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    // The default; a handler that allows caching sets its own.
    (header::CACHE_CONTROL, "no-store"),
];

/// Adds the security headers that are not set yet.
pub fn add_headers(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Middleware: security headers on every answer, and `Strict-Transport-Security` where the public URL is https.
pub async fn headers<B: MessageBody>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    add_headers(headers);
    if state.settings.server.public_url.as_ref().is_some_and(|url| url.is_https()) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    Ok(response)
}

/// Middleware: refuses a POST that another site made the browser send.
///
/// `Sec-Fetch-Site` counts first, since no page can forge it; then `Origin`, compared with the public URL or, without one,
/// with the requested host. A request with neither does not come from a browser, so it carries no visitor's cookie. The JSON
/// endpoints use no cookies and are open to all.
pub async fn same_origin<B: MessageBody>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let public = state.settings.server.public_url.as_ref().map(|url| url.origin());
    if !request.method().is_safe()
        && !API_PATHS.contains(&request.path())
        && let Err(reason) = check_origin(request.headers(), public.as_deref())
    {
        return Ok(request.error_response(WebError::CrossOrigin(reason)).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn check_origin(headers: &HeaderMap, public: Option<&str>) -> Result<(), &'static str> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match text(&HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => return Ok(()),
        Some(_) => return Err("Sec-Fetch-Site is not same-origin"),
        None => {}
    }
    let Some(origin) = text(&header::ORIGIN) else { return Ok(()) };
    let same = match public {
        Some(public) => origin.eq_ignore_ascii_case(public),
        None => {
            let host = text(&header::HOST).unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
        }
    };
    if same { Ok(()) } else { Err("Origin is not this site") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], public: Option<&str>) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        check_origin(&map, public).is_ok()
    }

    #[test]
    fn sec_fetch_site_decides_before_origin() {
        assert!(check(&[("sec-fetch-site", "same-origin"), ("origin", "https://elsewhere")], None));
        assert!(!check(&[("sec-fetch-site", "cross-site"), ("origin", "http://a"), ("host", "a")], None));
        assert!(!check(&[("sec-fetch-site", "same-site")], None));
    }

    #[test]
    fn origin_must_be_the_public_url_or_the_requested_host() {
        let public = Some("https://calling.example.org");
        assert!(check(&[("origin", "https://calling.example.org"), ("host", "10.0.0.3:8080")], public));
        assert!(!check(&[("origin", "http://calling.example.org")], public));
        assert!(!check(&[("origin", "null"), ("host", "null")], public));
        assert!(check(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], None));
        assert!(!check(&[("origin", "http://evil.example"), ("host", "127.0.0.1:8080")], None));
        assert!(!check(&[("origin", "null"), ("host", "127.0.0.1:8080")], None));
    }

    #[test]
    fn a_program_that_sends_neither_is_accepted() {
        assert!(check(&[("host", "127.0.0.1:8080")], None));
    }

    #[test]
    fn nothing_inline_is_ever_allowed() {
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
    }
}

//! Security headers on every answer, and no POST from another site.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};

use crate::web::client;
use crate::web::error::WebError;
use crate::web::form;
use crate::web::route::API_PATHS;
use crate::web::state::AppState;

/// Scripts, styles and forms of this site only, nothing inline, no frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Requested by load balancers and supervisors over http.
const PROBES: [&str; 2] = ["/health", "/ready"];

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

/// `Strict-Transport-Security`, if the public URL is https.
const HTTPS_ONLY: &str = "max-age=31536000";

/// The names and values of all headers, for answers that do not come from a route.
pub fn all_headers(https: bool) -> impl Iterator<Item = (HeaderName, &'static str)> {
    let https_only = https.then_some((header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY));
    HEADERS.into_iter().chain(https_only)
}

/// Middleware: security headers on every answer, and `Strict-Transport-Security` if the public URL is https.
pub async fn headers<B: MessageBody>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    add_headers(headers);
    if state.settings.server.public_url.as_ref().is_some_and(|url| url.is_https()) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
    Ok(response)
}

/// Middleware: refuses a POST that another site made the browser send.
///
/// `Sec-Fetch-Site` counts first, since no page can forge it; then `Origin`, compared with the public URL or, without one,
/// with the host that links have: the requested one, or what a trusted proxy says was requested. A request with neither does
/// not come from a browser, so it carries no visitor's cookie. The JSON endpoints use no cookies and are open to all.
pub async fn same_origin<B: MessageBody>(
    state: web::Data<AppState>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let server = &state.settings.server;
    let asked = match &server.public_url {
        Some(url) => Asked::Origin(url.origin()),
        None => Asked::Host(client::host(request.request(), server)),
    };
    if !request.method().is_safe()
        && !API_PATHS.contains(&request.path())
        && let Err(reason) = check_origin(request.headers(), &asked)
    {
        let error = form::with_typed(&mut request, &state, WebError::CrossOrigin(reason)).await;
        return Ok(request.error_response(error).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// The target of a form on this site.
enum Asked {
    /// Scheme and host.
    Origin(String),
    /// The host alone, with its port.
    Host(String),
}

/// Middleware: redirects http requests to the public URL with 308, if that is https. Probes are exempt.
///
/// Only requests that a proxy reports as http are redirected. Otherwise a proxy that terminates TLS and does not report
/// it would cause an endless redirect.
pub async fn https_only<B: MessageBody>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let server = &state.settings.server;
    if let Some(url) = server.public_url.as_ref().filter(|url| url.is_https())
        && !PROBES.contains(&request.path())
        && client::came_over_http(request.request())
    {
        let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
        let mut answer = HttpResponse::PermanentRedirect();
        answer.insert_header((header::LOCATION, format!("{}{asked}", url.origin())));
        return Ok(request.into_response(answer.finish()).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn check_origin(headers: &HeaderMap, asked: &Asked) -> Result<(), &'static str> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match text(&HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => return Ok(()),
        Some(_) => return Err("Sec-Fetch-Site is not same-origin"),
        None => {}
    }
    let Some(origin) = text(&header::ORIGIN) else { return Ok(()) };
    let same = match asked {
        Asked::Origin(public) => origin.eq_ignore_ascii_case(public),
        Asked::Host(host) => origin.split_once("://").is_some_and(|(scheme, from)| {
            // Browsers leave out a scheme's own port, which some proxies add.
            let port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
            from.eq_ignore_ascii_case(host.strip_suffix(port).unwrap_or(host))
        }),
    };
    if same { Ok(()) } else { Err("Origin is not this site") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], asked: Asked) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        check_origin(&map, &asked).is_ok()
    }

    fn host(host: &str) -> Asked {
        Asked::Host(host.to_owned())
    }

    #[test]
    fn sec_fetch_site_decides_before_origin() {
        assert!(check(&[("sec-fetch-site", "same-origin"), ("origin", "https://elsewhere")], host("a")));
        assert!(!check(&[("sec-fetch-site", "cross-site"), ("origin", "http://a")], host("a")));
        assert!(!check(&[("sec-fetch-site", "same-site")], host("a")));
    }

    #[test]
    fn origin_must_be_the_public_url_or_the_requested_host() {
        let public = || Asked::Origin("https://calling.example.org".to_owned());
        assert!(check(&[("origin", "https://calling.example.org")], public()));
        assert!(!check(&[("origin", "http://calling.example.org")], public()));
        assert!(!check(&[("origin", "null")], public()));
        assert!(check(&[("origin", "http://127.0.0.1:8080")], host("127.0.0.1:8080")));
        assert!(check(&[("origin", "https://calling.example")], host("calling.example:443")));
        assert!(!check(&[("origin", "http://calling.example")], host("calling.example:443")));
        assert!(!check(&[("origin", "http://evil.example")], host("127.0.0.1:8080")));
        assert!(!check(&[("origin", "null")], host("null")));
    }

    #[test]
    fn a_program_that_sends_neither_is_accepted() {
        assert!(check(&[], host("127.0.0.1:8080")));
    }

    #[test]
    fn nothing_inline_is_ever_allowed() {
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
    }
}

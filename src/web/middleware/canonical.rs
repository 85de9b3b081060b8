//! Addresses as people and load balancers type them: with a slash too many or in capitals, or with the full stop of the sentence
//! that they stood in.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::header;
use actix_web::http::uri::{InvalidUriParts, PathAndQuery};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

/// Other names for pages: those that balancers ask by default, and that of a folder's page.
const OTHER_NAMES: [(&str, &str); 4] =
    [("/healthz", "/health"), ("/livez", "/health"), ("/readyz", "/ready"), ("/index.html", "/")];

/// Where a key follows, whose case counts.
const KEYED: [&[&str]; 4] = [&["results"], &["shared"], &["link"], &["admin", "users"]];

/// What follows an address in a text and is copied with it, also as browsers write it.
const TRAILING: [&str; 22] = [
    ".",
    ",",
    ";",
    ":",
    "!",
    ")",
    "]",
    ">",
    "'",
    "\"",
    "*",
    "%20",
    "%22",
    "%29",
    "%2c",
    "%3e",
    "%5d",
    "%c2%a0",
    "%c2%bb",
    "%e2%80%99",
    "%e2%80%9c",
    "%e2%80%9d",
];

/// Middleware: leads a browser to the address that is meant. Forms, programs and probes, which may follow no redirect, are
/// answered as if they had asked for it.
pub async fn lead<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(path) = meant(request.path()) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let asked = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.clone(),
    };
    let probe = OTHER_NAMES.iter().any(|(_, name)| *name == path && path != "/");
    if request.method().is_safe() && !probe && !path.starts_with("/api/") {
        let mut answer = HttpResponse::MovedPermanently();
        answer.insert_header((header::LOCATION, asked));
        return Ok(request.into_response(answer.finish()).map_into_right_body());
    }
    match with_path(request.uri(), &asked) {
        Ok(uri) => {
            request.match_info_mut().get_mut().update(&uri);
            request.head_mut().uri = uri;
        }
        // It goes on as it came, and is found nowhere.
        Err(error) => tracing::debug!(%error, "an address could not be put in order"),
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn with_path(uri: &Uri, path_and_query: &str) -> Result<Uri, InvalidUriParts> {
    let mut parts = uri.clone().into_parts();
    if let Ok(asked) = PathAndQuery::try_from(path_and_query) {
        parts.path_and_query = Some(asked);
    }
    Uri::from_parts(parts)
}

/// The path that is meant; `None` if it is in order. The path that is returned is in order, and begins with one slash.
fn meant(path: &str) -> Option<String> {
    let mut segments: Vec<&str> = path.split(['/', '\\']).filter(|segment| !segment.is_empty()).collect();
    while let Some(last) = segments.pop() {
        let last = without_trailing(last);
        if !last.is_empty() {
            segments.push(last);
            break;
        }
    }
    let begins_with = |before: &[&str]| {
        segments.len() > before.len() && segments.iter().zip(before).all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    let key_at = KEYED.iter().find(|before| begins_with(before)).map(|before| before.len());
    let mut meant = String::with_capacity(path.len());
    for (at, segment) in segments.iter().enumerate() {
        meant.push('/');
        if key_at == Some(at) {
            meant.push_str(segment);
        } else {
            meant.push_str(&segment.to_ascii_lowercase());
        }
    }
    if meant.is_empty() {
        meant.push('/');
    }
    if let Some((_, name)) = OTHER_NAMES.iter().find(|(other, _)| *other == meant) {
        meant = (*name).to_owned();
    }
    (meant != path).then_some(meant)
}

fn without_trailing(segment: &str) -> &str {
    let mut rest = segment;
    let ends = |rest: &str, end: &str| {
        let at = rest.len().checked_sub(end.len())?;
        rest.get(at..).filter(|tail| tail.eq_ignore_ascii_case(end)).and(rest.get(..at)).map(str::len)
    };
    while let Some(length) = TRAILING.iter().find_map(|end| ends(rest, end)) {
        rest = &rest[..length];
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_in_order_stays_as_it_is() {
        for path in [
            "/",
            "/about",
            "/types/infj",
            "/results/aB-_9Z/export.json",
            "/admin/users/aB-_9Z",
            "/robots.txt",
            "/health",
        ] {
            assert_eq!(meant(path), None, "{path}");
        }
    }

    #[test]
    fn slashes_capitals_and_the_end_of_a_sentence_are_taken_for_what_they_are() {
        for (typed, path) in [
            ("/about/", "/about"),
            ("//about", "/about"),
            ("\\about", "/about"),
            ("/About", "/about"),
            ("/types/INFJ", "/types/infj"),
            ("/Results/aB-_9Z/", "/results/aB-_9Z"),
            ("/results/aB-_9Z.", "/results/aB-_9Z"),
            ("/results/aB-_9Z%29,", "/results/aB-_9Z"),
            ("/shared/aB-_9Z%E2%80%9D", "/shared/aB-_9Z"),
            ("/index.html", "/"),
            ("/.", "/"),
            ("//evil.example/", "/evil.example"),
            ("/healthz", "/health"),
            ("/ready/", "/ready"),
        ] {
            assert_eq!(meant(typed).as_deref(), Some(path), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_is_meant_is_in_order_and_leads_nowhere_else(typed in "[/\\\\.%a-zA-Z0-9é]{0,40}") {
            if let Some(path) = meant(&typed) {
                prop_assert_eq!(meant(&path), None);
                prop_assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'));
            }
        }
    }
}

//! Answers that do not come from a route: to a malformed or late request head, and to a connection above the maximum.
//!
//! actix answers such heads with a status and nothing else. These answers have the site's headers and a sentence.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use chrono::Utc;

use crate::web::error::sentence;
use crate::web::middleware::security;

/// The statuses that actix answers with on its own.
const OWN: [StatusCode; 3] =
    [StatusCode::BAD_REQUEST, StatusCode::REQUEST_TIMEOUT, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE];

/// The beginning of actix's own answers.
const BEGINS: &[u8] = b"HTTP/1.1 4";
/// Longer than any of actix's own answers.
const LONGEST: usize = 256;

/// The answers without their dates.
#[derive(Clone, Debug)]
pub struct BareAnswers {
    headers: Arc<str>,
}

impl BareAnswers {
    /// `https` says whether visitors use https.
    pub fn new(https: bool) -> BareAnswers {
        let mut headers = String::new();
        for (name, value) in security::all_headers(https) {
            headers.push_str(&format!("{name}: {value}\r\n"));
        }
        BareAnswers { headers: headers.into() }
    }

    /// A complete answer that closes the connection.
    pub fn of(&self, status: StatusCode) -> Bytes {
        let body = format!("{}\n", sentence(status));
        let retry = if status == StatusCode::TOO_MANY_REQUESTS { "retry-after: 5\r\n" } else { "" };
        Bytes::from(format!(
            "HTTP/1.1 {} {}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\
             date: {}\r\n{retry}{}\r\n{body}",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default(),
            body.len(),
            Utc::now().format("%a, %d %b %Y %H:%M:%S GMT"),
            self.headers
        ))
    }
}

/// Finds an answer that actix made on its own in the bytes to write: its start and its status. Such an answer is the
/// last thing that actix writes on a connection, with an empty body and without this site's headers.
pub fn find(written: &[u8]) -> Option<(usize, StatusCode)> {
    if !written.ends_with(b"\r\n\r\n") {
        return None;
    }
    let from = written.len().saturating_sub(LONGEST);
    let tail = &written[from..];
    let at = tail.windows(BEGINS.len()).rposition(|window| window == BEGINS)?;
    let head: BTreeMap<&str, &str> = std::str::from_utf8(&tail[at..])
        .ok()?
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once(": "))
        .collect::<Option<_>>()?;
    let expected = head.iter().all(|(name, _)| ["content-length", "connection", "date"].contains(name));
    if !expected || head.get("content-length") != Some(&"0") {
        return None;
    }
    let code = tail.get(at + BEGINS.len() - 1..at + BEGINS.len() + 2)?;
    let status = OWN.into_iter().find(|status| status.as_str().as_bytes() == code)?;
    Some((from + at, status))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &[u8] =
        b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: Mon\r\n\r\n";

    #[test]
    fn an_answer_without_the_sites_headers_is_found_alone_and_after_others() {
        assert_eq!(find(BARE), Some((0, StatusCode::BAD_REQUEST)));
        let after = [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK".as_slice(), BARE].concat();
        assert_eq!(find(&after), Some((after.len() - BARE.len(), StatusCode::BAD_REQUEST)));
    }

    #[test]
    fn no_answer_of_a_route_is_taken_for_one() {
        for other in [
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nx-frame-options: DENY\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 7\r\n\r\nNo.\r\n\r\n",
            "HTTP/1.1 204 No Content\r\ndate: Mon\r\n\r\n",
            "a body that says HTTP/1.1 400 Bad Request\r\n\r\n",
            "",
        ] {
            assert_eq!(find(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn an_answer_has_a_sentence_and_the_usual_headers() {
        let answer = BareAnswers::new(true).of(StatusCode::TOO_MANY_REQUESTS);
        let answer = std::str::from_utf8(&answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{head}");
        for header in ["x-content-type-options: nosniff", "strict-transport-security: ", "retry-after: 5"] {
            assert!(head.contains(header), "{head}");
        }
        assert!(
            head.contains(&format!("content-length: {}", body.len())) && body.ends_with(".\n"),
            "{answer}"
        );
        assert!(!BareAnswers::new(false).headers.contains("strict-transport"));
    }
}

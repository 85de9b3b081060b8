//! Where bytes from outside become values, without the requests around them. Fuzz tests throw anything at these.

use std::net::IpAddr;

use actix_web::http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};

use super::form::Form;
use super::{api, client, cookies};
use crate::config::Network;

/// The fields of a posted form, or the sentence of its refusal.
///
/// # Errors
/// When it has too many fields.
pub fn form(body: &[u8]) -> Result<Vec<(String, String)>, String> {
    Form::parse(body).map(|form| form.to_vec()).map_err(|error| error.message())
}

/// The text in a JSON body, or the sentence of its refusal.
///
/// # Errors
/// When it is no JSON, or has no text.
pub fn json(body: &[u8]) -> Result<String, String> {
    api::posted_text(body).map_err(|error| error.message())
}

/// The values of every cookie of this name in the lines of a request. Lines that no header can hold are left out.
pub fn cookies(lines: &[&[u8]], name: &str) -> Vec<String> {
    cookies::values(&headers(&COOKIE, lines), name).map(str::to_owned).collect()
}

/// The address of a client whose connection comes from `peer` with these lines of `X-Forwarded-For`.
pub fn client(peer: IpAddr, lines: &[&[u8]], trusted: &[Network]) -> IpAddr {
    let name = HeaderName::from_static("x-forwarded-for");
    client::address(Some(peer), &headers(&name, lines), trusted)
}

fn headers(name: &HeaderName, lines: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok()) {
        headers.append(name.clone(), value);
    }
    headers
}

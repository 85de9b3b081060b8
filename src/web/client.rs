//! Who is on the other end: the client's address behind trusted proxies, whether it came over https, and for which host.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap};

use crate::config::{Network, Server};

/// The address of the client, as far as it can be known.
///
/// The connection's own address unless that is a trusted proxy; then the last entry of `X-Forwarded-For` that is none.
/// What stands left of that entry was written by the client, and is not believed.
pub fn address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let mut address = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(address) {
            break;
        }
        match entry_address(entry) {
            Some(next) => address = next,
            None => break,
        }
    }
    address
}

/// One entry: an address, perhaps with a port, IPv6 perhaps in brackets.
fn entry_address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(entry);
    let address = bare
        .parse::<IpAddr>()
        .ok()
        .or_else(|| entry.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

/// Whether the visitor's connection is https: as the public URL says, else as a trusted proxy says.
pub fn is_https(request: &HttpRequest, settings: &Server) -> bool {
    if let Some(url) = &settings.public_url {
        return url.is_https();
    }
    from_proxy(request, settings)
        && request
            .headers()
            .get("x-forwarded-proto")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.rsplit(',').next())
            .is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

/// The host that the visitor asked, with its port: as a trusted proxy says, else as the request itself does.
pub fn host(request: &HttpRequest, settings: &Server) -> String {
    if from_proxy(request, settings) {
        return request.connection_info().host().to_owned();
    }
    let asked = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    asked.unwrap_or_else(|| request.app_config().host()).to_owned()
}

/// Whether the connection is a trusted proxy's.
fn from_proxy(request: &HttpRequest, settings: &Server) -> bool {
    request
        .peer_addr()
        .is_some_and(|peer| settings.trusted_proxies.iter().any(|network| network.contains(peer.ip())))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn seen(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(line).unwrap());
        }
        let trusted: Vec<Network> = ["127.0.0.1", "10.0.0.0/8"].map(|n| n.parse().unwrap()).to_vec();
        address(Some(peer.parse().unwrap()), &headers, &trusted).to_string()
    }

    #[test]
    fn without_a_trusted_proxy_the_header_means_nothing() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn the_last_untrusted_entry_is_the_client() {
        assert_eq!(seen("127.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9, 198.51.100.7, 10.1.1.1"]), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9", "198.51.100.7, 10.1.1.1"]), "198.51.100.7");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        assert_eq!(seen("127.0.0.1", &["10.9.9.9, 198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn ports_brackets_and_nonsense_are_read_as_far_as_they_go() {
        assert_eq!(seen("127.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(seen("::ffff:127.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["198.51.100.7, unknown, 10.0.0.1"]), "10.0.0.1");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
    }
}

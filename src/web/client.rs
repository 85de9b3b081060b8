//! The client behind trusted proxies: its address, whether it uses https, and the host it asked for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap};

use crate::config::{Network, Server};

/// The client's address: that of the connection, or, if that is a trusted proxy, the last entry of `X-Forwarded-For` that
/// is not one. Entries left of it come from the client and are not trusted.
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

/// An entry is an address, with or without a port; IPv6 may be in brackets.
fn entry_address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(entry);
    let address = bare
        .parse::<IpAddr>()
        .ok()
        .or_else(|| entry.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

/// An IPv6 customer can use any address of a /64, so the whole network counts as one client.
pub fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

/// The address of a request's client; see [`address`].
pub fn of(request: &HttpRequest, settings: &Server) -> IpAddr {
    let peer = request.peer_addr().map(|peer| peer.ip());
    address(peer, request.headers(), &settings.trusted_proxies)
}

/// Whether an address is a trusted proxy's.
pub fn is_proxy(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// Whether the visitor uses https: according to the public URL if one is set, otherwise to a trusted proxy.
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

/// Whether a proxy says that a request came over http. Any proxy may say so: a client that lies about it is sent to https,
/// which harms nobody else.
pub fn came_over_http(request: &HttpRequest) -> bool {
    let said = request.headers().get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let scheme = said.and_then(|value| value.rsplit(',').next()).map(str::trim);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
}

/// The host that the visitor asked for, with its port: according to a trusted proxy, otherwise to the request itself.
pub fn host(request: &HttpRequest, settings: &Server) -> String {
    if from_proxy(request, settings) {
        return request.connection_info().host().to_owned();
    }
    let asked = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    asked.map_or_else(|| settings.listen.to_string(), str::to_owned)
}

/// Whether the connection comes from a trusted proxy.
fn from_proxy(request: &HttpRequest, settings: &Server) -> bool {
    request.peer_addr().is_some_and(|peer| is_proxy(peer.ip(), &settings.trusted_proxies))
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
    fn entries_that_the_client_wrote_are_not_trusted() {
        assert_eq!(seen("127.0.0.1", &["10.9.9.9, 198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn ports_and_brackets_are_stripped_and_nonsense_ends_the_search() {
        assert_eq!(seen("127.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(seen("::ffff:127.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["198.51.100.7, unknown, 10.0.0.1"]), "10.0.0.1");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn addresses_in_one_ipv6_network_count_as_one_client() {
        let a = network("2001:db8:1:2::1".parse().unwrap());
        let b = network("2001:db8:1:2:ffff::9".parse().unwrap());
        let c = network("2001:db8:1:3::1".parse().unwrap());
        assert_eq!(a, b);
        assert_ne!(a, c);
    }
}

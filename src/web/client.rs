//! The client behind trusted proxies: its address, whether it uses https, and the requested host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use std::sync::Once;

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap};

use crate::config::{Network, Server};

/// The client's address: that of the connection, or, if that is a trusted proxy, the last entry of `X-Forwarded-For` that
/// is not one. Entries left of it come from the client and are not trusted.
pub fn address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let mut address = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    // A line that is no text counts as an entry that cannot be read: what stands left of it may be the client's own.
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").map(|value| value.to_str().unwrap_or("\u{fffd}")).collect();
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim) {
        if !is_trusted(address) {
            break;
        }
        if entry.is_empty() {
            continue;
        }
        match entry_address(entry) {
            Some(next) => address = next,
            None => {
                log_once(entry);
                break;
            }
        }
    }
    address
}

/// An entry is an address, with or without a port; IPv6 may be in brackets and may have a zone. Some proxies write it as
/// in the header `Forwarded`: `for="[2001:db8::1]:4711"`.
fn entry_address(entry: &str) -> Option<IpAddr> {
    let entry = match entry.get(..4) {
        Some(name) if name.eq_ignore_ascii_case("for=") => &entry[4..],
        _ => entry,
    };
    let entry = entry.trim_matches('"');
    let address: IpAddr = match entry.strip_prefix('[') {
        Some(rest) => without_zone(rest.split(']').next()?).parse().ok()?,
        None => without_zone(entry)
            .parse()
            .or_else(|_| entry.parse::<SocketAddrV4>().map(|socket| IpAddr::V4(*socket.ip())))
            .ok()?,
    };
    Some(address.to_canonical())
}

fn without_zone(address: &str) -> &str {
    address.split('%').next().unwrap_or(address)
}

/// Logs the form of the first entry that cannot be read, and no other: every request may bring one. Addresses are not logged.
fn log_once(entry: &str) {
    static LOGGED: Once = Once::new();
    LOGGED.call_once(|| {
        let form = form(entry);
        tracing::warn!(
            %form,
            "an entry of X-Forwarded-For cannot be read, so that clients behind this proxy share limits (said once)"
        );
    });
}

/// The entry with 9 for each digit and a for each letter.
fn form(entry: &str) -> String {
    let shown = |c: char| match c {
        '0'..='9' => '9',
        c if c.is_alphabetic() => 'a',
        c if c.is_ascii_graphic() => c,
        _ => '?',
    };
    entry.chars().take(60).map(shown).collect()
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

/// Whether the visitor uses https: according to the public URL if one is set, otherwise according to a trusted proxy.
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

/// Whether a proxy says that a request came over http. Any proxy is believed: a client that lies about it is redirected
/// to https, which harms nobody else.
pub fn came_over_http(request: &HttpRequest) -> bool {
    let said = request.headers().get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let scheme = said.and_then(|value| value.rsplit(',').next()).map(str::trim);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
}

/// The requested host with its port: according to a trusted proxy, otherwise according to the request itself.
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
        let name = HeaderName::from_static("x-forwarded-for");
        for line in lines {
            headers.append(name.clone(), HeaderValue::from_bytes(line.as_bytes()).unwrap());
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
    fn an_entry_is_read_in_every_form_that_proxies_write() {
        for (entry, address) in [
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("for=198.51.100.7", "198.51.100.7"),
            ("For=\"[2001:DB8::1]:4711\"", "2001:db8::1"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:80", "fe80::1"),
            ("198.51.100.7,", "198.51.100.7"),
            ("198.51.100.7, ,\t", "198.51.100.7"),
        ] {
            assert_eq!(seen("127.0.0.1", &[entry]), address, "{entry}");
        }
        for entry in ["unknown", "_hidden", "198.51.100", "198.51.100.7:port", "é", "for="] {
            assert_eq!(seen("127.0.0.1", &["198.51.100.7", entry]), "127.0.0.1", "{entry}");
        }
        assert_eq!(form("for=\"[2001:db8::1]\"; é\n"), "aaa=\"[9999:aa9::9]\";?a?");
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

//! Parsers for setting values. Each turns text into a type that cannot hold an invalid value.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use ipnet::IpNet;
use url::Url;

/// Parses `ADDRESS:PORT`.
pub fn socket_address(value: &str) -> Result<SocketAddr, String> {
    value.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8080".to_owned())
}

/// Where `/metrics` is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsListen {
    Off,
    At(SocketAddr),
}

impl FromStr for MetricsListen {
    type Err = String;
    fn from_str(value: &str) -> Result<MetricsListen, String> {
        if value.trim().eq_ignore_ascii_case("off") {
            return Ok(MetricsListen::Off);
        }
        value
            .parse()
            .map(MetricsListen::At)
            .map_err(|_| "expected an IP address and a port, such as 127.0.0.1:9464, or off".to_owned())
    }
}

/// Parses a number of seconds above 0, fractions allowed.
pub fn seconds(value: &str) -> Result<Duration, String> {
    match duration(value, 0.0..=86_400.0) {
        Some(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("expected a number of seconds above 0 and up to 86400".to_owned()),
    }
}

/// Parses the seconds that stopping may take. At most 8, because supervisors commonly kill a process after 10.
pub fn stop_grace(value: &str) -> Result<Duration, String> {
    duration(value, 0.0..=8.0).ok_or_else(|| "expected a number of seconds from 0 to 8".to_owned())
}

fn duration(value: &str, range: RangeInclusive<f64>) -> Option<Duration> {
    let seconds: f64 = value.parse().ok()?;
    range.contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

/// Parses the largest request body, from 1 byte to 1 GiB.
pub fn body_limit(value: &str) -> Result<ByteSize, String> {
    value
        .trim()
        .parse()
        .ok()
        .filter(|size| (ByteSize::b(1)..=ByteSize::gib(1)).contains(size))
        .ok_or_else(|| "expected a size from 1 byte to 1024MiB, such as 262144 or 256KiB".to_owned())
}

/// Parses a number of bytes, 0 included.
pub fn size(value: &str) -> Result<ByteSize, String> {
    value.trim().parse().map_err(|_| "expected a size such as 256MiB, or 0".to_owned())
}

/// Parses the name of an object of Kubernetes.
pub fn kubernetes_name(value: &str) -> Result<String, String> {
    match is_kubernetes_name(value) {
        true => Ok(value.to_owned()),
        false => Err("expected a name of lowercase letters, digits, - and ., such as app".to_owned()),
    }
}

/// Whether this can be the name of an object of Kubernetes: such a name is a part of a path.
pub fn is_kubernetes_name(name: &str) -> bool {
    let part = |part: &str| {
        let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty() && part.chars().all(inside) && !part.starts_with('-') && !part.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(part)
}

/// Parses the name of an Auto Scaling group. Names of its policies and alarms begin with it, and end up in CloudWatch, which takes
/// 255 characters.
pub fn group_name(value: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_graphic() || c == ' ';
    match !value.is_empty() && value.len() <= 240 && value.trim() == value && value.chars().all(allowed) {
        true => Ok(value.to_owned()),
        false => Err("expected the name of an Auto Scaling group, up to 240 characters of ASCII".to_owned()),
    }
}

/// Parses the address of the API server. It gets a token, so it has to be https, or on this machine.
pub fn kubernetes_api(value: &str) -> Result<String, String> {
    let on_this_machine = |url: &Url| match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    Url::parse(value.trim())
        .ok()
        .filter(|url| {
            url.scheme() == "https" && url.has_host() || url.scheme() == "http" && on_this_machine(url)
        })
        .filter(|url| url.path() == "/" && url.query().is_none() && url.username().is_empty())
        .map(|url| url.as_str().trim_end_matches('/').to_owned())
        .ok_or_else(|| "expected https:// and a host, such as https://kubernetes.default.svc".to_owned())
}

/// An IP address or a network, as `ADDRESS` or `ADDRESS/BITS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Whether the address lies in this network. An IPv4 address also lies in the IPv6 networks that contain its
    /// IPv4-mapped address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.0, address.to_canonical()) {
            (IpNet::V6(network), IpAddr::V4(v4)) => network.contains(&v4.to_ipv6_mapped()),
            (network, address) => network.contains(&address),
        }
    }
}

impl FromStr for Network {
    type Err = String;
    fn from_str(value: &str) -> Result<Network, String> {
        let value = value.trim();
        value
            .parse::<IpNet>()
            .or_else(|_| value.parse::<IpAddr>().map(IpNet::from))
            .map(Network)
            .map_err(|_| "expected IP addresses or networks, such as 127.0.0.1,10.0.0.0/8".to_owned())
    }
}

/// The site's address for visitors: scheme, host and optional port, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// The origin as browsers write it, such as `https://calling.example.org`.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The host alone, an IPv6 address in brackets.
    pub fn host(&self) -> String {
        self.0.host_str().unwrap_or_default().to_owned()
    }

    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl FromStr for PublicUrl {
    type Err = String;
    fn from_str(value: &str) -> Result<PublicUrl, String> {
        Url::parse(value.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .filter(|url| url.path() == "/" && url.query().is_none() && url.username().is_empty())
            .map(PublicUrl)
            .ok_or_else(|| {
                "expected http:// or https:// and a host without a path, such as https://calling.example.org"
                    .to_owned()
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_own_addresses_and_no_others() {
        let network: Network = "10.1.0.0/16".parse().unwrap();
        assert!(network.contains("10.1.255.3".parse().unwrap()));
        assert!(network.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!network.contains("10.2.0.1".parse().unwrap()));
        let everything: Network = "::/0".parse().unwrap();
        assert!(everything.contains("192.0.2.1".parse().unwrap()));
        let one: Network = "192.0.2.7".parse().unwrap();
        assert!(one.contains("192.0.2.7".parse().unwrap()));
        assert!(!one.contains("192.0.2.8".parse().unwrap()));
        for wrong in ["", "10.0.0.0/33", "example.org", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_parsed_with_their_units_and_limited() {
        assert_eq!(body_limit("256KiB"), Ok(ByteSize::b(262_144)));
        assert_eq!(body_limit("1000"), Ok(ByteSize::b(1000)));
        assert_eq!(body_limit("1 MB"), Ok(ByteSize::b(1_000_000)));
        for wrong in ["", "0", "-1", "KiB", "12 parsecs", "99999999999999999999", "1025MiB"] {
            assert!(body_limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_are_above_zero_and_bounded() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["", "0", "-1", "nan", "inf", "86401", "5s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
        assert_eq!(stop_grace("0"), Ok(Duration::ZERO));
        assert!(stop_grace("8.1").is_err());
    }

    #[test]
    fn a_name_of_kubernetes_is_one_part_of_a_path() {
        for right in ["app", "app-6d5f-x2x", "a.b-1.c"] {
            assert_eq!(kubernetes_name(right).as_deref(), Ok(right));
        }
        for wrong in ["", "App", "-app", "a..b", "../secrets", "a/b", "a?b", "a b", &"a".repeat(254)] {
            assert!(kubernetes_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_group_has_a_name_that_its_alarms_can_have_too() {
        for right in ["calling-site", "Calling site (1)", &"a".repeat(240)] {
            assert_eq!(group_name(right).as_deref(), Ok(right));
        }
        for wrong in ["", " site", "site\n", "größe", &"a".repeat(241)] {
            assert!(group_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_token_of_kubernetes_is_not_sent_in_the_clear() {
        for right in [
            "https://kubernetes.default.svc",
            "https://10.0.0.1:6443/",
            "http://127.0.0.1:8001",
            "http://[::1]:8001",
        ] {
            assert_eq!(kubernetes_api(right).as_deref(), Ok(right.trim_end_matches('/')));
        }
        for wrong in [
            "",
            "kubernetes.default.svc",
            "http://10.0.0.1",
            "https://a/path",
            "https://u:p@a",
            "file:///etc",
        ] {
            assert!(kubernetes_api(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_public_url_is_an_origin_without_a_path() {
        let url: PublicUrl = "https://calling.example.org".parse().unwrap();
        assert_eq!(url.origin(), "https://calling.example.org");
        assert!(url.is_https());
        for wrong in ["calling.example.org", "ftp://x", "https://x/path", "https://u:p@x"] {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }
}

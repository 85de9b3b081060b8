//! The kinds of value a setting can have, each read once, here, into a type that cannot be wrong.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use url::Url;

/// Reads `ADDRESS:PORT`.
pub fn socket_address(value: &str) -> Result<SocketAddr, String> {
    value.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8080".to_owned())
}

/// Where `/metrics` answers, if anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsListen {
    /// Nowhere.
    Off,
    /// On a listener of its own at this address.
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

/// Reads a number of seconds, fractions allowed, above zero.
pub fn seconds(value: &str) -> Result<Duration, String> {
    value
        .parse::<f64>()
        .ok()
        .filter(|s| *s > 0.0 && *s <= 86_400.0)
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected a number of seconds above 0 and up to 86400".to_owned())
}

/// Reads the seconds that stopping may take: two less than the ten a supervisor is promised.
pub fn stop_grace(value: &str) -> Result<Duration, String> {
    value
        .parse::<f64>()
        .ok()
        .filter(|s| (0.0..=8.0).contains(s))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected a number of seconds from 0 to 8".to_owned())
}

/// A value that may hold a password: never shown by `Debug` or `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Secret {
        Secret(value.to_owned())
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;
    fn from_str(value: &str) -> Result<Secret, Self::Err> {
        Ok(Secret::from(value))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A size in bytes, written with or without a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub usize);

impl FromStr for Bytes {
    type Err = String;
    fn from_str(value: &str) -> Result<Bytes, String> {
        let value = value.trim();
        let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
        let (number, unit) = value.split_at(digits);
        let factor = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kib" => 1 << 10,
            "m" | "mib" => 1 << 20,
            "kb" => 1_000,
            "mb" => 1_000_000,
            _ => 0,
        };
        number
            .parse::<usize>()
            .ok()
            .and_then(|n| n.checked_mul(factor))
            .filter(|n| (1..=1 << 30).contains(n))
            .map(Bytes)
            .ok_or_else(|| "expected a size from 1 byte to 1024MiB, such as 262144 or 256KiB".to_owned())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n >= 1 << 20 && n.is_multiple_of(1 << 20) => write!(f, "{} MiB", n >> 20),
            n if n >= 1 << 10 && n.is_multiple_of(1 << 10) => write!(f, "{} KiB", n >> 10),
            n => write!(f, "{n} bytes"),
        }
    }
}

/// An address, or a network of them, as `ADDRESS` or `ADDRESS/BITS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: u128,
    mask: u128,
}

/// IPv4 addresses stand in their IPv4-mapped place among the IPv6 ones, so that one comparison serves both.
fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Network {
    /// Whether the address lies in this network.
    pub fn contains(&self, address: IpAddr) -> bool {
        mapped(address) & self.mask == self.base
    }
}

impl FromStr for Network {
    type Err = String;
    fn from_str(value: &str) -> Result<Network, String> {
        let parse = || {
            let (address, bits) = match value.trim().split_once('/') {
                Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
                None => (value.trim(), None),
            };
            let address: IpAddr = address.parse().ok()?;
            let width = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.unwrap_or(width);
            let host_bits = width.checked_sub(bits)?;
            let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
            Some(Network { base: mapped(address) & mask, mask })
        };
        parse().ok_or_else(|| "expected IP addresses or networks, such as 127.0.0.1,10.0.0.0/8".to_owned())
    }
}

/// The address under which visitors know the site: a scheme, a host, perhaps a port; no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// The origin as a browser writes it: `https://calling.example.org`.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether visitors come over https.
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
    fn a_network_holds_its_own_addresses_and_no_others() {
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
    fn sizes_are_read_with_their_units() {
        assert_eq!("256KiB".parse(), Ok(Bytes(262_144)));
        assert_eq!("1000".parse(), Ok(Bytes(1000)));
        assert_eq!("1 MB".parse(), Ok(Bytes(1_000_000)));
        assert_eq!(Bytes(262_144).to_string(), "256 KiB");
        for wrong in ["", "0", "-1", "KiB", "12 parsecs", "99999999999999999999"] {
            assert!(wrong.parse::<Bytes>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_public_url_is_an_origin_and_nothing_more() {
        let url: PublicUrl = "https://calling.example.org".parse().unwrap();
        assert_eq!(url.origin(), "https://calling.example.org");
        assert!(url.is_https());
        for wrong in ["calling.example.org", "ftp://x", "https://x/path", "https://u:p@x"] {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::from("postgres://user:hunter2@db/calling");
        assert_eq!(format!("{secret:?}"), "[redacted]");
    }
}

//! Parses a PostgreSQL address as libpq does, but strictly: an address that can never work is an error at start,
//! instead of a server that retries forever.
//!
//! The grammar is libpq's (PostgreSQL documentation, 32.1.1.2 "Connection URIs"):
//! `[user[:password]@][host][:port][,...][/dbname][?name=value[&...]]`, every part percent-encoded.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::postgres_parameters::{NAMES, check};

/// What is wrong with an address. The messages never repeat a part that may be or hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    #[error("it contains a space, a line break or a control character; write a space as %20")]
    Whitespace,
    #[error("it contains a % that is not followed by two hexadecimal digits; write % itself as %25")]
    PercentEncoding,
    #[error("it contains %00, which PostgreSQL does not accept")]
    Nul,
    #[error("a percent-encoded part is not UTF-8")]
    NotUtf8,
    #[error(
        "its host contains an @; in a user name or password write @ as %40, : as %3A, / as %2F and ? as %3F"
    )]
    AtInHost,
    #[error("its IPv6 address must be in brackets, as in postgres://user@[::1]:5432/calling")]
    Ipv6,
    #[error(
        "its port is not a number from 1 to 65535; if it is part of a password, write / as %2F and : as %3A"
    )]
    Port,
    #[error("it must have one port for all hosts or one for each")]
    PortCount,
    #[error("it must have one hostaddr for each host")]
    HostaddrCount,
    #[error("its parameters must have the form name=value, joined by &")]
    NoValue,
    #[error("it has a parameter that libpq does not know")]
    UnknownParameter,
    #[error("its parameter {name} must be {expected}")]
    Value { name: &'static str, expected: &'static str },
}

/// A parsed address: libpq's parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresAddress {
    parameters: Vec<(&'static str, String)>,
}

/// An [`AddressProblem`], with the unknown parameter's name if it can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) problem: AddressProblem,
    pub(super) parameter: Option<String>,
}

impl From<AddressProblem> for Refused {
    fn from(problem: AddressProblem) -> Refused {
        Refused { problem, parameter: None }
    }
}

impl PostgresAddress {
    /// Parses what follows `postgres://` or `postgresql://`.
    pub(super) fn parse(address: &str) -> Result<PostgresAddress, Refused> {
        if address.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(AddressProblem::Whitespace.into());
        }
        let mut parsed = PostgresAddress { parameters: Vec::new() };
        // As in libpq, the first @ before any / ends user and password, whatever characters precede it.
        let until_slash = address.find('/').unwrap_or(address.len());
        let rest = match address[..until_slash].find('@') {
            None => address,
            Some(at) => {
                let (user, password) = address[..at].split_once(':').unwrap_or((&address[..at], ""));
                parsed.set_unless_empty("user", user)?;
                parsed.set_unless_empty("password", password)?;
                &address[at + 1..]
            }
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        parsed.set_hosts(hosts)?;
        parsed.set_unless_empty("dbname", database)?;
        // An @ after the host may mean that a password was not encoded. Then no part of the address is shown.
        let may_show = !rest.contains('@');
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(AddressProblem::NoValue)?;
            if value.contains('=') {
                return Err(AddressProblem::NoValue.into());
            }
            let (name, value) = (decoded(name)?, decoded(value)?);
            parsed.set_parameter(&name, value, may_show)?;
        }
        parsed.check_counts()?;
        Ok(parsed)
    }

    /// The value of a parameter, if the address sets it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The same in libpq's other form, `name='value' ...`, with these values for parameters that the address does not set.
    pub(super) fn conninfo(&self, defaults: &[(&str, &str)]) -> String {
        let missing = defaults.iter().filter(|(name, _)| self.get(name).is_none());
        let all = self.parameters.iter().map(|(name, value)| (*name, value.as_str())).chain(missing.copied());
        all.map(|(name, value)| format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Sets hosts and ports from `host[:port][,...]`.
    fn set_hosts(&mut self, text: &str) -> Result<(), Refused> {
        let (mut hosts, mut ports) = (Vec::new(), Vec::new());
        for one in text.split(',') {
            let (host, port) = match one.strip_prefix('[') {
                None => one.split_once(':').unwrap_or((one, "")),
                Some(bracketed) => {
                    let (host, port) = bracketed.split_once(']').ok_or(AddressProblem::Ipv6)?;
                    let address = decoded(host)?;
                    let address =
                        address.split_once('%').map_or(address.as_str(), |(address, _zone)| address);
                    address.parse::<Ipv6Addr>().map_err(|_| AddressProblem::Ipv6)?;
                    match port.strip_prefix(':') {
                        Some(port) => (host, port),
                        None if port.is_empty() => (host, ""),
                        None => return Err(AddressProblem::Ipv6.into()),
                    }
                }
            };
            if host.contains('@') {
                return Err(AddressProblem::AtInHost.into());
            }
            hosts.push(host);
            ports.push(port);
        }
        if hosts.iter().any(|host| !host.is_empty()) {
            self.set("host", decoded(&hosts.join(","))?)?;
        }
        if ports.iter().any(|port| !port.is_empty()) {
            self.set("port", decoded(&ports.join(","))?)?;
        }
        Ok(())
    }

    fn set_unless_empty(&mut self, name: &str, encoded: &str) -> Result<(), Refused> {
        if encoded.is_empty() { Ok(()) } else { self.set(name, decoded(encoded)?) }
    }

    fn set_parameter(&mut self, name: &str, value: String, may_show: bool) -> Result<(), Refused> {
        match name {
            // libpq accepts JDBC's form with this value only.
            "ssl" if value == "true" => self.set("sslmode", "require".to_owned()),
            "ssl" => Err(AddressProblem::Value { name: "ssl", expected: "true" }.into()),
            name => self.set(name, value).map_err(|refused| match refused.problem {
                AddressProblem::UnknownParameter => {
                    let word =
                        name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                    Refused { parameter: (may_show && word).then(|| name.to_owned()), ..refused }
                }
                _ => refused,
            }),
        }
    }

    /// Sets a parameter, replacing an earlier value as libpq does.
    fn set(&mut self, name: &str, value: String) -> Result<(), Refused> {
        let name = NAMES.iter().find(|known| **known == name).ok_or(AddressProblem::UnknownParameter)?;
        if *name == "port" {
            let valid = |port: &str| port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0);
            if !value.split(',').all(valid) {
                return Err(AddressProblem::Port.into());
            }
        }
        check(name, &value).map_err(|expected| AddressProblem::Value { name, expected })?;
        self.parameters.retain(|(known, _)| known != name);
        self.parameters.push((name, value));
        Ok(())
    }

    /// libpq refuses lists of different lengths when it connects.
    fn check_counts(&self) -> Result<(), AddressProblem> {
        let count = |name| self.get(name).map(|list| list.split(',').count());
        let hosts = match (count("host"), count("hostaddr")) {
            (Some(hosts), Some(addresses)) if hosts != addresses => {
                return Err(AddressProblem::HostaddrCount);
            }
            (hosts, addresses) => addresses.or(hosts).unwrap_or(1),
        };
        match count("port") {
            Some(ports) if ports != 1 && ports != hosts => Err(AddressProblem::PortCount),
            _ => Ok(()),
        }
    }
}

/// Shows user, host, port and database, never a password or another parameter.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.get("user") {
            f.write_str(user)?;
        }
        if self.get("password").is_some() {
            f.write_str(":***")?;
        }
        if self.get("user").is_some() || self.get("password").is_some() {
            f.write_str("@")?;
        }
        let host = self.get("host").or_else(|| self.get("hostaddr")).unwrap_or_default();
        let socket = host.starts_with('/');
        match host.parse::<IpAddr>() {
            Ok(IpAddr::V6(v6)) => write!(f, "[{v6}]")?,
            _ if socket => {}
            _ => f.write_str(host)?,
        }
        if let Some(port) = self.get("port") {
            write!(f, ":{port}")?;
        }
        // Where a password begins with a slash that is not percent-encoded, the rest of the address is read as this name.
        let database = self.get("dbname").unwrap_or_default();
        write!(f, "/{}", if database.contains('@') { "***" } else { database })?;
        if socket { write!(f, "?host={host}") } else { Ok(()) }
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresAddress({self})")
    }
}

/// Decodes percent-encoding.
fn decoded(text: &str) -> Result<String, AddressProblem> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if *byte != b'%' {
            bytes.push(*byte);
            rest = after;
            continue;
        }
        let digits = after.get(..2).ok_or(AddressProblem::PercentEncoding)?;
        let mut value = [0];
        hex::decode_to_slice(digits, &mut value).map_err(|_| AddressProblem::PercentEncoding)?;
        if value[0] == 0 {
            return Err(AddressProblem::Nul);
        }
        bytes.extend(value);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| AddressProblem::NotUtf8)
}

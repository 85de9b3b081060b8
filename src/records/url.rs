//! The database's address, checked before anything is opened or created.

use std::fmt;
use std::path::PathBuf;

use super::postgres_address::{AddressProblem, PostgresAddress};
use super::postgres_parameters::TLS_MODES;

/// Where the records are stored. Prints without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Postgres(PostgresAddress),
    /// The path of a SQLite file.
    Sqlite(PathBuf),
}

/// Why a database address was refused. The messages never repeat the address, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseUrlError {
    #[error(
        "the database address must start with postgres://, postgresql:// or sqlite://, but it starts with {found}"
    )]
    Scheme {
        /// The scheme, or a phrase if there is none.
        found: String,
    },
    #[error("the database address cannot work: {problem}{}", shown(.parameter))]
    Postgres {
        problem: AddressProblem,
        /// The name of an unknown parameter.
        parameter: Option<String>,
    },
    #[error(
        "the database address sqlite:// must be followed by the path of a file, as in sqlite://calling.db"
    )]
    NoPath,
    /// A database in memory would lose every result, and each connection would open another one.
    #[error("the database address must name a SQLite file: a database in memory would lose every result")]
    InMemory,
    /// Other programs interpret these characters and would open another file.
    #[error(
        "the path after sqlite:// is used as it is, so it must not contain {found}: write the plain path of the file, \
         without parameters or percent-encoding"
    )]
    NotPlain { found: &'static str },
    #[error(
        "the database address requires TLS ({parameter}), and this build has none: build it with --features \
         postgres-tls, or use a server that allows connections without TLS"
    )]
    NoTls {
        /// The parameter that requires it, with its value.
        parameter: String,
    },
    #[error("the directory of the SQLite database {} does not exist", path.display())]
    NoDirectory { path: PathBuf },
    #[error("the SQLite database {} cannot be opened for writing: {reason}", path.display())]
    Unusable {
        path: PathBuf,
        /// SQLite's message.
        reason: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn shown(parameter: &Option<String>) -> String {
    parameter.as_ref().map(|name| format!(": {name}")).unwrap_or_default()
}

impl DatabaseUrl {
    /// Parses `postgres://…` or `postgresql://…` as libpq does, or `sqlite://PATH`. The path is relative to the working
    /// directory, or absolute with three slashes, and is used unchanged.
    pub fn parse(url: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return sqlite(path);
        }
        match url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")) {
            Some(address) => postgres(address),
            None => Err(DatabaseUrlError::Scheme { found: scheme(url) }),
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, DatabaseUrl::Postgres(_))
    }
}

fn postgres(address: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    let address = PostgresAddress::parse(address).map_err(|refused| DatabaseUrlError::Postgres {
        problem: refused.problem,
        parameter: refused.parameter,
    })?;
    if cfg!(feature = "postgres-tls") {
        return Ok(DatabaseUrl::Postgres(address));
    }
    let value = |name: &str, variable: &str| {
        address.get(name).map(str::to_owned).or_else(|| std::env::var(variable).ok())
    };
    let requires = [
        ("sslmode", "PGSSLMODE", TLS_MODES.as_slice()),
        ("sslnegotiation", "PGSSLNEGOTIATION", &["direct"]),
        ("channel_binding", "PGCHANNELBINDING", &["require"]),
        ("sslcertmode", "PGSSLCERTMODE", &["require"]),
    ];
    for (name, variable, values) in requires {
        if let Some(value) = value(name, variable).filter(|value| values.contains(&value.as_str())) {
            return Err(DatabaseUrlError::NoTls { parameter: format!("{name}={value}") });
        }
    }
    Ok(DatabaseUrl::Postgres(address))
}

fn sqlite(path: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    let encoded = path.match_indices('%').any(|(at, _)| {
        path.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    });
    let found = [
        (path.contains('?'), "a ?"),
        (path.contains('#'), "a #"),
        (encoded, "percent-encoding"),
        (path.chars().any(char::is_control), "a line break or another control character"),
        (
            path.starts_with(char::is_whitespace) || path.ends_with(char::is_whitespace),
            "a space at its start or end",
        ),
        (path.starts_with("file:"), "file: at its start"),
    ];
    match path {
        "" => Err(DatabaseUrlError::NoPath),
        _ if path.split('?').next() == Some(":memory:") => Err(DatabaseUrlError::InMemory),
        _ => match found.into_iter().find(|(present, _)| *present) {
            Some((_, found)) => Err(DatabaseUrlError::NotPlain { found }),
            None => Ok(DatabaseUrl::Sqlite(PathBuf::from(path))),
        },
    }
}

/// The scheme for a message. Text that is long or unusual may be a secret, so it is not repeated.
fn scheme(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, _))
            if scheme.len() <= 16
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c)) =>
        {
            format!("{scheme}://")
        }
        Some(_) => "something else".to_owned(),
        None => "no scheme at all".to_owned(),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            DatabaseUrl::Postgres(address) => address.fmt(f),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

//! Where the records are kept, as the setting says it: checked before anything is opened or created.

use std::fmt;
use std::path::PathBuf;

/// Where the records are kept. Printed without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A libpq connection address.
    Postgres(String),
    /// A SQLite file.
    Sqlite(PathBuf),
}

/// Why a database address was refused. The sentences never repeat the address: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Neither of ours.
    #[error(
        "the database address must start with postgres://, postgresql:// or sqlite://, but it starts with {found}"
    )]
    Scheme {
        /// The scheme that was found, or words for its absence.
        found: String,
    },
    /// `sqlite://` alone.
    #[error(
        "the database address sqlite:// must be followed by the path of a file, as in sqlite://calling.db"
    )]
    NoPath,
    /// SQLite in memory would lose everything, and each connection would see a database of its own.
    #[error("the database address must name a SQLite file: one in memory would forget every result")]
    InMemory,
    /// TLS is demanded, and this build has none.
    #[error(
        "the database address demands TLS (sslmode={mode}), and this build has none: build it with --features \
         postgres-tls, or use a server that is reached without"
    )]
    NoTls {
        /// The `sslmode` that was asked for.
        mode: String,
    },
    /// The file's directory is not there.
    #[error("the directory of the SQLite database {} does not exist", path.display())]
    NoDirectory {
        /// The database file.
        path: PathBuf,
    },
    /// The file cannot be used.
    #[error("the SQLite database {} cannot be opened for writing: {reason}", path.display())]
    Unusable {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
        /// The same, as an error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl DatabaseUrl {
    /// Reads `postgres://…`, `postgresql://…` or `sqlite://PATH` (relative to the working directory, or absolute
    /// with three slashes; taken literally, without percent decoding).
    pub fn parse(url: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return match path {
                "" => Err(DatabaseUrlError::NoPath),
                ":memory:" => Err(DatabaseUrlError::InMemory),
                path => Ok(DatabaseUrl::Sqlite(PathBuf::from(path))),
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let from_environment = || std::env::var("PGSSLMODE").ok();
            let mode = parameter(url, "sslmode").map(str::to_owned).or_else(from_environment);
            return match mode {
                Some(mode)
                    if !cfg!(feature = "postgres-tls")
                        && ["require", "verify-ca", "verify-full"].contains(&mode.as_str()) =>
                {
                    Err(DatabaseUrlError::NoTls { mode })
                }
                _ => Ok(DatabaseUrl::Postgres(url.to_owned())),
            };
        }
        let found = match url.split_once("://") {
            // Anything longer or stranger may be a secret that strayed here.
            Some((scheme, _))
                if scheme.len() <= 16
                    && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c)) =>
            {
                format!("{scheme}://")
            }
            Some(_) => "something else".to_owned(),
            None => "no scheme at all".to_owned(),
        };
        Err(DatabaseUrlError::Scheme { found })
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self, DatabaseUrl::Postgres(_))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                // Parameters may hold a password as well; what stands before them may hold one before the last @.
                let place = rest.split_once('?').map_or(rest, |(place, _)| place);
                match place.rsplit_once('@') {
                    None => write!(f, "{scheme}://{place}"),
                    Some((user, host)) => match user.split_once(':') {
                        None => write!(f, "{scheme}://{user}@{host}"),
                        Some((user, _)) => write!(f, "{scheme}://{user}:***@{host}"),
                    },
                }
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// The value of a parameter in an address, as written.
pub(super) fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_are_read_from_their_schemes() {
        assert_eq!(
            DatabaseUrl::parse("sqlite://calling.db").unwrap(),
            DatabaseUrl::Sqlite("calling.db".into())
        );
        assert_eq!(
            DatabaseUrl::parse("sqlite:///var/c.db").unwrap(),
            DatabaseUrl::Sqlite("/var/c.db".into())
        );
        for url in
            ["postgres://u:p@h/d", "postgresql:///d?host=/run/postgresql", "postgres://h/d?sslmode=prefer"]
        {
            assert!(DatabaseUrl::parse(url).unwrap().is_postgres(), "{url}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_a_password() {
        for url in [
            "mysql://u:hunter2@h/d",
            "postgre://u:hunter2@h/d",
            "calling.db",
            "u:hunter2@h/d",
            "",
            "sqlite:x",
            "hunter2hunter2hunter2hunter2://x",
            "hunter2 ://x",
            "Postgres://u:hunter2@h/d",
        ] {
            let error = DatabaseUrl::parse(url).unwrap_err().to_string();
            assert!(error.contains("must start with postgres://"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(matches!(DatabaseUrl::parse("sqlite://"), Err(DatabaseUrlError::NoPath)));
        assert!(matches!(DatabaseUrl::parse("sqlite://:memory:"), Err(DatabaseUrlError::InMemory)));
    }

    #[test]
    #[cfg(not(feature = "postgres-tls"))]
    fn demanding_tls_of_a_build_without_it_names_the_feature() {
        for mode in ["require", "verify-ca", "verify-full"] {
            let url = format!("postgres://u:hunter2@h/d?application_name=x&sslmode={mode}");
            let error = DatabaseUrl::parse(&url).unwrap_err().to_string();
            assert!(error.contains("postgres-tls") && error.contains(mode), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn printing_an_address_hides_its_password() {
        for (url, shown) in [
            ("postgres://u:hunter2@h:5432/d?sslmode=disable", "postgres://u:***@h:5432/d"),
            ("postgres://u:hun@ter2@h/d", "postgres://u:***@h/d"),
            ("postgresql://u@h/d?password=hunter2", "postgresql://u@h/d"),
            ("postgresql:///d", "postgresql:///d"),
            ("sqlite://calling.db", "sqlite://calling.db"),
        ] {
            let parsed = DatabaseUrl::parse(url).unwrap();
            assert_eq!(parsed.to_string(), shown);
            assert_eq!(format!("{parsed:?}"), format!("DatabaseUrl({shown})"));
        }
    }
}

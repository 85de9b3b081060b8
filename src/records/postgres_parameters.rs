//! libpq 18's connection parameters, and which of their values can work here.

use std::net::IpAddr;

/// Every parameter that libpq accepts (PostgreSQL documentation, 32.1.2 "Parameter Key Words").
pub(super) const NAMES: [&str; 50] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "require_auth",
    "requirepeer",
    "scram_client_key",
    "scram_server_key",
    "service",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Values of `sslmode` that need a build with TLS.
pub(super) const TLS_MODES: [&str; 3] = ["require", "verify-ca", "verify-full"];

/// The authentication methods of `require_auth`; each may have a `!` in front.
const METHODS: [&str; 7] = ["password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"];

/// Checks a value that libpq or the server would always refuse. The error says what is expected.
pub(super) fn check(name: &str, value: &str) -> Result<(), &'static str> {
    let one_of = |choices: &[&str], expected| if choices.contains(&value) { Ok(()) } else { Err(expected) };
    let when = |valid: bool, expected| if valid { Ok(()) } else { Err(expected) };
    match name {
        "connect_timeout"
        | "keepalives"
        | "keepalives_count"
        | "keepalives_idle"
        | "keepalives_interval"
        | "tcp_user_timeout" => when(value.parse::<i32>().is_ok(), "a whole number"),
        "sslmode" => one_of(
            &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
            "disable, allow, prefer, require, verify-ca or verify-full",
        ),
        "sslnegotiation" => one_of(&["postgres", "direct"], "postgres or direct"),
        "sslcertmode" => one_of(&["disable", "allow", "require"], "disable, allow or require"),
        "sslsni" | "sslcompression" | "gssdelegation" => one_of(&["0", "1"], "0 or 1"),
        "ssl_min_protocol_version" | "ssl_max_protocol_version" => {
            one_of(&["", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], "TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3")
        }
        "min_protocol_version" | "max_protocol_version" => {
            one_of(&["3.0", "3.2", "latest"], "3.0, 3.2 or latest")
        }
        "channel_binding" => one_of(&["disable", "prefer", "require"], "disable, prefer or require"),
        // The bundled libpq is built without GSSAPI.
        "gssencmode" => one_of(&["disable", "prefer"], "disable or prefer"),
        "load_balance_hosts" => one_of(&["disable", "random"], "disable or random"),
        // Calling writes, which a standby server does not allow.
        "target_session_attrs" => one_of(&["any", "read-write", "primary"], "any, read-write or primary"),
        "replication" => one_of(&["0", "off", "false", "no"], "off"),
        "client_encoding" => {
            let known = ["auto", "utf8", "utf-8", "unicode"];
            when(known.contains(&value.to_ascii_lowercase().as_str()), "UTF8")
        }
        "hostaddr" => when(
            value.split(',').all(|one| one.parse::<IpAddr>().is_ok()),
            "an IP address, or one for each host",
        ),
        "require_auth" => when(
            value.split(',').all(|one| METHODS.contains(&one.strip_prefix('!').unwrap_or(one))),
            "a list of password, md5, gss, sspi, scram-sha-256, oauth and none",
        ),
        _ => Ok(()),
    }
}

//! Database addresses: which are parsed, into what, and which are refused.

use super::postgres_address::{AddressProblem, PostgresAddress};
use super::url::{DatabaseUrl, DatabaseUrlError};

fn postgres(url: &str) -> PostgresAddress {
    match DatabaseUrl::parse(url).unwrap() {
        DatabaseUrl::Postgres(address) => address,
        DatabaseUrl::Sqlite(path) => panic!("{url} is the file {}", path.display()),
    }
}

fn problem(url: &str) -> AddressProblem {
    match DatabaseUrl::parse(url) {
        Err(DatabaseUrlError::Postgres { problem, .. }) => problem,
        other => panic!("{url}: {other:?}"),
    }
}

#[test]
fn postgresql_addresses_are_parsed_into_libpqs_parameters() {
    for (url, conninfo) in [
        ("postgres://", ""),
        ("postgres:///d", "dbname='d'"),
        ("postgresql://u:p@h:5433/d", "user='u' password='p' host='h' port='5433' dbname='d'"),
        ("postgres://u@/d?host=/run/postgresql", "user='u' dbname='d' host='/run/postgresql'"),
        ("postgres://u@%2Frun%2Fpostgresql/d", "user='u' host='/run/postgresql' dbname='d'"),
        ("postgres://[::1]:5432/d", "host='::1' port='5432' dbname='d'"),
        ("postgres://[fe80::1%25eth0]/d", "host='fe80::1%eth0' dbname='d'"),
        ("postgres://a:1,b:2/d", "host='a,b' port='1,2' dbname='d'"),
        ("postgres://a,[::1]:2/d", "host='a,::1' port=',2' dbname='d'"),
        ("postgres://h?dbname=d&user=u", "host='h' dbname='d' user='u'"),
        ("postgres://u@h/d?user=v", "host='h' dbname='d' user='v'"),
        ("postgres://h/d?", "host='h' dbname='d'"),
        ("postgres://h/a%20b/c", "host='h' dbname='a b/c'"),
        ("postgres://h/d?options=-c%20work_mem%3D64MB", "host='h' dbname='d' options='-c work_mem=64MB'"),
        // A password ends at the first @; what else it holds does not matter.
        ("postgres://u:a?b&c=d#:e@h/d", "user='u' password='a?b&c=d#:e' host='h' dbname='d'"),
        ("postgres://u:%40%2F'%5C%25@h/d", r"user='u' password='@/\'\\%' host='h' dbname='d'"),
    ] {
        assert_eq!(postgres(url).conninfo(&[]), conninfo, "{url}");
    }
}

#[test]
fn defaults_are_added_unless_the_address_sets_them() {
    let address = postgres("postgres://h/d?connect_timeout=60");
    assert_eq!(
        address.conninfo(&[("connect_timeout", "5"), ("keepalives_idle", "10")]),
        "host='h' dbname='d' connect_timeout='60' keepalives_idle='10'"
    );
}

#[test]
fn addresses_that_can_never_work_are_refused_without_repeating_a_password() {
    use AddressProblem as P;
    let value = |name, expected| P::Value { name, expected };
    for (url, expected) in [
        ("postgres://u:hunter2@h:abc/d", P::Port),
        ("postgres://u:hunter2@h:0/d", P::Port),
        ("postgres://u:hunter2@h:65536/d", P::Port),
        ("postgres://u:hunter2@h/d?port=x", P::Port),
        // The password holds a slash: what stands before it looks like host and port.
        ("postgres://u:hunter2/x@h/d", P::Port),
        ("postgres://u:hunter2@x@h/d", P::AtInHost),
        ("postgres://u:hunter2@h/d\n", P::Whitespace),
        ("postgres://u:hunter2 @h/d", P::Whitespace),
        ("postgres://u:hunter2%@h/d", P::PercentEncoding),
        ("postgres://u:hunter2%zz@h/d", P::PercentEncoding),
        ("postgres://u:hunter2%00@h/d", P::Nul),
        ("postgres://u:hunter2%E9@h/d", P::NotUtf8),
        ("postgres://u:hunter2@[::1/d", P::Ipv6),
        ("postgres://u:hunter2@[]/d", P::Ipv6),
        ("postgres://u:hunter2@[h]/d", P::Ipv6),
        ("postgres://u:hunter2@[::1]x/d", P::Ipv6),
        ("postgres://u:hunter2@a,b:1,c:2/d?port=1,2", P::PortCount),
        ("postgres://u:hunter2@a,b/d?hostaddr=127.0.0.1", P::HostaddrCount),
        ("postgres://u:hunter2@h/d?sslmode", P::NoValue),
        ("postgres://u:hunter2@h/d?options=-c%20a=b=c", P::NoValue),
        ("postgres://u:hunter2@h/d?schema=public", P::UnknownParameter),
        ("postgres://u:hunter2@h/d?pgbouncer=true&connection_limit=5", P::UnknownParameter),
        (
            "postgres://u:hunter2@h/d?sslmode=no-verify",
            value("sslmode", "disable, allow, prefer, require, verify-ca or verify-full"),
        ),
        ("postgres://u:hunter2@h/d?ssl=yes", value("ssl", "true")),
        ("postgres://u:hunter2@h/d?connect_timeout=5s", value("connect_timeout", "a whole number")),
        (
            "postgres://u:hunter2@h/d?target_session_attrs=standby",
            value("target_session_attrs", "any, read-write or primary"),
        ),
        ("postgres://u:hunter2@h/d?gssencmode=require", value("gssencmode", "disable or prefer")),
        ("postgres://u:hunter2@h/d?client_encoding=LATIN1", value("client_encoding", "UTF8")),
        ("postgres://u:hunter2@h/d?hostaddr=h", value("hostaddr", "an IP address, or one for each host")),
    ] {
        assert_eq!(problem(url), expected, "{url}");
        let message = DatabaseUrl::parse(url).unwrap_err().to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn an_unknown_parameter_is_named_unless_it_may_be_part_of_a_password() {
    let message = |url: &str| DatabaseUrl::parse(url).unwrap_err().to_string();
    assert!(message("postgres://u:p@h/d?schema=public").ends_with("libpq does not know: schema"));
    for url in ["postgres://h/d?hunter2=x@h", "postgres://h/d?hunter-2=x"] {
        let message = message(url);
        assert!(!message.contains("hunter"), "{message}");
    }
}

#[test]
#[cfg(not(feature = "postgres-tls"))]
fn requiring_tls_of_a_build_without_it_names_the_feature() {
    for parameter in
        ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full", "channel_binding=require"]
    {
        let url = format!("postgres://u:hunter2@h/d?application_name=x&{parameter}");
        let message = DatabaseUrl::parse(&url).unwrap_err().to_string();
        assert!(message.contains("postgres-tls") && message.contains(parameter), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    let message = DatabaseUrl::parse("postgres://h/d?ssl=true").unwrap_err().to_string();
    assert!(message.contains("postgres-tls") && message.contains("sslmode=require"), "{message}");
}

#[test]
fn sqlite_paths_are_taken_as_they_are() {
    for (url, path) in [
        ("sqlite://calling.db", "calling.db"),
        ("sqlite:///var/c.db", "/var/c.db"),
        ("sqlite://100% ours.db", "100% ours.db"),
    ] {
        assert_eq!(DatabaseUrl::parse(url).unwrap(), DatabaseUrl::Sqlite(path.into()));
    }
}

#[test]
fn sqlite_addresses_that_other_programs_read_otherwise_are_refused() {
    assert!(matches!(DatabaseUrl::parse("sqlite://"), Err(DatabaseUrlError::NoPath)));
    for url in ["sqlite://:memory:", "sqlite://:memory:?cache=shared"] {
        assert!(matches!(DatabaseUrl::parse(url), Err(DatabaseUrlError::InMemory)), "{url}");
    }
    for url in [
        "sqlite://calling.db?mode=rwc",
        "sqlite://my%20calling.db",
        "sqlite://calling.db\n",
        "sqlite://calling.db ",
        "sqlite://file:calling.db",
        "sqlite://calling.db#1",
    ] {
        assert!(matches!(DatabaseUrl::parse(url), Err(DatabaseUrlError::NotPlain { .. })), "{url}");
    }
}

#[test]
fn other_schemes_are_refused_without_repeating_a_password() {
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
        " postgres://u:hunter2@h/d",
    ] {
        let error = DatabaseUrl::parse(url).unwrap_err().to_string();
        assert!(error.contains("must start with postgres://"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn printing_an_address_hides_its_password() {
    for (url, shown) in [
        ("postgres://u:hunter2@h:5432/d?sslmode=disable", "postgres://u:***@h:5432/d"),
        ("postgresql://u@h/d?password=hunter2", "postgres://u:***@h/d"),
        ("postgresql:///d", "postgres:///d"),
        ("postgres://u@/d?host=/run/postgresql", "postgres://u@/d?host=/run/postgresql"),
        ("postgres://[::1]:5432/d", "postgres://[::1]:5432/d"),
        ("sqlite://calling.db", "sqlite://calling.db"),
    ] {
        let parsed = DatabaseUrl::parse(url).unwrap();
        assert_eq!(parsed.to_string(), shown);
        assert_eq!(format!("{parsed:?}"), format!("DatabaseUrl({shown})"));
    }
}

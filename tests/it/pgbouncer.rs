//! A store behind pgbouncer, which in transaction pooling gives each transaction another session of PostgreSQL.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use calling::internals::records::{DatabaseUrl, LeaseOutcome, PoolConfig, Source, Status, Store, Wanted};
use diesel::{Connection, PgConnection, RunQueryDsl};

use crate::database::block_on;
use crate::postgres::{Cluster, unprivileged};
use crate::records::{answers, finished, sent_as};

/// Every printable character of ASCII, for the password.
fn password() -> String {
    (' '..='~').collect()
}

const SCRIPT: &str = r#"
set -eu
mode=$1 sessions=$2 postgres=$3 port=$4
umask 077
cd /tmp
dir=$(mktemp -d /tmp/calling-pgbouncer-XXXXXX)
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; rm -rf "$dir"' EXIT
pid=
read -r users
printf '%s\n' "$users" >"$dir/users"
cat >"$dir/pgbouncer.ini" <<END
[databases]
* = host=$postgres user=postgres
[pgbouncer]
unix_socket_dir = $dir
listen_addr = ::1
listen_port = $port
auth_type = plain
auth_file = $dir/users
pool_mode = $mode
default_pool_size = $sessions
END
pgbouncer "$dir/pgbouncer.ini" >"$dir/log" 2>&1 &
pid=$!
for _ in $(seq 100); do
    [ ! -S "$dir/.s.PGSQL.$port" ] || break
    kill -0 "$pid" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
    sleep 0.1
done
echo "$dir"
# Until the pipe closes.
read -r _ || true
"#;

/// A running pgbouncer, which ends with its pipe.
struct Pooler {
    child: Child,
    directory: PathBuf,
    port: u16,
}

impl Pooler {
    fn start(mode: &str, sessions: u32, cluster: &Cluster) -> Pooler {
        // A port that was just free.
        let port = std::net::TcpListener::bind("[::1]:0").unwrap().local_addr().unwrap().port();
        let mut child = unprivileged()
            .unwrap()
            .args(["sh", "-c", SCRIPT, "sh", mode, &sessions.to_string()])
            .args([cluster.directory().to_str().unwrap(), &port.to_string()])
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let quoted = password().replace('"', "\"\"");
        writeln!(child.stdin.as_mut().unwrap(), "\"visitor\" \"{quoted}\"").unwrap();
        let mut directory = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut directory).unwrap();
        assert!(!directory.trim().is_empty(), "pgbouncer did not start; is it installed?");
        Pooler { child, directory: PathBuf::from(directory.trim()), port }
    }

    /// User and password for an address, every byte that is not a letter or digit percent-encoded.
    fn login() -> String {
        let encode = |byte: u8| match byte {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        };
        format!("visitor:{}", password().bytes().map(encode).collect::<String>())
    }

    /// The address of a database over the socket.
    fn over_the_socket(&self, database: &str) -> String {
        let (login, socket) = (Pooler::login(), self.directory.display().to_string().replace('/', "%2F"));
        format!("postgres://{login}@{socket}:{}/{database}", self.port)
    }

    /// The address of a database over IPv6.
    fn over_ipv6(&self, database: &str) -> String {
        format!("postgres://{}@[::1]:{}/{database}", Pooler::login(), self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ended = self.child.wait();
    }
}

#[derive(diesel::QueryableByName)]
struct Sessions {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    locks: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    prepared: i64,
    #[diesel(sql_type = diesel::sql_types::Text)]
    timeouts: String,
}

/// What earlier transactions left in the session that serves the next one. `pg_locks` shows the locks of all databases,
/// so other tests' locks are left out.
fn left_behind(url: &str) -> Sessions {
    let mut connection = PgConnection::establish(url).unwrap();
    diesel::sql_query(
        "SELECT (SELECT COUNT(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database \
         WHERE locktype = 'advisory' AND datname = current_database()) AS locks, \
         (SELECT COUNT(*) FROM pg_prepared_statements WHERE name <> '') AS prepared, \
         current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' ' || \
         current_setting('idle_in_transaction_session_timeout') AS timeouts",
    )
    .get_result(&mut connection)
    .unwrap()
}

/// Many visitors at once, on more connections than pgbouncer has sessions.
async fn use_heavily(store: &Store) {
    let mut visitors = tokio::task::JoinSet::new();
    for number in 0..24 {
        let store = store.clone();
        visitors.spawn(async move {
            let draft = store.open_draft().await.unwrap();
            let answer = number.to_string();
            store.save_answers(&draft, answers([("q01", Some(answer.as_str()))])).await.unwrap();
            assert_eq!(store.draft(&draft).await.unwrap().unwrap().answers["q01"], answer);
            store.forget_draft(&draft).await.unwrap();
            sent_as(&store, &answer).await.1
        });
    }
    let keys = visitors.join_all().await;
    let hold = Duration::from_secs(60);
    while let Some(leased) =
        store.lease_next("test", hold, Wanted::Fresh(Source::Questionnaire)).await.unwrap()
    {
        assert_eq!(store.renew(&leased.lease, hold).await.unwrap(), LeaseOutcome::Held);
        assert_eq!(store.finish(&leased.lease, finished()).await.unwrap(), LeaseOutcome::Held);
    }
    for key in keys {
        assert_eq!(store.by_owner(&key).await.unwrap().unwrap().status, Status::Done);
    }
}

fn several_starts_work(mode: &str, sessions: u32) {
    let cluster = Cluster::shared();
    let pooler = Pooler::start(mode, sessions, cluster);
    let name = cluster.new_database_name();
    let (socket, ipv6) = (pooler.over_the_socket(&name), pooler.over_ipv6(&name));
    block_on(async {
        // The third address is the database itself, as after a pooler was put in front of it.
        for url in [&socket, &ipv6, &cluster.url(&name), &socket] {
            let store = Store::connect(DatabaseUrl::parse(url).unwrap(), PoolConfig::default()).unwrap();
            store.ping().await.unwrap();
            use_heavily(&store).await;
        }
    });
    for _ in 0..3 {
        let left = left_behind(&socket);
        assert_eq!((left.locks, left.prepared, left.timeouts.as_str()), (0, 0, "0 0 0"));
    }
}

#[test]
#[ignore = "needs PostgreSQL and pgbouncer; run with --include-ignored"]
fn several_starts_work_behind_transaction_pooling() {
    // Fewer than the connections of a store, so that they take turns.
    several_starts_work("transaction", 3);
}

#[test]
#[ignore = "needs PostgreSQL and pgbouncer; run with --include-ignored"]
fn several_starts_work_behind_session_pooling() {
    // Each connection keeps a session.
    several_starts_work("session", 20);
}

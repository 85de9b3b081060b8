//! A temporary PostgreSQL server for this test process, made by initdb and reached over a socket in a temporary directory.
//!
//! A shell script starts it and reads commands from a pipe that this process holds. When the pipe closes, however the
//! process ends, the script stops the server and removes the directory. PostgreSQL refuses to run as root, so root drops
//! its privileges first.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// Set to 1 where PostgreSQL is required: the ignored tests must then be included.
pub const ASKED_FOR: &str = "CALLING_TEST_POSTGRES";

const SCRIPT: &str = r#"
set -eu
bin=$1 options=$2
umask 077
cd /tmp
dir=$(mktemp -d /tmp/calling-postgres-XXXXXX)
stop() { "$bin/pg_ctl" -D "$dir/data" -m immediate stop >>"$dir/log" 2>&1 || true; }
start() { "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/server.log" -o "-k $dir $options" start >>"$dir/log" 2>&1; }
trap 'stop; rm -rf "$dir"' EXIT
fail() { cat "$dir/log" "$dir/server.log" >&2 || true; exit 1; }
"$bin/initdb" -D "$dir/data" -U postgres --auth=trust --no-sync -E UTF8 --locale=C >"$dir/log" 2>&1 || fail
start || fail
echo "$dir"
while read -r command; do
    case $command in
        stop) stop ;;
        start) start || fail ;;
    esac
    echo done
done
"#;

/// A temporary PostgreSQL server, running or stopped.
pub struct Cluster {
    directory: PathBuf,
    pipes: Mutex<(Child, BufReader<ChildStdout>)>,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts a server. `durable` leaves fsync on, for tests of what survives a kill.
    pub fn start_new(durable: bool) -> Result<Cluster, String> {
        let bin = find()?;
        let mut options = "-c listen_addresses= -c max_connections=200".to_owned();
        if !durable {
            options.push_str(" -c fsync=off -c synchronous_commit=off -c full_page_writes=off");
        }
        let mut command = unprivileged()?;
        let mut child = command
            .args(["sh", "-c", SCRIPT, "sh"])
            .arg(bin)
            .arg(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("PostgreSQL's script could not be started: {error}"))?;
        let stdout = child.stdout.take().ok_or("no pipe")?;
        let mut lines = BufReader::new(stdout);
        let mut directory = String::new();
        lines.read_line(&mut directory).map_err(|error| error.to_string())?;
        if directory.trim().is_empty() {
            return Err("PostgreSQL did not start; its log is above".to_owned());
        }
        Ok(Cluster {
            directory: PathBuf::from(directory.trim()),
            pipes: Mutex::new((child, lines)),
            databases: AtomicU32::new(0),
        })
    }

    /// The server that the tests of this process share.
    ///
    /// # Panics
    /// When PostgreSQL is not installed: a test that needs it must not pass without it.
    pub fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Cluster::start_new(false).unwrap())
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@/{database}?host={}", self.directory.display())
    }

    /// Where its socket is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Creates an empty database and returns its address.
    pub fn new_database(&self) -> String {
        self.url(&self.new_database_name())
    }

    /// Creates an empty database with these options and returns its address.
    pub fn new_database_with(&self, options: &str) -> String {
        self.url(&self.new_name(options))
    }

    /// Creates an empty database and returns its name.
    pub fn new_database_name(&self) -> String {
        self.new_name("")
    }

    fn new_name(&self, options: &str) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::establish(&self.url("postgres")).unwrap();
        connection.batch_execute(&format!("CREATE DATABASE {name} {options}")).unwrap();
        name
    }

    /// Kills the server, like a power cut.
    pub fn stop(&self) {
        self.say("stop");
    }

    /// Starts the server again on the same files.
    pub fn start(&self) {
        self.say("start");
    }

    fn say(&self, command: &str) {
        let mut pipes = self.pipes.lock().unwrap();
        let (child, lines) = &mut *pipes;
        writeln!(child.stdin.as_mut().unwrap(), "{command}").unwrap();
        let mut answer = String::new();
        lines.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "done", "PostgreSQL did not {command}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let (child, _) = self.pipes.get_mut().unwrap();
        // The script cleans up when the pipe closes.
        drop(child.stdin.take());
        let _ended = child.wait();
    }
}

/// The directory with initdb and postgres: of the newest package, or else in PATH.
fn find() -> Result<PathBuf, String> {
    let complete = |directory: &Path| {
        ["initdb", "pg_ctl", "postgres"].iter().all(|program| directory.join(program).is_file())
    };
    let mut packaged: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, directory)| complete(directory))
        .collect();
    packaged.sort();
    let in_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|directory| complete(directory))
    };
    packaged.pop().map(|(_, directory)| directory).or_else(in_path).ok_or_else(|| {
        "no PostgreSQL found: neither in /usr/lib/postgresql/*/bin nor in PATH are initdb, pg_ctl and postgres".to_owned()
    })
}

/// A command that runs its arguments as a user other than root.
pub fn unprivileged() -> Result<Command, String> {
    let id = Command::new("id").arg("-u").output().map_err(|error| error.to_string())?;
    if id.stdout.trim_ascii() != b"0" {
        return Ok(Command::new("env"));
    }
    let users = std::fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    let user = ["postgres", "nobody"]
        .into_iter()
        .find(|user| users.lines().any(|line| line.starts_with(&format!("{user}:"))))
        .ok_or("PostgreSQL refuses root, and there is neither a user postgres nor nobody")?;
    let group = Command::new("id").args(["-g", user]).output().map_err(|error| error.to_string())?;
    let group = String::from_utf8_lossy(&group.stdout).trim().to_owned();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", &group, "--clear-groups", "--"]);
    Ok(command)
}

/// Without the ignored tests, says what is left out. With [`ASKED_FOR`], fails unless they run and PostgreSQL is installed.
#[test]
fn ignored_tests_run_where_postgresql_is_required() {
    let included =
        std::env::args().any(|argument| argument == "--include-ignored" || argument == "--ignored");
    if std::env::var(ASKED_FOR).is_ok_and(|value| value == "1") {
        assert!(included, "{ASKED_FOR}=1 runs nothing by itself: use cargo test -- --include-ignored");
        assert!(find().is_ok(), "{ASKED_FOR}=1, but {}", find().unwrap_err());
    } else if !included {
        // Not println, because the harness hides the output of a passing test.
        let mut stderr = std::io::stderr().lock();
        writeln!(
            stderr,
            "not run: the tests that need PostgreSQL (ignored; run them with {ASKED_FOR}=1 cargo test -- \
             --include-ignored), browser tests, and checks of formatting, lints, licenses and packaging. \
             ./test.sh runs everything"
        )
        .unwrap();
    }
}

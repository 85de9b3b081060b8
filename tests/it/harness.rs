//! Starts the real application on a free port, in the test's process or as a child process, and stops it again.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use calling::internals::config::Settings;
use calling::internals::startup::{Application, Stop};
use clap::Parser;
use tempfile::TempDir;

/// Timeout for what happens soon, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The project's datasets.
pub const DATASETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets");

/// A small ALBERT for the 16 types, with random weights.
pub const MBTI_MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models/albert-spiece");
/// A small BERT for the five traits, with random weights.
pub const BIG_FIVE_MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models/bert-vocab-txt");

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

/// The settings with these arguments. Defaults are a free port and a SQLite file in `folder`.
pub fn settings(folder: &TempDir, arguments: &[&str]) -> Settings {
    let database = format!("sqlite://{}", folder.path().join("calling.db").display());
    let mut line = vec!["calling".to_owned()];
    let mut set = |option: &str, value: &str| {
        if !arguments.contains(&option) {
            line.extend([option.to_owned(), value.to_owned()]);
        }
    };
    set("--listen", "127.0.0.1:0");
    set("--database-url", &database);
    set("--workers", "2");
    // Several servers run at once.
    set("--metrics-listen", "off");
    // The same numbers on every processor.
    set("--precision", "reference");
    set("--datasets", DATASETS);
    set("--mbti-model", MBTI_MODEL);
    set("--big-five-model", BIG_FIVE_MODEL);
    line.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    Line::parse_from(line).settings
}

/// The application in a thread of the test's process. Dropping it stops it and waits for its end.
pub struct Site {
    address: SocketAddr,
    /// The address of /metrics, if there is one.
    pub metrics: Option<SocketAddr>,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
    /// Follows no redirects and keeps no cookies, so that tests see both.
    pub client: reqwest::Client,
    folder: TempDir,
}

impl Site {
    /// Starts it with a new SQLite file.
    pub fn start(arguments: &[&str]) -> Site {
        let folder = TempDir::new().unwrap();
        let settings = settings(&folder, arguments);
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let application = Application::build(settings).await.unwrap();
                let addresses = (application.address(), application.metrics_address());
                sender.send((addresses, application.stop_handle())).unwrap();
                application.run_until_stopped().await.unwrap();
            });
        });
        let ((address, metrics), stop) =
            receiver.recv().expect("the application did not start; its error is above");
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Site { address, metrics, stop, thread: Some(thread), client, folder }
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of its database.
    pub fn database(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("calling.db").display())
    }

    /// The full address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// `GET path` with a browser's Accept header.
    pub async fn page(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).header("accept", "text/html,*/*;q=0.8").send().await.unwrap()
    }

    /// Waits until /ready answers 200.
    pub async fn ready(&self) {
        let started = Instant::now();
        loop {
            let answer = self.get("/ready").await;
            let (status, reason) = (answer.status(), answer.text().await.unwrap());
            if status == 200 {
                return;
            }
            assert_eq!(status, 503, "{reason}");
            assert!(started.elapsed() < PATIENCE, "still {reason}");
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// `POST path` with a JSON body.
    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> reqwest::Response {
        self.client.post(self.url(path)).json(body).send().await.unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the application panicked");
        }
    }
}

/// The program with the datasets and the small models, and without any other of its variables.
pub fn calling(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_calling"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let ours = name.to_str().is_some_and(|name| name.starts_with("CALLING_"));
        if ours || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command
        .env("CALLING_DATASETS", DATASETS)
        .env("CALLING_MBTI_MODEL", MBTI_MODEL)
        .env("CALLING_BIG_FIVE_MODEL", BIG_FIVE_MODEL)
        // Several servers run at once.
        .env("CALLING_METRICS_LISTEN", "off")
        // The same numbers on every processor.
        .env("CALLING_PRECISION", "reference");
    command
}

/// Runs the program until it ends.
pub fn output(command: &mut Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (sender, receiver) = mpsc::channel();
    let id = child.id();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("process {id} did not end")).unwrap()
}

/// A server as a child process.
pub struct Process {
    child: Child,
    /// The address that it printed.
    pub address: SocketAddr,
    errors: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts it and waits until it prints its address.
    pub fn start(command: &mut Command) -> Process {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        // Read all the time: a full pipe would block the server.
        let errors = std::thread::spawn(move || {
            let mut said = String::new();
            stderr.read_to_string(&mut said).unwrap();
            said
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("listening on http://") else {
            let status = child.wait().unwrap();
            panic!("the server did not start ({status}): {line}{}", errors.join().unwrap());
        };
        let address = address.parse().unwrap();
        Process { child, address, errors: Some(errors) }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Sends SIGKILL and waits.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it ends. Returns its exit code, how long it took, and its log.
    pub fn ended(mut self) -> (Option<i32>, Duration, String) {
        let started = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if started.elapsed() > PATIENCE => panic!("the server did not end"),
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        let took = started.elapsed();
        (status.code(), took, self.errors.take().unwrap().join().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Usually it has ended already.
        if let Ok(None) = self.child.try_wait() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }
}

//! Every setting: its command-line option, environment variable and default.
//!
//! [`crate::cli`] adds the groups to the command line. Nothing else reads the environment.

mod execution;
mod locate;
mod option_name;
mod values;

pub use execution::{InstructionsChoice, PrecisionChoice};
pub use locate::{NotFound, locate};
pub(crate) use option_name::{name, name_in, option_name};
pub use values::{MetricsListen, Network, PublicUrl};

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use secrecy::SecretString;

/// Every setting of the server.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub database: Database,
    #[command(flatten)]
    pub inference: Inference,
    #[command(flatten)]
    pub datasets: Datasets,
    #[command(flatten)]
    pub drafts: Drafts,
    #[command(flatten)]
    pub retention: Retention,
    #[command(flatten)]
    pub logging: Logging,
}

/// How the site is reached.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub struct Server {
    /// Address and port to listen on; with port 0 the system picks a free port, which is printed
    #[arg(long, env = "CALLING_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080",
          value_parser = values::socket_address)]
    pub listen: SocketAddr,
    /// Address that visitors type, such as https://calling.example.org. Needed behind a proxy that changes the Host
    /// header. With https, cookies are sent over https only
    #[arg(long, env = "CALLING_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Proxies whose X-Forwarded-For header is trusted: addresses or networks such as 10.0.0.0/8, separated by commas
    #[arg(long, env = "CALLING_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,
    /// Address and port of /metrics for Prometheus, which visitors should not reach; off for none. By default
    /// 127.0.0.1:9464, if that port is free
    #[arg(long, env = "CALLING_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<MetricsListen>,
    /// Connections at a time. The limit of open files lowers it. At the limit, the connection that has waited longest for
    /// its client is closed for a new one
    #[arg(long, env = "CALLING_MAX_CONNECTIONS", value_name = "NUMBER", default_value_t = 8192,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(16..=1_000_000))]
    pub max_connections: usize,
    /// Connections at a time from one address, other than a trusted proxy; at most half of all
    #[arg(long, env = "CALLING_CLIENT_CONNECTIONS", value_name = "NUMBER", default_value_t = 256,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub client_connections: usize,
    /// Requests per minute that one client may send on average; 0 lifts this and every other limit on one client
    #[arg(long, env = "CALLING_RATE_LIMIT", value_name = "REQUESTS", default_value_t = 1200)]
    pub rate_limit: u32,
    /// Requests that one client may send at once before --rate-limit applies
    #[arg(long, env = "CALLING_RATE_BURST", value_name = "REQUESTS", default_value_t = 300)]
    pub rate_burst: u32,
    /// Bytes per minute that one client may have stored on average, and at once before that applies; 0 for no limit. A
    /// result counts with 24 kB beside its text
    #[arg(long, env = "CALLING_RATE_BYTES", value_name = "BYTES", default_value = "2MiB",
          value_parser = values::size)]
    pub rate_bytes: ByteSize,
    /// Largest request body, such as 256KiB
    #[arg(long, env = "CALLING_BODY_LIMIT", value_name = "BYTES", default_value = "256KiB",
          value_parser = values::body_limit)]
    pub body_limit: ByteSize,
    /// Threads that answer HTTP requests; 0 for one per processor
    #[arg(long, env = "CALLING_WORKERS", value_name = "THREADS", default_value_t = 0)]
    pub workers: usize,
    /// Seconds that a client may take to send the head of a request, and that it may pause while it sends a body or
    /// receives an answer
    #[arg(long, env = "CALLING_CLIENT_TIMEOUT", value_name = "SECONDS", default_value = "15",
          value_parser = values::seconds)]
    pub client_timeout: Duration,
    /// Seconds that requests in progress may take to finish once the server is told to stop; at most 8
    #[arg(long, env = "CALLING_STOP_GRACE", value_name = "SECONDS", default_value = "6",
          value_parser = values::stop_grace)]
    pub stop_grace: Duration,
}

impl Server {
    /// The largest request body in bytes.
    pub fn body_limit_bytes(&self) -> usize {
        usize::try_from(self.body_limit.as_u64()).unwrap_or(usize::MAX)
    }

    /// The largest request body for a message, such as `256 KiB`.
    pub fn body_limit_text(&self) -> String {
        self.body_limit.display().iec().to_string().replace(".0 ", " ")
    }
}

/// Where records are stored.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub struct Database {
    /// postgres://USER:PASSWORD@HOST/NAME or sqlite://PATH; an absolute path takes three slashes, as in
    /// sqlite:///var/lib/calling.db
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite://calling.db",
        hide_env_values = true
    )]
    pub database_url: SecretString,
    /// Open connections to the database
    #[arg(long, env = "CALLING_DATABASE_CONNECTIONS", value_name = "NUMBER", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(1..=256))]
    pub database_connections: u32,
    /// Timeout of one database operation in seconds, including the wait for a connection
    #[arg(long, env = "CALLING_DATABASE_TIMEOUT", value_name = "SECONDS", default_value = "5",
          value_parser = values::seconds)]
    pub database_timeout: Duration,
    /// Free disk space below which no new answers are stored and /ready fails; erasing still works. For SQLite only; 0 to
    /// store until the disk is full
    #[arg(long, env = "CALLING_MIN_FREE_SPACE", value_name = "BYTES", default_value = "256MiB",
          value_parser = values::size)]
    pub min_free_space: ByteSize,
    /// Do not run pending migrations at start
    #[arg(long, env = "CALLING_NO_MIGRATE")]
    pub no_migrate: bool,
}

/// The models, and how much they read at once.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Inference")]
pub struct Inference {
    /// Folder of the model for the 16 types. By default models/mbti in the working directory, or else next to the
    /// program
    #[arg(long, env = "CALLING_MBTI_MODEL", value_name = "FOLDER")]
    pub mbti_model: Option<PathBuf>,
    /// Folder of the model for the five traits. By default models/big-five in the working directory, or else next to
    /// the program
    #[arg(long, env = "CALLING_BIG_FIVE_MODEL", value_name = "FOLDER")]
    pub big_five_model: Option<PathBuf>,
    /// Number format that the models compute in
    #[arg(long, env = "CALLING_PRECISION", value_name = "PRECISION", default_value = "auto")]
    pub precision: PrecisionChoice,
    /// Processor instructions that the models use
    #[arg(long, env = "CALLING_INSTRUCTIONS", value_name = "INSTRUCTIONS", default_value = "auto")]
    pub instructions: InstructionsChoice,
    /// Threads that compute one batch together; 0 for one per processor
    #[arg(long, env = "CALLING_INFERENCE_THREADS", value_name = "THREADS", default_value_t = 0,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=1024))]
    pub inference_threads: usize,
    /// Megabytes that cache what the models computed for rated sentences and answers, which often come again; 0 for no
    /// cache
    #[arg(long, env = "CALLING_REUSE_MEMORY", value_name = "MEGABYTES", default_value_t = 16,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=1_000_000))]
    pub reuse_memory: usize,
    /// Threads that split texts into tokens, in addition to those that compute
    #[arg(long, env = "CALLING_TOKENIZER_THREADS", value_name = "THREADS", default_value_t = 1,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    pub tokenizer_threads: usize,
    /// Tokens per batch: with fewer the next text starts sooner, with more each token costs less
    #[arg(long, env = "CALLING_BATCH_TOKENS", value_name = "TOKENS", default_value_t = 1024,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub batch_tokens: usize,
    /// Tokens that may wait to be read; a JSON request that would exceed this is answered with 503
    #[arg(long, env = "CALLING_QUEUE_TOKENS", value_name = "TOKENS", default_value_t = 8_000_000,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub queue_tokens: usize,
    /// Seconds that a JSON request may take before it is answered with 503; at once, if the queue is too long for it.
    /// Keep it below the timeout of your load balancer, often 60
    #[arg(long, env = "CALLING_DEADLINE", value_name = "SECONDS", default_value = "55",
          value_parser = values::seconds)]
    pub deadline: Duration,
    /// Questionnaires read at the same time
    #[arg(long, env = "CALLING_SUBMISSIONS_AT_ONCE", value_name = "NUMBER", default_value_t = 4,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    pub submissions_at_once: usize,
    /// Seconds after which another server takes over a submission that this server no longer reads
    #[arg(long, env = "CALLING_LEASE", value_name = "SECONDS", default_value = "20",
          value_parser = values::seconds)]
    pub lease: Duration,
}

/// The questionnaire and the careers.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Datasets")]
pub struct Datasets {
    /// Folder of the questionnaire and the career spreadsheets. By default datasets in the working directory, or else
    /// next to the program
    #[arg(long, env = "CALLING_DATASETS", value_name = "FOLDER")]
    pub datasets: Option<PathBuf>,
}

/// Unfinished answers.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Drafts")]
pub struct Drafts {
    /// Days that unfinished answers are kept after their last change. Fewer than five are kept for one day
    #[arg(long, env = "CALLING_DRAFT_DAYS", value_name = "DAYS", default_value_t = 30,
          value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub draft_days: u32,
    /// Minimum age that the start page states
    #[arg(long, env = "CALLING_MINIMUM_AGE", value_name = "YEARS", default_value_t = 16)]
    pub minimum_age: u8,
    /// Show a button that fills the questionnaire with random answers
    #[arg(long, env = "CALLING_RANDOM_ANSWERS")]
    pub random_answers: bool,
}

/// How long results are kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Retention")]
pub struct Retention {
    /// Days that a result is kept after it was finished; 0 keeps it until its owner deletes it
    #[arg(long, env = "CALLING_RESULT_DAYS", value_name = "DAYS", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub result_days: u32,
    /// Days that your backups of the database are kept, for the privacy page; 0 if there are none. Without it the page
    /// says that backups may exist
    #[arg(long, env = "CALLING_BACKUP_DAYS", value_name = "DAYS",
          value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub backup_days: Option<u32>,
}

/// The log on standard error.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Logging")]
pub struct Logging {
    /// Log level (error, warn, info, debug or trace), or a filter such as info,calling=debug
    #[arg(long, env = "CALLING_LOG", value_name = "FILTER", default_value = "info,actix_server=warn")]
    pub log: String,
    /// Format of log lines
    #[arg(long, env = "CALLING_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Plain text
    Text,
    /// One JSON object per line
    Json,
}

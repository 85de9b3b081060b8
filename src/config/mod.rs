//! Every setting: its command-line option, environment variable and default.
//!
//! [`crate::cli`] adds the groups to the command line. Nothing else reads the environment.

mod accounts;
mod execution;
mod fleet;
mod locate;
mod mail;
mod option_name;
mod role;
mod values;

pub use accounts::{Accounts, LoginPauses, Registration};
pub use execution::{InstructionsChoice, PrecisionChoice};
pub use fleet::Fleet;
pub use locate::{NotFound, locate};
pub use mail::{Mail, MailSecurity, MailServer};
pub(crate) use option_name::{name, name_in, option_name};
pub use role::Role;
#[cfg(feature = "kubernetes")]
pub use values::is_kubernetes_name;
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
    pub accounts: Accounts,
    #[command(flatten)]
    pub mail: Mail,
    #[command(flatten)]
    pub fleet: Fleet,
    #[command(flatten)]
    pub logging: Logging,
}

/// How the site is reached.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub struct Server {
    /// What this server does
    #[arg(long, env = "CALLING_ROLE", value_name = "ROLE", default_value = "all")]
    pub role: Role,
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
    /// Address and port of /metrics for Prometheus, which visitors should not reach; "off" for none. By default
    /// 127.0.0.1:9464 if that port is free
    #[arg(long, env = "CALLING_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<MetricsListen>,
    /// Maximum number of open connections, lowered if the limit of open files requires it. At the maximum, a new
    /// connection replaces the one that has waited longest for its client
    #[arg(long, env = "CALLING_MAX_CONNECTIONS", value_name = "NUMBER", default_value_t = 8192,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(16..=1_000_000))]
    pub max_connections: usize,
    /// Maximum number of open connections from one address other than a trusted proxy; at most half of all
    #[arg(long, env = "CALLING_CLIENT_CONNECTIONS", value_name = "NUMBER", default_value_t = 256,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub client_connections: usize,
    /// Requests per minute that one client may send on average; 0 lifts this and every other limit on one client, but not the
    /// pauses after failed log-ins
    #[arg(long, env = "CALLING_RATE_LIMIT", value_name = "REQUESTS", default_value_t = 1200)]
    pub rate_limit: u32,
    /// Requests that one client may send at once before --rate-limit applies
    #[arg(long, env = "CALLING_RATE_BURST", value_name = "REQUESTS", default_value_t = 300)]
    pub rate_burst: u32,
    /// Bytes per minute that one client may store on average, and the most at once; 0 for no limit. A result counts as
    /// its text and 24 kB
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
    /// Seconds that a client may take to send the head of a request, and the longest pause while it sends a body or
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
    /// postgres:// address of a direct connection on which servers of other roles tell at once what is new. Not through
    /// transaction pooling. Without it a server of the role web or worker looks ten times a second
    #[arg(long, env = "CALLING_LISTEN_URL", value_name = "URL", hide_env_values = true)]
    pub listen_url: Option<SecretString>,
    /// Maximum number of database connections
    #[arg(long, env = "CALLING_DATABASE_CONNECTIONS", value_name = "NUMBER", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(1..=256))]
    pub database_connections: u32,
    /// Timeout of one database operation in seconds, including the wait for a connection
    #[arg(long, env = "CALLING_DATABASE_TIMEOUT", value_name = "SECONDS", default_value = "5",
          value_parser = values::seconds)]
    pub database_timeout: Duration,
    /// Free disk space below which no new answers are stored and /ready fails; deleting still works. SQLite only; 0 to
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
    /// Megabytes for cached results of the models. Rated sentences and short answers often repeat. 0 for no cache
    #[arg(long, env = "CALLING_REUSE_MEMORY", value_name = "MEGABYTES", default_value_t = 16,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=1_000_000))]
    pub reuse_memory: usize,
    /// Threads that split texts into tokens, in addition to --inference-threads
    #[arg(long, env = "CALLING_TOKENIZER_THREADS", value_name = "THREADS", default_value_t = 1,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    pub tokenizer_threads: usize,
    /// Tokens per batch: fewer start the next text sooner, more make each token cheaper
    #[arg(long, env = "CALLING_BATCH_TOKENS", value_name = "TOKENS", default_value_t = 1024,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub batch_tokens: usize,
    /// Tokens that may wait to be read; a JSON request that would exceed this is answered with 503. In the role web, those in
    /// the database
    #[arg(long, env = "CALLING_QUEUE_TOKENS", value_name = "TOKENS", default_value_t = 8_000_000,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub queue_tokens: usize,
    /// Seconds that a JSON request may take before it is answered with 503. If the queue is too long, the 503 comes at
    /// once. Keep it below the timeout of your load balancer, often 60
    #[arg(long, env = "CALLING_DEADLINE", value_name = "SECONDS", default_value = "55",
          value_parser = values::seconds)]
    pub deadline: Duration,
    /// Maximum number of questionnaires read at the same time
    #[arg(long, env = "CALLING_SUBMISSIONS_AT_ONCE", value_name = "NUMBER", default_value_t = 4,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    pub submissions_at_once: usize,
    /// Seconds without a sign of life from this server after which another server takes over its submissions
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
    /// Days that unfinished answers are kept after their last change. A draft with fewer than five answers is kept for
    /// one day
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
    /// Days that a result is kept after it was finished; 0 to keep it until its owner deletes it
    #[arg(long, env = "CALLING_RESULT_DAYS", value_name = "DAYS", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub result_days: u32,
    /// Days that your backups of the database are kept, stated on the privacy page; 0 if there are none. If not set,
    /// the page says that backups may exist
    #[arg(long, env = "CALLING_BACKUP_DAYS", value_name = "DAYS",
          value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub backup_days: Option<u32>,
    /// File that your backup job touches when a backup has succeeded. Administrators see when that was
    #[arg(long, env = "CALLING_BACKUP_STAMP", value_name = "PATH")]
    pub backup_stamp: Option<PathBuf>,
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

#[cfg(test)]
impl Settings {
    /// The settings with these command-line arguments.
    pub fn with<S: AsRef<str>>(arguments: &[S]) -> Settings {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            settings: Settings,
        }
        let arguments = arguments.iter().map(AsRef::as_ref);
        <Line as clap::Parser>::parse_from(std::iter::once("calling").chain(arguments)).settings
    }
}

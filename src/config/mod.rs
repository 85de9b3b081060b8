//! Every setting, its command-line option, its environment variable and its default.
//!
//! The groups are flattened into the command line by [`crate::cli`]; nothing else reads the environment.

mod execution;
mod locate;
mod values;

pub use execution::{InstructionsChoice, PrecisionChoice};
pub use locate::{NotFound, locate};
pub use values::{Bytes, MetricsListen, Network, PublicUrl, Secret};

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// All that a running server is told from outside.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// How the site is reached.
    #[command(flatten)]
    pub server: Server,
    /// Where records are kept.
    #[command(flatten)]
    pub database: Database,
    /// Which models read, and how much they take on at once.
    #[command(flatten)]
    pub inference: Inference,
    /// Where the questionnaire and the careers are read from.
    #[command(flatten)]
    pub datasets: Datasets,
    /// What a visitor's unfinished answers may do.
    #[command(flatten)]
    pub drafts: Drafts,
    /// What is logged, and how.
    #[command(flatten)]
    pub logging: Logging,
}

/// How the site is reached.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub struct Server {
    /// Address and port to listen on; port 0 takes a free one and prints it
    #[arg(long, env = "CALLING_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080",
          value_parser = values::socket_address)]
    pub listen: SocketAddr,
    /// The address visitors type, such as https://calling.example.org; needed behind a proxy that changes the host,
    /// and what turns on cookies for https alone
    #[arg(long, env = "CALLING_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, such as 10.0.0.0/8, separated by commas
    #[arg(long, env = "CALLING_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,
    /// Address and port on which /metrics answers, for Prometheus alone and not for visitors; off for none. Without
    /// this setting 127.0.0.1:9464, if it is free
    #[arg(long, env = "CALLING_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<MetricsListen>,
    /// Requests that one client may send in a minute, over time; 0 sets no limit
    #[arg(long, env = "CALLING_RATE_LIMIT", value_name = "REQUESTS", default_value_t = 1200)]
    pub rate_limit: u32,
    /// Requests that one client may send at once before --rate-limit slows it down
    #[arg(long, env = "CALLING_RATE_BURST", value_name = "REQUESTS", default_value_t = 300)]
    pub rate_burst: u32,
    /// The largest request body taken, such as 256KiB
    #[arg(long, env = "CALLING_BODY_LIMIT", value_name = "BYTES", default_value = "256KiB")]
    pub body_limit: Bytes,
    /// Threads that answer HTTP; 0 takes one for each processor
    #[arg(long, env = "CALLING_WORKERS", value_name = "THREADS", default_value_t = 0)]
    pub workers: usize,
    /// Seconds a client may take to send the head of a request
    #[arg(long, env = "CALLING_CLIENT_TIMEOUT", value_name = "SECONDS", default_value = "15",
          value_parser = values::seconds)]
    pub client_timeout: Duration,
    /// Seconds that requests under way are given to finish when the server is told to stop; at most 8
    #[arg(long, env = "CALLING_STOP_GRACE", value_name = "SECONDS", default_value = "6",
          value_parser = values::stop_grace)]
    pub stop_grace: Duration,
}

/// Where records are kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub struct Database {
    /// postgres://USER:PASSWORD@HOST/NAME, or sqlite://PATH (sqlite:///var/lib/calling.db for an absolute path)
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite://calling.db",
        hide_env_values = true
    )]
    pub database_url: Secret,
    /// Connections kept to the database
    #[arg(long, env = "CALLING_DATABASE_CONNECTIONS", value_name = "NUMBER", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(1..=256))]
    pub database_connections: u32,
    /// Seconds that any one question to the database may take, waiting for a connection included
    #[arg(long, env = "CALLING_DATABASE_TIMEOUT", value_name = "SECONDS", default_value = "5",
          value_parser = values::seconds)]
    pub database_timeout: Duration,
    /// Do not bring the tables up to date at start
    #[arg(long, env = "CALLING_NO_MIGRATE")]
    pub no_migrate: bool,
}

/// Which models read, and how much they take on at once.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Inference")]
pub struct Inference {
    /// Folder of the classifier over the 16 types; else models/mbti in the working directory, else beside the program
    #[arg(long, env = "CALLING_MBTI_MODEL", value_name = "FOLDER")]
    pub mbti_model: Option<PathBuf>,
    /// Folder of the classifier over the five traits; else models/big-five in the working directory, else beside the
    /// program
    #[arg(long, env = "CALLING_BIG_FIVE_MODEL", value_name = "FOLDER")]
    pub big_five_model: Option<PathBuf>,
    /// The numbers that the models compute in; auto takes the fastest that the processor has and that agrees with f32
    /// on a self-check at start; reference is f32 by candle's plain operations, slow
    #[arg(long, env = "CALLING_PRECISION", value_name = "PRECISION", default_value = "auto")]
    pub precision: PrecisionChoice,
    /// The processor's instructions that the models use; auto takes the widest it has
    #[arg(long, env = "CALLING_INSTRUCTIONS", value_name = "INSTRUCTIONS", default_value = "auto")]
    pub instructions: InstructionsChoice,
    /// Threads that compute one batch together; 0 takes one for each processor
    #[arg(long, env = "CALLING_INFERENCE_THREADS", value_name = "THREADS", default_value_t = 0,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=1024))]
    pub inference_threads: usize,
    /// Megabytes for the logits of windows that were read before, so that a rated sentence or an answer that comes
    /// again costs no pass; 0 for none
    #[arg(long, env = "CALLING_REUSE_MEMORY", value_name = "MEGABYTES", default_value_t = 16,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=1_000_000))]
    pub reuse_memory: usize,
    /// Threads that cut texts into tokens, beside those that compute
    #[arg(long, env = "CALLING_TOKENIZER_THREADS", value_name = "THREADS", default_value_t = 1,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    pub tokenizer_threads: usize,
    /// Tokens that are computed in one batch: fewer let the next text in sooner, more cost less each
    #[arg(long, env = "CALLING_BATCH_TOKENS", value_name = "TOKENS", default_value_t = 1024,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub batch_tokens: usize,
    /// Tokens that may wait to be read; a text that finds the queue full is told to come back (503)
    #[arg(long, env = "CALLING_QUEUE_TOKENS", value_name = "TOKENS", default_value_t = 8_000_000,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub queue_tokens: usize,
    /// Seconds that a JSON request waits for its reading before it is told to come back (503); at once, where more waits
    /// than can be read by then. Load balancers hang up after 60
    #[arg(long, env = "CALLING_DEADLINE", value_name = "SECONDS", default_value = "55",
          value_parser = values::seconds)]
    pub deadline: Duration,
    /// Questionnaires that are read at the same time
    #[arg(long, env = "CALLING_SUBMISSIONS_AT_ONCE", value_name = "NUMBER", default_value_t = 4,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    pub submissions_at_once: usize,
    /// Seconds after which another server takes over a submission that this one stopped reading
    #[arg(long, env = "CALLING_LEASE", value_name = "SECONDS", default_value = "20",
          value_parser = values::seconds)]
    pub lease: Duration,
}

/// Where the questionnaire and the careers are read from.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Datasets")]
pub struct Datasets {
    /// Folder of the questionnaire and the career spreadsheets; else datasets in the working directory, else beside
    /// the program
    #[arg(long, env = "CALLING_DATASETS", value_name = "FOLDER")]
    pub datasets: Option<PathBuf>,
}

/// What a visitor's unfinished answers may do.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Drafts")]
pub struct Drafts {
    /// Days that unfinished answers are kept after they were last touched
    #[arg(long, env = "CALLING_DRAFT_DAYS", value_name = "DAYS", default_value_t = 30,
          value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub draft_days: u32,
    /// The youngest age that the first page invites
    #[arg(long, env = "CALLING_MINIMUM_AGE", value_name = "YEARS", default_value_t = 16)]
    pub minimum_age: u8,
    /// Offer a button that fills the questionnaire with random answers
    #[arg(long, env = "CALLING_RANDOM_ANSWERS")]
    pub random_answers: bool,
}

/// What is logged, and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Logging")]
pub struct Logging {
    /// What is logged: error, warn, info, debug or trace, or a filter such as info,calling=debug
    #[arg(long, env = "CALLING_LOG", value_name = "FILTER", default_value = "info,actix_server=warn")]
    pub log: String,
    /// How a log line looks
    #[arg(long, env = "CALLING_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line for people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

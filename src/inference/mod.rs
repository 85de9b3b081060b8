//! Text in, logits and probabilities out: the engine that reads passages on threads of its own.
//!
//! A passage is admitted by tokens, tokenized in steps, cut into windows, and its windows are read in batches that form
//! while the model is busy. Whoever asks waits asynchronously; a dropped future is a cancelled request.

/// A model's windows put together.
pub mod assembly;
/// The order in which windows are read.
pub mod queue;
/// Text to windows.
pub mod window;

mod reading;
mod schedule;
mod tokenize;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::models::{Activation, Classifier, ModelError};
use crate::personality::Profile;
use crate::personality::readout::{self, LabelError, NotFinite};

pub use assembly::{Calibration, ReadingPlan, Weighting};
pub use reading::read_alone;
pub use window::Cut;

use schedule::Shared;

/// One of the two models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// The 16 types.
    Mbti,
    /// The five traits.
    BigFive,
}

impl Which {
    /// Both, in the order that [`Which::index`] counts.
    pub const ALL: [Which; 2] = [Which::Mbti, Which::BigFive];

    /// The model's place in [`Which::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// As logs and metrics name it: "mbti" or "big_five".
    pub fn name(self) -> &'static str {
        match self {
            Which::Mbti => "mbti",
            Which::BigFive => "big_five",
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A model and how it is read.
#[derive(Clone)]
pub struct Reader {
    classifier: Arc<dyn Classifier>,
    plan: ReadingPlan,
    labels: Arc<[String]>,
}

impl Reader {
    /// Pairs a model with its plan. [`Engine::start`] checks that the two fit.
    pub fn new(classifier: Arc<dyn Classifier>, plan: ReadingPlan) -> Reader {
        let labels = classifier.labels().into();
        Reader { classifier, plan, labels }
    }
}

/// The models that an engine reads with.
#[derive(Clone)]
pub struct Models {
    /// Reads the 16 types.
    pub mbti: Reader,
    /// Reads the five traits.
    pub big_five: Reader,
}

/// The engine's bounds.
#[derive(Clone, Debug)]
pub struct InferenceConfig {
    /// Most tokens in one forward pass, special tokens included (a single longer window is read all the same). Smaller
    /// batches let the next request in sooner; larger ones cost less a token.
    pub batch_tokens: usize,
    /// Most tokens waiting, both models together. A text that is not tokenized yet counts as one token for each four bytes.
    /// An idle engine takes any one text.
    pub queue_tokens: usize,
    /// Most readings waiting (a request for both models is two).
    pub queue_readings: usize,
    /// Threads that tokenize.
    pub tokenizer_threads: usize,
}

impl Default for InferenceConfig {
    /// Room for a thousand composed texts of 2,500 words, both readings of each.
    fn default() -> Self {
        InferenceConfig {
            batch_tokens: 1024,
            queue_tokens: 8_000_000,
            queue_readings: 8192,
            tokenizer_threads: 1,
        }
    }
}

/// A text to read. Where its answers begin and end is not asked: see [`window`].
#[derive(Clone, Debug)]
pub struct Passage {
    /// The whole text, as composed or as posted.
    pub text: Arc<str>,
}

impl Passage {
    /// A passage of this text.
    pub fn new(text: impl Into<Arc<str>>) -> Passage {
        Passage { text: text.into() }
    }
}

/// Until when an answer is of use. What has not begun by then is not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(pub Instant);

impl Deadline {
    /// So long from now.
    pub fn within(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }
}

/// Both models' readings of one text.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The 16 types.
    pub mbti: ModelReading,
    /// The five traits.
    pub big_five: ModelReading,
}

impl Reading {
    /// The reading as probabilities by type and trait.
    pub fn profile(&self) -> Result<Profile, LabelError> {
        Ok(Profile {
            types: readout::type_probabilities(&self.mbti.labels, &self.mbti.probabilities)?,
            traits: readout::trait_probabilities(&self.big_five.labels, &self.big_five.probabilities)?,
        })
    }

    /// The smaller of the two shares of the text that were read, 0 to 1.
    pub fn share_read(&self) -> f64 {
        self.mbti.share_read.min(self.big_five.share_read)
    }
}

/// One model's reading of one text.
#[derive(Clone, Debug)]
pub struct ModelReading {
    /// The model's own labels, in the order of its logits.
    pub labels: Arc<[String]>,
    /// One for each label, 0 to 1.
    pub probabilities: Vec<f64>,
    /// One for each label: the windows' logits weighted and, where the plan says so, calibrated.
    pub logits: Vec<f64>,
    /// The share of the text's visible characters that stood in a window, 0 to 1, from token offsets.
    pub share_read: f64,
    /// Tokens of the text, special tokens aside.
    pub tokens: usize,
    /// Windows read.
    pub windows: usize,
    /// Whether the logits were calibrated. If not, a probability is a model score and is called so.
    pub calibrated: bool,
    /// Where the time went.
    pub timings: Timings,
}

/// Wall time by stage. The first three add up to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Waiting: for the tokenizer, for the model, and while it read others' windows.
    pub queue: Duration,
    /// Cutting the text into tokens and windows.
    pub tokenize: Duration,
    /// In forward passes that carried a window of this text.
    pub forward: Duration,
    /// From admission to the result.
    pub total: Duration,
}

/// Why there is no reading. None of these is the text's fault.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InferenceError {
    /// Too much is waiting already.
    #[error("the queue for readings is full; it has room again in about {} s", .retry_after.as_secs())]
    QueueFull {
        /// How long the waiting tokens take at the present pace, 1 to 60 s.
        retry_after: Duration,
    },
    /// The deadline passed first.
    #[error("the reading was not done by its deadline")]
    Deadline,
    /// The engine is stopping or has stopped.
    #[error("the reading engine has stopped")]
    Stopped,
    /// The model refused.
    #[error("the model could not read the text")]
    Model(#[source] Arc<ModelError>),
    /// The model panicked on the batch (or the tokenizer on the text).
    #[error("the model failed while reading")]
    Panicked,
    /// The model's output is no row of numbers for each window.
    #[error("the model gave {rows} rows of logits for {windows} windows, or a row not of {labels} numbers")]
    Shape {
        /// Windows asked for.
        windows: usize,
        /// Rows given.
        rows: usize,
        /// Numbers in each row.
        labels: usize,
    },
    /// The model's output holds a number that is none.
    #[error("the model's output is not finite")]
    NotFinite(#[from] NotFinite),
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The model's labels are not what it is to read.
    #[error("the {which} model cannot be used")]
    Labels {
        /// Which of the two.
        which: Which,
        /// What was expected and found.
        #[source]
        source: LabelError,
    },
    /// The types are one of sixteen, so their model must say which.
    #[error(
        "the mbti model cannot be used: expected problem_type single_label_classification (one type of 16), found \
         multi_label_classification"
    )]
    TypesApart,
    /// The model's settings do not fit it.
    #[error("the {which} model's calling.json cannot be used: {message}")]
    Plan {
        /// Which of the two.
        which: Which,
        /// What was expected and found.
        message: String,
    },
    /// The system gave no thread.
    #[error("no thread for the engine")]
    Thread(#[source] std::io::Error),
}

/// Reads passages. Cheap to clone; the last clone that is dropped stops the threads.
#[derive(Clone)]
pub struct Engine {
    owner: Arc<Owner>,
}

struct Owner(Arc<Shared>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.stop_at(Instant::now());
    }
}

impl Engine {
    /// Checks the models' labels and plans, and starts the threads: one for forward passes (candle spreads each over the
    /// cores by itself) and those that tokenize.
    pub fn start(models: Models, config: InferenceConfig) -> Result<Engine, StartError> {
        readout::types_of(&models.mbti.labels)
            .map_err(|source| StartError::Labels { which: Which::Mbti, source })?;
        readout::traits_of(&models.big_five.labels)
            .map_err(|source| StartError::Labels { which: Which::BigFive, source })?;
        if models.mbti.classifier.activation() != Activation::Softmax {
            return Err(StartError::TypesApart);
        }
        let readers = [models.mbti, models.big_five];
        for which in Which::ALL {
            let reader = &readers[which.index()];
            reader.plan.check(reader.labels.len()).map_err(|message| StartError::Plan { which, message })?;
        }
        let tokenizers = config.tokenizer_threads.max(1);
        let shared = Arc::new(Shared::new(readers, config));
        let engine = Engine { owner: Arc::new(Owner(Arc::clone(&shared))) };
        schedule::spawn(&shared, "calling-engine".to_owned(), worker::run).map_err(StartError::Thread)?;
        for number in 1..=tokenizers {
            schedule::spawn(&shared, format!("calling-token-{number}"), tokenize::run)
                .map_err(StartError::Thread)?;
        }
        Ok(engine)
    }

    /// One model's reading of a passage. Dropping the future cancels what has not begun. Needs a tokio runtime with time.
    pub async fn classify(
        &self,
        which: Which,
        passage: Passage,
        deadline: Deadline,
    ) -> Result<ModelReading, InferenceError> {
        let [reply] = self.owner.0.admit([which], &passage.text, deadline)?;
        wait(reply, deadline).await
    }

    /// Both models' readings of a passage, queued at once. Dropping the future cancels what has not begun. Needs a tokio
    /// runtime with time.
    pub async fn read(&self, passage: Passage, deadline: Deadline) -> Result<Reading, InferenceError> {
        let [mbti, big_five] = self.owner.0.admit(Which::ALL, &passage.text, deadline)?;
        Ok(Reading { mbti: wait(mbti, deadline).await?, big_five: wait(big_five, deadline).await? })
    }

    /// Reads one sentence with each model, so that the first visitor does not pay for it. From then on the engine is warm.
    pub async fn warm(&self, deadline: Deadline) -> Result<(), InferenceError> {
        self.read(Passage::new("I like a quiet room with good light."), deadline).await?;
        self.owner.0.set_warm();
        Ok(())
    }

    /// Takes no more requests, reads what is waiting for at most this long, then turns the rest away as
    /// [`InferenceError::Stopped`]. Whether the threads ended in that time; a forward pass under way cannot be interrupted.
    pub async fn stop(&self, within: Duration) -> bool {
        let shared = &self.owner.0;
        let until = Instant::now() + within;
        shared.stop_at(until);
        let ended = tokio::time::timeout_at(until.into(), shared.ended()).await.is_ok();
        if !ended {
            shared.turn_all_away();
        }
        ended
    }

    /// How long what is waiting now takes at the present pace, 1 to 60 s: for a Retry-After header.
    pub fn estimated_wait(&self) -> Duration {
        self.owner.0.estimated_wait()
    }

    /// What the engine is doing and has done.
    pub fn stats(&self) -> EngineStats {
        self.owner.0.stats()
    }
}

async fn wait(
    reply: oneshot::Receiver<Result<ModelReading, InferenceError>>,
    deadline: Deadline,
) -> Result<ModelReading, InferenceError> {
    match tokio::time::timeout_at(deadline.0.into(), reply).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(InferenceError::Stopped),
        Err(_) => Err(InferenceError::Deadline),
    }
}

/// What an engine is doing (the first five) and has done since its start.
#[derive(Clone, Debug, Default)]
pub struct EngineStats {
    /// Both models have been run once, and every thread lives.
    pub ready: bool,
    /// Readings waiting or under way.
    pub waiting_readings: usize,
    /// Windows waiting.
    pub waiting_windows: usize,
    /// Tokens waiting, special tokens included; texts not tokenized yet by estimate.
    pub waiting_tokens: usize,
    /// Tokens read a second lately, special tokens included; 0 before the first batch.
    pub tokens_per_second: f64,
    /// The sums.
    pub totals: Totals,
}

/// Sums since the engine's start. A reading is one text by one model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Readings admitted.
    pub admitted: u64,
    /// Readings refused because the queue was full.
    pub refused: u64,
    /// Readings done.
    pub completed: u64,
    /// Readings that failed: the model refused, panicked, or gave no numbers.
    pub failed: u64,
    /// Readings that nobody waited for any more.
    pub cancelled: u64,
    /// Readings dropped because their deadline had passed.
    pub expired: u64,
    /// Forward passes.
    pub batches: u64,
    /// Forward passes, or tokenizer steps, that panicked.
    pub panics: u64,
    /// Windows read.
    pub windows: u64,
    /// Tokens read, special tokens included.
    pub tokens: u64,
    /// Time spent tokenizing.
    pub tokenize: Duration,
    /// Time spent in forward passes.
    pub forward: Duration,
}

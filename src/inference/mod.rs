//! Text in, logits and probabilities out: the engine that reads passages on threads of its own.
//!
//! A passage is admitted by tokens, tokenized in steps, cut into windows, and its windows are read in batches that form
//! while the model is busy. Whoever asks waits asynchronously; a dropped future is a cancelled request.

/// The order in which windows are read.
pub mod queue;
/// Text to windows.
pub mod window;

mod error;
mod execution;
mod jobs;
mod lifecycle;
mod pace;
mod reading;
mod reuse;
mod schedule;
mod self_check;
mod state;
mod stats;
mod texts;
mod tokenize;
mod worker;

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod reuse_tests;
#[cfg(test)]
mod stand_in;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::metrics;
use crate::models::{Activation, Classifier};
use crate::personality::{ModelKind, Pair, readout};

pub use error::{InferenceError, StartError};
pub use execution::{Choice, Lacking, Others, Wanted, Ways, choose, ways};
pub use reading::{ModelReading, Prepared, Reading, Timings, read_alone};
pub use self_check::{CheckError, Probabilities, TEXTS as SELF_CHECK_TEXTS, TOLERANCE};
pub use stats::{EngineStats, Totals};

use schedule::Shared;

/// The models that an engine reads with.
pub type Models = Pair<Arc<dyn Classifier>>;

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
    /// The sentences of the questionnaire's ratings: each is a window of its own for a model that reads answers.
    pub rated_sentences: Arc<HashSet<String>>,
    /// Most bytes for the logits of windows that were read before; 0 reads every window.
    pub reuse_bytes: usize,
    /// Where stages and batches are timed.
    pub metrics: metrics::Readings,
}

impl Default for InferenceConfig {
    /// Room for a thousand composed texts of 2,500 words, both readings of each.
    fn default() -> Self {
        InferenceConfig {
            batch_tokens: 1024,
            queue_tokens: 8_000_000,
            queue_readings: 8192,
            tokenizer_threads: 1,
            rated_sentences: Arc::default(),
            reuse_bytes: 16 << 20,
            metrics: metrics::Readings::default(),
        }
    }
}

/// A text to read. Where its answers begin and end is not asked: see [`window`].
#[derive(Clone, Debug)]
pub struct Passage {
    /// The whole text, as composed or as posted.
    pub text: Arc<str>,
    /// How many turns it gets where another gets one.
    pub weight: u32,
    /// Whether it is taken on however much waits: whoever sends such texts sends few at a time.
    pub never_refused: bool,
}

impl Passage {
    /// A passage of this text, as a request sends it.
    pub fn new(text: impl Into<Arc<str>>) -> Passage {
        Passage { text: text.into(), weight: 1, never_refused: false }
    }

    /// A passage of a text that is stored: it is never refused, and gets so many turns where a request gets one.
    pub fn stored(text: impl Into<Arc<str>>, weight: u32) -> Passage {
        Passage { text: text.into(), weight, never_refused: true }
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
    /// Checks that each model speaks its vocabulary, and starts the threads: one for forward passes (the model spreads each over
    /// the cores by itself) and those that tokenize.
    pub fn start(models: Models, config: InferenceConfig) -> Result<Engine, StartError> {
        readout::types_of(models.mbti.labels())
            .map_err(|source| StartError::Labels { which: ModelKind::Mbti, source })?;
        readout::traits_of(models.big_five.labels())
            .map_err(|source| StartError::Labels { which: ModelKind::BigFive, source })?;
        if models.mbti.activation() != Activation::Softmax {
            return Err(StartError::TypesApart);
        }
        let tokenizers = config.tokenizer_threads.max(1);
        let shared = Arc::new(Shared::new(models.into_array(), config));
        let engine = Engine { owner: Arc::new(Owner(Arc::clone(&shared))) };
        lifecycle::spawn(&shared, "calling-engine".to_owned(), worker::run).map_err(StartError::Thread)?;
        for number in 1..=tokenizers {
            lifecycle::spawn(&shared, format!("calling-token-{number}"), tokenize::run)
                .map_err(StartError::Thread)?;
        }
        Ok(engine)
    }

    /// One model's reading of a passage. Dropping the future cancels what has not begun. Needs a tokio runtime with time.
    pub async fn classify(
        &self,
        which: ModelKind,
        passage: Passage,
        deadline: Deadline,
    ) -> Result<ModelReading, InferenceError> {
        let [reply] = self.owner.0.admit([which], &passage, deadline)?;
        wait(reply, deadline).await
    }

    /// Queues a passage for both models at once, or says at once why not.
    ///
    /// # Errors
    /// [`InferenceError::QueueFull`] where the queue has no room, or where what waits would not be read by the deadline.
    pub fn admit(&self, passage: Passage, deadline: Deadline) -> Result<Admitted, InferenceError> {
        let [mbti, big_five] = self.owner.0.admit(ModelKind::ALL, &passage, deadline)?;
        Ok(Admitted { replies: Pair { mbti, big_five }, deadline })
    }

    /// [`Engine::admit`] and [`Admitted::read`].
    pub async fn read(&self, passage: Passage, deadline: Deadline) -> Result<Reading, InferenceError> {
        self.admit(passage, deadline)?.read().await
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

/// A passage that both models will read. Dropping it, or its future, cancels what has not begun.
#[derive(Debug)]
pub struct Admitted {
    replies: Pair<oneshot::Receiver<Result<ModelReading, InferenceError>>>,
    deadline: Deadline,
}

impl Admitted {
    /// Both readings, once they are done. Needs a tokio runtime with time.
    pub async fn read(self) -> Result<Reading, InferenceError> {
        let Admitted { replies: Pair { mbti, big_five }, deadline } = self;
        Ok(Reading { mbti: wait(mbti, deadline).await?, big_five: wait(big_five, deadline).await? })
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

//! The engine: reads passages on threads of its own, for callers that wait asynchronously.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::models::{Activation, Classifier};
use crate::personality::{ModelKind, Pair, readout};

use super::config::InferenceConfig;
use super::error::{InferenceError, StartError};
use super::passage::{Deadline, Passage};
use super::reading::{ModelReading, Reading};
use super::schedule::{self, Shared};
use super::self_check::TEXTS;
use super::stats::EngineStats;

pub type Models = Pair<Arc<dyn Classifier>>;

/// Reads passages. Cheap to clone; dropping the last clone stops the threads.
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
    /// Checks each model's labels and starts the threads: one for forward passes (the model spreads each pass over the
    /// cores itself) and those that tokenize.
    ///
    /// # Errors
    /// If a model's labels are not the expected types or traits, or if a thread could not be started.
    pub fn start(models: Models, config: InferenceConfig) -> Result<Engine, StartError> {
        readout::types_of(models.mbti.labels())
            .map_err(|source| StartError::Labels { which: ModelKind::Mbti, source })?;
        readout::traits_of(models.big_five.labels())
            .map_err(|source| StartError::Labels { which: ModelKind::BigFive, source })?;
        if models.mbti.activation() != Activation::Softmax {
            return Err(StartError::MultiLabelTypes);
        }
        let shared = Arc::new(Shared::new(models, config));
        let engine = Engine { owner: Arc::new(Owner(Arc::clone(&shared))) };
        schedule::start_threads(&shared).map_err(StartError::Thread)?;
        Ok(engine)
    }

    /// Reads a passage with one model. Dropping the future cancels the work that has not begun. Needs a tokio runtime
    /// with time.
    ///
    /// # Errors
    /// Every [`InferenceError`].
    pub async fn classify(
        &self,
        which: ModelKind,
        passage: Passage,
        deadline: Deadline,
    ) -> Result<ModelReading, InferenceError> {
        self.admit_to(which, passage, deadline)?.await
    }

    /// Queues a passage for one model, or returns at once why it is refused, as [`Engine::admit`] does. Dropping the future
    /// cancels the work that has not begun. Needs a tokio runtime with time.
    ///
    /// # Errors
    /// Those of [`Engine::admit`]; the future's are all the others.
    pub fn admit_to(
        &self,
        which: ModelKind,
        passage: Passage,
        deadline: Deadline,
    ) -> Result<impl Future<Output = Result<ModelReading, InferenceError>> + Send + use<>, InferenceError>
    {
        let [reply] = self.owner.0.admit([which], &passage, deadline)?;
        Ok(wait(reply, deadline))
    }

    /// Queues a passage for both models, or returns at once why it is refused.
    ///
    /// # Errors
    /// [`InferenceError::QueueFull`] if the queue has no room or the passage would not be read before its deadline;
    /// [`InferenceError::Deadline`] if that has passed already; [`InferenceError::Stopped`].
    pub fn admit(&self, passage: Passage, deadline: Deadline) -> Result<Admitted, InferenceError> {
        let [mbti, big_five] = self.owner.0.admit(ModelKind::ALL, &passage, deadline)?;
        Ok(Admitted { replies: Pair { mbti, big_five }, deadline })
    }

    /// [`Engine::admit`], then [`Admitted::read`].
    ///
    /// # Errors
    /// Every [`InferenceError`].
    pub async fn read(&self, passage: Passage, deadline: Deadline) -> Result<Reading, InferenceError> {
        self.admit(passage, deadline)?.read().await
    }

    /// Reads the texts of the self-check with each model: it proves that they read real text in several languages, and the
    /// first visitor does not wait for the first pass. Then the engine is ready.
    ///
    /// # Errors
    /// Every [`InferenceError`], with the model that failed.
    pub async fn warm(&self, deadline: Deadline) -> Result<(), (ModelKind, InferenceError)> {
        for which in ModelKind::ALL {
            let passage = Passage::new(TEXTS.join("\n\n"));
            self.classify(which, passage, deadline).await.map_err(|error| (which, error))?;
        }
        self.owner.0.set_warm();
        Ok(())
    }

    /// Refuses new requests, reads what is waiting for at most this long, then refuses the rest with
    /// [`InferenceError::Stopped`]. Returns whether the threads ended in time, because a forward pass cannot be
    /// interrupted.
    pub async fn stop(&self, within: Duration) -> bool {
        let shared = &self.owner.0;
        let until = Instant::now() + within;
        shared.stop_at(until);
        let ended = tokio::time::timeout_at(until.into(), shared.ended()).await.is_ok();
        if !ended {
            shared.refuse_all();
        }
        ended
    }

    /// How long the waiting texts take at the current pace, 1 to 60 s: for a Retry-After header.
    pub fn estimated_wait(&self) -> Duration {
        self.owner.0.estimated_wait()
    }

    /// The engine's current state and its totals.
    pub fn stats(&self) -> EngineStats {
        self.owner.0.stats()
    }

    /// When the queue was last searched for canceled requests.
    #[cfg(test)]
    pub(super) fn last_sweep(&self) -> Option<Instant> {
        self.owner.0.last_sweep()
    }
}

/// A passage that both models will read. Dropping it, or its future, cancels the work that has not begun.
#[derive(Debug)]
pub struct Admitted {
    replies: Pair<oneshot::Receiver<Result<ModelReading, InferenceError>>>,
    deadline: Deadline,
}

impl Admitted {
    /// Waits for both readings. Needs a tokio runtime with time.
    ///
    /// # Errors
    /// Every [`InferenceError`] except [`InferenceError::QueueFull`].
    pub async fn read(self) -> Result<Reading, InferenceError> {
        let Admitted { replies: Pair { mbti, big_five }, deadline } = self;
        Ok(Pair { mbti: wait(mbti, deadline).await?, big_five: wait(big_five, deadline).await? })
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

//! What happens in the background once the server listens: the models' self-check, then what makes the first readings fast.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web;

use crate::inference::{Deadline, Engine, InferenceError, Passage};
use crate::models::{Classifier, LoadedModel, ModelError, Windows};
use crate::personality::Pair;
use crate::survey::Questionnaire;
use crate::telemetry::sentence;
use crate::web::AppState;

/// Until the self-check of both models succeeds, the server is not ready. The rest makes readings faster, and nothing waits
/// for it.
pub(super) async fn run(state: web::Data<AppState>) {
    let Some(local) = &state.local else { return };
    check(&state, &local.engine).await;
    let by_answer = [&local.models.mbti, &local.models.big_five]
        .into_iter()
        .any(|model| model.settings().windows == Windows::Answer);
    if hash(local.models.clone()).await && by_answer {
        read_rated_sentences(&local.engine, &state.questionnaire).await;
    }
}

/// Reads the texts of the self-check with each model until that succeeds. Only then is the server ready.
async fn check(state: &AppState, engine: &Engine) {
    let started = Instant::now();
    loop {
        match engine.warm(Deadline::within(Duration::from_secs(60))).await {
            Ok(()) => {
                state.health.note_check(None);
                break;
            }
            Err((which, error)) => {
                tracing::error!(model = %which, cause = sentence(&error), "a model failed its self-check");
                // The error's own text names no file. The chain of sources goes to the log.
                state.health.note_check(Some(format!("the {which} model failed its self-check: {error}")));
            }
        }
        actix_web::rt::time::sleep(Duration::from_secs(5)).await;
    }
    tracing::info!(seconds = started.elapsed().as_secs_f64(), "the models are warm");
}

/// Hashes the weights, which takes half a second for two base-size models. Until then the cache of logits is not used.
async fn hash(models: Pair<Arc<LoadedModel>>) -> bool {
    let hashed = actix_web::rt::task::spawn_blocking(move || {
        models.mbti.weights_sha256()?;
        models.big_five.weights_sha256()?;
        Ok::<_, ModelError>(())
    });
    match hashed.await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => tracing::error!(cause = sentence(&error), "the weights could not be hashed"),
        Err(error) => tracing::error!(cause = sentence(&error), "hashing the weights was interrupted"),
    }
    false
}

/// Reads the sentence of every rating of every item, so that their logits are cached when the first questionnaire comes. Whoever
/// comes meanwhile goes first, since these texts have the least weight.
async fn read_rated_sentences(engine: &Engine, questionnaire: &Questionnaire) {
    let started = Instant::now();
    for rating in 0..5 {
        let sentences = questionnaire.items.iter().filter_map(|item| item.sentences.get(rating));
        let text: Vec<&str> = sentences.map(String::as_str).collect();
        let passage = Passage::stored(text.join(" "), 1);
        match engine.read(passage, Deadline::within(Duration::from_secs(600))).await {
            Ok(_) => {}
            Err(InferenceError::Stopped) => return,
            Err(error) => {
                return tracing::warn!(cause = sentence(&error), "the rated sentences could not be read");
            }
        }
        let cached = engine.stats().kept_windows;
        if cached == 0 {
            return tracing::debug!(
                "logits are not cached, so the rated sentences are read with each questionnaire"
            );
        }
    }
    let (seconds, cached) = (started.elapsed().as_secs_f64(), engine.stats().kept_windows);
    tracing::info!(seconds, cached, "the logits of the rated sentences are cached");
}

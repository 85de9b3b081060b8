//! The tokenizer thread: a step of one text, then a step of another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::models::ModelError;

use super::InferenceError;
use super::jobs::TextJob;
use super::reading::Prepared;
use super::schedule::Shared;
use super::window::encoding_steps;

/// Tokenizes texts until the engine stops. A panic costs the text that caused it and nothing else.
pub(super) fn run(shared: &Shared) {
    while let Some(mut job) = shared.next_text() {
        let start = Instant::now();
        let step = catch_unwind(AssertUnwindSafe(|| advance(shared, &mut job)));
        let spent = start.elapsed();
        job.tokenize += spent;
        match step {
            Ok(Ok(None)) => shared.put_back(job, spent),
            Ok(Ok(Some(prepared))) => {
                if let Some(read) = shared.plan_windows(job, prepared, spent) {
                    shared.answer(read);
                }
            }
            Ok(Err(error)) => shared.fail_text(job, InferenceError::Model(Arc::new(error)), false),
            Err(_) => {
                tracing::error!(model = %job.waiting.which, bytes = job.text.len(), "the tokenizer panicked");
                shared.fail_text(job, InferenceError::Panicked, true);
            }
        }
    }
}

/// Tokenizes the next step of a text; after the last one, its windows.
fn advance(shared: &Shared, job: &mut TextJob) -> Result<Option<Prepared>, ModelError> {
    let model = &*shared.models[job.waiting.which.index()];
    let steps = job.steps.get_or_insert_with(|| encoding_steps(&job.text).into());
    if let Some(step) = steps.pop_front() {
        let start = step.start;
        job.bytes_left = job.text.len() - step.end;
        let piece = model.encode(&job.text[step])?;
        job.encoding.ids.extend(piece.ids);
        job.encoding.offsets.extend(piece.offsets.into_iter().map(|o| o.start + start..o.end + start));
    }
    if !steps.is_empty() {
        return Ok(None);
    }
    Ok(Some(Prepared::new(model, &job.text, &job.encoding, &shared.config.rated_sentences)))
}

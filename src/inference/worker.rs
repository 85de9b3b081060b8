//! The engine thread: take a batch, run the model, hand out the logits. What arrives meanwhile forms the next batch.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::InferenceError;
use super::jobs::Work;
use super::reading::{check_rows, conclude};
use super::schedule::Shared;

/// Reads batches until the engine stops. A panic in a forward pass fails that batch's texts and nothing else.
pub(super) fn run(shared: &Shared) {
    while let Some(Work { batch, windows }) = shared.next_work() {
        let model = &*shared.models[batch.model.index()];
        let ids: Vec<&[u32]> = windows.iter().map(Vec::as_slice).collect();
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| model.logits(&ids)));
        let forward = start.elapsed();
        let panicked = result.is_err();
        let rows = match result {
            Ok(Ok(rows)) => check_rows(model, windows.len(), &rows).map(|()| rows),
            Ok(Err(error)) => Err(InferenceError::Model(Arc::new(error))),
            Err(_) => Err(InferenceError::Panicked),
        };
        match rows {
            Ok(rows) => {
                for mut text in shared.deliver(&batch, rows, forward) {
                    let rows = std::mem::take(&mut text.rows);
                    let conclude = || conclude(model, &rows, text.share_read, text.timings);
                    let result =
                        catch_unwind(AssertUnwindSafe(conclude)).unwrap_or(Err(InferenceError::Panicked));
                    shared.answer(text, result);
                }
            }
            Err(error) => {
                let (windows, tokens) = (batch.windows.len(), batch.tokens);
                tracing::error!(model = %batch.model, windows, tokens, panicked, %error, "a batch failed");
                shared.fail_batch(&batch, &error, panicked, forward);
            }
        }
    }
}

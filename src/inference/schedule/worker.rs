//! The engine thread: takes a batch, runs the model, distributes the logits. Requests that arrive meanwhile form the
//! next batch.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::inference::error::InferenceError;
use crate::inference::reading::check_rows;

use super::jobs::{Pass, Window};
use super::reuse::{Key, Reuse};
use super::shared::Shared;

/// Reads batches until the engine stops. A panic in a forward pass fails the texts of that batch and no others.
pub(super) fn run(shared: &Shared) {
    while let Some(work) = shared.next_work() {
        let which = work.batch.model;
        let model = &**shared.models.get(which);
        let plan = Plan::new(&work.windows, shared.reuse.as_ref());
        let mut pass = plan.pass();
        let result = if plan.unread.is_empty() {
            Ok(Ok(Vec::new()))
        } else {
            let start = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(|| model.logits(&plan.unread)));
            pass.forward = start.elapsed();
            shared.config.metrics.batch(which.name(), pass.tokens, pass.forward);
            result
        };
        let panicked = result.is_err();
        let rows = match result {
            Ok(Ok(rows)) => check_rows(model, plan.unread.len(), &rows).map(|()| rows),
            Ok(Err(error)) => Err(InferenceError::Model(Arc::new(error))),
            Err(_) => Err(InferenceError::Panicked),
        };
        match rows {
            Ok(rows) => {
                plan.cache(&work.windows, &rows, shared.reuse.as_ref());
                let rows = plan.hand_out(rows);
                for text in shared.deliver(&work, rows, &pass) {
                    shared.answer(text);
                }
            }
            Err(error) => {
                let (windows, tokens) = (pass.windows, pass.tokens);
                tracing::error!(model = %which, windows, tokens, panicked, %error, "a batch failed");
                shared.fail_batch(&work.batch, &error, panicked, &pass);
            }
        }
    }
}

/// The windows of a batch that the model has to read: equal ones once, and none that were cached after the batch was
/// planned.
struct Plan<'a> {
    unread: Vec<&'a [u32]>,
    /// Where the logits of each window come from.
    sources: Vec<Source>,
}

enum Source {
    Cached(Arc<[f32]>),
    /// The row with this index in the model's output.
    Row(usize),
}

impl<'a> Plan<'a> {
    fn new(windows: &'a [Window], reuse: Option<&Reuse>) -> Plan<'a> {
        let mut unread: Vec<&[u32]> = Vec::with_capacity(windows.len());
        let mut first: HashMap<&Key, usize> = HashMap::new();
        let sources = windows
            .iter()
            .map(|window| {
                if let Some(key) = &window.key {
                    if let Some(row) = reuse.and_then(|reuse| reuse.get(key)) {
                        return Source::Cached(row);
                    }
                    if let Some(row) = first.get(key) {
                        return Source::Row(*row);
                    }
                    first.insert(key, unread.len());
                }
                unread.push(&window.ids);
                Source::Row(unread.len() - 1)
            })
            .collect();
        Plan { unread, sources }
    }

    fn pass(&self) -> Pass {
        Pass {
            windows: self.unread.len(),
            tokens: self.unread.iter().map(|ids| ids.len()).sum(),
            reused: self.sources.len() - self.unread.len(),
            forward: Duration::ZERO,
        }
    }

    /// Caches the logits that were read.
    fn cache(&self, windows: &[Window], rows: &[Vec<f32>], reuse: Option<&Reuse>) {
        let Some(reuse) = reuse else { return };
        let mut next = 0;
        for (window, source) in windows.iter().zip(&self.sources) {
            // Rows are in the order in which their windows first occur. A later window with the same row is a
            // repetition.
            if let Source::Row(row) = source
                && *row == next
            {
                next += 1;
                if let (Some(key), Some(row)) = (window.key, rows.get(*row)) {
                    reuse.insert(key, row);
                }
            }
        }
    }

    /// One row of logits per window of the batch.
    fn hand_out(&self, rows: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        if self.sources.len() == rows.len() {
            return rows;
        }
        let row = |source: &Source| match source {
            Source::Cached(row) => row.to_vec(),
            Source::Row(number) => rows.get(*number).cloned().unwrap_or_default(),
        };
        self.sources.iter().map(row).collect()
    }
}

//! The engine's state and totals as numbers, for /ready and the metrics.

use std::time::Duration;

/// The engine's state, and in [`EngineStats::totals`] its totals since it started.
#[derive(Clone, Debug, Default)]
pub struct EngineStats {
    /// Both models have read a text, no thread has died, and the engine is not stopping.
    pub ready: bool,
    /// A thread has died, so that nothing more is read.
    pub died: bool,
    /// Readings waiting or under way.
    pub waiting_readings: usize,
    pub waiting_windows: usize,
    /// Waiting tokens, special tokens included. Texts that are not tokenized yet count by estimate.
    pub waiting_tokens: usize,
    /// Recent tokens per second in batches at least half full, special tokens included; 0 before the first.
    pub tokens_per_second: f64,
    /// Windows whose logits are cached.
    pub kept_windows: usize,
    /// Bytes of the cache.
    pub kept_bytes: usize,
    /// Sums since the start.
    pub totals: Totals,
}

/// Sums since the engine started. A reading is one text by one model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Readings admitted.
    pub admitted: u64,
    /// Readings refused because too much was waiting.
    pub refused: u64,
    /// Readings done.
    pub completed: u64,
    /// Readings that failed: the model returned an error or bad numbers, or panicked.
    pub failed: u64,
    /// Readings dropped because the caller was gone.
    pub cancelled: u64,
    /// Readings dropped because their deadline had passed.
    pub expired: u64,
    /// Forward passes.
    pub batches: u64,
    /// Forward passes and tokenizer steps that panicked.
    pub panics: u64,
    /// Windows read by the models.
    pub windows: u64,
    /// Their tokens, special tokens included.
    pub tokens: u64,
    /// Windows that needed no forward pass: their logits were cached, or the same window was in the same batch.
    pub reused: u64,
    /// Time spent tokenizing.
    pub tokenize: Duration,
    /// Time spent in forward passes.
    pub forward: Duration,
}

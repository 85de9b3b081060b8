//! What the engine is doing and has done, in numbers.

use std::time::Duration;

/// What an engine is doing (the first seven) and has done since its start.
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
    /// Tokens read a second lately in batches at least half full, special tokens included; 0 before the first.
    pub tokens_per_second: f64,
    /// Windows whose logits are kept for reuse.
    pub kept_windows: usize,
    /// Bytes that they take.
    pub kept_bytes: usize,
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
    /// Windows read by the models.
    pub windows: u64,
    /// Their tokens, special tokens included.
    pub tokens: u64,
    /// Windows that needed no reading: their logits were kept, or they stood twice in one batch.
    pub reused: u64,
    /// Time spent tokenizing.
    pub tokenize: Duration,
    /// Time spent in forward passes.
    pub forward: Duration,
}

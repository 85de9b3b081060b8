//! The engine's limits.

use std::sync::Arc;

use super::plan::Known;
use crate::metrics;

#[derive(Clone, Debug)]
pub struct InferenceConfig {
    /// The most tokens in one forward pass, special tokens included; a longer window is read alone. Smaller batches
    /// admit the next request sooner, larger ones cost less per token.
    pub batch_tokens: usize,
    /// The most waiting tokens, both models together. A text that is not tokenized yet counts one token for every four
    /// bytes. An idle engine accepts a text of any length.
    pub queue_tokens: usize,
    /// The most waiting readings (a request for both models is two).
    pub queue_readings: usize,
    /// Threads that tokenize.
    pub tokenizer_threads: usize,
    /// The questionnaire's rated sentences and lead-ins, which decide where answers begin.
    pub known: Arc<Known>,
    /// The most bytes of cached logits; 0 turns the cache off.
    pub reuse_bytes: usize,
    /// Records how long stages and batches take.
    pub metrics: metrics::Readings,
}

impl Default for InferenceConfig {
    /// Room for both readings of 1,000 composed texts of 2,500 words.
    fn default() -> Self {
        InferenceConfig {
            batch_tokens: 1024,
            queue_tokens: 8_000_000,
            queue_readings: 8192,
            tokenizer_threads: 1,
            known: Arc::default(),
            reuse_bytes: 16 << 20,
            metrics: metrics::Readings::default(),
        }
    }
}

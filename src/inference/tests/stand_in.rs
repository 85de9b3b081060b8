//! A simple classifier with the faults that the engine's tests need.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use crate::models::{Activation, CallingSettings, Classifier, Encoding, ModelError, Windows};
use crate::personality::ModelKind;

/// Every word is a token, and a window's logits depend on its words alone.
pub(in crate::inference) struct StandIn {
    labels: Vec<String>,
    activation: Activation,
    settings: CallingSettings,
    /// Most content tokens in a window.
    pub capacity: usize,
    /// Truncates texts to this many tokens.
    pub truncate: Option<usize>,
    /// See [`Classifier::identity`].
    pub identity: Option<&'static str>,
    /// Added to every logit.
    pub off_by: f32,
    /// A word that no window may have.
    pub refuses: Option<&'static str>,
    /// Number of rows missing from the output.
    pub rows_short: usize,
    /// The shortest duration of a forward pass.
    pub slow: Duration,
    /// Blocks forward passes while closed.
    pub forward_gate: Gate,
    /// Blocks the tokenizer while closed.
    pub encode_gate: Gate,
    /// The windows of each batch so far, special tokens included.
    pub batches: Mutex<Vec<Vec<Vec<u32>>>>,
    /// The bytes of each piece of text tokenized so far.
    pub encoded: Mutex<Vec<usize>>,
}

/// Opens for a number of passes, or permanently.
pub(in crate::inference) struct Gate {
    passes: Mutex<usize>,
    changed: Condvar,
    /// Passes that came here, let through or not.
    arrived: AtomicUsize,
}

impl Gate {
    fn new(passes: usize) -> Gate {
        Gate { passes: Mutex::new(passes), changed: Condvar::new(), arrived: AtomicUsize::new(0) }
    }

    pub fn close(&self) {
        *self.passes.lock().unwrap() = 0;
    }

    pub fn allow(&self, more: usize) {
        let mut passes = self.passes.lock().unwrap();
        *passes = passes.saturating_add(more);
        self.changed.notify_all();
    }

    pub fn open(&self) {
        self.allow(usize::MAX);
    }

    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    fn pass(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let passes = self.passes.lock().unwrap();
        let wait = self.changed.wait_timeout_while(passes, Duration::from_secs(20), |left| *left == 0);
        let (mut passes, waited) = wait.unwrap();
        assert!(!waited.timed_out(), "the gate was never opened");
        *passes -= 1;
    }
}

/// A word's token id.
pub(super) fn id(word: &str) -> u32 {
    word.bytes().fold(17, |id: u32, byte| id.wrapping_mul(31).wrapping_add(u32::from(byte))) % 900_000_011
        + 10
}

const OPENS: u32 = 1;
const CLOSES: u32 = 2;

impl StandIn {
    pub fn new(which: ModelKind, windows: Windows, capacity: usize) -> StandIn {
        let (names, activation): (&[&str], _) = match which {
            ModelKind::Mbti => (
                &[
                    "INTP", "ISTP", "ENTP", "ESTP", "INFP", "ISFP", "ENFP", "ESFP", "INTJ", "ISTJ", "ENTJ",
                    "ESTJ", "INFJ", "ISFJ", "ENFJ", "ESFJ",
                ],
                Activation::Softmax,
            ),
            ModelKind::BigFive => {
                (&["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"], Activation::Sigmoid)
            }
        };
        StandIn {
            labels: names.iter().map(|name| (*name).to_owned()).collect(),
            activation,
            settings: CallingSettings { windows, ..CallingSettings::PLAIN },
            capacity,
            truncate: None,
            identity: None,
            off_by: 0.0,
            refuses: None,
            rows_short: 0,
            slow: Duration::ZERO,
            forward_gate: Gate::new(usize::MAX),
            encode_gate: Gate::new(usize::MAX),
            batches: Mutex::default(),
            encoded: Mutex::default(),
        }
    }

    /// Changes the window rule to [`Windows::Packed`].
    pub fn pack(&mut self) {
        self.settings.windows = Windows::Packed;
    }

    /// The token ids of each window so far, without the special tokens.
    pub fn windows_read(&self) -> Vec<Vec<u32>> {
        let batches = self.batches.lock().unwrap();
        batches.iter().flatten().map(|window| window[1..window.len() - 1].to_vec()).collect()
    }
}

impl Classifier for StandIn {
    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn window_capacity(&self) -> usize {
        self.capacity
    }

    fn settings(&self) -> &CallingSettings {
        &self.settings
    }

    fn identity(&self) -> Option<String> {
        self.identity.map(str::to_owned)
    }

    fn encode(&self, text: &str) -> Result<Encoding, ModelError> {
        self.encode_gate.pass();
        self.encoded.lock().unwrap().push(text.len());
        assert!(!text.contains("tokenizer-bomb"), "a planted panic");
        let base = text.as_ptr() as usize;
        let words = text.split_whitespace().take(self.truncate.unwrap_or(usize::MAX));
        let (ids, offsets) = words
            .map(|word| {
                let start = word.as_ptr() as usize - base;
                (id(word), start..start + word.len())
            })
            .unzip();
        Ok(Encoding { ids, offsets })
    }

    fn window_ids(&self, content: &[u32]) -> Vec<u32> {
        [&[OPENS], content, &[CLOSES]].concat()
    }

    fn logits(&self, windows: &[&[u32]]) -> Result<Vec<Vec<f32>>, ModelError> {
        self.forward_gate.pass();
        std::thread::sleep(self.slow);
        self.batches.lock().unwrap().push(windows.iter().map(|window| window.to_vec()).collect());
        let refused = [Some("refused"), self.refuses].into_iter().flatten().map(id);
        if refused.into_iter().any(|word| windows.iter().any(|window| window.contains(&word))) {
            return Err(ModelError::WindowLength { found: 0, limit: 0 });
        }
        assert!(!windows.iter().any(|window| window.contains(&id("bomb"))), "a planted panic");
        let mut rows: Vec<Vec<f32>> = windows
            .iter()
            .map(|window| {
                (0..self.labels.len())
                    .map(|label| {
                        if window.contains(&id("endless")) {
                            return f32::INFINITY;
                        }
                        let sum: f32 =
                            window.iter().map(|id| (*id as f32 * (label + 1) as f32 * 0.1).sin()).sum();
                        3.0 * sum / window.len() as f32 + self.off_by
                    })
                    .collect()
            })
            .collect();
        rows.truncate(rows.len() - self.rows_short.min(rows.len()));
        Ok(rows)
    }
}

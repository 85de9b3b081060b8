//! The shapes of a checkpoint's tensors, as config.json implies them.

use super::config::{Architecture, ModelConfig};
use super::names::{
    CLASSIFIER, EMBEDDING_NORM, POSITION_EMBEDDINGS, PROJECTION, TOKEN_TYPE_EMBEDDINGS, WORD_EMBEDDINGS,
};

/// A tensor's name, without transformers' prefix, and its shape.
pub type Expected = (String, Vec<usize>);

/// The embedding tables, their layer norm, and ALBERT's projection.
pub fn embeddings(config: &ModelConfig) -> Vec<Expected> {
    let size = config.embedding_size;
    let mut out = vec![
        (WORD_EMBEDDINGS.to_owned(), vec![config.vocab_size, size]),
        (POSITION_EMBEDDINGS.to_owned(), vec![config.positions, size]),
        (TOKEN_TYPE_EMBEDDINGS.to_owned(), vec![config.token_types, size]),
    ];
    out.extend(norm(EMBEDDING_NORM, size));
    if config.architecture == Architecture::Albert {
        out.extend(linear(PROJECTION, config.hidden_size, size));
    }
    out
}

/// The parts of the stored layer `at`.
pub fn layer(config: &ModelConfig, at: &str) -> Vec<Expected> {
    let (hidden, inner) = (config.hidden_size, config.intermediate_size);
    let names = config.architecture.layer_names();
    let linears = [
        (names.query, hidden, hidden),
        (names.key, hidden, hidden),
        (names.value, hidden, hidden),
        (names.attention_output, hidden, hidden),
        (names.intermediate, inner, hidden),
        (names.output, hidden, inner),
    ]
    .map(|(name, rows, columns)| linear(&format!("{at}.{name}"), rows, columns));
    let norms = [names.attention_norm, names.output_norm].map(|name| norm(&format!("{at}.{name}"), hidden));
    linears.into_iter().chain(norms).flatten().collect()
}

/// The embeddings and all stored layers.
pub fn encoder(config: &ModelConfig) -> Vec<Expected> {
    let mut out = embeddings(config);
    out.extend(config.stored_layers().iter().flat_map(|at| layer(config, at)));
    out
}

/// The pooler and the head over it.
pub fn head(config: &ModelConfig, labels: usize) -> Vec<Expected> {
    let hidden = config.hidden_size;
    [linear(config.architecture.pooler(), hidden, hidden), linear(CLASSIFIER, labels, hidden)].concat()
}

/// Encoder, pooler and head.
pub fn classifier(config: &ModelConfig, labels: usize) -> Vec<Expected> {
    let mut out = encoder(config);
    out.extend(head(config, labels));
    out
}

/// The weight `[rows, columns]` and bias `[rows]` of a linear layer.
fn linear(name: &str, rows: usize, columns: usize) -> [Expected; 2] {
    [(format!("{name}.weight"), vec![rows, columns]), (format!("{name}.bias"), vec![rows])]
}

/// The weight and bias of a layer norm.
fn norm(name: &str, size: usize) -> [Expected; 2] {
    [(format!("{name}.weight"), vec![size]), (format!("{name}.bias"), vec![size])]
}

/// The number of parameters in these tensors.
pub fn count(expected: &[Expected]) -> usize {
    expected.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
}

//! Makes an ALBERT from a BERT: embeddings by projection, layers by distillation.
//!
//! There are no ALBERT weights to start from. Each SentencePiece piece gets the mean of a BERT's vectors for its text,
//! reduced to the leading directions. The mapping back up is a least-squares fit to that BERT's embedding output. The
//! layers start as copies of some of the teacher's, and learn to reproduce, word by word, the hidden states of all of
//! the teacher's layers (similar to TinyBERT, Jiao et al. 2020).

mod directions;
mod distill;
mod pieces;
mod start;
mod words;

pub use distill::{Distilled, TextModel, distill};
pub use start::{Shape, start};

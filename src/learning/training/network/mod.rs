//! A BERT or ALBERT for training: the forward pass with a gradient, the parameters, and vectorized loops.

mod batch;
pub(super) mod kernels;
pub(super) mod ops;
mod parameters;
pub(super) mod transformer;

pub use batch::{Batch, Dropout};
pub use parameters::{Parameters, StoredAs};
pub use transformer::{ReadWindow, Transformer};

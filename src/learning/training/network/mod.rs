//! A BERT or ALBERT whose parameters learn: the forward pass with a gradient, the parameters, and the vectorized loops below.

mod batch;
pub(super) mod kernels;
pub(super) mod ops;
mod parameters;
pub(super) mod transformer;

pub use batch::{Batch, Dropout};
pub use parameters::{Parameters, StoredAs};
pub use transformer::{ReadWindow, Transformer};

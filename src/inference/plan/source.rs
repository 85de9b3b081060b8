//! Where the words of a window come from.

use std::sync::Arc;

/// Where a window's words come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WindowSource {
    /// A rated sentence of the item with this code.
    Rated(Arc<str>),
    /// An answer to the question with this code, with its lead-in, or a part of a long one.
    Answer(Arc<str>),
    Free,
}

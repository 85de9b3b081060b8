//! Where the words of a window come from.

use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WindowSource {
    /// A sentence for a rating of the item with this code.
    Rated(Arc<str>),
    /// An answer to the question with this code, with its lead-in; or a part of a long answer.
    Answer(Arc<str>),
    Free,
}

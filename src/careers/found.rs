//! What a search found.

use super::occupation::LeftOut;
use super::search::Hit;

#[derive(Clone, Debug, PartialEq)]
pub struct Found<'a> {
    /// Best match first.
    pub hits: Vec<Hit>,
    /// An occupation that the catalog leaves out and the search probably meant, with the title that matched.
    pub left_out: Option<(&'a LeftOut, &'a str)>,
}

impl Found<'_> {
    /// Whether no title has a word of the query, so that the hits only resemble it.
    pub fn is_nearest(&self) -> bool {
        self.hits.first().is_some_and(|hit| hit.nearest)
    }
}

//! What pages and JSON say of a search besides the list: a title that the catalog leaves out, or that nothing has the title.

use serde::Serialize;
use utoipa::ToSchema;

use crate::careers::Found;
use crate::careers::occupation::LeftOut;

/// Shown above a list. The default says nothing.
#[derive(Default)]
pub struct Searched<'a> {
    pub left_out: Option<LeftOutTitle<'a>>,
    /// Whether nothing has the searched title, and the list only resembles it.
    pub nearest: bool,
}

/// A title that matches the search and is not in the catalog.
#[derive(Serialize, ToSchema)]
pub struct LeftOutTitle<'a> {
    pub title: &'a str,
    /// O*NET's title of the occupation that it belongs to.
    pub occupation: &'a str,
    pub soc: &'a str,
    /// Why it is left out, in a sentence or two.
    pub why: String,
}

impl<'a> Searched<'a> {
    pub fn new(found: Option<&Found<'a>>) -> Self {
        let Some(found) = found else { return Searched::default() };
        let told = |(group, title): (&'a LeftOut, &'a str)| LeftOutTitle {
            title,
            occupation: &group.title,
            soc: &group.soc,
            why: group.sentence(),
        };
        Searched { left_out: found.left_out.map(told), nearest: found.is_nearest() }
    }
}

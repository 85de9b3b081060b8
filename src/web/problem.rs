//! The body of an error, as programs get it.

use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was not answered as asked.
#[derive(Serialize, ToSchema)]
pub struct Problem<'a> {
    /// What happened and what to do, in a sentence.
    #[schema(example = "This address does not accept that kind of request.")]
    pub message: &'a str,
    /// The same in a few words.
    #[schema(example = "Not understood")]
    pub title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 405)]
    pub status: u16,
    /// Names the request in the server's log. Mention it to the operator of the site.
    #[schema(example = "0f0e6f6e-2f5e-4a53-9d3e-3f1f8f2d6a11")]
    pub request_id: &'a str,
}

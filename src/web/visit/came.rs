//! How a visitor came to a page of questions, as the query of its address says.

use actix_web::HttpRequest;

/// How the visitor came to the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Came {
    Onward,
    /// The page was posted with something missing.
    Missing,
    /// The page was saved by the button for browsers without script.
    Saved,
    /// From the check page, to change an answer.
    FromCheck,
}

impl Came {
    pub fn of(request: &HttpRequest) -> Came {
        match request.query_string() {
            "missing" => Came::Missing,
            "saved" => Came::Saved,
            "check" => Came::FromCheck,
            _ => Came::Onward,
        }
    }

    pub fn is_from_check(self) -> bool {
        self == Came::FromCheck
    }
}

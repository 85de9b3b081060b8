//! Files that are made piece by piece, so that no more than one piece is in memory.

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use futures_util::Stream;

use crate::web::error::WebError;
use crate::web::page::{Keeping, keep};

/// The format of a file of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    /// A JSON object a line.
    JsonLines,
}

impl Format {
    /// # Errors
    /// If a form asks for another one.
    pub fn parse(text: &str) -> Result<Format, WebError> {
        match text {
            "csv" => Ok(Format::Csv),
            "jsonl" => Ok(Format::JsonLines),
            other => Err(WebError::BadRequest(format!("The format is {other:?}; expected csv or jsonl."))),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::JsonLines => "application/x-ndjson; charset=utf-8",
        }
    }
}

/// A file to be saved. If a piece fails, the connection closes before the end, so that half a file is not taken for a whole.
pub fn file(
    format: Format,
    name: &str,
    pieces: impl Stream<Item = Result<Bytes, WebError>> + 'static,
) -> HttpResponse {
    let name = format!("attachment; filename=\"{name}.{}\"", format.name());
    let mut answer = HttpResponse::Ok()
        .content_type(format.content_type())
        .insert_header(("content-disposition", name))
        .streaming(pieces);
    keep(&mut answer, Keeping::Unlisted);
    answer
}

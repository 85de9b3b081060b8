//! Reads the body of a request, for every route.
//!
//! A body must arrive within a deadline, at a minimum rate and without long pauses. While it arrives, it counts against
//! the budget of [`Bodies`](super::limits::bodies::Bodies).

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Decompress, Payload};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::Instant;

use super::client;
use super::error::WebError;
use super::limits::bodies::Holding;
use super::limits::connections::{Connection, Receiving};
use super::state::AppState;

/// The longest time that a body may take.
const LONGEST: Duration = Duration::from_secs(120);
/// The average rate, in bytes per second, that a body must reach after the time of one allowed pause.
const SLOWEST: f64 = 1024.0;

/// The number of compressed bytes that are unpacked at a time. A thousand of them can become a million bytes, which are
/// only counted afterwards.
const UNPACKED_AT_ONCE: usize = 1024;

type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("the body arrived too slowly")]
    TooSlow,
    #[error("the body was given up for others")]
    MadeWay,
    #[error("the connection ended before the body")]
    Incomplete,
}

impl From<Unread> for WebError {
    fn from(unread: Unread) -> WebError {
        match unread {
            Unread::TooSlow => WebError::TooSlow,
            Unread::MadeWay => WebError::TooManyRequests { retry_after: Duration::from_secs(5) },
            Unread::Incomplete => WebError::BadRequest("The body ended before it was complete.".to_owned()),
        }
    }
}

/// A body in transit.
pub struct Reader {
    payload: Decompress<Pieces>,
    /// The bytes received so far.
    pub bytes: Vec<u8>,
    pace: Pace,
    holding: Holding,
    receiving: Option<Receiving>,
}

impl Reader {
    /// Starts to read the body of a request, and unpacks it if it is compressed.
    pub fn new(request: &HttpRequest, payload: Payload, state: &web::Data<AppState>) -> Reader {
        let address = client::of(request, &state.settings.server);
        Reader {
            payload: Decompress::from_headers(in_pieces(payload), request.headers()),
            bytes: Vec::new(),
            pace: Pace::new(Instant::now(), state.settings.server.client_timeout),
            holding: state.bodies.begin(address),
            receiving: request.conn_data::<Arc<Connection>>().map(Connection::receive),
        }
    }

    /// Reads until the end, or until there are more than `limit` bytes. Returns true at the end.
    ///
    /// # Errors
    /// See [`Unread`].
    pub async fn up_to(&mut self, limit: usize) -> Result<bool, Unread> {
        while self.bytes.len() <= limit {
            let next = tokio::select! {
                biased;
                () = self.holding.given_up() => return Err(Unread::MadeWay),
                next = self.payload.next() => next,
                () = tokio::time::sleep_until(self.pace.deadline()) => return Err(Unread::TooSlow),
            };
            match next {
                None => {
                    if let Some(receiving) = self.receiving.take() {
                        receiving.connection().finish_body();
                    }
                    return Ok(true);
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, "a body was not read to its end");
                    return Err(Unread::Incomplete);
                }
                Some(Ok(chunk)) => {
                    if !self.holding.grow(chunk.len()) {
                        return Err(Unread::MadeWay);
                    }
                    self.pace.heard(Instant::now(), chunk.len());
                    if let Some(receiving) = &self.receiving {
                        receiving.connection().touch();
                    }
                    self.bytes.extend_from_slice(&chunk);
                }
            }
        }
        Ok(false)
    }
}

/// The same bytes, in pieces that are small enough to be unpacked one by one.
fn in_pieces(payload: Payload) -> Pieces {
    let cut = |mut bytes: Bytes| {
        stream::iter(std::iter::from_fn(move || {
            let length = bytes.len().min(UNPACKED_AT_ONCE);
            (length > 0).then(|| Ok(bytes.split_to(length)))
        }))
    };
    let pieces = payload.map(move |chunk| match chunk {
        Ok(bytes) => cut(bytes).left_stream(),
        Err(error) => stream::once(std::future::ready(Err(error))).right_stream(),
    });
    pieces.flatten().boxed_local()
}

/// Decides when a body is too slow. Pure.
struct Pace {
    started: Instant,
    heard: Instant,
    bytes: usize,
    pause: Duration,
}

impl Pace {
    /// `pause` is the longest time without a byte.
    fn new(now: Instant, pause: Duration) -> Pace {
        Pace { started: now, heard: now, bytes: 0, pause }
    }

    fn heard(&mut self, now: Instant, bytes: usize) {
        self.heard = now;
        self.bytes += bytes;
    }

    /// When the next bytes must have arrived.
    fn deadline(&self) -> Instant {
        let by_rate = self.started + self.pause + Duration::from_secs_f64(self.bytes as f64 / SLOWEST);
        by_rate.min(self.heard + self.pause).min(self.started + LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_to_come_without_long_pauses_at_a_rate_and_in_time() {
        let second = Duration::from_secs;
        let start = Instant::now();
        let mut pace = Pace::new(start, second(10));
        assert_eq!(pace.deadline(), start + second(10));
        // A fast start does not allow a longer pause.
        pace.heard(start + second(1), 100 * 1024);
        assert_eq!(pace.deadline(), start + second(11));
        // A byte now and then is too slow.
        let mut trickle = Pace::new(start, second(10));
        for passed in 1..=9 {
            trickle.heard(start + second(passed), 1);
        }
        assert!(trickle.deadline() < start + second(11));
        // The time is limited at any rate.
        let mut endless = Pace::new(start, second(10));
        endless.heard(start + second(119), 1 << 30);
        assert_eq!(endless.deadline(), start + LONGEST);
    }
}

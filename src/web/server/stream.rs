//! A connection with time limits: its client has to finish a head, send the next request and read its answers in time.
//!
//! actix limits the time for the first head and between two requests. It has no limit for the second head, for the rest
//! of a body that no route reads, and for a client that does not read its answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::bare::{self, BareAnswers};
use crate::web::limits::connections::{Connection, Place};
use crate::web::malformed::Malformed;

/// The average rate, in bytes per second, at which a client must read its answer.
const SLOWEST: f64 = 2048.0;
/// actix's own answer to a late first head comes within this time.
const FOR_ITS_OWN_ANSWER: Duration = Duration::from_secs(3);

/// The time limits of a client.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From the first byte of a head to its last; also the longest time without reading a byte of an answer.
    pub client: Duration,
    /// Between two requests.
    pub idle: Duration,
}

/// The part of an answer that the client has not read.
struct Blocked {
    since: Instant,
    taken: usize,
}

/// An answer that replaces one of actix's own.
struct Instead {
    answer: Bytes,
    written: usize,
    /// The length of the replaced answer.
    stands_for: usize,
}

/// A connection as actix reads from it and writes to it.
pub struct Guarded {
    io: TcpStream,
    place: Place,
    patience: Patience,
    opened: Instant,
    timer: Pin<Box<Sleep>>,
    /// When the first byte of the next head arrived, and how many requests came before it.
    head: Option<(Instant, u64)>,
    blocked: Option<Blocked>,
    bare: BareAnswers,
    malformed: Arc<Malformed>,
    instead: Option<Instead>,
}

impl Guarded {
    pub fn new(
        io: TcpStream,
        place: Place,
        patience: Patience,
        bare: BareAnswers,
        malformed: Arc<Malformed>,
    ) -> Guarded {
        let opened = Instant::now();
        let timer = Box::pin(tokio::time::sleep_until(opened + patience.client));
        Guarded {
            io,
            place,
            patience,
            opened,
            timer,
            head: None,
            blocked: None,
            bare,
            malformed,
            instead: None,
        }
    }

    pub fn connection(&self) -> &Arc<Connection> {
        &self.place.connection
    }

    /// When the client must have acted; `None` while its request is being answered.
    fn deadline(&self) -> Option<Instant> {
        let connection = self.connection();
        let taking = self.blocked.as_ref().map(|blocked| {
            blocked.since + self.patience.client + Duration::from_secs_f64(blocked.taken as f64 / SLOWEST)
        });
        let asking = (!connection.is_serving()).then(|| match (self.head, connection.requests()) {
            (_, 0) => self.opened + self.patience.client + FOR_ITS_OWN_ANSWER,
            (Some((since, before)), requests) if before == requests => since + self.patience.client,
            _ => {
                let owed = connection.may_owe_body();
                let patience = if owed { self.patience.client } else { self.patience.idle };
                Instant::from_std(connection.waiting_since()) + patience
            }
        });
        match (taking, asking) {
            (Some(taking), Some(asking)) => Some(taking.min(asking)),
            (one, other) => one.or(other),
        }
    }

    /// Fails if the client was too slow or the connection must close for another one. Otherwise makes sure that the
    /// task wakes when that may be the case.
    fn wait(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.connection().must_close(context.waker()) {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "closed for another connection"));
        }
        while let Some(deadline) = self.deadline() {
            if deadline <= Instant::now() {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the client was too slow"));
            }
            // A timer that is too early is set again when it fires, so that most requests do not touch it.
            if self.timer.is_elapsed() || self.timer.deadline() > deadline {
                self.timer.as_mut().reset(deadline);
            }
            if self.timer.as_mut().poll(context).is_pending() {
                break;
            }
        }
        Ok(())
    }

    /// Writes the answer that replaces one of actix's own. At the end it reports the length of the replaced one.
    fn write_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Guarded { io, instead, .. } = self;
        let Some(Instead { answer, written, stands_for }) = instead else { return Poll::Ready(Ok(0)) };
        while *written < answer.len() {
            *written += ready!(Pin::new(&mut *io).poll_write(context, &answer[*written..]))?;
        }
        let stands_for = *stands_for;
        *instead = None;
        Poll::Ready(Ok(stands_for))
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.io).poll_read(context, buffer);
        let (requests, serving) = (this.connection().requests(), this.connection().is_serving());
        if buffer.filled().len() > before && !serving && this.head.is_none_or(|(_, at)| at != requests) {
            this.head = Some((Instant::now(), requests));
        }
        this.wait(context)?;
        read
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.instead.is_none()
            && let Some((at, status)) = bare::find(buffer)
        {
            this.malformed.count();
            let answer = [&buffer[..at], &this.bare.of(status)].concat().into();
            this.instead = Some(Instead { answer, written: 0, stands_for: buffer.len() });
        }
        this.connection().receipts.about_to_write();
        let wrote = if this.instead.is_some() {
            this.write_instead(context)
        } else {
            Pin::new(&mut this.io).poll_write(context, buffer)
        };
        let accepted = matches!(wrote, Poll::Ready(Ok(bytes)) if bytes > 0);
        // The answer in place of actix's own follows those before it, of which a part may be written.
        if accepted || this.instead.as_ref().is_some_and(|instead| instead.written > 0) {
            this.connection().receipts.written();
        }
        match &wrote {
            Poll::Pending => {
                this.blocked.get_or_insert_with(|| Blocked { since: Instant::now(), taken: 0 });
                this.wait(context)?;
            }
            Poll::Ready(Ok(bytes)) => {
                this.connection().touch();
                if let Some(blocked) = &mut this.blocked {
                    blocked.taken += bytes;
                }
            }
            Poll::Ready(Err(_)) => {}
        }
        wrote
    }

    /// actix calls this once it has written everything.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.blocked = None;
        this.wait(context)?;
        Pin::new(&mut this.io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }
}

//! The open connections: a maximum for all together, a maximum for each address, and which one is closed at a maximum.
//!
//! A new connection replaces one that waits for its client: idle, sending slowly, or not reading its answer. The one
//! that has waited longest is closed first. A connection whose request is being answered is never closed.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use super::receipts::Receipts;
use crate::web::client::network;

/// The maximum numbers of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// All clients together.
    pub total: usize,
    /// One address, or one IPv6 network of 64 bits.
    pub per_address: usize,
}

/// All open connections.
#[derive(Debug)]
pub struct Connections {
    caps: Caps,
    /// The origin of [`Connection::changed`].
    started: Instant,
    open: Mutex<Open>,
    made_way: AtomicU64,
    refused: AtomicU64,
}

#[derive(Debug, Default)]
struct Open {
    /// By address; `None` for trusted proxies, which have no cap of their own.
    by_address: HashMap<Option<IpAddr>, Vec<Arc<Connection>>>,
    total: usize,
}

/// One open connection, shared between its stream and the requests that come through it.
#[derive(Debug)]
pub struct Connection {
    address: Option<IpAddr>,
    started: Instant,
    /// When the connection began to wait for its client, in milliseconds after `started`.
    changed: AtomicU64,
    /// Requests received so far.
    requests: AtomicU64,
    /// Requests being answered.
    serving: AtomicUsize,
    /// Of those, requests whose bodies are still arriving.
    receiving: AtomicUsize,
    /// Whether the last request may have a chunked body whose end has not arrived.
    unfinished: AtomicBool,
    /// Whether another connection takes its place.
    closed: AtomicBool,
    task: AtomicWaker,
    /// Of answers whose first bytes are not written yet.
    pub receipts: Receipts,
}

impl Connection {
    /// Marks a request as being answered until the guard is dropped. `in_pieces` is whether its body comes without a length.
    pub fn serve(self: &Arc<Connection>, in_pieces: bool) -> Serving {
        self.unfinished.store(in_pieces, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.serving.fetch_add(1, Ordering::Relaxed);
        Serving(self.clone())
    }

    /// Marks the body of a request as arriving until the guard is dropped. Meanwhile the connection waits for its
    /// client.
    pub fn receive(self: &Arc<Connection>) -> Receiving {
        self.touch();
        self.receiving.fetch_add(1, Ordering::Relaxed);
        Receiving(self.clone())
    }

    /// Notes that the body of the last request is complete.
    pub fn finish_body(&self) {
        self.unfinished.store(false, Ordering::Relaxed);
    }

    /// Whether the last request was answered although its body may be incomplete.
    pub fn may_owe_body(&self) -> bool {
        self.unfinished.load(Ordering::Relaxed)
    }

    pub fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Relaxed) > 0
    }

    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Notes that the client took a part of its answer, or that a request has been answered.
    pub fn touch(&self) {
        let passed = self.started.elapsed().as_millis();
        self.changed.store(u64::try_from(passed).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Since when the connection has waited for its client.
    pub fn waiting_since(&self) -> Instant {
        self.started + Duration::from_millis(self.changed.load(Ordering::Relaxed))
    }

    /// Whether the connection must close for another one. If not, `waker` is woken when it must.
    pub fn must_close(&self, waker: &Waker) -> bool {
        self.task.register(waker);
        self.closed.load(Ordering::Acquire)
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.task.wake();
    }

    fn waits(&self) -> bool {
        let working = self.serving.load(Ordering::Relaxed) > self.receiving.load(Ordering::Relaxed);
        !working && !self.closed.load(Ordering::Acquire)
    }
}

/// A request being answered. Until it is dropped its connection is not closed for another.
#[derive(Debug)]
pub struct Serving(Arc<Connection>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.touch();
        self.0.serving.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body that is arriving.
#[derive(Debug)]
pub struct Receiving(Arc<Connection>);

impl Receiving {
    pub fn connection(&self) -> &Connection {
        &self.0
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.0.receiving.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The place of one connection, freed on drop.
#[derive(Debug)]
pub struct Place {
    connections: Arc<Connections>,
    pub connection: Arc<Connection>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.remove(&self.connection);
    }
}

/// Counts since the start, and the number of connections now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub open: usize,
    /// Closed for a new connection.
    pub made_way: u64,
    /// Refused because no connection under the reached maximum was waiting.
    pub refused: u64,
}

impl Connections {
    pub fn new(caps: Caps) -> Connections {
        Connections {
            caps,
            started: Instant::now(),
            open: Mutex::new(Open::default()),
            made_way: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    pub fn caps(&self) -> Caps {
        self.caps
    }

    /// A place for a new connection. `None` when a maximum is reached and no connection under it waits for its client.
    /// The address is the client's, or `None` for a trusted proxy.
    pub fn take(self: &Arc<Connections>, address: Option<IpAddr>) -> Option<Place> {
        let address = address.map(network);
        let connection = Arc::new(Connection {
            address,
            started: self.started,
            changed: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            serving: AtomicUsize::new(0),
            receiving: AtomicUsize::new(0),
            unfinished: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            task: AtomicWaker::new(),
            receipts: Receipts::default(),
        });
        connection.touch();
        let mut open = self.lock();
        let own = open.by_address.get(&address).map_or(&[][..], Vec::as_slice);
        let over_own = address.is_some() && own.len() >= self.caps.per_address;
        let victim = if over_own {
            longest_waiting(own.iter())
        } else if open.total >= self.caps.total {
            longest_waiting(open.by_address.values().flatten())
        } else {
            None
        };
        if victim.is_none() && (over_own || open.total >= self.caps.total) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        if let Some(victim) = victim {
            self.made_way.fetch_add(1, Ordering::Relaxed);
            victim.close();
            // The closed connection's stream is dropped a moment later; its place is free now.
            open.remove(&victim);
        }
        open.by_address.entry(address).or_default().push(connection.clone());
        open.total += 1;
        Some(Place { connections: self.clone(), connection })
    }

    pub fn counts(&self) -> Counts {
        Counts {
            open: self.lock().total,
            made_way: self.made_way.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    fn remove(&self, connection: &Arc<Connection>) {
        self.lock().remove(connection);
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Removes a connection if it is still there.
    fn remove(&mut self, connection: &Arc<Connection>) {
        let Some(own) = self.by_address.get_mut(&connection.address) else { return };
        let Some(place) = own.iter().position(|other| Arc::ptr_eq(other, connection)) else { return };
        own.swap_remove(place);
        self.total -= 1;
        if own.is_empty() {
            self.by_address.remove(&connection.address);
        }
    }
}

fn longest_waiting<'a>(among: impl Iterator<Item = &'a Arc<Connection>>) -> Option<Arc<Connection>> {
    let waiting = among.filter(|connection| connection.waits());
    waiting.min_by_key(|connection| connection.changed.load(Ordering::Relaxed)).cloned()
}

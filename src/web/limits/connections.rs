//! The open connections: a cap on all of them, a cap for each address, and which one is closed when a cap is reached.
//!
//! A new connection takes the place of one that waits for its client: idle, sending slowly, or not reading its answer. The
//! one that has waited longest goes first. A connection whose request is being answered is never closed for another.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use crate::submissions::Receipt;
use crate::web::client::network;

/// The most connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Of all clients together.
    pub total: usize,
    /// Of one address, or of one IPv6 network of 64 bits.
    pub per_address: usize,
}

/// All open connections.
#[derive(Debug)]
pub struct Connections {
    caps: Caps,
    /// The time that [`Connection::changed`] counts from.
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
    /// Milliseconds from `started` to when the connection began to wait for its client.
    changed: AtomicU64,
    /// Requests that came so far.
    requests: AtomicU64,
    /// Requests being answered.
    serving: AtomicUsize,
    /// Those of them whose bodies are still coming.
    receiving: AtomicUsize,
    /// Whether the last request may have a body in pieces whose end has not come.
    unfinished: AtomicBool,
    /// Whether another connection takes its place.
    closed: AtomicBool,
    task: AtomicWaker,
    receipts: Receipts,
}

/// Receipts of answers that are about to be written. If the connection breaks before, they are dropped with it, and their
/// records are deleted.
#[derive(Default)]
struct Receipts(Mutex<Vec<Receipt>>);

impl std::fmt::Debug for Receipts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receipts")
    }
}

impl Connection {
    /// Keeps a receipt until the next bytes are written. Done any earlier, a kill in between would leave a record that
    /// nobody knows; done later, it would delete one that somebody knows.
    pub fn tell_with_next_write(&self, receipt: Receipt) {
        self.receipts.0.lock().unwrap_or_else(PoisonError::into_inner).push(receipt);
    }

    /// To be called right before bytes are written, and when all are.
    pub fn tell(&self) {
        for receipt in self.receipts.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            receipt.told();
        }
    }

    /// Marks a request as being answered until the guard is dropped. `in_pieces` is whether its body comes without a length.
    pub fn serve(self: &Arc<Connection>, in_pieces: bool) -> Serving {
        self.unfinished.store(in_pieces, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.serving.fetch_add(1, Ordering::Relaxed);
        Serving(self.clone())
    }

    /// Marks the body of a request as coming until the guard is dropped. Meanwhile the connection waits for its client.
    pub fn receive(self: &Arc<Connection>) -> Receiving {
        self.touch();
        self.receiving.fetch_add(1, Ordering::Relaxed);
        Receiving(self.clone())
    }

    /// Notes that the body of the last request has come to its end.
    pub fn finish_body(&self) {
        self.unfinished.store(false, Ordering::Relaxed);
    }

    /// Whether the last request was answered, perhaps before its body came to an end.
    pub fn may_owe_body(&self) -> bool {
        self.unfinished.load(Ordering::Relaxed)
    }

    pub fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Relaxed) > 0
    }

    /// Requests that came so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Notes that the client took a part of its answer, or that a request is answered.
    pub fn touch(&self) {
        let passed = self.started.elapsed().as_millis();
        self.changed.store(u64::try_from(passed).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Since when it waits for its client.
    pub fn waiting_since(&self) -> Instant {
        self.started + Duration::from_millis(self.changed.load(Ordering::Relaxed))
    }

    /// Whether it has to make way for another; if not, `waker` is woken when it has to.
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

/// A body that is coming.
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

/// The place of one connection, free again when this is dropped.
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
    /// Closed to make way for others.
    pub made_way: u64,
    /// Refused, because none of those that count against the cap was waiting.
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

    /// A place for a new connection; `None` when a cap is reached and no connection under it waits for its client. The
    /// address is that of the client, or `None` for a trusted proxy.
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
            // Its stream is dropped a moment later; its place is free now.
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
    /// Removes a connection, unless it is gone already.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(total: usize, per_address: usize) -> Arc<Connections> {
        Arc::new(Connections::new(Caps { total, per_address }))
    }

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    fn is_closed(place: &Place) -> bool {
        place.connection.must_close(Waker::noop())
    }

    #[test]
    fn an_address_at_its_cap_loses_the_connection_that_waited_longest() {
        let connections = caps(10, 2);
        let first = connections.take(address(1)).unwrap();
        std::thread::sleep(Duration::from_millis(5));
        let second = connections.take(address(1)).unwrap();
        let other = connections.take(address(2)).unwrap();
        let third = connections.take(address(1)).unwrap();
        assert!(is_closed(&first) && !is_closed(&second) && !is_closed(&other) && !is_closed(&third));
        drop(first);
        assert_eq!(connections.counts(), Counts { open: 3, made_way: 1, refused: 0 });
    }

    #[test]
    fn a_connection_whose_request_is_being_answered_is_never_closed() {
        let connections = caps(10, 1);
        let busy = connections.take(address(1)).unwrap();
        let serving = busy.connection.serve(false);
        assert!(connections.take(address(1)).is_none());
        let receiving = busy.connection.receive();
        assert!(busy.connection.waits(), "it waits for the body");
        drop(receiving);
        assert!(connections.take(address(1)).is_none());
        drop(serving);
        assert!(connections.take(address(1)).is_some());
        assert!(is_closed(&busy));
    }

    #[test]
    fn at_the_cap_of_all_the_longest_waiting_of_all_makes_way() {
        let connections = caps(3, 3);
        let places: Vec<_> = [1, 2, 3]
            .map(|last| {
                std::thread::sleep(Duration::from_millis(5));
                connections.take(address(last)).unwrap()
            })
            .into();
        let fourth = connections.take(address(4)).unwrap();
        assert_eq!(places.iter().map(is_closed).collect::<Vec<_>>(), [true, false, false]);
        drop(places);
        drop(fourth);
        assert_eq!(connections.counts().open, 0);
    }

    #[test]
    fn a_trusted_proxy_has_no_cap_of_its_own() {
        let connections = caps(10, 1);
        let places: Vec<_> = (0..10).map(|_| connections.take(None).unwrap()).collect();
        assert!(!places.iter().any(is_closed));
    }
}

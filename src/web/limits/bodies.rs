//! The request bodies in transit and the memory that they hold. There is a budget for the process, and for each address
//! a share of it and a maximum number of bodies.
//!
//! At a limit, the body that has waited longest for its client is given up. Clients that send without pause finish
//! quickly and are not affected.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::web::client::network;

/// The limits on bodies in transit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of all bodies together.
    pub bytes: usize,
    /// Bytes of the bodies of one address.
    pub bytes_per_address: usize,
    /// Bodies of one address. Those that received bytes within the last half second do not count, since they usually
    /// finish soon.
    pub per_address: usize,
}

/// A body that has paused for longer than this counts against `per_address`.
const PAUSE: Duration = Duration::from_millis(500);

impl Budget {
    /// 32 MiB in all: enough for twenty of the largest forms, or a thousand usual ones.
    pub const DEFAULT: Budget = Budget { bytes: 32 << 20, bytes_per_address: 8 << 20, per_address: 32 };

    /// Without limits per address, for when all clients may share one address.
    pub const fn without_addresses(self) -> Budget {
        Budget { bytes_per_address: usize::MAX, per_address: usize::MAX, ..self }
    }
}

/// All bodies in transit.
#[derive(Debug)]
pub struct Bodies {
    budget: Budget,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    bytes: usize,
    gave_way: u64,
    bodies: HashMap<u64, Body>,
}

#[derive(Debug)]
struct Body {
    address: IpAddr,
    bytes: usize,
    /// When its last bytes arrived.
    heard: Instant,
    given_up: Arc<Notify>,
}

impl Bodies {
    pub fn new(budget: Budget) -> Bodies {
        Bodies { budget, held: Mutex::new(Held::default()) }
    }

    /// Counts a body from now until the guard is dropped.
    pub fn begin(self: &Arc<Bodies>, address: IpAddr) -> Holding {
        let address = network(address);
        let given_up = Arc::new(Notify::new());
        let mut held = self.lock();
        let pauses = |body: &Body| body.address == address && body.heard.elapsed() >= PAUSE;
        if held.bodies.values().filter(|body| pauses(body)).count() >= self.budget.per_address {
            held.give_up_longest_waiting(None, pauses);
        }
        let id = held.next;
        held.next += 1;
        let body = Body { address, bytes: 0, heard: Instant::now(), given_up: given_up.clone() };
        held.bodies.insert(id, body);
        Holding { bodies: self.clone(), id, address, given_up }
    }

    /// The bytes of all bodies together.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// The number of bodies given up since the start.
    pub fn gave_way(&self) -> u64 {
        self.lock().gave_way
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Gives up the one of the `wanted` bodies that has waited longest, `except` excluded. False if there is none.
    fn give_up_longest_waiting(&mut self, except: Option<u64>, wanted: impl Fn(&Body) -> bool) -> bool {
        let among = self.bodies.iter().filter(|(id, body)| Some(**id) != except && wanted(body));
        let Some(id) = among.min_by_key(|(_, body)| body.heard).map(|(id, _)| *id) else { return false };
        self.gave_way += 1;
        if let Some(body) = self.remove(id) {
            body.given_up.notify_one();
        }
        true
    }

    fn remove(&mut self, id: u64) -> Option<Body> {
        let body = self.bodies.remove(&id)?;
        self.bytes -= body.bytes;
        Some(body)
    }
}

/// One body in transit.
#[derive(Debug)]
pub struct Holding {
    bodies: Arc<Bodies>,
    id: u64,
    address: IpAddr,
    given_up: Arc<Notify>,
}

impl Holding {
    /// Counts more bytes of this body. False if this body itself must be given up.
    pub fn grow(&self, bytes: usize) -> bool {
        let budget = self.bodies.budget;
        let mut held = self.bodies.lock();
        let Some(body) = held.bodies.get_mut(&self.id) else { return false };
        body.bytes += bytes;
        body.heard = Instant::now();
        held.bytes += bytes;
        let is_own = |body: &Body| body.address == self.address;
        let own = |held: &Held| -> usize {
            held.bodies.values().filter(|body| is_own(body)).map(|body| body.bytes).sum()
        };
        let mut fits = true;
        while fits && own(&held) > budget.bytes_per_address {
            fits = held.give_up_longest_waiting(Some(self.id), is_own);
        }
        while fits && held.bytes > budget.bytes {
            fits = held.give_up_longest_waiting(Some(self.id), |_| true);
        }
        if !fits {
            held.remove(self.id);
        }
        fits
    }

    /// Waits until this body is given up.
    pub async fn given_up(&self) {
        self.given_up.notified().await;
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.bodies.lock().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(bytes: usize, bytes_per_address: usize, per_address: usize) -> Arc<Bodies> {
        Arc::new(Bodies::new(Budget { bytes, bytes_per_address, per_address }))
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    async fn is_given_up(holding: &Holding) -> bool {
        tokio::time::timeout(Duration::from_millis(1), holding.given_up()).await.is_ok()
    }

    #[actix_web::test]
    async fn the_body_that_waited_longest_makes_way_at_the_number_of_its_address() {
        let bodies = bodies(1000, 1000, 2);
        let other = bodies.begin(address(2));
        let stalled = bodies.begin(address(1));
        std::thread::sleep(Duration::from_millis(2));
        // Many at once are no attack.
        let quick: Vec<_> = (0..4).map(|_| bodies.begin(address(1))).collect();
        assert!(!is_given_up(&stalled).await);
        std::thread::sleep(PAUSE);
        assert!(quick.iter().skip(1).all(|body| body.grow(1)));
        let latest = bodies.begin(address(1));
        assert!(is_given_up(&stalled).await && !stalled.grow(1));
        for kept in quick.iter().chain([&other, &latest]) {
            assert!(!is_given_up(kept).await && kept.grow(1));
        }
    }

    #[actix_web::test]
    async fn an_address_over_its_share_gives_up_its_own_bodies() {
        let bodies = bodies(1000, 100, 10);
        let stalled = bodies.begin(address(1));
        let other = bodies.begin(address(2));
        assert!(stalled.grow(90) && other.grow(90));
        std::thread::sleep(Duration::from_millis(2));
        let second = bodies.begin(address(1));
        assert!(second.grow(50));
        assert!(is_given_up(&stalled).await && !is_given_up(&other).await);
        assert_eq!(bodies.bytes(), 140);
        assert!(!second.grow(60), "one body alone is over the share");
        drop((stalled, other, second));
        assert_eq!(bodies.bytes(), 0);
    }

    #[actix_web::test]
    async fn over_the_budget_of_all_any_body_may_have_to_make_way() {
        let bodies = bodies(100, 100, 10);
        let stalled = bodies.begin(address(1));
        assert!(stalled.grow(60));
        std::thread::sleep(Duration::from_millis(2));
        let second = bodies.begin(address(2));
        assert!(second.grow(60));
        assert!(is_given_up(&stalled).await);
        assert_eq!(bodies.gave_way(), 1);
    }
}

//! Requests being answered, with a maximum for each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::web::client::network;

/// The most requests of one address in progress at a time. A page takes milliseconds, so this is enough for many
/// visitors. A program that sends more texts at once has to wait for some of them.
const PER_ADDRESS: usize = 128;

/// The requests in progress, by address.
#[derive(Debug)]
pub struct InFlight {
    cap: usize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

impl InFlight {
    /// With a maximum for each address, or without.
    pub fn new(capped: bool) -> InFlight {
        InFlight {
            cap: if capped { PER_ADDRESS } else { usize::MAX },
            by_address: Mutex::new(HashMap::new()),
        }
    }

    /// Counts a request until the guard is dropped. `None` when the address is at its maximum.
    pub fn begin(self: &Arc<InFlight>, address: IpAddr) -> Option<Admitted> {
        let address = network(address);
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = by_address.entry(address).or_insert(0);
        if *count >= self.cap {
            return None;
        }
        *count += 1;
        Some(Admitted { requests: self.clone(), address })
    }
}

/// A request in progress.
#[derive(Debug)]
pub struct Admitted {
    requests: Arc<InFlight>,
    address: IpAddr,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut by_address = self.requests.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_at_its_cap_waits_and_others_do_not() {
        let requests = Arc::new(InFlight::new(true));
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut held: Vec<_> = (0..PER_ADDRESS).map(|_| requests.begin(one).unwrap()).collect();
        assert!(requests.begin(one).is_none());
        assert!(requests.begin(other).is_some());
        held.pop();
        assert!(requests.begin(one).is_some());
        drop(held);
        assert!(requests.by_address.lock().unwrap().is_empty(), "nothing is kept of an address that left");
    }
}

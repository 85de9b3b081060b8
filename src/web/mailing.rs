//! Mail as the handlers see it: limits on what somebody may ask for, and the task that sends.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

/// Mails to one address within an hour, all of which may come at once.
const BY_ADDRESS: NonZeroU32 = number(4);
/// Mails for one network within an hour. More, because a network can be a whole school.
const BY_NETWORK: NonZeroU32 = number(60);

const fn number(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

type Buckets<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// There is one if the site sends mail.
pub struct Mailing {
    wake: Notify,
    /// By the hash of the address.
    addresses: Buckets<[u8; 32]>,
    /// `None` if clients are not limited.
    networks: Option<Buckets<IpAddr>>,
    sent: AtomicU64,
    failed: AtomicU64,
}

impl Mailing {
    /// `limits_clients` is whether there are limits on one client at all.
    pub fn new(limits_clients: bool) -> Mailing {
        Mailing {
            wake: Notify::new(),
            addresses: RateLimiter::dashmap(Quota::per_hour(BY_ADDRESS)),
            networks: limits_clients.then(|| RateLimiter::dashmap(Quota::per_hour(BY_NETWORK))),
            sent: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// Takes a mail that somebody in this network asks for, to this address in lower case. Whether the address has an account
    /// plays no part.
    ///
    /// # Errors
    /// The time until the next one may be asked for.
    pub fn take(&self, network: IpAddr, email_key: &str) -> Result<(), Duration> {
        if let Some(networks) = &self.networks {
            take(networks, &network)?;
        }
        take(&self.addresses, &Sha256::digest(email_key).into())
    }

    /// Lets the task look for mails at once.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits for [`Mailing::wake`].
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    pub fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Mails that were sent, and attempts that failed.
    pub fn counts(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }

    /// Drops full buckets, so that memory does not grow with every address ever typed.
    pub fn forget_idle(&self) {
        self.addresses.retain_recent();
        self.addresses.shrink_to_fit();
        if let Some(networks) = &self.networks {
            networks.retain_recent();
            networks.shrink_to_fit();
        }
    }
}

fn take<K: Clone + Eq + std::hash::Hash>(buckets: &Buckets<K>, key: &K) -> Result<(), Duration> {
    buckets.check_key(key).map_err(|not_until| not_until.wait_time_from(buckets.clock().now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_network_get_so_many_mails_in_an_hour() {
        let mailing = Mailing::new(true);
        let network = |last: u8| IpAddr::from([192, 0, 2, last]);
        for from in 0..4 {
            assert!(mailing.take(network(from), "jo@example.org").is_ok());
        }
        let wait = mailing.take(network(9), "jo@example.org").unwrap_err();
        assert!((Duration::from_secs(800)..=Duration::from_secs(900)).contains(&wait), "{wait:?}");
        assert!(mailing.take(network(9), "other@example.org").is_ok());
        for number in 0..60 {
            assert!(mailing.take(network(10), &format!("{number}@example.org")).is_ok(), "{number}");
        }
        assert!(mailing.take(network(10), "one-more@example.org").is_err());
        let open = Mailing::new(false);
        for number in 0..100 {
            assert!(open.take(network(10), &format!("{number}@example.org")).is_ok(), "{number}");
        }
    }
}

//! Rate limits per client: on requests, on new drafts and on stored bytes. Each is a token bucket.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::client::network;
use crate::config::Server;

/// The number of requests that one new draft counts as: 1,200 requests a minute allow 60 drafts.
const REQUESTS_PER_DRAFT: u32 = 20;
/// Bytes that a changed answer takes besides its words.
pub const CHANGE_BYTES: usize = 64;
/// Bytes that a result takes besides its text: measured at 20,000 to 28,000.
pub const RESULT_BYTES: usize = 24_000;

type Buckets = RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>;

/// The buckets of all clients.
#[derive(Debug)]
pub struct RateLimit {
    /// `None` when there is no limit.
    limited: Option<Limited>,
    bytes: Option<Bytes>,
}

#[derive(Debug)]
struct Bytes {
    buckets: Buckets,
    /// The capacity of a bucket.
    most: NonZeroU32,
}

#[derive(Debug)]
struct Limited {
    /// Holds `--rate-burst` requests and refills at `--rate-limit` a minute.
    requests: Buckets,
    /// Holds `--rate-burst` drafts and refills at a fraction of `--rate-limit`.
    drafts: Buckets,
}

impl RateLimit {
    /// A limit of 0 requests turns off all limits. A limit of 0 bytes turns off the limit on bytes.
    pub fn new(settings: &Server) -> RateLimit {
        let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let burst = at_least_one(settings.rate_burst);
        let buckets = |a_minute: NonZeroU32, burst: NonZeroU32| {
            RateLimiter::dashmap(Quota::per_minute(a_minute).allow_burst(burst))
        };
        let limited = NonZeroU32::new(settings.rate_limit).map(|requests| Limited {
            requests: buckets(requests, burst),
            drafts: buckets(at_least_one(requests.get() / REQUESTS_PER_DRAFT), burst),
        });
        let bytes = u32::try_from(settings.rate_bytes.as_u64()).unwrap_or(u32::MAX);
        let bytes = NonZeroU32::new(bytes).filter(|_| limited.is_some());
        let bytes = bytes.map(|most| Bytes { buckets: buckets(most, most), most });
        RateLimit { limited, bytes }
    }

    /// Takes one request from the client's bucket. The error is the time until the next one is available.
    pub fn take(&self, client: IpAddr) -> Result<(), Duration> {
        self.limited.as_ref().map_or(Ok(()), |limited| take(&limited.requests, client, NonZeroU32::MIN))
    }

    /// Takes one new draft. The error is the time until the next one is available.
    pub fn take_draft(&self, client: IpAddr) -> Result<(), Duration> {
        self.limited.as_ref().map_or(Ok(()), |limited| take(&limited.drafts, client, NonZeroU32::MIN))
    }

    /// Takes bytes that are about to be stored. If they are more than a bucket holds, takes a full bucket. The error is
    /// the time until enough are available.
    pub fn take_bytes(&self, client: IpAddr, bytes: usize) -> Result<(), Duration> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        match (&self.bytes, NonZeroU32::new(bytes)) {
            (Some(Bytes { buckets, most }), Some(bytes)) => take(buckets, client, bytes.min(*most)),
            _ => Ok(()),
        }
    }

    /// Drops full buckets, so that memory does not grow with every client ever seen.
    pub fn forget_idle(&self) {
        let limited = self.limited.iter().flat_map(|limited| [&limited.requests, &limited.drafts]);
        for buckets in limited.chain(self.bytes.iter().map(|bytes| &bytes.buckets)) {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }
}

/// Takes from the client's bucket. More than a bucket holds is never available.
fn take(buckets: &Buckets, client: IpAddr, cells: NonZeroU32) -> Result<(), Duration> {
    match buckets.check_key_n(&network(client), cells) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(not_until)) => Err(not_until.wait_time_from(buckets.clock().now())),
        Err(_) => Err(Duration::from_secs(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn limit(arguments: &[&str]) -> RateLimit {
        RateLimit::new(&Settings::with(arguments).server)
    }

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn bytes_and_drafts_have_limits_of_their_own() {
        let limit = limit(&["--rate-bytes", "1000", "--rate-burst", "2"]);
        assert!(limit.take_bytes(ONE, 900).is_ok());
        let wait = limit.take_bytes(ONE, 900).unwrap_err();
        assert!((Duration::from_secs(40)..Duration::from_secs(60)).contains(&wait), "{wait:?}");
        assert!(limit.take_bytes(ONE, 2000).is_err());
        assert!(limit.take_bytes(OTHER, 2000).is_ok(), "more than a bucket holds takes all of it");
        assert!(limit.take_bytes(OTHER, 900).is_err() && limit.take(ONE).is_ok());
        assert!(limit.take_draft(ONE).is_ok() && limit.take_draft(ONE).is_ok());
        assert!(limit.take_draft(ONE).is_err() && limit.take_draft(OTHER).is_ok());
    }

    #[test]
    fn a_rate_limit_of_0_lifts_every_limit() {
        let limit = limit(&["--rate-limit", "0"]);
        for _ in 0..1000 {
            assert!(limit.take(ONE).is_ok() && limit.take_draft(ONE).is_ok());
        }
        assert!(limit.take_bytes(ONE, usize::MAX).is_ok());
    }
}

//! Rate limits: a token bucket for each client address.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::config::Server;

/// Each bucket holds `--rate-burst` requests and refills at `--rate-limit` a minute.
#[derive(Debug)]
pub struct RateLimit {
    buckets: Option<RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>>,
}

impl RateLimit {
    /// A limit of 0 turns rate limits off.
    pub fn new(settings: &Server) -> RateLimit {
        let burst = NonZeroU32::new(settings.rate_burst.max(1)).unwrap_or(NonZeroU32::MIN);
        let buckets = NonZeroU32::new(settings.rate_limit)
            .map(|limit| RateLimiter::dashmap(Quota::per_minute(limit).allow_burst(burst)));
        RateLimit { buckets }
    }

    /// Takes one request from the client's bucket. The error is the time until the next one is available.
    pub fn take(&self, client: IpAddr) -> Result<(), Duration> {
        let Some(buckets) = &self.buckets else { return Ok(()) };
        buckets
            .check_key(&network(client))
            .map_err(|not_until| not_until.wait_time_from(buckets.clock().now()))
    }

    /// Drops full buckets, so that memory does not grow with every client ever seen.
    pub fn forget_idle(&self) {
        if let Some(buckets) = &self.buckets {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }
}

/// An IPv6 customer can use any address of a /64, so the whole network shares a bucket.
fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_one_ipv6_network_share_a_bucket() {
        let a = network("2001:db8:1:2::1".parse().unwrap());
        let b = network("2001:db8:1:2:ffff::9".parse().unwrap());
        let c = network("2001:db8:1:3::1".parse().unwrap());
        assert_eq!(a, b);
        assert_ne!(a, c);
    }
}

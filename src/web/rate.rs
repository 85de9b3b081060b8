//! How many requests one client may send: a bucket for each address, behind trusted proxies for each forwarded one.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::error::WebError;
use super::{AppState, client};
use crate::config::Server;

/// Addresses that are exempt: probes must see the truth even when their host is noisy.
const EXEMPT: [&str; 2] = ["/health", "/ready"];

/// A bucket for each client: it holds `--rate-burst` requests and refills at `--rate-limit` a minute.
#[derive(Debug)]
pub struct RateLimit {
    buckets: Option<RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>>,
}

impl RateLimit {
    /// As the settings say; a limit of 0 lets everything through.
    pub fn new(settings: &Server) -> RateLimit {
        let burst = NonZeroU32::new(settings.rate_burst.max(1)).unwrap_or(NonZeroU32::MIN);
        let buckets = NonZeroU32::new(settings.rate_limit)
            .map(|limit| RateLimiter::dashmap(Quota::per_minute(limit).allow_burst(burst)));
        RateLimit { buckets }
    }

    /// Takes one request from the client's bucket, or says how long until there is one.
    pub fn take(&self, client: IpAddr) -> Result<(), Duration> {
        let Some(buckets) = &self.buckets else { return Ok(()) };
        buckets
            .check_key(&household(client))
            .map_err(|not_until| not_until.wait_time_from(buckets.clock().now()))
    }

    /// Forgets the clients whose buckets are full again, so that the memory does not grow with every visitor ever seen.
    pub fn forget_idle(&self) {
        if let Some(buckets) = &self.buckets {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
    }
}

/// One IPv6 customer has a /64 to pick addresses from: the bucket is the network's.
fn household(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

/// Middleware: 429 with Retry-After for a client over its limit.
pub async fn limit<B: MessageBody>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if !EXEMPT.contains(&request.path()) {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let client = client::address(peer, request.headers(), &state.settings.server.trusted_proxies);
        if let Err(retry_after) = state.rate_limit.take(client) {
            let refused = WebError::TooManyRequests { retry_after };
            return Ok(request.error_response(refused).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_ipv6_network_share_a_bucket() {
        let a = household("2001:db8:1:2::1".parse().unwrap());
        let b = household("2001:db8:1:2:ffff::9".parse().unwrap());
        let c = household("2001:db8:1:3::1".parse().unwrap());
        assert_eq!(a, b);
        assert_ne!(a, c);
    }
}

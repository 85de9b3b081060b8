//! Every metric's name in one place, so that a dashboard and the code cannot drift apart.

/// Requests answered, by route, method and status class.
pub const REQUESTS: &str = "calling_http_requests_total";
/// Seconds from a request's head to the end of its answer, by route.
pub const REQUEST_SECONDS: &str = "calling_http_request_seconds";

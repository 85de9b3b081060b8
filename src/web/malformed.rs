//! Counts malformed request heads, so that a thousand of them are one line in the log.

use std::sync::atomic::{AtomicU64, Ordering};

/// Requests that were answered before any route was looked for.
#[derive(Debug, Default)]
pub struct Malformed {
    total: AtomicU64,
    logged: AtomicU64,
}

impl Malformed {
    pub fn count(&self) {
        self.total.fetch_add(1, Ordering::Relaxed);
    }

    /// The number since the start.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// The number since the last call.
    pub fn since_last(&self) -> u64 {
        let total = self.total();
        total - self.logged.swap(total, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_logged_once() {
        let malformed = Malformed::default();
        malformed.count();
        malformed.count();
        assert_eq!((malformed.since_last(), malformed.since_last()), (2, 0));
        malformed.count();
        assert_eq!((malformed.since_last(), malformed.total()), (1, 3));
    }
}

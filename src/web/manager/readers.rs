//! Administrators who read a page in the last minutes. They may read on while the database cannot confirm their session.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an administrator may read on while the database is away. Shorter than the time after which an unused session ends.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
/// The most administrators that are remembered, more than read at the same time.
const MOST: usize = 256;

/// The sessions of these administrators, by the hash of their token.
#[derive(Default)]
pub(super) struct Readers(Mutex<HashMap<[u8; 32], Instant>>);

impl Readers {
    pub(super) fn remember(&self, session: [u8; 32], now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, seen| now.duration_since(*seen) < REMEMBERED);
        if known.len() < MOST {
            known.insert(session, now);
        }
    }

    pub(super) fn forget(&self, session: &[u8; 32]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(session);
    }

    pub(super) fn remembers(&self, session: &[u8; 32], now: Instant) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(session).is_some_and(|seen| now.duration_since(*seen) < REMEMBERED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_is_remembered_for_ten_minutes_unless_the_session_ended() {
        let (readers, now) = (Readers::default(), Instant::now());
        readers.remember([1; 32], now);
        assert!(readers.remembers(&[1; 32], now + Duration::from_secs(599)));
        assert!(!readers.remembers(&[1; 32], now + Duration::from_secs(600)));
        assert!(!readers.remembers(&[2; 32], now));
        readers.forget(&[1; 32]);
        assert!(!readers.remembers(&[1; 32], now));
        for session in 0..=255u8 {
            readers.remember([session; 32], now);
        }
        readers.remember([9; 32], now + REMEMBERED);
        assert!(readers.remembers(&[9; 32], now + REMEMBERED), "those of before make room");
    }
}

//! Limits on log-in attempts: pauses that grow with each wrong password, by account and network together, by network, and by
//! account over all networks. Attempts of a browser that has logged in to the account before are counted separately, so that
//! strangers cannot lock the owner out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// Wrong attempts without a pause, for one account from one network or one known browser.
const FREE_BY_ACCOUNT: u32 = 5;
/// For one network. More, because a network can be a whole school.
const FREE_BY_NETWORK: u32 = 50;
/// For one account from all networks and unknown browsers together. More than an owner needs, and with the pauses after them
/// some 200 a day: an attacker with many networks does not get beyond the most common passwords, which are refused anyway.
const FREE_BY_ACCOUNT_ANYWHERE: u32 = 100;
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// A count is deleted this long after the last attempt.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);
/// The most counts, of 100 bytes each.
const MOST: usize = 100_000;

/// An attempt: at what, and from where.
#[derive(Clone, Debug)]
pub struct Guessed {
    /// The account's address, or another name of what is guessed.
    pub what: String,
    /// The client's network.
    pub network: IpAddr,
    /// What names the browser, if it has logged in to this account before.
    pub browser: Option<String>,
    /// Whether attempts from all networks together are limited too.
    pub limited_anywhere: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// Of the account and the network or the browser.
    Account([u8; 32]),
    /// Of the account alone.
    Anywhere([u8; 32]),
    Network(IpAddr),
}

impl Key {
    fn free(self) -> u32 {
        match self {
            Key::Account(_) => FREE_BY_ACCOUNT,
            Key::Anywhere(_) => FREE_BY_ACCOUNT_ANYWHERE,
            Key::Network(_) => FREE_BY_NETWORK,
        }
    }
}

struct Count {
    wrong: u32,
    last: Instant,
}

impl Count {
    /// The time from which on the next guess is taken; `None` if there is no pause.
    fn until(&self, free: u32) -> Option<Instant> {
        let over = self.wrong.checked_sub(free)?;
        Some(self.last + LONGEST.min(Duration::from_secs(1 << over.min(16))))
    }
}

/// The counts of this process.
pub struct Attempts {
    /// `None` if attempts are not limited.
    counts: Option<Mutex<HashMap<Key, Count>>>,
}

impl Attempts {
    pub fn new(limited: bool) -> Attempts {
        Attempts { counts: limited.then(Mutex::default) }
    }

    /// Counts an attempt before it is known whether it is right, so that many at once gain nothing.
    ///
    /// # Errors
    /// The time until the next attempt is accepted.
    pub fn take(&self, guessed: &Guessed, now: Instant) -> Result<(), Duration> {
        let Some(counts) = &self.counts else { return Ok(()) };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = guessed.keys();
        let waits = keys.iter().filter_map(|key| {
            let until = counts.get(key)?.until(key.free())?;
            until.checked_duration_since(now).filter(|wait| !wait.is_zero())
        });
        if let Some(wait) = waits.max() {
            return Err(wait);
        }
        if counts.len() >= MOST {
            forget(&mut counts, now);
        }
        for key in keys {
            // Full only if some 30,000 networks guess at once. Existing counts stay, and new attempts are not counted.
            if counts.len() < MOST || counts.contains_key(&key) {
                let count = counts.entry(key).or_insert(Count { wrong: 0, last: now });
                *count = Count { wrong: count.wrong + 1, last: now };
            }
        }
        Ok(())
    }

    /// Uncounts an attempt that was right.
    pub fn was_right(&self, guessed: &Guessed) {
        let Some(counts) = &self.counts else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        for key in guessed.keys() {
            match key {
                Key::Account(_) => {
                    counts.remove(&key);
                }
                // Attempts at other accounts, or of others at this one, stay counted.
                Key::Network(_) | Key::Anywhere(_) => {
                    if let Some(count) = counts.get_mut(&key) {
                        count.wrong = count.wrong.saturating_sub(1);
                    }
                }
            }
        }
    }

    /// Deletes old counts.
    pub fn forget_idle(&self, now: Instant) {
        if let Some(counts) = &self.counts {
            forget(&mut counts.lock().unwrap_or_else(PoisonError::into_inner), now);
        }
    }
}

fn forget(counts: &mut HashMap<Key, Count>, now: Instant) {
    counts.retain(|_, count| now.saturating_duration_since(count.last) < FORGOTTEN_AFTER);
    counts.shrink_to_fit();
}

impl Guessed {
    fn keys(&self) -> Vec<Key> {
        let hash = |parts: &[&str]| -> [u8; 32] {
            let mut hash = Sha256::new();
            for part in parts {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
            hash.finalize().into()
        };
        let what = self.what.as_str();
        if let Some(browser) = &self.browser {
            return vec![Key::Account(hash(&[what, browser]))];
        }
        let here = Key::Account(hash(&[what, &self.network.to_string()]));
        let anywhere = self.limited_anywhere.then(|| Key::Anywhere(hash(&[what])));
        [here, Key::Network(self.network)].into_iter().chain(anywhere).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(what: &str, last: u8) -> Guessed {
        Guessed {
            what: what.to_owned(),
            network: IpAddr::from([192, 0, 2, last]),
            browser: None,
            limited_anywhere: true,
        }
    }

    #[test]
    fn pauses_double_and_end_at_a_quarter_of_an_hour() {
        let attempts = Attempts::new(true);
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..20 {
            while let Err(wait) = attempts.take(&guessed("a", 1), now) {
                pauses.push(wait.as_secs());
                now += wait;
            }
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900]);
        assert!(attempts.take(&guessed("a", 2), now).is_ok(), "another network is not held up");
        assert!(attempts.take(&guessed("b", 1), now).is_ok(), "nor is another account");
    }

    #[test]
    fn attempts_at_once_are_taken_in_any_order() {
        let attempts = Attempts::new(true);
        let earlier = Instant::now();
        let later = earlier + Duration::from_millis(5);
        assert!(attempts.take(&guessed("a", 1), later).is_ok());
        assert!(attempts.take(&guessed("a", 1), earlier).is_ok(), "its request read the clock first");
    }

    #[test]
    fn a_browser_that_is_known_is_not_held_up_by_strangers() {
        let attempts = Attempts::new(true);
        let now = Instant::now();
        for _ in 0..5 {
            assert!(attempts.take(&guessed("a", 1), now).is_ok());
        }
        assert!(attempts.take(&guessed("a", 1), now).is_err());
        let known = Guessed { browser: Some("x".to_owned()), ..guessed("a", 1) };
        for _ in 0..5 {
            assert!(attempts.take(&known, now).is_ok());
        }
        assert!(attempts.take(&known, now).is_err(), "it has a budget too");
        attempts.was_right(&known);
        assert!(attempts.take(&known, now).is_ok());
    }

    #[test]
    fn a_network_that_guesses_at_many_accounts_has_to_pause() {
        let attempts = Attempts::new(true);
        let now = Instant::now();
        for account in 0..50 {
            assert!(attempts.take(&guessed(&account.to_string(), 1), now).is_ok(), "{account}");
        }
        assert_eq!(attempts.take(&guessed("one more", 1), now), Err(Duration::from_secs(1)));
        attempts.forget_idle(now + FORGOTTEN_AFTER);
        assert!(attempts.take(&guessed("one more", 1), now).is_ok());
    }

    #[test]
    fn many_networks_that_guess_at_one_account_have_to_pause_and_its_owner_has_not() {
        let attempts = Attempts::new(true);
        let now = Instant::now();
        let from = |network: u8| guessed("a", network);
        for network in 0..20 {
            for _ in 0..5 {
                assert!(attempts.take(&from(network), now).is_ok(), "{network}");
            }
        }
        assert_eq!(attempts.take(&from(100), now), Err(Duration::from_secs(1)));
        let mut later = now;
        let mut pauses = Vec::new();
        for network in 100..104 {
            while let Err(wait) = attempts.take(&from(network), later) {
                pauses.push(wait.as_secs());
                later += wait;
            }
        }
        assert_eq!(pauses, [1, 2, 4, 8], "each network guesses for the first time");
        assert!(attempts.take(&guessed("b", 200), later).is_ok(), "another account is not affected");
        let owner = Guessed { browser: Some("x".to_owned()), ..from(200) };
        assert!(attempts.take(&owner, later).is_ok(), "nor is a browser of the owner");
        let other = Guessed { limited_anywhere: false, ..from(200) };
        assert!(attempts.take(&other, later).is_ok(), "nor what is limited by network alone");
    }

    #[test]
    fn right_passwords_never_add_up() {
        let attempts = Attempts::new(true);
        let now = Instant::now();
        for login in 0..1000 {
            let guessed = guessed(&login.to_string(), 1);
            assert!(attempts.take(&guessed, now).is_ok());
            attempts.was_right(&guessed);
        }
    }
}

//! How fast the models read, and whether a text can be read before its deadline.

use std::time::Duration;

/// Seconds of reading after which a pass has lost all but 1/e of its weight.
const MEMORY: f64 = 10.0;
/// The share of the time until a deadline that waiting work may fill. The rest covers the error of the estimate. If the
/// pace were overestimated by more than that, every text would start too late and none would be finished.
const SHARE: f64 = 0.75;

/// Tokens per second over recent passes that were at least half full. Smaller passes are left out: their time is mostly
/// overhead and does not predict the pace under load. Unknown before the first such pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    tokens: f64,
    seconds: f64,
}

impl Pace {
    /// A pace that was measured elsewhere; 0 if it is unknown.
    pub fn measured(tokens_per_second: f64) -> Pace {
        if tokens_per_second > 0.0 {
            Pace { tokens: tokens_per_second, seconds: 1.0 }
        } else {
            Pace::default()
        }
    }

    /// Counts a pass of `tokens` tokens; `full` is the most a pass may hold.
    pub fn count(&mut self, tokens: usize, took: Duration, full: usize) {
        if tokens < full.div_ceil(2) {
            return;
        }
        let kept = (-took.as_secs_f64() / MEMORY).exp();
        self.tokens = kept * self.tokens + tokens as f64;
        self.seconds = kept * self.seconds + took.as_secs_f64().max(1e-6);
    }

    /// `None` before the first pass that counts.
    pub fn tokens_per_second(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.tokens / self.seconds)
    }

    /// Whether `tokens` can be read within `time`, with the reserve. True while the pace is unknown.
    pub fn is_in_time(&self, tokens: usize, time: Duration) -> bool {
        self.tokens_per_second().is_none_or(|pace| tokens as f64 <= pace * SHARE * time.as_secs_f64())
    }

    /// How long `tokens` take, in whole seconds from 1 to 60: for a Retry-After header.
    pub fn wait(&self, tokens: usize) -> Duration {
        let seconds = self.tokens_per_second().map_or(0.0, |pace| tokens as f64 / pace);
        Duration::from_secs_f64(seconds.ceil().clamp(1.0, 60.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn only_passes_half_full_count_and_without_one_anything_is_in_time() {
        let mut pace = Pace::measured(0.0);
        pace.count(10, SECOND, 1000);
        assert!(pace.tokens_per_second().is_none() && pace.is_in_time(usize::MAX, SECOND));
        assert_eq!(pace.wait(1_000_000), SECOND);
        pace.count(500, SECOND, 1000);
        pace.count(10, SECOND, 1000);
        assert_eq!(pace.tokens_per_second(), Some(500.0));
        assert!(pace.is_in_time(3000, 8 * SECOND) && !pace.is_in_time(3001, 8 * SECOND));
        assert_eq!((pace.wait(1001), pace.wait(1_000_000)), (3 * SECOND, 60 * SECOND));
        assert_eq!(Pace::measured(500.0).tokens_per_second(), Some(500.0));
    }

    #[test]
    fn the_pace_follows_a_slower_machine_within_half_a_minute() {
        let mut pace = Pace::default();
        for (tokens, seconds) in [(1000, 100), (100, 30)] {
            (0..seconds).for_each(|_| pace.count(tokens, SECOND, 100));
        }
        let found = pace.tokens_per_second().unwrap();
        assert!((100.0..150.0).contains(&found), "{found}");
    }
}

//! A runner's limits and intervals.

use std::time::Duration;

use crate::records::DatabaseUrl;

#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// The most questionnaires read at a time. One timed-out API text is read in addition.
    pub at_once: usize,
    /// The most texts read at a time whose senders wait at other servers, and the bytes after which no more are leased. Enough
    /// for full batches; the rest is left to servers that have nothing to read.
    pub waited_at_once: usize,
    pub waited_bytes: usize,
    /// How long a lease lasts, and therefore how long a submission waits after its server is killed. A lease is renewed
    /// after a third of this time.
    pub lease: Duration,
    /// How often to look for submissions of other servers, plus or minus a quarter.
    pub poll: Duration,
    /// The same while somebody may wait for them and no notices arrive.
    pub quick_poll: Duration,
    /// Whether other servers store what this one reads, so that it looks every [`RunnerConfig::quick_poll`].
    pub for_others: bool,
    /// The direct connection on which notices arrive.
    pub listen: Option<DatabaseUrl>,
    /// The pause after a first failed attempt. It is doubled after the second.
    pub retry_after: Duration,
    /// At stop, the time for giving leases back after the grace period.
    pub park_within: Duration,
    /// How often to delete expired drafts.
    pub sweep: Duration,
}

impl Default for RunnerConfig {
    fn default() -> RunnerConfig {
        RunnerConfig {
            at_once: 4,
            waited_at_once: 16,
            waited_bytes: 64 << 10,
            lease: Duration::from_secs(20),
            poll: Duration::from_secs(2),
            quick_poll: Duration::from_millis(100),
            for_others: false,
            listen: None,
            retry_after: Duration::from_secs(2),
            park_within: Duration::from_secs(2),
            sweep: Duration::from_secs(15 * 60),
        }
    }
}

//! A runner's limits and intervals.

use std::time::Duration;

/// How a runner works.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// Most questionnaires read at a time. One timed-out API text is read alongside.
    pub at_once: usize,
    /// How long a lease lasts, and so how long a submission waits after its server is killed. Renewed after a third of it.
    pub lease: Duration,
    /// How often to look for submissions that other servers left, plus or minus a quarter.
    pub poll: Duration,
    /// The pause after a first failed attempt; doubled after the second.
    pub retry_after: Duration,
    /// How long giving leases back may take when stopping, after the grace period.
    pub park_within: Duration,
    /// How often to delete expired drafts.
    pub sweep: Duration,
}

impl Default for RunnerConfig {
    fn default() -> RunnerConfig {
        RunnerConfig {
            at_once: 4,
            lease: Duration::from_secs(20),
            poll: Duration::from_secs(2),
            retry_after: Duration::from_secs(2),
            park_within: Duration::from_secs(2),
            sweep: Duration::from_secs(15 * 60),
        }
    }
}

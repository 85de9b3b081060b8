//! The numbers of servers that may be set by hand. Pure.

use serde::Serialize;

use super::known::Known;
use super::shown::present;
use crate::scaling::{Described, MOST_SERVERS, Policy};

/// The desired number of servers, and the range in which it may be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Bounds {
    pub(super) desired: u32,
    pub(super) least: u32,
    pub(super) most: u32,
}

impl Bounds {
    /// The desired number is the engine's. If the engine does not report it, it is the number that was set last, and if none was
    /// set, the number of servers at work.
    /// The range is the engine's too, or else the policy's.
    pub(super) fn of(known: &Known, described: Option<&Described>) -> Bounds {
        let settings = known.settings();
        let working = || {
            let count = present(known).iter().filter(|server| server.state.works()).count();
            u32::try_from(count).unwrap_or(MOST_SERVERS)
        };
        let reported = described.and_then(|described| described.desired);
        let policy = settings.policy.as_ref().map(within);
        let allowed = described.and_then(|described| described.bounds);
        let (least, most) = allowed.or(policy).unwrap_or((1, MOST_SERVERS));
        // Only "stop all servers" leaves none.
        let least = least.max(1);
        let most = most.max(least);
        Bounds { desired: reported.or(settings.desired).unwrap_or_else(working), least, most }
    }

    /// One server more, unless that is above the range.
    pub(super) fn more(&self) -> Option<u32> {
        (self.desired < self.most).then(|| (self.desired + 1).max(self.least))
    }

    /// One server less, unless that is below the range.
    pub(super) fn fewer(&self) -> Option<u32> {
        (self.desired > self.least).then(|| (self.desired - 1).min(self.most))
    }

    /// The number that was typed.
    ///
    /// # Errors
    /// What was expected.
    pub(super) fn parse(&self, typed: &str) -> Result<u32, String> {
        let number = typed.trim().parse().ok().filter(|number| (self.least..=self.most).contains(number));
        number.ok_or_else(|| {
            let found =
                if typed.trim().is_empty() { "is empty".to_owned() } else { format!("is {}", typed.trim()) };
            let from = format!("expected a whole number from {} to {}", self.least, self.most);
            format!("Number of servers {found}; {from}.")
        })
    }
}

fn within(policy: &Policy) -> (u32, u32) {
    (policy.least(), policy.most())
}

/// "one server", "3 servers".
pub(super) fn servers_in_words(count: u32) -> String {
    if count == 1 { "one server".to_owned() } else { format!("{count} servers") }
}

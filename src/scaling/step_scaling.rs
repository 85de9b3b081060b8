//! A policy as numbers for the step scaling of EC2's Auto Scaling, and what it would do with them.
//!
//! CloudWatch raises an alarm once the mean CPU has been beyond a threshold for a number of minutes, and tells Auto Scaling every
//! minute while it lasts. Auto Scaling then adds or removes a whole percentage of the servers. It rounds a step down, but to one
//! server if it is smaller than that.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html>

use super::policy::Policy;

/// Minutes for which the mean CPU has to be above the threshold until servers are added.
pub(super) const BUSY_MINUTES: u32 = 2;
/// Minutes for which the mean CPU has to be at or below the threshold until servers are removed.
pub(super) const IDLE_MINUTES: u32 = 15;
/// Minutes in which a new server warms up. During them the same step adds no more servers, and none is removed.
pub(super) const WARM_UP_MINUTES: u32 = 2;
/// Minutes that a removed server takes to stop: the load balancer's delay, the server's own end and its machine's. During them the
/// same step removes no more servers. An estimate, for the simulation only.
const STOPPING_MINUTES: u32 = 1;
/// Allows for the rounding error of a product: 0.29 times 100 is 29 percent and not 28.
const ROUNDING: f64 = 1e-9;

/// The numbers of the two step scaling policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StepScaling {
    /// What growing adds, in percent of the present number.
    pub(super) add: u32,
    /// What shrinking removes, in percent of the present number.
    pub(super) remove: u32,
    least: u32,
    most: u32,
}

impl StepScaling {
    /// Percentages are rounded down like steps, but to 1 at least. So no step is larger than the policy's own, unless that is below
    /// 1 %, and what a policy has to fulfil so that it does not swing holds here too.
    pub(super) fn of(policy: &Policy) -> StepScaling {
        StepScaling {
            add: whole_percent(policy.expand() - 1.0),
            remove: whole_percent(policy.shrink_ratio()),
            least: policy.least(),
            most: policy.most(),
        }
    }

    fn grown(&self, servers: u32) -> u32 {
        servers.saturating_add(step(servers, self.add)).clamp(self.least, self.most)
    }

    fn shrunk(&self, servers: u32) -> u32 {
        servers.saturating_sub(step(servers, self.remove)).clamp(self.least, self.most)
    }
}

/// The share of so many servers, rounded as Auto Scaling does.
fn step(servers: u32, percent: u32) -> u32 {
    let step = u64::from(servers) * u64::from(percent) / 100;
    u32::try_from(step).unwrap_or(u32::MAX).max(1)
}

/// A share in whole percent, at least 1.
fn whole_percent(share: f64) -> u32 {
    // A float outside of the range becomes its nearest end.
    (share * 100.0 + ROUNDING).floor().clamp(1.0, f64::from(i32::MAX)) as u32
}

/// The two alarms and the group, minute by minute.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    minute: u32,
    /// For how many minutes the mean CPU has been beyond each threshold.
    busy: u32,
    idle: u32,
    /// The minutes until which new servers warm up and removed ones stop.
    warm_at: u32,
    stopped_at: u32,
}

impl Alarms {
    /// The number of servers after a minute with this mean CPU.
    pub(super) fn after(&mut self, policy: &Policy, servers: u32, cpu: f64) -> u32 {
        let steps = StepScaling::of(policy);
        self.minute += 1;
        self.busy = if cpu > policy.grow() { self.busy + 1 } else { 0 };
        self.idle = if cpu <= policy.shrink() { self.idle + 1 } else { 0 };
        if self.minute <= self.warm_at {
            return servers;
        }
        if self.busy >= BUSY_MINUTES {
            let more = steps.grown(servers);
            if more > servers {
                self.warm_at = self.minute + WARM_UP_MINUTES;
            }
            return more;
        }
        if self.idle >= IDLE_MINUTES && self.minute > self.stopped_at {
            self.stopped_at = self.minute + STOPPING_MINUTES;
            return steps.shrunk(servers);
        }
        servers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::policy::RawPolicy;

    fn policy(expand: &str, shrink_ratio: &str) -> Policy {
        let raw = RawPolicy {
            expand: expand.to_owned(),
            shrink_ratio: shrink_ratio.to_owned(),
            most: "100".to_owned(),
            ..Policy::default().raw()
        };
        Policy::parse(&raw).unwrap()
    }

    /// The examples in Auto Scaling's documentation: 12.7 becomes 12, .67 becomes 1, -.58 becomes -1, -6.67 becomes -6.
    #[test]
    fn a_step_is_rounded_as_documented() {
        assert_eq!(
            [(10, 127), (1, 67), (1, 58), (29, 23)].map(|(from, percent)| step(from, percent)),
            [12, 1, 1, 6]
        );
    }

    #[test]
    fn a_policy_becomes_whole_percentages_and_steps_that_are_no_larger() {
        let steps = StepScaling::of(&policy("1.29", ".1"));
        assert_eq!((steps.add, steps.remove), (29, 10));
        // Calling's own steps are rounded up: 13 and 22.
        assert_eq!([10, 17].map(|from| steps.grown(from)), [12, 21]);
        assert_eq!([10, 17, 25, 1].map(|from| steps.shrunk(from)), [9, 16, 23, 1]);
        let steps = StepScaling::of(&policy("1.001", ".001"));
        assert_eq!((steps.add, steps.remove), (1, 1));
        for servers in 1..=100 {
            let (policy, steps) = (policy("1.337", ".105"), StepScaling::of(&policy("1.337", ".105")));
            assert!(steps.grown(servers) <= policy.grown(servers), "{servers}");
            assert!(steps.shrunk(servers) >= policy.shrunk(servers), "{servers}");
        }
    }

    /// The number of servers in each minute.
    fn seen(start: u32, loads: &[f64]) -> Vec<u32> {
        let (policy, mut alarms, mut servers) = (policy("2", ".1"), Alarms::default(), start);
        loads
            .iter()
            .map(|load| {
                let before = servers;
                servers = alarms.after(&policy, servers, (load / f64::from(servers)).min(100.0));
                before
            })
            .collect()
    }

    #[test]
    fn servers_are_added_after_two_busy_minutes_and_then_warm_up() {
        assert_eq!(seen(1, &[800.0; 10]), [1, 1, 2, 2, 2, 4, 4, 4, 8, 8]);
        assert_eq!(seen(1, &[100.0, 50.0, 100.0, 50.0, 50.0]), [1; 5], "no two in a row");
    }

    #[test]
    fn servers_are_removed_after_a_quarter_of_an_hour_one_step_at_a_time() {
        let servers = seen(4, &[0.0; 24]);
        assert_eq!(servers[..15], [4; 15]);
        assert_eq!(servers[15..], [3, 3, 2, 2, 1, 1, 1, 1, 1]);
    }
}

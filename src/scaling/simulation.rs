//! Simulates an engine that applies a policy for an hour. Once a minute it compares the mean CPU with the policy and takes at
//! most one step. Pure. EC2's step scaling is in `step_scaling`.
//!
//! A new server carries its share of the load from the next minute on.

use serde::Serialize;

use super::policy::Policy;
use super::step_scaling::Alarms;
use super::target::Target;

/// The simulated minutes.
pub const MINUTES: usize = 60;
/// A number of servers that has not changed for so many minutes has settled.
const SETTLED: usize = 15;
/// A HorizontalPodAutoscaler removes servers only down to the highest number that it computed in the last five minutes.
const STABLE: usize = 5;

/// The documented algorithm of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// One step whenever the mean CPU is beyond a threshold, as the policy says. No engine does exactly that; it is drawn where none
    /// scales automatically.
    Steps,
    /// Step scaling of EC2's Auto Scaling: steps rounded down, alarms that need several minutes, and new servers that warm up.
    #[cfg_attr(not(feature = "ec2"), allow(dead_code, reason = "only that feature's engine scales so"))]
    StepScaling,
    /// The number of servers that would bring the mean CPU to a target, as a HorizontalPodAutoscaler computes it.
    Target,
}

/// How the load develops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    Steady,
    Rising,
    Falling,
}

/// One minute of a simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minute {
    /// The work that arrives, in percent of one server's CPU.
    pub load: f64,
    pub servers: u32,
    /// The mean CPU of the servers in percent.
    pub cpu: f64,
}

impl Scenario {
    pub const ALL: [Scenario; 3] = [Scenario::Steady, Scenario::Rising, Scenario::Falling];

    /// The load of each minute. The highest is what the most servers carry right at the threshold to grow; the steady one is
    /// half of it.
    pub fn loads(self, policy: &Policy) -> Vec<f64> {
        let peak = policy.grow() * f64::from(policy.most());
        let last = (MINUTES - 1) as f64;
        let share = |minute: usize| match self {
            Scenario::Steady => 0.5,
            Scenario::Rising => minute as f64 / last,
            Scenario::Falling => 1.0 - minute as f64 / last,
        };
        (0..MINUTES).map(|minute| peak * share(minute)).collect()
    }

    /// The number of servers at the beginning.
    pub fn start(self, policy: &Policy) -> u32 {
        match self {
            Scenario::Steady | Scenario::Rising => policy.least(),
            Scenario::Falling => policy.most(),
        }
    }
}

/// Simulates these loads, one for each minute.
pub fn simulate(policy: &Policy, algorithm: Algorithm, start: u32, loads: &[f64]) -> Vec<Minute> {
    let mut servers = start.clamp(policy.least(), policy.most());
    let mut wanted: Vec<u32> = Vec::new();
    let mut alarms = Alarms::default();
    let mut minutes = Vec::with_capacity(loads.len());
    for load in loads.iter().copied() {
        let cpu = (load / f64::from(servers)).clamp(0.0, 100.0);
        minutes.push(Minute { load, servers, cpu });
        servers = match algorithm {
            Algorithm::Steps => stepped(policy, servers, cpu),
            Algorithm::StepScaling => alarms.after(policy, servers, cpu),
            Algorithm::Target => {
                wanted.push(toward(&Target::of(policy), servers, cpu));
                let recent = wanted.iter().rev().take(STABLE).copied();
                within_limits(policy, servers, recent.max().unwrap_or(servers))
            }
        };
    }
    minutes
}

/// The number of servers if it has not changed in the last quarter of an hour.
pub fn settled(minutes: &[Minute]) -> Option<u32> {
    let last = minutes.last()?.servers;
    let recent = minutes.get(minutes.len().checked_sub(SETTLED)?..)?;
    recent.iter().all(|minute| minute.servers == last).then_some(last)
}

/// A step above one threshold, and one at or below the other.
fn stepped(policy: &Policy, servers: u32, cpu: f64) -> u32 {
    if cpu > policy.grow() {
        policy.grown(servers)
    } else if cpu <= policy.shrink() {
        policy.shrunk(servers)
    } else {
        servers
    }
}

/// The number of servers that a HorizontalPodAutoscaler computes; unchanged within the tolerances.
fn toward(target: &Target, servers: u32, cpu: f64) -> u32 {
    let ratio = cpu / f64::from(target.cpu);
    if ratio <= 1.0 + target.above && ratio >= 1.0 - target.below {
        return servers;
    }
    (f64::from(servers) * ratio).ceil() as u32
}

/// Applies a HorizontalPodAutoscaler's limits: the percentages per minute, the fewest and the most.
fn within_limits(policy: &Policy, servers: u32, wanted: u32) -> u32 {
    wanted.clamp(policy.shrunk(servers), policy.grown(servers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_a_peak(algorithm: Algorithm, load: f64) -> Option<u32> {
        let policy = Policy::default();
        settled(&simulate(&policy, algorithm, policy.most(), &[load; MINUTES]))
    }

    /// Grow above 65%, shrink below 25%, expand 2, shrink ratio .1, one to eight servers. Under 51, 85 and 90% of one
    /// server's CPU two numbers of servers are stable; what was measured is the one that is reached from above.
    #[test]
    fn the_known_case_settles_as_it_was_measured() {
        let loads = [51.0, 85.0, 800.0, 90.0, 75.0, 0.0];
        for algorithm in [Algorithm::Steps, Algorithm::StepScaling] {
            let seen = loads.map(|load| after_a_peak(algorithm, load));
            assert_eq!(seen, [2, 3, 8, 3, 2, 1].map(Some), "{algorithm:?}");
        }
    }

    #[test]
    fn growing_doubles_and_shrinking_takes_a_tenth_but_at_least_one() {
        let policy = Policy::default();
        let seen = |load: f64, start: u32| -> Vec<u32> {
            simulate(&policy, Algorithm::Steps, start, &[load; 5])
                .iter()
                .map(|minute| minute.servers)
                .collect()
        };
        assert_eq!(seen(800.0, 1), [1, 2, 4, 8, 8]);
        assert_eq!(seen(0.0, 4), [4, 3, 2, 1, 1]);
        let cpu = simulate(&policy, Algorithm::Steps, 1, &[800.0; 1])[0].cpu;
        assert_eq!(cpu, 100.0, "no server is busier than that");
    }

    #[test]
    fn an_autoscaler_with_a_target_removes_servers_only_after_five_quiet_minutes() {
        let policy = Policy::default();
        // 45% is the target: 180% of one server's CPU wants four servers.
        let mut loads = vec![180.0; 10];
        loads.extend([20.0; 10]);
        let seen: Vec<u32> =
            simulate(&policy, Algorithm::Target, 1, &loads).iter().map(|minute| minute.servers).collect();
        assert_eq!(seen[..4], [1, 2, 4, 4]);
        assert_eq!(seen[9..], [4, 4, 4, 4, 4, 4, 3, 2, 1, 1, 1]);
    }

    #[test]
    fn a_number_that_changed_lately_has_not_settled() {
        let minute = |servers| Minute { load: 0.0, servers, cpu: 0.0 };
        let mut minutes = vec![minute(3); SETTLED];
        assert_eq!(settled(&minutes), Some(3));
        minutes[0] = minute(2);
        assert_eq!(settled(&minutes), None);
        assert_eq!(settled(&minutes[1..]), None, "too short to say");
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;
    use crate::scaling::policy::RawPolicy;

    prop_compose! {
        fn accepted()(
            grow in 1.0f64..=100.0, below in 0.01f64..1.0, expand in 1.01f64..4.0, shrink_ratio in 0.01f64..0.99,
            least in 1u32..12, more in 0u32..40,
        ) -> Option<Policy> {
            let raw = RawPolicy {
                grow: grow.to_string(),
                shrink: (grow * below).to_string(),
                expand: expand.to_string(),
                shrink_ratio: shrink_ratio.to_string(),
                least: least.to_string(),
                most: (least + more).to_string(),
            };
            Policy::parse(&raw).ok()
        }
    }

    fn algorithms() -> impl Strategy<Value = Algorithm> {
        prop_oneof![Just(Algorithm::Steps), Just(Algorithm::StepScaling), Just(Algorithm::Target)]
    }

    proptest! {
        #[test]
        fn no_algorithm_leaves_the_bounds(
            policy in accepted(), start in 0u32..60, loads in proptest::collection::vec(0.0f64..5000.0, 1..60),
            algorithm in algorithms(),
        ) {
            let Some(policy) = policy else { return Ok(()) };
            for minute in simulate(&policy, algorithm, start, &loads) {
                prop_assert!((policy.least()..=policy.most()).contains(&minute.servers));
                prop_assert!((0.0..=100.0).contains(&minute.cpu));
            }
        }

        /// Without a step that would be taken back, the number only rises or only falls until it rests.
        #[test]
        fn what_is_accepted_settles_under_a_steady_load(policy in accepted(), start in 0u32..60, load in 0.0f64..5000.0) {
            let Some(policy) = policy.filter(|policy| policy.small_swing().is_none()) else { return Ok(()) };
            for algorithm in [Algorithm::Steps, Algorithm::StepScaling] {
                let minutes = simulate(&policy, algorithm, start, &vec![load; 4 * MINUTES]);
                prop_assert!(settled(&minutes).is_some(), "{algorithm:?} {policy:?} {minutes:?}");
            }
        }
    }
}

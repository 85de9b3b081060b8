//! A policy as numbers for Kubernetes' HorizontalPodAutoscaler, which holds the CPU at one target instead of stepping between
//! two thresholds.
//!
//! It acts once the CPU differs from the target by more than a tolerance, one for each direction. The target is therefore the
//! middle of the two thresholds, and each tolerance is the distance to one of them. The ratios become its limits in percent
//! per minute.
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>

use super::policy::Policy;

/// The numbers of a HorizontalPodAutoscaler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Target {
    /// The target for the mean CPU, in whole percent.
    pub(super) cpu: u32,
    /// The share above the target that is tolerated.
    pub(super) above: f64,
    /// The share below the target that is tolerated.
    pub(super) below: f64,
    /// The most servers added in a minute, in percent of the present number.
    pub(super) add: u32,
    /// The most servers removed in a minute, in percent of the present number.
    pub(super) remove: u32,
}

impl Target {
    pub(super) fn of(policy: &Policy) -> Target {
        let middle = ((policy.grow() + policy.shrink()) / 2.0).round().clamp(1.0, 100.0);
        Target {
            cpu: middle as u32,
            above: (policy.grow() / middle - 1.0).max(0.0),
            below: (1.0 - policy.shrink() / middle).max(0.0),
            add: whole_percent(policy.expand() - 1.0),
            remove: whole_percent(policy.shrink_ratio()),
        }
    }
}

/// A share in whole percent, at least 1.
fn whole_percent(share: f64) -> u32 {
    (share * 100.0).round().clamp(1.0, f64::from(i32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tolerances_reach_from_the_target_to_the_thresholds() {
        let Target { cpu, above, below, add, remove } = Target::of(&Policy::default());
        assert_eq!((cpu, add, remove), (45, 100, 10));
        assert!((f64::from(cpu) * (1.0 + above) - 65.0).abs() < 1e-9);
        assert!((f64::from(cpu) * (1.0 - below) - 25.0).abs() < 1e-9);
    }
}

//! The two policies and alarms of a group, as the SDK builds them. Pure.

use aws_sdk_autoscaling::types::StepAdjustment;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, Statistic};

use crate::scaling::policy::Policy;
use crate::scaling::step_scaling::{BUSY_MINUTES, IDLE_MINUTES, StepScaling, WARM_UP_MINUTES};

/// Seconds in which CloudWatch averages the CPU. Instances need detailed monitoring for fewer than 300.
const PERIOD: i32 = 60;

/// One of the two directions in which a group is scaled: a policy and the alarm that calls it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    Grow,
    Shrink,
}

impl Direction {
    pub(super) const BOTH: [Direction; 2] = [Direction::Grow, Direction::Shrink];

    /// The policy's name. The same each time, so that a policy replaces the one before.
    pub(super) fn policy_name(self, group: &str) -> String {
        match self {
            Direction::Grow => format!("{group}-grow"),
            Direction::Shrink => format!("{group}-shrink"),
        }
    }

    /// The alarm's name. deploy/aws/calling.yaml names its own alarms so, which this one replaces.
    pub(super) fn alarm_name(self, group: &str) -> String {
        match self {
            Direction::Grow => format!("{group}-busy"),
            Direction::Shrink => format!("{group}-idle"),
        }
    }

    /// What an administrator reads in CloudWatch.
    pub(super) fn about(self) -> &'static str {
        match self {
            Direction::Grow => "Calling's manager: the mean CPU is above the policy's threshold",
            Direction::Shrink => "Calling's manager: the mean CPU is at or below the policy's threshold",
        }
    }

    /// The percentage of the group by which it changes, whatever the distance to the threshold.
    pub(super) fn step(self, policy: &Policy) -> StepAdjustment {
        let steps = StepScaling::of(policy);
        let percent = |percent: u32| i32::try_from(percent).unwrap_or(i32::MAX);
        let step = StepAdjustment::builder();
        let step = match self {
            Direction::Grow => step.metric_interval_lower_bound(0.0).scaling_adjustment(percent(steps.add)),
            Direction::Shrink => {
                step.metric_interval_upper_bound(0.0).scaling_adjustment(-percent(steps.remove))
            }
        };
        step.build()
    }

    /// Seconds in which new servers warm up.
    pub(super) fn warm_up(self) -> Option<i32> {
        match self {
            Direction::Grow => i32::try_from(WARM_UP_MINUTES * 60).ok(),
            Direction::Shrink => None,
        }
    }

    pub(super) fn threshold(self, policy: &Policy) -> f64 {
        match self {
            Direction::Grow => policy.grow(),
            Direction::Shrink => policy.shrink(),
        }
    }

    pub(super) fn comparison(self) -> ComparisonOperator {
        match self {
            Direction::Grow => ComparisonOperator::GreaterThanThreshold,
            Direction::Shrink => ComparisonOperator::LessThanOrEqualToThreshold,
        }
    }

    pub(super) fn minutes(self) -> i32 {
        let minutes = match self {
            Direction::Grow => BUSY_MINUTES,
            Direction::Shrink => IDLE_MINUTES,
        };
        i32::try_from(minutes).unwrap_or(i32::MAX)
    }
}

/// The mean CPU of a group's instances, minute by minute.
pub(super) fn mean_cpu(
    alarm: aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder,
    group: &str,
) -> aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder {
    alarm
        .namespace("AWS/EC2")
        .metric_name("CPUUtilization")
        .dimensions(Dimension::builder().name("AutoScalingGroupName").value(group).build())
        .statistic(Statistic::Average)
        .period(PERIOD)
}

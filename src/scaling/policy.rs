//! The policy: the CPU at which servers are added or removed, how many, and the fewest and most that there may be.
//!
//! Growing multiplies the number of servers by the expand ratio. Shrinking takes away the share that the shrink ratio states.
//! The number of servers that a step adds or removes is rounded up, and at least one.

#[cfg(test)]
mod tests;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::fault::{Fault, Faults, Field};

/// The most servers that a policy may allow. Each number between its bounds is checked, so the range is limited.
pub const MOST_SERVERS: u32 = 1000;

/// Allows for the rounding error of a product: a step of 0.1 times 70 servers is 7 and not 8.
const ROUNDING: f64 = 1e-9;

/// A valid policy: its values are in range, and at a steady load no step of more than one server is followed by the opposite
/// step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Values", into = "Values")]
pub struct Policy(Values);

/// The numbers of a policy, unchecked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    grow: f64,
    shrink: f64,
    expand: f64,
    shrink_ratio: f64,
    least: u32,
    most: u32,
}

/// A policy as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawPolicy {
    pub grow: String,
    pub shrink: String,
    pub expand: String,
    pub shrink_ratio: String,
    pub least: String,
    pub most: String,
}

impl Default for Policy {
    /// What the form proposes until a policy is set.
    fn default() -> Policy {
        Policy(Values { grow: 65.0, shrink: 25.0, expand: 2.0, shrink_ratio: 0.1, least: 1, most: 8 })
    }
}

impl Policy {
    /// Checks what was typed.
    ///
    /// # Errors
    /// Every fault, in the order of the form.
    pub fn parse(raw: &RawPolicy) -> Result<Policy, Vec<Fault>> {
        let mut faults = Vec::new();
        let percent = "a number above 0 and up to 100";
        let grow = number(Field::Grow, &raw.grow, percent, &mut faults);
        let shrink = number(Field::Shrink, &raw.shrink, percent, &mut faults);
        let expand = number(Field::Expand, &raw.expand, "a number above 1", &mut faults);
        let ratio = number(Field::ShrinkRatio, &raw.shrink_ratio, "a number between 0 and 1", &mut faults);
        let whole = format!("a whole number from 1 to {MOST_SERVERS}");
        let least = number(Field::Least, &raw.least, &whole, &mut faults);
        let most = number(Field::Most, &raw.most, &whole, &mut faults);
        match (grow, shrink, expand, ratio, least, most) {
            (Some(grow), Some(shrink), Some(expand), Some(shrink_ratio), Some(least), Some(most)) => {
                Policy::try_from(Values { grow, shrink, expand, shrink_ratio, least, most })
                    .map_err(|faults| faults.0)
            }
            _ => Err(faults),
        }
    }

    /// The numbers as the form shows them.
    pub fn raw(&self) -> RawPolicy {
        let Values { grow, shrink, expand, shrink_ratio, least, most } = self.0;
        RawPolicy {
            grow: grow.to_string(),
            shrink: shrink.to_string(),
            expand: expand.to_string(),
            shrink_ratio: shrink_ratio.to_string(),
            least: least.to_string(),
            most: most.to_string(),
        }
    }

    /// The mean CPU in percent above which servers are added.
    pub fn grow(&self) -> f64 {
        self.0.grow
    }

    /// The mean CPU in percent at or below which servers are removed.
    pub fn shrink(&self) -> f64 {
        self.0.shrink
    }

    /// The expand ratio: growing multiplies the number of servers by it.
    pub fn expand(&self) -> f64 {
        self.0.expand
    }

    /// The shrink ratio: the share of the servers that shrinking takes away.
    pub fn shrink_ratio(&self) -> f64 {
        self.0.shrink_ratio
    }

    pub fn least(&self) -> u32 {
        self.0.least
    }

    pub fn most(&self) -> u32 {
        self.0.most
    }

    /// The number of servers after growing from this many.
    pub fn grown(&self, servers: u32) -> u32 {
        self.0.grown(servers)
    }

    /// The number of servers after shrinking from this many.
    pub fn shrunk(&self, servers: u32) -> u32 {
        self.0.shrunk(servers)
    }

    /// A number of servers at which adding or removing one server leads beyond the opposite threshold, so that this server may
    /// be added and removed again and again; `None` if there is none. Such a policy is accepted, since no step is smaller.
    pub fn small_swing(&self) -> Option<u32> {
        self.0.swings().find(|swing| swing.step() == 1).map(|swing| swing.from)
    }
}

/// A step that the opposite step would follow at once, at the same load.
struct Swing {
    from: u32,
    to: u32,
    /// The CPU of each server right after the step, in percent: the lowest after growing, the highest after shrinking.
    load: f64,
}

impl Swing {
    fn step(&self) -> u32 {
        self.from.abs_diff(self.to)
    }
}

impl Values {
    fn grown(&self, servers: u32) -> u32 {
        let more = rounded_up(f64::from(servers) * (self.expand - 1.0));
        servers.saturating_add(more).clamp(self.least, self.most)
    }

    fn shrunk(&self, servers: u32) -> u32 {
        let fewer = rounded_up(f64::from(servers) * self.shrink_ratio);
        servers.saturating_sub(fewer).clamp(self.least, self.most)
    }

    /// The steps that the opposite step would follow.
    fn swings(&self) -> impl Iterator<Item = Swing> + '_ {
        (self.least..=self.most).flat_map(move |from| {
            let (more, fewer) = (self.grown(from), self.shrunk(from));
            let after = |threshold: f64, to: u32| threshold * f64::from(from) / f64::from(to);
            let growing = Swing { from, to: more, load: after(self.grow, more) };
            let shrinking = Swing { from, to: fewer, load: after(self.shrink, fewer) };
            let back = more > from && growing.load < self.shrink;
            let again = fewer < from && shrinking.load > self.grow;
            [back.then_some(growing), again.then_some(shrinking)].into_iter().flatten()
        })
    }

    fn faults(&self) -> Vec<Fault> {
        let Values { grow, shrink, expand, shrink_ratio, least, most } = *self;
        let mut faults = Vec::new();
        let mut check = |right: bool, field: Field, found: String, expected: String| {
            if !right {
                faults.push(Fault::new(field, found, expected));
            }
        };
        let percent = |value: f64| value > 0.0 && value <= 100.0;
        check(percent(grow), Field::Grow, grow.to_string(), "a number above 0 and up to 100".to_owned());
        let (right, expected) = match percent(grow) {
            true => (
                shrink > 0.0 && shrink < grow,
                format!("a number above 0 and below {grow}, the value to grow above"),
            ),
            false => (percent(shrink), "a number above 0 and up to 100".to_owned()),
        };
        check(right, Field::Shrink, shrink.to_string(), expected);
        check(
            expand.is_finite() && expand > 1.0,
            Field::Expand,
            expand.to_string(),
            "a number above 1".to_owned(),
        );
        let share = shrink_ratio > 0.0 && shrink_ratio < 1.0;
        check(share, Field::ShrinkRatio, shrink_ratio.to_string(), "a number between 0 and 1".to_owned());
        let whole = format!("a whole number from 1 to {MOST_SERVERS}");
        check((1..=MOST_SERVERS).contains(&least), Field::Least, least.to_string(), whole.clone());
        let (right, expected) = match (1..=MOST_SERVERS).contains(&least) {
            true => (
                (least..=MOST_SERVERS).contains(&most),
                format!("a whole number from {least}, the fewest, to {MOST_SERVERS}"),
            ),
            false => ((1..=MOST_SERVERS).contains(&most), whole),
        };
        check(right, Field::Most, most.to_string(), expected);
        faults
    }
}

impl TryFrom<Values> for Policy {
    type Error = Faults;

    fn try_from(values: Values) -> Result<Policy, Faults> {
        let faults = values.faults();
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        let Some(swing) = values.swings().find(|swing| swing.step() > 1) else { return Ok(Policy(values)) };
        let Swing { from, to, load } = swing;
        let load = (load * 10.0).round() / 10.0;
        let fault = if to > from {
            let expected = format!(
                "a smaller ratio or lower thresholds: growing from {from} to {to} servers at {}% leaves {load}% for each, \
                 which is below {}%, so they would be removed again",
                values.grow, values.shrink
            );
            Fault::new(Field::Expand, values.expand, expected)
        } else {
            let expected = format!(
                "a smaller ratio or thresholds farther apart: shrinking from {from} to {to} servers at {}% leaves \
                 {load}% for each, which is above {}%, so they would be added again",
                values.shrink, values.grow
            );
            Fault::new(Field::ShrinkRatio, values.shrink_ratio, expected)
        };
        Err(Faults(vec![fault]))
    }
}

impl From<Policy> for Values {
    fn from(policy: Policy) -> Values {
        policy.0
    }
}

/// At least one.
fn rounded_up(servers: f64) -> u32 {
    // A float outside of the range becomes its nearest end.
    (servers - ROUNDING).ceil().max(1.0) as u32
}

fn number<T: FromStr>(field: Field, typed: &str, expected: &str, faults: &mut Vec<Fault>) -> Option<T> {
    let number = typed.trim().parse().ok();
    if number.is_none() {
        faults.push(Fault::new(field, typed, expected));
    }
    number
}

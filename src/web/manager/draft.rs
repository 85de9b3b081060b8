//! The policy in force or a draft of another, as the page and the JSON show it. Pure.

use super::current::Scaler;
use super::known::Known;
use crate::scaling::{Algorithm, Fault, Field, Minute, Policy, RawPolicy, Scenario, simulate};
use crate::web::form::value;

/// A policy to look at.
pub(super) struct Draft {
    /// The policy in force.
    pub(super) set: Option<Policy>,
    pub(super) typed: RawPolicy,
    /// What was typed, or what is wrong with it.
    pub(super) policy: Result<Policy, Vec<Fault>>,
    /// The algorithm with which it is simulated.
    pub(super) algorithm: Algorithm,
}

impl Draft {
    /// Without anything typed it is the policy in force, or else the proposed one.
    pub(super) fn new(typed: Option<RawPolicy>, known: &Known, scaler: &Scaler) -> Draft {
        let set = known.settings().policy;
        let typed = typed.unwrap_or_else(|| set.unwrap_or_default().raw());
        let algorithm = scaler.described().and_then(|described| described.algorithm);
        Draft { set, policy: Policy::parse(&typed), typed, algorithm: algorithm.unwrap_or(Algorithm::Steps) }
    }

    pub(super) fn valid(&self) -> Option<Policy> {
        self.policy.as_ref().ok().copied()
    }

    /// What is wrong with it. Empty for a valid policy.
    pub(super) fn faults(&self) -> &[Fault] {
        self.policy.as_ref().err().map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_in_force(&self) -> bool {
        self.set.is_some() && self.set == self.valid()
    }

    /// What a valid policy would do in an hour at each kind of load.
    pub(super) fn simulated(&self) -> Vec<(Scenario, Vec<Minute>)> {
        let hour = |policy: Policy| {
            let minutes =
                |load: Scenario| simulate(&policy, self.algorithm, load.start(&policy), &load.loads(&policy));
            Scenario::ALL.map(|load| (load, minutes(load))).into()
        };
        self.valid().map(hour).unwrap_or_default()
    }
}

/// The fields of a form or an address. One that is missing is empty.
pub(super) fn raw(fields: &[(String, String)]) -> RawPolicy {
    let of = |field: Field| value(fields, field.id()).to_owned();
    RawPolicy {
        grow: of(Field::Grow),
        shrink: of(Field::Shrink),
        expand: of(Field::Expand),
        shrink_ratio: of(Field::ShrinkRatio),
        least: of(Field::Least),
        most: of(Field::Most),
    }
}

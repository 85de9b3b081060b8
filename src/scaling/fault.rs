//! Faults of a policy: the field, the value that was found, and what was expected.

use std::fmt;

/// A field of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Grow,
    Shrink,
    Expand,
    ShrinkRatio,
    Least,
    Most,
}

impl Field {
    /// The name in forms and in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Field::Grow => "grow",
            Field::Shrink => "shrink",
            Field::Expand => "expand",
            Field::ShrinkRatio => "shrink_ratio",
            Field::Least => "least",
            Field::Most => "most",
        }
    }

    /// The name on pages.
    pub fn label(self) -> &'static str {
        match self {
            Field::Grow => "Grow above",
            Field::Shrink => "Shrink below",
            Field::Expand => "Expand ratio",
            Field::ShrinkRatio => "Shrink ratio",
            Field::Least => "Fewest servers",
            Field::Most => "Most servers",
        }
    }
}

/// One reason why a policy is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub field: Field,
    /// As it was typed.
    pub found: String,
    pub expected: String,
}

impl Fault {
    pub(super) fn new(field: Field, found: impl fmt::Display, expected: impl Into<String>) -> Fault {
        Fault { field, found: found.to_string(), expected: expected.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, found) = (self.field.label(), self.found.trim());
        if found.is_empty() {
            write!(f, "{field} is empty; expected {}.", self.expected)
        } else {
            write!(f, "{field} is {found}; expected {}.", self.expected)
        }
    }
}

/// Every reason why a policy is refused.
#[derive(Debug)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

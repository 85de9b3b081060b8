//! The roles of accounts, and how long a login lasts for each.

use chrono::TimeDelta;

use crate::records::columns::corrupt;
use crate::records::error::RecordsError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Keeps results.
    Visitor,
    /// Manages the site. Needs a second factor.
    Administrator,
}

impl Role {
    /// The column's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Visitor => "visitor",
            Role::Administrator => "administrator",
        }
    }

    pub(super) fn parse(text: &str, id: i64) -> Result<Role, RecordsError> {
        [Role::Visitor, Role::Administrator]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| corrupt(id, "role", format!("{text:?} is no role")))
    }

    /// A login ends when it has not been used for so long.
    pub fn idle(self) -> TimeDelta {
        match self {
            Role::Visitor => TimeDelta::days(14),
            Role::Administrator => TimeDelta::minutes(30),
        }
    }

    /// A login ends after so long, however much it is used.
    pub fn absolute(self) -> TimeDelta {
        match self {
            Role::Visitor => TimeDelta::days(90),
            Role::Administrator => TimeDelta::hours(12),
        }
    }
}

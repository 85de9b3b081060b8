//! What is not as expected in a spreadsheet: where, what was expected, what was found.

use std::fmt;

/// More faults than this are counted, not told.
const TOLD: usize = 10;

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A part of the file, a sheet, or a cell. Empty for the file itself.
    pub place: String,
    pub expected: String,
    pub found: String,
}

impl Fault {
    pub fn new(place: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Fault { place: place.into(), expected: expected.into(), found: found.into() }
    }

    /// A fault of the file itself.
    pub fn of_file(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Fault::new("", expected, found)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { place, expected, found } = self;
        let colon = if place.is_empty() { "" } else { ": " };
        write!(f, "{place}{colon}expected {expected}, found {found}")
    }
}

/// The faults of one file, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    told: Vec<Fault>,
    more: usize,
}

impl Faults {
    pub fn push(&mut self, fault: Fault) {
        if self.told.len() < TOLD {
            self.told.push(fault);
        } else {
            self.more += 1;
        }
    }

    /// Whether further faults are counted only.
    pub fn is_full(&self) -> bool {
        self.told.len() == TOLD
    }

    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Faults { told: vec![fault], more: 0 }
    }
}

/// To follow the name of the file: ", sheet "Careers", cell A2 …: expected …, found …; …".
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.told.iter().enumerate() {
            let before = match (i, fault.place.is_empty()) {
                (0, true) => ": ",
                (0, false) => ", ",
                _ => "; ",
            };
            write!(f, "{before}{fault}")?;
        }
        match self.more {
            0 => Ok(()),
            1 => write!(f, "; and one more"),
            more => write!(f, "; and {more} more"),
        }
    }
}

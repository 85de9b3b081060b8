//! The measurements of a training run.

use std::fmt;

/// A measured value with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub name: String,
    pub value: f64,
}

impl Figure {
    pub fn new(name: impl Into<String>, value: f64) -> Figure {
        Figure { name: name.into(), value }
    }
}

/// The figures of a training run, in the order of measuring.
#[derive(Clone, Debug)]
pub struct Report(pub Vec<Figure>);

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|figure| writeln!(f, "{:10.3}  {}", figure.value, figure.name))
    }
}

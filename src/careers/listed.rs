//! The tables of types and traits that list an occupation.

use super::catalog::Catalog;
use super::recommendations::Career;
use crate::personality::{Mbti, Trait};

impl Catalog {
    /// The types whose tables list the occupation with this code.
    pub fn types_that_list(&self, soc: &str) -> Vec<Mbti> {
        Mbti::ALL.into_iter().filter(|mbti| has(self.of_type(*mbti), soc)).collect()
    }

    /// The traits whose tables list the occupation with this code.
    pub fn traits_that_list(&self, soc: &str) -> Vec<Trait> {
        Trait::ALL.into_iter().filter(|t| has(self.of_trait(*t), soc)).collect()
    }
}

fn has(table: &[Career], soc: &str) -> bool {
    table.iter().any(|career| career.soc.as_deref() == Some(soc))
}

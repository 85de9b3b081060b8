//! The two models, and one value for each of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the two models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelKind {
    /// Reads the 16 types.
    Mbti,
    /// Reads the five traits.
    BigFive,
}

impl ModelKind {
    /// Both, in the order that [`ModelKind::index`] counts.
    pub const ALL: [ModelKind; 2] = [ModelKind::Mbti, ModelKind::BigFive];

    /// The model's place in [`ModelKind::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name in logs, metrics and JSON: "mbti" or "big_five".
    pub fn name(self) -> &'static str {
        match self {
            ModelKind::Mbti => "mbti",
            ModelKind::BigFive => "big_five",
        }
    }

    /// The model of this name.
    pub fn parse(name: &str) -> Option<ModelKind> {
        ModelKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What the model reads, for a sentence: "the 16 types" or "the five traits".
    pub fn reads(self) -> &'static str {
        match self {
            ModelKind::Mbti => "the 16 types",
            ModelKind::BigFive => "the five traits",
        }
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One value for each of the two models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair<T> {
    /// Belongs to the model that reads the 16 types.
    pub mbti: T,
    /// Belongs to the model that reads the five traits.
    pub big_five: T,
}

impl<T> Pair<T> {
    /// Makes each value from the model that it belongs to.
    pub fn from_fn(mut make: impl FnMut(ModelKind) -> T) -> Pair<T> {
        Pair { mbti: make(ModelKind::Mbti), big_five: make(ModelKind::BigFive) }
    }

    /// Applies a function to both values.
    pub fn map<U>(self, mut apply: impl FnMut(T) -> U) -> Pair<U> {
        Pair { mbti: apply(self.mbti), big_five: apply(self.big_five) }
    }

    /// Applies a function that may fail to both values; the first error ends it.
    pub fn try_map<U, E>(self, mut apply: impl FnMut(T) -> Result<U, E>) -> Result<Pair<U>, E> {
        Ok(Pair { mbti: apply(self.mbti)?, big_five: apply(self.big_five)? })
    }

    /// Combines two pairs, model by model.
    pub fn zip<U>(self, other: Pair<U>) -> Pair<(T, U)> {
        Pair { mbti: (self.mbti, other.mbti), big_five: (self.big_five, other.big_five) }
    }

    /// Borrows both values.
    pub fn as_ref(&self) -> Pair<&T> {
        Pair { mbti: &self.mbti, big_five: &self.big_five }
    }

    /// One model's value.
    pub fn get(&self, model: ModelKind) -> &T {
        match model {
            ModelKind::Mbti => &self.mbti,
            ModelKind::BigFive => &self.big_five,
        }
    }

    /// The two values in the order of [`ModelKind::ALL`].
    pub fn into_array(self) -> [T; 2] {
        [self.mbti, self.big_five]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_of_a_pair_agrees_on_which_value_is_whose() {
        let names = Pair::from_fn(ModelKind::name);
        assert_eq!(names, Pair { mbti: "mbti", big_five: "big_five" });
        assert_eq!(names.into_array(), ModelKind::ALL.map(ModelKind::name));
        for kind in ModelKind::ALL {
            assert_eq!(*names.get(kind), kind.name());
            assert_eq!(ModelKind::ALL[kind.index()], kind);
            assert_eq!(ModelKind::parse(kind.name()), Some(kind));
            assert_eq!(*names.zip(Pair::from_fn(|kind| kind)).get(kind), (kind.name(), kind));
        }
        assert_eq!(names.map(str::len).into_array(), [4, 8]);
        let failed = names.try_map(|name| if name == "mbti" { Ok(1) } else { Err(name) });
        assert_eq!(failed, Err("big_five"));
    }
}

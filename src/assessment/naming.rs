//! Whether one type is named, two, or none.

use serde::{Deserialize, Serialize};

use super::standing::AxisStanding;
use crate::personality::{Axis, Mbti, shown};

/// An axis is close if its likelier letter has a chance below this, rounded to the three decimals that pages show.
pub const CLOSE: f64 = 0.6;
/// No type is named if the evidence explains less than this share of the axes' variance, averaged over the four. With
/// the bundled models, ratings of all 60 items explain .35, about 12 of them explain .2, 26 answers without ratings
/// .13, and free text at most .06.
pub const LEAST_EXPLAINED: f64 = 0.2;

/// Which type is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Naming {
    /// No axis is close.
    One {
        #[serde(rename = "type")]
        mbti: Mbti,
        /// The type's probability: the product of its four letters' chances.
        chance: f64,
    },
    /// One axis is close: the two types that differ by its letter, the likelier one first.
    Two { first: Mbti, second: Mbti, axis: Axis, chances: [f64; 2] },
    /// No type is named.
    None { why: NoType },
}

/// Why no type is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum NoType {
    /// The evidence explains less of the axes' variance than [`LEAST_EXPLAINED`]. Both are shares from 0 to 1.
    TooLittle { explained: f64, needed: f64 },
    /// These axes are close: two or more.
    Close { axes: Vec<Axis> },
}

impl Naming {
    /// From the axes, in the order of [`Axis::ALL`], and the share of their variance that the evidence explains.
    pub(super) fn new(axes: &[AxisStanding; 4], explained: f64) -> Naming {
        if explained < LEAST_EXPLAINED {
            return Naming::None { why: NoType::TooLittle { explained, needed: LEAST_EXPLAINED } };
        }
        let close: Vec<Axis> =
            axes.iter().filter(|axis| shown(axis.likelier().1) < CLOSE).map(|axis| axis.axis).collect();
        let first = type_of(axes, None);
        match close.as_slice() {
            [] => Naming::One { mbti: first, chance: chance(axes, first) },
            [axis] => {
                let second = type_of(axes, Some(*axis));
                let chances = [chance(axes, first), chance(axes, second)];
                Naming::Two { first, second, axis: *axis, chances }
            }
            _ => Naming::None { why: NoType::Close { axes: close } },
        }
    }
}

/// The type of the likelier letters, with the other letter on the axis `other`, if given.
fn type_of(axes: &[AxisStanding; 4], other: Option<Axis>) -> Mbti {
    let fits = |mbti: &&Mbti| {
        axes.iter().all(|axis| {
            let is_likelier = mbti.letter(axis.axis) == axis.likelier().0;
            is_likelier != (other == Some(axis.axis))
        })
    };
    // Some type has the letters, since every combination is a type.
    Mbti::ALL.iter().find(fits).copied().unwrap_or(Mbti::ALL[0])
}

/// The product of the type's letters' chances.
fn chance(axes: &[AxisStanding; 4], mbti: Mbti) -> f64 {
    let letter = |axis: &AxisStanding| {
        let second = axis.together.above;
        if mbti.is_second(axis.axis) { second } else { 1.0 - second }
    };
    axes.iter().map(letter).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::standing::Standing;
    use crate::norm::Level;

    fn axes(chances: [f64; 4]) -> [AxisStanding; 4] {
        Axis::ALL.map(|axis| {
            let level = Level { percentile: 50.0, low: 5.0, high: 95.0 };
            let together = Standing { level, above: chances[axis as usize] };
            AxisStanding { axis, words: None, together }
        })
    }

    fn named(chances: [f64; 4]) -> Naming {
        Naming::new(&axes(chances), 0.3)
    }

    fn parse(name: &str) -> Mbti {
        Mbti::parse(name).unwrap()
    }

    #[test]
    fn one_type_is_named_when_no_axis_is_close() {
        let Naming::One { mbti, chance } = named([0.8, 0.61, 0.2, 0.39]) else { panic!("not one") };
        assert_eq!(mbti, parse("INTJ"));
        assert!((chance - 0.8 * 0.61 * 0.8 * 0.61).abs() < 1e-12);
    }

    #[test]
    fn two_types_are_named_when_exactly_one_axis_is_close() {
        let Naming::Two { first, second, axis, chances } = named([0.8, 0.7, 0.45, 0.1]) else {
            panic!("not two")
        };
        assert_eq!((first, second, axis), (parse("INTJ"), parse("INFJ"), Axis::TF));
        assert!((chances[0] - 0.8 * 0.7 * 0.55 * 0.9).abs() < 1e-12);
        assert!((chances[1] - 0.8 * 0.7 * 0.45 * 0.9).abs() < 1e-12);
    }

    #[test]
    fn no_type_is_named_when_two_axes_are_close() {
        let why = NoType::Close { axes: vec![Axis::EI, Axis::JP] };
        assert_eq!(named([0.5, 0.7, 0.2, 0.59]), Naming::None { why });
    }

    #[test]
    fn no_type_is_named_below_the_ground() {
        let naming = Naming::new(&axes([0.9; 4]), 0.19);
        assert_eq!(naming, Naming::None { why: NoType::TooLittle { explained: 0.19, needed: 0.2 } });
    }

    #[test]
    fn a_naming_survives_storing() {
        for chances in [[0.9; 4], [0.9, 0.5, 0.9, 0.9], [0.5; 4]] {
            let json = serde_json::to_value(named(chances)).unwrap();
            assert_eq!(serde_json::from_value::<Naming>(json).unwrap(), named(chances));
        }
    }
}

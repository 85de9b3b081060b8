//! The reasons for and against each level, in the visitor's own words, with how much they counted. Pure.

use super::parts::Part;
use crate::assessment::Logits;
use crate::personality::{Axis, Trait};

/// The number of visible reasons per trait; the others are folded.
const IN_SIGHT: usize = 3;
/// The number of folded reasons on each side.
const ON_EACH_SIDE: usize = 3;

/// One rating, answer or passage as a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The statement that was rated or the question that was answered; empty for a text that answers none.
    pub asked: String,
    /// The rating in words, or the visitor's own words, shortened.
    pub said: String,
    pub is_rating: bool,
    /// Its share of everything that counted: "12%".
    pub share: String,
    /// "for" or "against"; on an axis "for I".
    pub side: &'static str,
}

impl Reason {
    /// A rating's words with the comma after them, and its number: "rather inaccurate, " and "2 of 5".
    pub fn rated(&self) -> (&str, &str) {
        let end = self.said.rfind(", ").map_or(0, |at| at + 2);
        self.said.split_at_checked(end).unwrap_or(("", self.said.as_str()))
    }
}

/// The reasons for one trait or axis.
#[derive(Clone, Debug)]
pub struct Why {
    /// "Openness" or "Extraversion or Introversion".
    pub name: String,
    /// The reasons that counted most; empty for an axis.
    pub in_sight: Vec<Reason>,
    /// The next ones: up to three on each side, without those in sight.
    pub folded: Vec<Reason>,
    /// "Ratings count for 62% of it, words for 38%."
    pub split: String,
}

/// The parts that counted for one trait or axis.
struct Weighed<'a> {
    /// Those that counted most come first.
    parts: Vec<(&'a Part, f64)>,
    /// The sum of the absolute values of what the parts added.
    total: f64,
    /// The names of the sides: for a part that adds to the logit, and for one that subtracts from it.
    sides: [&'static str; 2],
}

/// The reasons that counted most are in sight, and the next ones of each side are folded.
pub fn of_trait(parts: &[Part], trait_: Trait) -> Why {
    weighed_trait(parts, trait_).why(trait_.name().to_owned(), IN_SIGHT, ON_EACH_SIDE)
}

/// Every trait and axis with all its reasons in sight.
pub fn everything(parts: &[Part], traits: impl Iterator<Item = Trait>) -> Vec<Why> {
    let all = |weighed: Weighed<'_>, name: String| weighed.why(name, usize::MAX, 0);
    let traits = traits.map(|trait_| all(weighed_trait(parts, trait_), trait_.name().to_owned()));
    let axes = Axis::ALL.into_iter().map(|axis| all(weighed_axis(parts, axis), axis_name(axis)));
    traits.chain(axes).collect()
}

fn weighed_trait(parts: &[Part], trait_: Trait) -> Weighed<'_> {
    Weighed::new(parts, |adds| adds.traits[trait_.index()], ["for", "against"])
}

/// "Extraversion or Introversion".
fn axis_name(axis: Axis) -> String {
    let (first, second) = axis.poles();
    format!("{first} or {second}")
}

/// The four axes in their order.
pub fn of_axes(parts: &[Part]) -> Vec<Why> {
    let one = |axis: Axis| weighed_axis(parts, axis).why(axis_name(axis), 0, ON_EACH_SIDE);
    Axis::ALL.into_iter().map(one).collect()
}

fn weighed_axis(parts: &[Part], axis: Axis) -> Weighed<'_> {
    let sides = match axis {
        Axis::EI => ["for I", "for E"],
        Axis::SN => ["for N", "for S"],
        Axis::TF => ["for F", "for T"],
        Axis::JP => ["for P", "for J"],
    };
    Weighed::new(parts, |adds| adds.axes[axis as usize], sides)
}

impl<'a> Weighed<'a> {
    fn new(parts: &'a [Part], adds: impl Fn(&Logits) -> f64, sides: [&'static str; 2]) -> Weighed<'a> {
        let mut parts: Vec<(&Part, f64)> = parts.iter().map(|part| (part, adds(&part.adds))).collect();
        parts.retain(|(_, added)| *added != 0.0);
        parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let total = parts.iter().map(|(_, added)| added.abs()).sum();
        Weighed { parts, total, sides }
    }

    /// With this many reasons in sight, and this many more of each side folded.
    fn why(&self, name: String, in_sight: usize, on_each_side: usize) -> Why {
        let mut folded = [0, 0];
        let mut why = Why { name, in_sight: Vec::new(), folded: Vec::new(), split: self.split() };
        for (place, (part, added)) in self.parts.iter().enumerate() {
            let on_side = &mut folded[usize::from(*added < 0.0)];
            if place < in_sight {
                why.in_sight.push(self.reason(part, *added));
            } else if *on_side < on_each_side {
                *on_side += 1;
                why.folded.push(self.reason(part, *added));
            }
        }
        why
    }

    fn reason(&self, part: &Part, added: f64) -> Reason {
        let percent = (100.0 * added.abs() / self.total).round();
        Reason {
            asked: part.asked.clone(),
            said: part.said.clone(),
            is_rating: part.is_rating,
            share: if percent < 1.0 { "<1%".to_owned() } else { format!("{percent:.0}%") },
            side: self.sides[usize::from(added < 0.0)],
        }
    }

    /// The share of the ratings, and of the words, in everything that counted.
    fn split(&self) -> String {
        if self.parts.is_empty() {
            return "Nothing counted.".to_owned();
        }
        let rated: f64 =
            self.parts.iter().filter(|(part, _)| part.is_rating).map(|(_, added)| added.abs()).sum();
        let ratings = (100.0 * rated / self.total).round();
        match self.parts.iter().filter(|(part, _)| part.is_rating).count() {
            0 => "Only words count for it.".to_owned(),
            all if all == self.parts.len() => "Only ratings count for it.".to_owned(),
            _ => format!("Ratings make up {ratings:.0}% of what counted, words {:.0}%.", 100.0 - ratings),
        }
    }
}

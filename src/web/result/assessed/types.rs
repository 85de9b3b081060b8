//! The 16 types: which is named, which are likeliest, and the four letters. Pure.

use super::marks::Marks;
use super::shown::ShownLevel;
use crate::assessment::{AxisStanding, CLOSE, Naming, NoType};
use crate::personality::{Mbti, Profile, shown};
use crate::web::numbers::percent;
use crate::web::words::list;

/// More tied types than this are counted, not named.
const TIED_NAMED: usize = 3;

/// One of the four axes.
#[derive(Clone, Debug)]
pub struct AxisRow {
    pub first: char,
    pub first_name: &'static str,
    pub first_percent: String,
    pub second: char,
    pub second_name: &'static str,
    pub second_percent: String,
    /// Whether the second letter is likelier; `None` if the page shows the same number for both.
    pub leans_second: Option<bool>,
    /// Whether the naming rule treats the axis as close.
    pub close: bool,
    /// From the first letter (0) to the second (100).
    pub level: ShownLevel,
    pub marks: Marks,
    /// What the axis is about.
    pub about: &'static str,
}

impl AxisRow {
    pub fn new(standing: &AxisStanding) -> AxisRow {
        let (first, second) = standing.axis.letters();
        let (first_name, second_name) = standing.axis.poles();
        let chance = standing.together.above;
        let level = ShownLevel::of(&standing.together.level);
        AxisRow {
            first,
            first_name,
            first_percent: percent(1.0 - chance),
            second,
            second_name,
            second_percent: percent(chance),
            leans_second: (shown(chance) != 0.5).then_some(chance > 0.5),
            close: shown(standing.likelier().1) < CLOSE,
            marks: Marks::new(&level, None, None),
            level,
            about: standing.axis.about(),
        }
    }

    /// The likelier pole's name, or both letters if they are equally likely.
    pub fn leans_to(&self) -> String {
        match self.leans_second {
            None => format!("{} or {}", self.first, self.second),
            Some(false) => self.first_name.to_owned(),
            Some(true) => self.second_name.to_owned(),
        }
    }

    pub fn is_first(&self) -> bool {
        self.leans_second == Some(false)
    }

    pub fn is_second(&self) -> bool {
        self.leans_second == Some(true)
    }

    /// A description of the chart for screen readers.
    pub fn label(&self) -> String {
        format!(
            "From {} (0) to {} (100): {}, range {}",
            self.first_name,
            self.second_name,
            self.level.percentile,
            self.level.band()
        )
    }
}

/// The types' part of the summary.
pub fn summary(naming: &Naming, profile: &Profile) -> String {
    match naming {
        Naming::One { mbti, .. } => {
            format!("Of the 16 types, {mbti} fits best ({}).", percent(of(profile, *mbti)))
        }
        Naming::Two { first, second, .. } => format!(
            "Two of the 16 types fit: {first} ({}) and {second} ({}).",
            percent(of(profile, *first)),
            percent(of(profile, *second))
        ),
        Naming::None { .. } => "No single one of the 16 types stands out.".to_owned(),
    }
}

/// The outcome of the naming rule, with its reason.
pub fn named(naming: &Naming) -> String {
    let settled = format!("{:.0}%", 100.0 * CLOSE);
    match naming {
        Naming::One { mbti, .. } => format!(
            "{mbti} is named because each of its four letters has a probability of {settled} or more."
        ),
        Naming::Two { first, second, axis, .. } => format!(
            "{first} and {second} are both named because only one letter is a close call, {}: neither side reaches \
             {settled}.",
            axis.either()
        ),
        Naming::None { why: NoType::Close { axes } } => {
            let letters: Vec<String> = axes.iter().map(|axis| axis.either()).collect();
            let count = ["Two", "Three", "All four"][axes.len().clamp(2, 4) - 2];
            format!(
                "No type is named, because more than one letter is a close call. {count} letters are below {settled} \
                 on both sides: {}.",
                list(&letters)
            )
        }
        Naming::None { why: NoType::TooLittle { explained, needed } } => format!(
            "No type is named, because there is too little to go by: it explains {:.0}% of the differences on the \
             four axes, and a type is named from {:.0}% on.",
            (100.0 * explained).floor(),
            100.0 * needed
        ),
    }
}

/// The likeliest types in a sentence. Types with the same number on the page count as tied.
pub fn likeliest(profile: &Profile) -> String {
    let ranked = profile.ranked_types();
    let at = |place: usize| percent(ranked[place].1);
    let tied: Vec<&str> = ranked
        .iter()
        .map(|(mbti, p)| (mbti.name(), percent(*p)))
        .filter(|(_, p)| *p == at(0))
        .map(|(n, _)| n)
        .collect();
    if tied.len() > TIED_NAMED {
        return format!("{} types share the highest probability, {}.", tied.len(), at(0));
    }
    if tied.len() > 1 {
        return format!("{} have the same probability, {}.", list(&tied), at(0));
    }
    let next: Vec<&str> =
        ranked[1..].iter().filter(|(_, p)| percent(*p) == at(1)).map(|(mbti, _)| mbti.name()).collect();
    if next.len() > TIED_NAMED {
        return format!(
            "The likeliest of the 16 is {} ({}); {} types follow with {} each.",
            tied[0],
            at(0),
            next.len(),
            at(1)
        );
    }
    let each = if next.len() > 1 { " each" } else { "" };
    format!(
        "The likeliest of the 16 is {} ({}), followed by {} ({}{each}).",
        tied[0],
        at(0),
        list(&next),
        at(1)
    )
}

fn of(profile: &Profile, mbti: Mbti) -> f64 {
    profile.types[mbti.index()]
}

/// The likeliest types, at most three: all that share the first place, or the first and the second.
pub fn top(profile: &Profile) -> Vec<&'static str> {
    let ranked = profile.ranked_types();
    let at = |place: usize| percent(ranked[place].1);
    let names = |least: usize| {
        let shown =
            ranked.iter().filter(|(_, p)| percent(*p) == at(0) || (least > 0 && percent(*p) == at(least)));
        shown.map(|(mbti, _)| mbti.name()).collect::<Vec<_>>()
    };
    let (first, both) = (names(0), names(1));
    [both, first].into_iter().find(|names| names.len() <= TIED_NAMED).unwrap_or_default()
}

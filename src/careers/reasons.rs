//! Why an occupation is on a list, in one sentence: its two strongest links, and the strongest one against it.

use super::evidence::ELEMENT;
use super::matching::{Link, Through};
use crate::personality::{Mbti, Trait};

/// An objection is told when it is at least this share of the strongest support.
const TELLING: f64 = 0.5;

/// To whom a reason speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// To the visitor, about their own profile.
    You,
    /// Of people of one type.
    OfType(Mbti),
    /// Of people high on one trait.
    OfTrait(Trait),
}

/// The links that a reason tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The strongest one or two links that speak for the occupation, each through another rating.
    pub pro: Vec<Link>,
    /// The strongest link against, if it is at least half as strong as the strongest one for it.
    pub con: Option<Link>,
}

impl Reason {
    /// Picks from links sorted by strength, strongest support first.
    pub fn of(links: &[Link]) -> Self {
        let mut pro: Vec<Link> = Vec::with_capacity(2);
        for link in links.iter().take_while(|link| link.strength > 0.0) {
            if pro.len() < 2 && pro.iter().all(|told| told.through != link.through) {
                pro.push(*link);
            }
        }
        let strongest = pro.first().map_or(0.0, |link| link.strength);
        let con =
            links.last().filter(|link| link.strength < 0.0 && -link.strength >= TELLING * strongest).copied();
        Reason { pro, con }
    }

    /// Why it fits, as one plain sentence; `high` tells which way the person stands on each trait.
    pub fn sentence(&self, voice: Voice, high: impl Fn(Trait) -> bool) -> String {
        match self.pro.as_slice() {
            [] => "Nothing in its ratings speaks for it more than for other work.".to_string(),
            pro => format!("{}; {}.", asks(pro), person(pro, high, voice)),
        }
    }

    /// The strongest point against, as one plain sentence, when there is one worth telling.
    pub fn objection(&self, voice: Voice, high: impl Fn(Trait) -> bool) -> Option<String> {
        let con = std::slice::from_ref(self.con.as_ref()?);
        Some(format!("{}; {}.", asks(con), person(con, high, voice)))
    }
}

/// "Asks for much cooperation and concern for others", "Asks for much curiosity and little contact with people".
fn asks(links: &[Link]) -> String {
    let mut out = String::from("Asks for ");
    let mut last_amount = "";
    for (i, link) in links.iter().enumerate() {
        let (much, what) = match link.through {
            Through::Rating(element) => (link.much, ELEMENT[element].plain),
            Through::Calm => (!link.much, "bearing up under stress"),
        };
        let amount = if much { "much " } else { "little " };
        if i > 0 {
            out.push_str(" and ");
        }
        if amount != last_amount {
            out.push_str(amount);
            last_amount = amount;
        }
        out.push_str(what);
    }
    out
}

/// "you scored high on agreeableness", "INTJ goes with high openness and low extraversion".
fn person(links: &[Link], high: impl Fn(Trait) -> bool, voice: Voice) -> String {
    let mut traits: Vec<Trait> = links.iter().map(|link| link.by).collect();
    traits.dedup();
    let on = if voice == Voice::You { "on " } else { "" };
    let sides: Vec<String> = traits
        .into_iter()
        .map(|t| format!("{} {on}{}", if high(t) { "high" } else { "low" }, t.name().to_lowercase()))
        .collect();
    let sides = sides.join(" and ");
    match voice {
        Voice::You => format!("you scored {sides}"),
        Voice::OfType(mbti) => format!("{mbti} goes with {sides}"),
        Voice::OfTrait(_) => format!("that goes with {sides}"),
    }
}

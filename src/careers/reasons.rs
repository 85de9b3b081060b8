//! Why an occupation fits a person or does not, in sentences that name figures of the occupation's page.

use std::collections::BTreeMap;

use super::evidence::{ELEMENT, ELEMENTS};
use super::figures::{Compared, interest_of};
use super::fit::{Direction, centered_interests, profile_length};
use super::links::{Placed, TraitLinks};
use super::person::{About, Person};
use crate::norm::{Level, Word};
use crate::personality::{Interest, Liking, Trait};

/// An objection is mentioned if it is at least this share of the strongest support.
const TELLING: f64 = 0.5;
/// A point is mentioned if it adds at least this much to the fit, or takes as much from it: what a figure one standard
/// deviation above average adds by the traits alone, through a middling link (.10 of a trait's standard deviation; the
/// medians for each trait are .06 to .15), for somebody equally far from the middle on the four traits that count (1/2
/// each), in an occupation whose profile has the mean length (2, its error included): .10 / 2 / 2.
const LEAST: f64 = 0.025;
/// Reasons per row.
const REASONS: usize = 2;
/// On a page, one reason may appear in at most one of this many rows.
const ONE_IN: usize = 5;
/// A type's expected trait is no reason if it is closer to the middle than this.
const SMALLEST_EXPECTED_TRAIT: f64 = 0.2;

/// What about the person makes a figure a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    Trait(Trait),
    Interest(Interest),
}

/// A figure that speaks for or against an occupation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The index in [`ELEMENT`].
    pub element: usize,
    /// How the figure compares with the average occupation; never [`Compared::Average`].
    pub compared: Compared,
    pub because: Because,
    /// What the figure adds to the fit. Negative if it speaks against the occupation.
    pub strength: f64,
}

/// The points that a row mentions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reasons {
    /// At most two, the strongest first. Empty where no figure speaks clearly for the occupation.
    pub pro: Vec<Point>,
    pub con: Option<Point>,
}

/// Every figure that is above or below average and matters to the person, one point for each element.
///
/// An element counts as the sum of everything that it adds, through every trait and as an interest. The reason names
/// the largest addition of the same sign that the person's level, or liking, can explain in words.
pub fn points(person: &Person, direction: &Direction, placed: &Placed, links: &TraitLinks) -> Vec<Point> {
    let length = profile_length(placed, links);
    let interests = centered_interests(placed);
    let interest_length = interests.iter().map(|i| i * i).sum::<f64>().sqrt().max(1e-9);
    let mut points = Vec::new();
    for element in 0..ELEMENTS {
        let figure = placed.figures[element];
        let compared = Compared::of(figure);
        if compared == Compared::Average {
            continue;
        }
        let through_trait = |t: Trait| {
            let expected = links.weight[t.index()][element] * links.per_prediction(t.index()) * figure;
            (Because::Trait(t), direction.of_trait(t) * expected / length)
        };
        let mut additions: Vec<(Because, f64)> = Trait::ALL.into_iter().map(through_trait).collect();
        if let Some(interest) = interest_of(element).filter(|_| person.interests.is_some()) {
            let addition = direction.of_interest(interest) * interests[interest.index()] / interest_length;
            additions.push((Because::Interest(interest), addition));
        }
        let strength: f64 = additions.iter().map(|(_, addition)| addition).sum();
        let explains = |(because, addition): &(Because, f64)| {
            addition * strength > 0.0 && person.can_explain(*because, compared, strength > 0.0)
        };
        let stated = person.interests.is_some() && interest_of(element).is_some();
        let because = additions
            .into_iter()
            .filter(explains)
            // A stated interest is the reason, never a trait that goes with it.
            .filter(|(because, _)| !stated || matches!(because, Because::Interest(_)))
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        if let Some((because, _)) = because {
            points.push(Point { element, compared, because, strength });
        }
    }
    points.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    points
}

impl Person {
    /// Whether the person's level or liking differs from the average in the direction that the sentence claims.
    fn can_explain(&self, because: Because, compared: Compared, speaks_for: bool) -> bool {
        match because {
            Because::Trait(t) => self.trait_word(t).is_some(),
            Because::Interest(interest) => {
                let Some(liking) = self.interests.map(|scores| scores.liking(interest)) else { return false };
                let much = compared > Compared::Average;
                matches!((liking, much == speaks_for), (Liking::More, true) | (Liking::Less, false))
            }
        }
    }

    /// "high" or "probably high", unless the level is about average or not known.
    fn trait_word(&self, t: Trait) -> Option<&'static str> {
        let estimate = self.traits[t.index()];
        match self.about {
            About::You => {
                let (low, high) = estimate.band();
                let level = Level { percentile: estimate.percentile(), low, high };
                match (level.word(), level.reaches_middle()) {
                    _ if level.says_nothing() => None,
                    (Word::Average, _) => None,
                    (Word::Low, true) => Some("probably low"),
                    (Word::BelowAverage, true) => Some("probably below average"),
                    (Word::AboveAverage, true) => Some("probably above average"),
                    (Word::High, true) => Some("probably high"),
                    (word, false) => Some(word.name()),
                }
            }
            About::Type(_) | About::Trait(_) if estimate.mean.abs() < SMALLEST_EXPECTED_TRAIT => None,
            About::Type(_) => Some(if estimate.mean > 0.0 { "higher" } else { "lower" }),
            About::Trait(_) => Some("high"),
        }
    }
}

impl Point {
    /// "Curiosity is far above average, and you are high on openness."
    pub fn sentence(&self, person: &Person) -> String {
        let what = ELEMENT[self.element].plain;
        let first = what.chars().next().map_or(0, char::len_utf8);
        let figure =
            format!("{}{} is {}", what[..first].to_uppercase(), &what[first..], self.compared.name());
        match person.about {
            About::Trait(_) => format!("{figure}, which {}.", self.about_the_person(person)),
            About::You | About::Type(_) => format!("{figure}, and {}.", self.about_the_person(person)),
        }
    }

    /// The person's side of the reason: "you are high on openness".
    pub fn about_the_person(&self, person: &Person) -> String {
        match (self.because, person.about) {
            (Because::Interest(interest), _) => {
                let more = person.interests.map(|scores| scores.liking(interest)) == Some(Liking::More);
                let amount = if more { "more" } else { "less" };
                format!("you like it {amount} than other activities")
            }
            (Because::Trait(t), about) => {
                let word = person.trait_word(t).unwrap_or("average");
                let name = t.name().to_lowercase();
                match about {
                    About::You => format!("you are {word} on {name}"),
                    About::Type(mbti) => format!("{mbti} goes with {word} {name}"),
                    About::Trait(_) => format!("goes with {word} {name}"),
                }
            }
        }
    }
}

/// Chooses the reasons that each row of a page mentions from the points of each row, so that rows differ. One figure,
/// above or below average, is a reason in at most a fifth of the rows. The points that differ most from the page's
/// average come first, and none is weaker than [`LEAST`].
pub fn choose(rows: &[Vec<Point>]) -> Vec<Reasons> {
    let most = (rows.len() / ONE_IN).max(1);
    let key = |point: &Point| (point.element, point.compared > Compared::Average);
    let mut average: BTreeMap<(usize, bool), f64> = BTreeMap::new();
    for point in rows.iter().flatten() {
        *average.entry(key(point)).or_default() += point.strength / rows.len() as f64;
    }
    let telling = |point: &Point| point.strength - 0.5 * average.get(&key(point)).copied().unwrap_or(0.0);
    let mut pro: Vec<(usize, Point)> = Vec::new();
    let mut con: Vec<(usize, Point)> = Vec::new();
    for (row, points) in rows.iter().enumerate() {
        let strongest = points.first().map_or(0.0, |point| point.strength.max(0.0));
        pro.extend(points.iter().filter(|point| point.strength >= LEAST).map(|point| (row, *point)));
        let objections = points.iter().filter(|p| -p.strength >= LEAST.max(TELLING * strongest));
        con.extend(objections.map(|point| (row, *point)));
    }
    pro.sort_by(|a, b| telling(&b.1).total_cmp(&telling(&a.1)));
    con.sort_by(|a, b| telling(&a.1).total_cmp(&telling(&b.1)));
    let mut chosen = vec![Reasons::default(); rows.len()];
    let mut told: BTreeMap<(usize, bool), usize> = BTreeMap::new();
    // Every row gets its first reason before any gets its second.
    for filled in 0..REASONS {
        for (row, point) in &pro {
            let count = told.entry(key(point)).or_default();
            let reasons = &mut chosen[*row].pro;
            if *count < most && reasons.len() == filled && reasons.iter().all(|p| p.element != point.element)
            {
                *count += 1;
                reasons.push(*point);
            }
        }
    }
    told.clear();
    for (row, point) in &con {
        let count = told.entry(key(point)).or_default();
        if *count < most && chosen[*row].con.is_none() {
            *count += 1;
            chosen[*row].con = Some(*point);
        }
    }
    for reasons in &mut chosen {
        reasons.pro.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    }
    chosen
}

impl Reasons {
    /// What speaks for the occupation.
    pub fn sentence(&self, person: &Person) -> String {
        match self.pro.as_slice() {
            [] => "No strong reason.".to_owned(),
            pro => pro.iter().map(|point| point.sentence(person)).collect::<Vec<_>>().join(" "),
        }
    }

    /// What speaks against it.
    pub fn objection(&self, person: &Person) -> Option<String> {
        self.con.map(|point| point.sentence(person))
    }
}

#[cfg(test)]
mod tests;

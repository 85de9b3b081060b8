//! The six interests on Holland's hexagon, as plain values: the templates draw them as SVG beside a table of the same
//! numbers.

use std::f64::consts::TAU;

use crate::personality::Interest;

/// The middle of the 360 × 300 view box.
const CENTER: (f64, f64) = (180.0, 152.0);
/// The distance of the corners from the middle: the end of the scale.
const OUTER: f64 = 96.0;
/// The distance of the start of the scale, so that low corners stay apart.
const INNER: f64 = 16.0;

/// One or two sets of six scores, drawn over each other.
pub struct Hexagon {
    /// Lines at each fifth of the scale, the outermost last.
    pub rings: Vec<String>,
    /// The six axes.
    pub spokes: String,
    /// The outline of the scores.
    pub shape: String,
    /// A line along each axis over the range of its score; empty without ranges.
    pub ranges: String,
    /// The outline of the scores to compare with.
    pub other: Option<String>,
    pub labels: Vec<Label>,
}

pub struct Label {
    pub name: &'static str,
    /// The name's first letter.
    pub letter: char,
    pub x: String,
    /// Baseline.
    pub y: String,
}

impl Hexagon {
    /// Scores from 0 (the start of the scale) to 1 (its end), by [`Interest::index`], with half the width of their
    /// ranges.
    pub fn new(scores: [f64; 6], half_range: f64) -> Hexagon {
        let range = |i: usize| {
            let (from, to) = (corner(i, scores[i] - half_range), corner(i, scores[i] + half_range));
            format!("M{:.1} {:.1}L{:.1} {:.1}", from.0, from.1, to.0, to.1)
        };
        let spoke = |i: usize| {
            let (from, to) = (corner(i, 0.0), corner(i, 1.0));
            format!("M{:.1} {:.1}L{:.1} {:.1}", from.0, from.1, to.0, to.1)
        };
        let ranged = half_range > 0.0;
        Hexagon {
            rings: (0..5).map(|step| outline([f64::from(step) / 4.0; 6])).collect(),
            spokes: (0..6).map(spoke).collect(),
            shape: outline(scores),
            ranges: if ranged { (0..6).map(range).collect() } else { String::new() },
            other: None,
            labels: Interest::ALL.into_iter().map(label).collect(),
        }
    }

    /// Draws a second set of scores over it.
    pub fn beside(self, other: [f64; 6]) -> Hexagon {
        Hexagon { other: Some(outline(other)), ..self }
    }
}

/// The point at a score on the axis of one interest; axes run clockwise from the top.
fn corner(i: usize, score: f64) -> (f64, f64) {
    let (radius, angle) = (INNER + (OUTER - INNER) * score.clamp(0.0, 1.0), TAU * i as f64 / 6.0);
    (CENTER.0 + radius * angle.sin(), CENTER.1 - radius * angle.cos())
}

fn outline(scores: [f64; 6]) -> String {
    let mut path = String::new();
    for (i, score) in scores.into_iter().enumerate() {
        let (x, y) = corner(i, score);
        path += &format!("{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    path + "Z"
}

/// Above the upper corners, below the lower ones, and a little outward at the sides.
fn label(interest: Interest) -> Label {
    let (x, y) = corner(interest.index(), 1.0);
    let outward = (x - CENTER.0).signum() * 20.0 * f64::from(u8::from((x - CENTER.0).abs() > 1.0));
    let y = if y < CENTER.1 { y - 12.0 } else { y + 24.0 };
    let letter = interest.name().chars().next().unwrap_or_default();
    Label { name: interest.name(), letter, x: format!("{:.1}", x + outward), y: format!("{y:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_interest_is_at_the_top_and_higher_scores_lie_further_out() {
        let hexagon = Hexagon::new([1.0, 0.0, 0.0, 0.5, 0.0, 0.0], 0.0);
        assert!(hexagon.shape.starts_with("M180.0 56.0L"), "{}", hexagon.shape);
        assert!(hexagon.shape.contains("L180.0 208.0"), "half way down: {}", hexagon.shape);
        assert_eq!(hexagon.rings.len(), 5);
        assert_eq!(hexagon.rings[4], Hexagon::new([1.0; 6], 0.0).shape);
        assert!(hexagon.ranges.is_empty());
    }

    #[test]
    fn a_range_never_leaves_the_scale() {
        let hexagon = Hexagon::new([1.0; 6], 0.2);
        assert!(hexagon.ranges.starts_with("M180.0 72.0L180.0 56.0M"), "{}", hexagon.ranges);
    }

    #[test]
    fn labels_stand_inside_the_picture_and_apart() {
        let labels = Hexagon::new([0.5; 6], 0.1).labels;
        for label in &labels {
            // A letter is about 8 wide.
            let half = label.name.len() as f64 * 4.0;
            let (x, y): (f64, f64) = (label.x.parse().unwrap(), label.y.parse().unwrap());
            assert!(x - half > 0.0 && x + half < 360.0 && y > 15.0 && y < 295.0, "{} {x} {y}", label.name);
        }
    }
}

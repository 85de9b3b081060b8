//! Charts as plain values: a profile in, geometry and numbers out. The templates draw them as SVG and print the same
//! values in the table beside, so the two cannot differ. Colours come from classes; nothing here names one.

use std::f64::consts::{PI, TAU};

use crate::personality::{Axis, Mbti, Profile, Trait};

/// Slices smaller than this share carry their label in the table only: in the ring it would run into its neighbour's.
pub const LABEL_FROM: f64 = 0.04;
/// An axis whose likelier pole has less than this share is told as a close call.
pub const CLOSE_BELOW: f64 = 0.60;

/// Centre of the ring's 400 × 400 view box.
const CENTRE: f64 = 200.0;
const OUTER: f64 = 150.0;
const INNER: f64 = 92.0;
const LABELS_AT: f64 = 172.0;

/// The four families of types, as they stand around the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Intuition with thinking.
    NT,
    /// Intuition with feeling.
    NF,
    /// Sensing with judging.
    SJ,
    /// Sensing with perceiving.
    SP,
}

impl Family {
    /// Every family, in the ring's order.
    pub const ALL: [Family; 4] = [Family::NT, Family::NF, Family::SJ, Family::SP];

    /// The family of a type.
    pub fn of(mbti: Mbti) -> Family {
        match (mbti.letter(Axis::SN), mbti.letter(Axis::TF), mbti.letter(Axis::JP)) {
            ('N', 'T', _) => Family::NT,
            ('N', _, _) => Family::NF,
            (_, _, 'J') => Family::SJ,
            _ => Family::SP,
        }
    }

    /// Its two letters.
    pub fn name(self) -> &'static str {
        match self {
            Family::NT => "NT",
            Family::NF => "NF",
            Family::SJ => "SJ",
            Family::SP => "SP",
        }
    }

    /// What the two letters stand for.
    pub fn meaning(self) -> &'static str {
        match self {
            Family::NT => "intuition and thinking",
            Family::NF => "intuition and feeling",
            Family::SJ => "sensing and judging",
            Family::SP => "sensing and perceiving",
        }
    }

    /// The class that gives the family its hue.
    pub fn class(self) -> &'static str {
        match self {
            Family::NT => "nt",
            Family::NF => "nf",
            Family::SJ => "sj",
            Family::SP => "sp",
        }
    }

    /// Its four types, in the order of their tints.
    fn types(self) -> impl Iterator<Item = Mbti> {
        Mbti::ALL.into_iter().filter(move |t| Family::of(*t) == self)
    }
}

/// A share as text with one decimal, "34.2 %"; a share that would round to nothing is "under 0.1 %".
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        "under 0.1\u{a0}%".to_owned()
    } else {
        format!("{:.1}\u{a0}%", share * 100.0)
    }
}

/// The 16 type shares as a ring: families side by side, the likeliest type in the middle.
pub struct Ring {
    /// All 16, as they follow one another around the ring, clockwise from the top.
    pub slices: Vec<Slice>,
    /// The likeliest type (ties by name), for the middle.
    pub centre: &'static str,
    /// Its share as text.
    pub centre_percent: String,
    /// What the families sum to, in the ring's order.
    pub families: Vec<(Family, String)>,
}

/// One type's part of the ring.
pub struct Slice {
    /// The four letters.
    pub name: &'static str,
    /// Its family.
    pub family: Family,
    /// 0 to 3: which of the family's tints.
    pub tint: usize,
    /// The angle it spans, in radians.
    pub angle: f64,
    /// The outline, for `d`.
    pub path: String,
    /// Where its label stands; none for a slice under [`LABEL_FROM`].
    pub label: Option<Label>,
    /// 0 to 1.
    pub share: f64,
    /// The share as text.
    pub percent: String,
}

/// The place of a slice's label.
pub struct Label {
    /// In view box units.
    pub x: String,
    /// In view box units; the text is centred on it.
    pub y: String,
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
}

impl Ring {
    /// Lays out the ring. Shares are taken as parts of their sum, so the angles close the circle whatever the rounding.
    pub fn new(profile: &Profile) -> Ring {
        let total: f64 = profile.types.iter().sum();
        let mut from = 0.0;
        let mut slices = Vec::with_capacity(16);
        let mut families = Vec::with_capacity(4);
        for family in Family::ALL {
            let mut sum = 0.0;
            for (tint, mbti) in family.types().enumerate() {
                let share = profile.types[mbti.index()];
                let angle = if total > 0.0 { share / total * TAU } else { 0.0 };
                slices.push(Slice {
                    name: mbti.name(),
                    family,
                    tint,
                    angle,
                    path: sector(from, from + angle),
                    label: (share >= LABEL_FROM).then(|| label(from + angle / 2.0)),
                    share,
                    percent: percent(share),
                });
                from += angle;
                sum += share;
            }
            families.push((family, percent(sum)));
        }
        let (centre, share) = profile.ranked_types()[0];
        Ring { slices, centre: centre.name(), centre_percent: percent(share), families }
    }

    /// The slices as the table lists them: likeliest first, ties by name.
    pub fn ranked(&self) -> Vec<&Slice> {
        let mut ranked: Vec<_> = self.slices.iter().collect();
        ranked.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(b.name)));
        ranked
    }
}

/// A point on the circle; angles run clockwise from the top.
fn point(radius: f64, angle: f64) -> (f64, f64) {
    (CENTRE + radius * angle.sin(), CENTRE - radius * angle.cos())
}

fn label(angle: f64) -> Label {
    let (x, y) = point(LABELS_AT, angle);
    let side = angle.sin();
    let anchor = if side > 0.25 {
        "start"
    } else if side < -0.25 {
        "end"
    } else {
        "middle"
    };
    // The label's near edge, not its middle, keeps the distance to the ring.
    let x = match anchor {
        "start" => x - 10.0,
        "end" => x + 10.0,
        _ => x,
    };
    Label { x: format!("{x:.1}"), y: format!("{:.1}", y + 5.0), anchor }
}

/// The outline of a ring's part. Drawn in pieces of at most half a turn: an arc of a whole turn would end where it began
/// and draw nothing.
fn sector(from: f64, to: f64) -> String {
    let pieces = ((to - from) / PI).ceil().max(1.0) as usize;
    let step = (to - from) / pieces as f64;
    let (x, y) = point(OUTER, from);
    let mut path = format!("M{x:.2} {y:.2}");
    for piece in 1..=pieces {
        let (x, y) = point(OUTER, from + step * piece as f64);
        path += &format!("A{OUTER} {OUTER} 0 0 1 {x:.2} {y:.2}");
    }
    let (x, y) = point(INNER, to);
    path += &format!("L{x:.2} {y:.2}");
    for piece in (0..pieces).rev() {
        let (x, y) = point(INNER, from + step * piece as f64);
        path += &format!("A{INNER} {INNER} 0 0 0 {x:.2} {y:.2}");
    }
    path + "Z"
}

/// The five traits as horizontal bars, highest first.
pub struct Bars {
    /// One a trait.
    pub rows: Vec<Bar>,
    /// Height of the view box; its width is 360.
    pub height: usize,
    /// The y at which the scale's figures stand.
    pub scale_y: usize,
}

/// One trait's bar, on a scale of 0 to 100 that spans 300 units from x = 0.
pub struct Bar {
    /// The trait's name.
    pub name: &'static str,
    /// What a high score means, in a few words.
    pub meaning: &'static str,
    /// 0 to 100, as text with one decimal.
    pub value: String,
    /// The value itself, 0 to 100.
    pub number: f64,
    /// Length in view box units.
    pub length: String,
    /// Where the value stands: just after the bar's end.
    pub value_x: String,
    /// Baseline of the name.
    pub name_y: usize,
    /// Top of the bar.
    pub bar_y: usize,
    /// Baseline of the value.
    pub value_y: usize,
}

impl Bars {
    /// Lays out bars for values from 0 to 100, in the order given.
    pub fn new(values: impl IntoIterator<Item = (Trait, f64)>) -> Bars {
        let rows: Vec<Bar> = values
            .into_iter()
            .enumerate()
            .map(|(row, (trait_, number))| {
                let top = row * 48;
                let length = number.clamp(0.0, 100.0) * 3.0;
                Bar {
                    name: trait_.name(),
                    meaning: meaning(trait_),
                    value: format!("{number:.1}"),
                    number,
                    length: format!("{length:.1}"),
                    value_x: format!("{:.1}", length + 8.0),
                    name_y: top + 16,
                    bar_y: top + 23,
                    value_y: top + 35,
                }
            })
            .collect();
        let bottom = rows.len() * 48;
        Bars { rows, height: bottom + 22, scale_y: bottom + 14 }
    }

    /// The five trait shares of a reading, highest first, ties by name.
    pub fn of_reading(profile: &Profile) -> Bars {
        Bars::new(profile.ranked_traits().into_iter().map(|(t, share)| (t, share * 100.0)))
    }
}

/// What a high score on a trait says, in plain words.
pub fn meaning(trait_: Trait) -> &'static str {
    match trait_ {
        Trait::Extraversion => "outgoing and energetic rather than reserved",
        Trait::Neuroticism => "quick to worry or be upset rather than calm",
        Trait::Agreeableness => "warm and trusting rather than critical",
        Trait::Conscientiousness => "orderly and persistent rather than easy-going about both",
        Trait::Openness => "drawn to ideas and art rather than to the familiar",
    }
}

/// One of the four axes: how the 16 shares fall on its two poles.
pub struct AxisSplit {
    /// First pole's letter.
    pub first: char,
    /// First pole's name.
    pub first_name: &'static str,
    /// First pole's share as text.
    pub first_percent: String,
    /// Second pole's letter.
    pub second: char,
    /// Second pole's name.
    pub second_name: &'static str,
    /// Second pole's share as text.
    pub second_percent: String,
    /// Whether the second pole is the likelier one (the first, if they are equal).
    pub leans_second: bool,
    /// Whether the likelier pole has less than [`CLOSE_BELOW`].
    pub close: bool,
    /// The bar from the middle (50) of a 100-unit scale towards the likelier pole: where it begins.
    pub bar_x: String,
    /// Its length.
    pub bar_width: String,
    /// What the axis is about, in a sentence.
    pub about: &'static str,
}

impl AxisSplit {
    /// The four axes of a reading, in the order of a type's letters.
    pub fn of_reading(profile: &Profile) -> Vec<AxisSplit> {
        let total: f64 = profile.types.iter().sum();
        Axis::ALL.into_iter().map(|axis| AxisSplit::new(profile, axis, total)).collect()
    }

    fn new(profile: &Profile, axis: Axis, total: f64) -> AxisSplit {
        let second: f64 =
            Mbti::ALL.into_iter().filter(|t| t.is_second(axis)).map(|t| profile.types[t.index()]).sum();
        let second = if total > 0.0 { second / total } else { 0.5 };
        let lean = second - 0.5;
        let (first_name, second_name, about) = match axis {
            Axis::EI => ("Extraversion", "Introversion", "where your energy goes: outwards, or inwards"),
            Axis::SN => {
                ("Sensing", "Intuition", "what you notice first: facts at hand, or patterns behind them")
            }
            Axis::TF => {
                ("Thinking", "Feeling", "how you decide: by what follows, or by what matters to people")
            }
            Axis::JP => ("Judging", "Perceiving", "how you like your days: settled, or open"),
        };
        let (first_letter, second_letter) = axis.letters();
        AxisSplit {
            first: first_letter,
            first_name,
            first_percent: percent(1.0 - second),
            second: second_letter,
            second_name,
            second_percent: percent(second),
            leans_second: lean > 0.0,
            close: second.max(1.0 - second) < CLOSE_BELOW,
            bar_x: format!("{:.1}", 50.0 + lean.min(0.0) * 100.0),
            bar_width: format!("{:.1}", lean.abs() * 100.0),
            about,
        }
    }

    /// The likelier pole's letter.
    pub fn letter(&self) -> char {
        if self.leans_second { self.second } else { self.first }
    }

    /// The likelier pole's name.
    pub fn name(&self) -> &'static str {
        if self.leans_second { self.second_name } else { self.first_name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(weights: [f64; 16]) -> Profile {
        let sum: f64 = weights.iter().sum();
        Profile { types: weights.map(|w| w / sum), traits: [0.9, 0.1, 0.5, 0.7, 0.3] }
    }

    fn uneven() -> Profile {
        profile([1., 2., 3., 4., 5., 6., 7., 8., 90., 40., 30., 20., 15., 10., 0.01, 0.0])
    }

    #[test]
    fn the_angles_close_the_circle() {
        for weights in [[1.0; 16], uneven().types] {
            let ring = Ring::new(&profile(weights));
            let sum: f64 = ring.slices.iter().map(|s| s.angle).sum();
            assert!((sum - TAU).abs() < 1e-9, "{sum}");
            assert_eq!(ring.slices.len(), 16);
        }
    }

    #[test]
    fn a_slice_under_four_per_cent_has_no_label_in_the_ring_but_stands_in_the_table() {
        let ring = Ring::new(&uneven());
        for slice in &ring.slices {
            assert_eq!(slice.label.is_some(), slice.share >= 0.04, "{}", slice.name);
        }
        assert_eq!(ring.ranked().len(), 16);
    }

    #[test]
    fn the_middle_of_the_ring_is_the_tables_first_row() {
        let ring = Ring::new(&uneven());
        assert_eq!(ring.ranked()[0].name, ring.centre);
        assert_eq!(ring.ranked()[0].percent, ring.centre_percent);
        assert_eq!(ring.centre, "ISTJ");
    }

    #[test]
    fn one_certain_type_still_draws_a_whole_ring() {
        let mut weights = [0.0; 16];
        weights[3] = 1.0;
        let ring = Ring::new(&profile(weights));
        let whole = ring.slices.iter().find(|s| s.share == 1.0).unwrap();
        assert_eq!(whole.path.matches('A').count(), 4, "two half turns outside, two inside: {}", whole.path);
    }

    #[test]
    fn every_family_has_four_types_in_four_tints_and_the_families_sum_to_the_whole() {
        let ring = Ring::new(&uneven());
        for family in Family::ALL {
            let tints: Vec<_> = ring.slices.iter().filter(|s| s.family == family).map(|s| s.tint).collect();
            assert_eq!(tints, [0, 1, 2, 3]);
        }
        let sum: f64 = ring
            .families
            .iter()
            .map(|(_, text)| text.trim_end_matches("\u{a0}%").parse::<f64>().unwrap())
            .sum();
        assert!((sum - 100.0).abs() <= 0.2, "{sum}");
    }

    #[test]
    fn bars_stand_highest_first_and_their_lengths_are_their_values() {
        let bars = Bars::of_reading(&uneven());
        let names: Vec<_> = bars.rows.iter().map(|b| b.name).collect();
        assert_eq!(names, ["Extraversion", "Conscientiousness", "Agreeableness", "Openness", "Neuroticism"]);
        for bar in &bars.rows {
            assert_eq!(bar.length.parse::<f64>().unwrap(), (bar.number * 3.0 * 10.0).round() / 10.0);
        }
    }

    #[test]
    fn an_axis_near_the_middle_is_a_close_call_and_a_clear_one_is_not() {
        let mut weights = [1.0; 16];
        for mbti in Mbti::ALL {
            if mbti.letter(Axis::EI) == 'I' {
                weights[mbti.index()] = 4.0;
            }
        }
        let axes = AxisSplit::of_reading(&profile(weights));
        assert_eq!((axes[0].letter(), axes[0].close), ('I', false));
        assert_eq!(axes[0].second_percent, "80.0\u{a0}%");
        assert_eq!(axes[0].bar_width, "30.0");
        assert!(axes[1].close && axes[2].close && axes[3].close);
    }

    #[test]
    fn a_share_too_small_to_show_is_not_shown_as_nothing() {
        assert_eq!(percent(0.0), "0.0\u{a0}%");
        assert_eq!(percent(0.0001), "under 0.1\u{a0}%");
        assert_eq!(percent(0.3421), "34.2\u{a0}%");
    }
}

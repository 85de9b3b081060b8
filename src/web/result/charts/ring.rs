//! The 16 types as a ring, with families side by side and the likeliest type in the middle.

use std::f64::consts::{PI, TAU};

use crate::personality::{Axis, Mbti, Profile};
use crate::web::numbers::percent;

/// Slices below this share are labeled only in the table. In the ring, labels would overlap.
pub const LABEL_FROM: f64 = 0.04;
/// Center of the ring's 400 × 400 view box.
const CENTER: f64 = 200.0;
const OUTER: f64 = 150.0;
const INNER: f64 = 92.0;
/// How far the slice of the likeliest type extends beyond the others, outward and inward.
const STANDS_OUT: f64 = 9.0;
const LABELS_AT: f64 = 172.0;

/// The four families of types.
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
    /// Every family, clockwise from the top.
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

    /// The CSS class with the family's hue.
    pub fn class(self) -> &'static str {
        match self {
            Family::NT => "nt",
            Family::NF => "nf",
            Family::SJ => "sj",
            Family::SP => "sp",
        }
    }

    /// Its four types by tint, the strongest first.
    fn types(self) -> impl Iterator<Item = Mbti> {
        Mbti::ALL.into_iter().filter(move |t| Family::of(*t) == self)
    }
}

/// The shares of the 16 types as a ring.
pub struct Ring {
    /// All 16, clockwise from the top.
    pub slices: Vec<Slice>,
    /// The likeliest type, ties by name.
    pub center: &'static str,
    /// Whether another type shows the same share as [`Ring::center`].
    pub tied: bool,
    /// Its share as text.
    pub center_percent: String,
    /// The families with their shares, clockwise from the top.
    pub families: Vec<(Family, String)>,
}

/// One type's part of the ring.
pub struct Slice {
    /// The four letters.
    pub name: &'static str,
    pub family: Family,
    /// 0 to 3: which of the family's tints.
    pub tint: usize,
    /// The outline, as a path's `d`.
    pub path: String,
    /// None for a slice below [`LABEL_FROM`].
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
    /// In view box units; the baseline of the text.
    pub y: String,
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
}

impl Ring {
    /// Angles are computed from the sum of the shares, so that the circle closes even if rounding made the sum differ
    /// from 1.
    pub fn new(profile: &Profile) -> Ring {
        let total: f64 = profile.types.iter().sum();
        let ranked = profile.ranked_types();
        let ((likeliest, share), (_, next)) = (ranked[0], ranked[1]);
        // If types are tied, no slice stands out. The numbers on the page decide, not their hidden decimals.
        let tied = percent(share) == percent(next);
        let stands_out = |mbti| mbti == likeliest && !tied;
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
                    path: sector(from, from + angle, if stands_out(mbti) { STANDS_OUT } else { 0.0 }),
                    label: (share >= LABEL_FROM).then(|| label(from + angle / 2.0)),
                    share,
                    percent: percent(share),
                });
                from += angle;
                sum += share;
            }
            families.push((family, percent(sum)));
        }
        Ring { slices, center: likeliest.name(), tied, center_percent: percent(share), families }
    }

    /// Whether this slice stands out.
    pub fn is_top(&self, slice: &Slice) -> bool {
        slice.name == self.center && !self.tied
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
    (CENTER + radius * angle.sin(), CENTER - radius * angle.cos())
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
    // Keeps the distance from the ring to the label's near edge, not to its middle.
    let x = match anchor {
        "start" => x - 10.0,
        "end" => x + 10.0,
        _ => x,
    };
    Label { x: format!("{x:.1}"), y: format!("{:.1}", y + 5.0), anchor }
}

/// The outline of a slice, extended by `wider` on both sides. Drawn in arcs of at most half a turn, because an arc of a
/// whole turn would end where it starts and draw nothing.
fn sector(from: f64, to: f64, wider: f64) -> String {
    let (outer, inner) = (OUTER + wider, INNER - wider);
    let pieces = ((to - from) / PI).ceil().max(1.0) as usize;
    let step = (to - from) / pieces as f64;
    let (x, y) = point(outer, from);
    let mut path = format!("M{x:.2} {y:.2}");
    for piece in 1..=pieces {
        let (x, y) = point(outer, from + step * piece as f64);
        path += &format!("A{outer} {outer} 0 0 1 {x:.2} {y:.2}");
    }
    let (x, y) = point(inner, to);
    path += &format!("L{x:.2} {y:.2}");
    for piece in (0..pieces).rev() {
        let (x, y) = point(inner, from + step * piece as f64);
        path += &format!("A{inner} {inner} 0 0 0 {x:.2} {y:.2}");
    }
    path + "Z"
}

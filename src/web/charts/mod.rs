//! Charts as plain values: a profile in, geometry and numbers out. The templates draw them as SVG and print the same
//! values in the table beside, so the two cannot differ. Colours come from classes; nothing here names one.

mod axes;
mod bars;
mod ring;

pub use axes::{AxisSplit, CLOSE_BELOW};
pub use bars::{Bar, Bars, meaning};
pub use ring::{Family, LABEL_FROM, Label, Ring, Slice};

/// A share as text with one decimal, "34.2 %"; a share that would round to nothing is "under 0.1 %".
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        "under 0.1\u{a0}%".to_owned()
    } else {
        format!("{:.1}\u{a0}%", share * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::personality::{Axis, Mbti, Profile};

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

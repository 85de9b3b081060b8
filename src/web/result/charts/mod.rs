//! Charts as plain values: geometry and numbers computed from a profile. The templates draw them as SVG and print the
//! same values in a table, so that the two cannot differ. Colors come from CSS classes.

mod axes;
mod bars;
#[cfg(test)]
mod contrast;
mod qr;
mod ring;

pub use axes::AxisSplit;
pub use bars::Bars;
pub use qr::QrPath;
pub use ring::Ring;

#[cfg(test)]
mod tests {
    use super::ring::Family;
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
    fn the_slices_close_the_circle() {
        for weights in [[1.0; 16], uneven().types] {
            let ring = Ring::new(&profile(weights));
            assert_eq!(ring.slices.len(), 16);
            let top = "200.00 50.00";
            assert!(ring.slices[0].path.starts_with(&format!("M{top}")), "{}", ring.slices[0].path);
            assert!(ring.slices[15].path.contains(&format!("{top}L")), "{}", ring.slices[15].path);
        }
    }

    #[test]
    fn a_slice_under_four_percent_is_labeled_in_the_table_only() {
        let ring = Ring::new(&uneven());
        for slice in &ring.slices {
            assert_eq!(slice.label.is_some(), slice.share >= 0.04, "{}", slice.name);
        }
        assert_eq!(ring.ranked().len(), 16);
    }

    #[test]
    fn the_type_in_the_middle_of_the_ring_is_the_first_row_of_the_table() {
        let ring = Ring::new(&uneven());
        assert_eq!(ring.ranked()[0].name, ring.center);
        assert_eq!(ring.ranked()[0].percent, ring.center_percent);
        assert_eq!(ring.center, "ISTJ");
    }

    #[test]
    fn the_likeliest_slice_stands_out_unless_there_is_a_tie() {
        let wide = |ring: &Ring| ring.slices.iter().filter(|s| s.path.contains("A159 159")).count();
        assert_eq!(wide(&Ring::new(&uneven())), 1);
        assert_eq!(wide(&Ring::new(&profile([1.0; 16]))), 0);
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
        let number =
            |text: &str| text.trim_start_matches("under ").trim_end_matches('%').parse::<f64>().unwrap();
        let sum: f64 = ring.families.iter().map(|(_, text)| number(text)).sum();
        assert!((sum - 100.0).abs() <= 0.2, "{sum}");
    }

    #[test]
    fn bars_are_sorted_highest_first_and_as_long_as_their_values() {
        let bars = Bars::of_reading(&uneven());
        let names: Vec<_> = bars.rows.iter().map(|b| b.name).collect();
        assert_eq!(names, ["Extraversion", "Conscientiousness", "Agreeableness", "Openness", "Neuroticism"]);
        for bar in &bars.rows {
            assert_eq!(
                bar.length.parse::<f64>().unwrap(),
                bar.value.trim_end_matches('%').parse::<f64>().unwrap() * 3.0
            );
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
        assert_eq!(axes[0].second_percent, "80.0%");
        assert_eq!(axes[0].bar_width, "30.0");
        assert!(axes[1].close && axes[2].close && axes[3].close);
    }
}

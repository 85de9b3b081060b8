//! Which numbers of people may be shown.

/// No figure is about fewer people.
pub const LEAST_PEOPLE: u64 = 20;

/// Rounded down to a multiple of [`LEAST_PEOPLE`].
pub(super) fn rounded_down(people: u64) -> u64 {
    people / LEAST_PEOPLE * LEAST_PEOPLE
}

/// Divides cells into those to be shown and those that are shown only together, as positions in `people`, the largest first.
///
/// A cell under `least` is not shown. If all these together are under `least` too, the smallest of the others joins them, until
/// they are not: otherwise the total minus what is shown would be a figure about fewer than `least` people.
pub(super) fn divide(people: &[f64], least: f64) -> (Vec<usize>, Vec<usize>) {
    let of = |cell: &usize| people.get(*cell).copied().unwrap_or_default();
    let mut cells: Vec<usize> = (0..people.len()).collect();
    cells.sort_by(|a, b| of(b).total_cmp(&of(a)));
    let mut shown = cells.iter().take_while(|cell| of(cell) >= least).count();
    let together = |from: usize| cells.iter().skip(from).map(of).sum::<f64>();
    while shown > 0 && shown < cells.len() && together(shown) < least {
        shown -= 1;
    }
    let hidden = cells.split_off(shown);
    (cells, hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_twenty_are_shown_and_smaller_ones_only_together() {
        assert_eq!(divide(&[20.0, 40.0, 19.9, 5.0], 20.0), (vec![1, 0], vec![2, 3]));
        assert_eq!(divide(&[20.0, 40.0], 20.0), (vec![1, 0], vec![]));
        assert_eq!(divide(&[], 20.0), (vec![], vec![]));
    }

    #[test]
    fn what_is_left_of_the_total_is_never_about_fewer_than_twenty() {
        // 19 alone could be computed by subtraction, so the next larger one is hidden with it.
        assert_eq!(divide(&[50.0, 19.0, 30.0], 20.0), (vec![0], vec![2, 1]));
        assert_eq!(divide(&[50.0, 0.0, 30.0], 20.0), (vec![0], vec![2, 1]), "nor that it is nobody");
        assert_eq!(divide(&[25.0, 1.0], 20.0), (vec![], vec![0, 1]));
        assert_eq!(divide(&[12.0, 7.0], 20.0), (vec![], vec![0, 1]));
        for seed in 0_u32..500 {
            let cell = |i: u32| f64::from((seed.wrapping_mul(2_654_435_761).rotate_left(i)) % 60);
            let people: Vec<f64> = (0..16).map(cell).collect();
            let (shown, hidden) = divide(&people, 20.0);
            assert!(shown.iter().all(|cell| people[*cell] >= 20.0));
            let together: f64 = hidden.iter().map(|cell| people[*cell]).sum();
            assert!(hidden.is_empty() || shown.is_empty() || together >= 20.0, "{people:?}");
            assert_eq!(shown.len() + hidden.len(), 16);
        }
    }
}

//! How often a word has each letter: a quick bound on how alike two words can be, so that few are compared in full.

/// Of the 32 counts, 26 are for the letters from a to z, three for digits, and three for all other characters.
const PLACES: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letters {
    counts: [u8; PLACES],
    length: u8,
}

impl Letters {
    /// A word has at most 255 characters; further ones are not counted.
    pub fn of(word: &str) -> Self {
        let mut letters = Letters { counts: [0; PLACES], length: 0 };
        for c in word.chars().take(usize::from(u8::MAX)) {
            let place = match c {
                'a'..='z' => c as usize - 'a' as usize,
                '0'..='9' => 26 + c as usize % 3,
                other => 29 + other as usize % 3,
            };
            if let Some(count) = letters.counts.get_mut(place) {
                *count += 1;
            }
            letters.length += 1;
        }
        letters
    }

    /// The sum over all places of the difference between the counts.
    fn apart(&self, other: &Self) -> u32 {
        self.counts.iter().zip(&other.counts).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
    }

    /// Whether one word may become the other by so many typing errors. Each error changes the letters that only one of the
    /// words has by at most one on either side.
    pub fn within(&self, other: &Self, errors: u32) -> bool {
        let longer = u32::from(self.length.abs_diff(other.length));
        longer <= errors && self.apart(other) + longer <= 2 * errors
    }

    /// At least the Jaro-Winkler similarity of two words that begin with the same `prefix` characters (at most 4 count):
    /// no more characters can match than both words have, and all of them would have to be in order.
    pub fn alike_at_most(&self, other: &Self, prefix: usize) -> f64 {
        let (a, b) = (f64::from(self.length), f64::from(other.length));
        let matching = (a + b - f64::from(self.apart(other))) / 2.0;
        if matching <= 0.0 {
            return 0.0;
        }
        let jaro = (matching / a + matching / b + 1.0) / 3.0;
        jaro + 0.1 * prefix.min(4) as f64 * (1.0 - jaro)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words() -> impl Strategy<Value = String> {
        // Few letters, so that words are often alike.
        "[a-d1é]{1,9}"
    }

    proptest! {
        #[test]
        fn words_within_the_errors_are_never_ruled_out(a in words(), b in words()) {
            let errors = strsim::osa_distance(&a, &b) as u32;
            prop_assert!(Letters::of(&a).within(&Letters::of(&b), errors));
        }

        #[test]
        fn no_two_words_are_more_alike_than_the_bound(a in words(), b in words()) {
            let prefix = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
            let most = Letters::of(&a).alike_at_most(&Letters::of(&b), prefix);
            prop_assert!(strsim::jaro_winkler(&a, &b) <= most + 1e-9);
        }
    }

    #[test]
    fn words_with_other_letters_are_ruled_out() {
        let (nurse, purse, actuary) = (Letters::of("nurse"), Letters::of("purse"), Letters::of("actuary"));
        assert!(nurse.within(&purse, 1) && !nurse.within(&purse, 0));
        assert!(!nurse.within(&actuary, 2));
        assert!(nurse.alike_at_most(&actuary, 0) < 0.6);
    }
}

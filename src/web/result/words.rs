//! A reading in plain sentences. Pure.

use super::charts::AxisSplit;
use crate::personality::Profile;
use crate::web::numbers::percent;

/// A second type with at least this fraction of the first one's share is called close.
const CLOSE_SECOND: f64 = 0.7;
/// Below this share the first type does not stand out.
const FAINT_FIRST: f64 = 0.15;

/// The main sentence comes first.
pub fn in_words(profile: &Profile, axes: &[AxisSplit]) -> Vec<String> {
    let types = profile.ranked_types();
    let ((first, share), (second, next)) = (types[0], types[1]);
    let mut lead = if share < FAINT_FIRST {
        format!("No type stands out in your words; {first} comes first, at {}.", percent(share))
    } else {
        format!("Your words read most like {first}, at {}.", percent(share))
    };
    lead += &if next >= share * CLOSE_SECOND {
        format!(" {second} is close behind, at {}; both are worth reading about.", percent(next))
    } else {
        format!(" {second} comes next, at {}.", percent(next))
    };

    let traits = profile.ranked_traits();
    let lowest = traits[4];
    let scored = format!(
        "Of the five traits you scored highest on {} ({:.0} of 100) and {} ({:.0}), and lowest on {} ({:.0}).",
        traits[0].0,
        traits[0].1 * 100.0,
        traits[1].0,
        traits[1].1 * 100.0,
        lowest.0,
        lowest.1 * 100.0,
    );
    vec![lead, letters(axes), scored]
}

fn letters(axes: &[AxisSplit]) -> String {
    let clear: Vec<String> =
        axes.iter().filter(|a| !a.close).map(|a| format!("{} ({})", a.letter(), a.name())).collect();
    let close: Vec<String> =
        axes.iter().filter(|a| a.close).map(|a| format!("{} or {}", a.first, a.second)).collect();
    let clear_words = match clear.len() {
        0 => {
            return "All four letters are close calls: treat the type as one guess among several.".to_owned();
        }
        1 => format!("Your clear letter is {}", clear[0]),
        _ => format!("Your clear letters are {}", list(&clear)),
    };
    match close.len() {
        0 => format!("{clear_words}; none is a close call."),
        1 => format!("{clear_words}; {} is a close call.", close[0]),
        _ => format!("{clear_words}; {} are close calls.", list(&close)),
    }
}

fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personality::{Axis, Mbti};

    fn profile(of: impl Fn(Mbti) -> f64) -> Profile {
        let mut types = [0.0; 16];
        for mbti in Mbti::ALL {
            types[mbti.index()] = of(mbti);
        }
        let sum: f64 = types.iter().sum();
        Profile { types: types.map(|t| t / sum), traits: [0.2, 0.31, 0.62, 0.48, 0.93] }
    }

    fn words(profile: &Profile) -> Vec<String> {
        in_words(profile, &AxisSplit::of_reading(profile))
    }

    #[test]
    fn a_clear_reading_names_its_type_its_letters_and_its_traits() {
        let words = words(&profile(|t| if t.name() == "INFP" { 30.0 } else { 1.0 }));
        assert_eq!(words[0], "Your words read most like INFP, at 66.7%. ENFJ comes next, at 2.2%.");
        assert!(
            words[1].contains("I (Introversion), N (Intuition), F (Feeling), and P (Perceiving)"),
            "{}",
            words[1]
        );
        assert!(words[1].ends_with("none is a close call."));
        assert_eq!(
            words[2],
            "Of the five traits you scored highest on Openness (93 of 100) and Agreeableness (62), and lowest on \
             Extraversion (20)."
        );
    }

    #[test]
    fn close_calls_are_named() {
        let words = words(&profile(|t| if t.letter(Axis::EI) == 'I' { 3.0 } else { 1.0 }));
        assert!(words[0].starts_with("No type stands out"), "{}", words[0]);
        assert!(words[0].contains("close behind"));
        assert_eq!(
            words[1],
            "Your clear letter is I (Introversion); S or N, T or F, and J or P are close calls."
        );
    }
}

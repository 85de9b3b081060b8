//! A reading in plain sentences, for results from before assessments existed. Pure.

use super::charts::AxisSplit;
use super::facts::Measure;
use crate::personality::Profile;
use crate::records::Source;
use crate::web::numbers::percent;
use crate::web::words::list;

/// A second type with at least this fraction of the first one's share is called close.
const CLOSE_SECOND: f64 = 0.7;
/// Below this share the first type does not stand out.
const FAINT_FIRST: f64 = 0.15;
/// More tied types than this are counted, not named.
const TIED_NAMED: usize = 3;

/// The main sentence comes first.
pub fn in_words(profile: &Profile, axes: &[AxisSplit], measure: Measure, source: Source) -> Vec<String> {
    vec![types(profile, source), letters(axes), traits(profile, measure)]
}

fn types(profile: &Profile, source: Source) -> String {
    let (read, within) = match source {
        Source::Questionnaire => ("Your answers read", "your answers"),
        Source::Api => ("Your text reads", "your text"),
    };
    let ranked = profile.ranked_types();
    let ((first, share), (second, next)) = (ranked[0], ranked[1]);
    let at = percent(share);
    let tied: Vec<String> = ranked
        .iter()
        .filter(|(_, probability)| percent(*probability) == at)
        .map(|(mbti, _)| mbti.to_string())
        .collect();
    if tied.len() > TIED_NAMED {
        return format!(
            "No type stands out in {within}: {} types come first together, at {at} each.",
            tied.len()
        );
    }
    if tied.len() > 1 {
        return format!("{read} equally like {}, at {at} each.", list(&tied));
    }
    let lead = if share < FAINT_FIRST {
        format!("No type stands out in {within}; {first} comes first, at {at}.")
    } else {
        format!("{read} most like {first}, at {at}.")
    };
    let next_at = percent(next);
    if next >= share * CLOSE_SECOND {
        format!("{lead} {second} is close behind, at {next_at}; both are worth reading about.")
    } else {
        format!("{lead} {second} comes next, at {next_at}.")
    }
}

/// The highest two and the lowest trait; traits that show the same number are named together.
fn traits(profile: &Profile, measure: Measure) -> String {
    let (number, start) = match measure {
        Measure::Probability => {
            ("probability that you stand above the middle", "The probability that you stand above the middle")
        }
        Measure::ModelScore => ("model score", "Of the five traits, the model score"),
    };
    let ranked = profile.ranked_traits();
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (trait_, probability) in &ranked {
        let at = percent(*probability);
        match groups.last_mut().filter(|(shown, _)| *shown == at) {
            Some((_, names)) => names.push(trait_.name()),
            None => groups.push((at, vec![trait_.name()])),
        }
    }
    let named = |groups: &[(String, Vec<&str>)]| {
        let named =
            groups.iter().flat_map(|(at, names)| names.iter().map(move |name| format!("{name} ({at})")));
        list(&named.collect::<Vec<_>>())
    };
    match groups.as_slice() {
        [] | [_] => format!("The {number} is {} for all five traits.", percent(ranked[0].1)),
        [first, second, .., last] if first.1.len() == 1 => {
            let highest = named(&[first.clone(), second.clone()]);
            format!("{start} is highest for {highest}, and lowest for {}.", named(std::slice::from_ref(last)))
        }
        [first, .., last] => {
            let (highest, lowest) = (named(std::slice::from_ref(first)), named(std::slice::from_ref(last)));
            format!("{start} is highest for {highest}, and lowest for {lowest}.")
        }
    }
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

    fn words(profile: &Profile, measure: Measure, source: Source) -> Vec<String> {
        in_words(profile, &AxisSplit::of_reading(profile), measure, source)
    }

    #[test]
    fn a_clear_reading_names_its_type_its_letters_and_its_traits() {
        let infp = profile(|t| if t.name() == "INFP" { 30.0 } else { 1.0 });
        let words = words(&infp, Measure::Probability, Source::Questionnaire);
        assert_eq!(words[0], "Your answers read most like INFP, at 66.7%. ENFJ comes next, at 2.2%.");
        assert!(
            words[1].contains("I (Introversion), N (Intuition), F (Feeling), and P (Perceiving)"),
            "{}",
            words[1]
        );
        assert!(words[1].ends_with("none is a close call."));
        assert_eq!(
            words[2],
            "The probability that you stand above the middle is highest for Openness (93.0%) and Agreeableness \
             (62.0%), and lowest for Extraversion (20.0%)."
        );
    }

    #[test]
    fn a_text_is_not_called_answers_and_a_score_is_not_called_a_probability() {
        let infp = profile(|t| if t.name() == "INFP" { 30.0 } else { 1.0 });
        let words = words(&infp, Measure::ModelScore, Source::Api);
        assert!(words[0].starts_with("Your text reads most like INFP"), "{}", words[0]);
        assert!(
            words[2].starts_with("Of the five traits, the model score is highest for Openness"),
            "{}",
            words[2]
        );
        assert!(!words.concat().contains("probability"));
    }

    #[test]
    fn what_shows_the_same_number_is_a_tie() {
        let mut tied = profile(|t| if t.name().starts_with("INF") { 30.0 } else { 1.0 });
        tied.types[0] += 1e-9;
        tied.traits = [0.5, 0.50001, 0.5, 0.5, 0.49999];
        let said = words(&tied, Measure::Probability, Source::Questionnaire);
        assert_eq!(said[0], "Your answers read equally like INFJ and INFP, at 40.5% each.");
        assert_eq!(said[2], "The probability that you stand above the middle is 50.0% for all five traits.");
        tied.traits = [0.2, 0.9, 0.9, 0.2, 0.4];
        assert_eq!(
            words(&tied, Measure::Probability, Source::Api)[2],
            "The probability that you stand above the middle is highest for Agreeableness (90.0%) and Neuroticism \
             (90.0%), and lowest for Conscientiousness (20.0%) and Extraversion (20.0%)."
        );
        let flat = words(&profile(|_| 1.0), Measure::Probability, Source::Api);
        assert_eq!(flat[0], "No type stands out in your text: 16 types come first together, at 6.2% each.");
    }

    #[test]
    fn close_calls_are_named() {
        let introvert = profile(|t| match (t.letter(Axis::EI), t.name()) {
            ('I', "INFP") => 3.1,
            ('I', _) => 3.0,
            _ => 1.0,
        });
        let words = words(&introvert, Measure::Probability, Source::Questionnaire);
        assert!(words[0].starts_with("No type stands out in your answers"), "{}", words[0]);
        assert!(words[0].contains("close behind"));
        assert_eq!(
            words[1],
            "Your clear letter is I (Introversion); S or N, T or F, and J or P are close calls."
        );
    }
}

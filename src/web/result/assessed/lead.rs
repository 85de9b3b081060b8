//! Levels in one sentence or one line, for pages that show no more of a result. Pure.

use super::shown::{ShownLevel, Standing};
use crate::norm::{Level, Word};
use crate::personality::Trait;
use crate::web::words::list;

/// Each trait's level as shown, highest first, ties by name.
pub fn ranked(level: impl Fn(Trait) -> Level) -> Vec<(Trait, ShownLevel)> {
    let mut levels: Vec<_> = Trait::ALL.map(|trait_| (trait_, ShownLevel::of(&level(trait_)))).into();
    levels.sort_by(|a, b| b.1.percentile.cmp(&a.1.percentile).then_with(|| a.0.name().cmp(b.0.name())));
    levels
}

/// What ratings say, in a sentence or two: "By your ratings you are high on openness; probably low on neuroticism; …."
pub fn by_ratings(levels: &[(Trait, ShownLevel)]) -> String {
    let named = |standing, word| {
        let traits = levels.iter().filter(|(_, level)| level.standing() == standing && level.word() == word);
        traits.map(|(trait_, _)| trait_.name().to_lowercase()).collect::<Vec<_>>()
    };
    let mut parts = Vec::new();
    for word in Word::ALL.into_iter().rev() {
        for (standing, probably) in [(Standing::Clear, ""), (Standing::Leaning, "probably ")] {
            let traits = named(standing, word);
            if !traits.is_empty() {
                parts.push(format!("{probably}{word} on {}", list(&traits)));
            }
        }
    }
    let average = named(Standing::Middle, Word::Average);
    if average.len() == levels.len() {
        return "By your ratings you are average on all five traits.".to_owned();
    }
    if !average.is_empty() {
        parts.push(format!("average on {}", list(&average)));
    }
    if parts.is_empty() {
        return "Your ratings say too little about where you stand on any of the five traits.".to_owned();
    }
    let mut said = format!("By your ratings you are {}.", parts.join("; "));
    let unknown = levels.iter().filter(|(_, level)| level.standing() == Standing::Unknown);
    let unknown: Vec<_> = unknown.map(|(trait_, _)| trait_.name().to_lowercase()).collect();
    if !unknown.is_empty() {
        said += &format!(" They say too little about {}.", list(&unknown));
    }
    said
}

/// "openness probably high", for each trait that is above or below average, in the order given.
pub fn in_a_line(levels: [(Trait, ShownLevel); 5]) -> String {
    let count = |standing| levels.iter().filter(|(_, level)| level.standing() == standing).count();
    let apart =
        levels.iter().filter(|(_, level)| matches!(level.standing(), Standing::Clear | Standing::Leaning));
    let said: Vec<String> =
        apart.map(|(trait_, level)| format!("{} {}", trait_.name().to_lowercase(), level.said())).collect();
    match (said.is_empty(), count(Standing::Middle)) {
        (false, _) => said.join("; "),
        (true, 5) => "all five traits average".to_owned(),
        (true, 0) => "too little known about the five traits".to_owned(),
        (true, _) => "average traits, as far as is known".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level whose band reaches this far to each side.
    fn level(percentile: f64, reach: f64) -> Level {
        Level { percentile, low: (percentile - reach).max(0.0), high: (percentile + reach).min(100.0) }
    }

    fn of(levels: [(Trait, f64, f64); 3]) -> Vec<(Trait, ShownLevel)> {
        ranked(|trait_| {
            let given = levels.iter().find(|(given, ..)| *given == trait_);
            given.map_or(level(50.0, 20.0), |(_, percentile, reach)| level(*percentile, *reach))
        })
    }

    #[test]
    fn the_lead_names_every_trait_once_with_its_level() {
        let none = of([(Trait::Openness, 50.0, 9.0); 3]);
        assert_eq!(by_ratings(&none), "By your ratings you are average on all five traits.");
        let some = of([
            (Trait::Openness, 95.0, 9.0),
            (Trait::Neuroticism, 5.0, 9.0),
            (Trait::Agreeableness, 93.0, 9.0),
        ]);
        assert_eq!(
            by_ratings(&some),
            "By your ratings you are high on openness and agreeableness; low on neuroticism; average on conscientiousness \
             and extraversion."
        );
    }

    #[test]
    fn a_band_across_the_middle_is_told_as_probable_and_a_wide_one_as_unknown() {
        let some = of([
            (Trait::Openness, 95.0, 50.0),
            (Trait::Neuroticism, 5.0, 9.0),
            (Trait::Extraversion, 72.0, 80.0),
        ]);
        assert_eq!(
            by_ratings(&some),
            "By your ratings you are probably high on openness; low on neuroticism; average on agreeableness and \
             conscientiousness. They say too little about extraversion."
        );
        let nothing = ranked(|_| level(72.0, 80.0));
        assert_eq!(
            by_ratings(&nothing),
            "Your ratings say too little about where you stand on any of the five traits."
        );
    }

    #[test]
    fn hidden_decimals_break_no_tie() {
        let tied = of([
            (Trait::Openness, 80.4, 9.0),
            (Trait::Extraversion, 79.6, 9.0),
            (Trait::Neuroticism, 80.2, 9.0),
        ]);
        let order: Vec<Trait> = tied.iter().map(|(trait_, _)| *trait_).collect();
        assert_eq!(order[..3], [Trait::Extraversion, Trait::Neuroticism, Trait::Openness]);
        assert_eq!(order[3..], [Trait::Agreeableness, Trait::Conscientiousness]);
    }

    #[test]
    fn a_line_names_what_is_not_average_with_its_level() {
        let line = |levels: [(Trait, f64, f64); 5]| {
            in_a_line(
                levels.map(|(trait_, percentile, reach)| (trait_, ShownLevel::of(&level(percentile, reach)))),
            )
        };
        let mut levels = Trait::ALL.map(|trait_| (trait_, 50.0, 20.0));
        assert_eq!(line(levels), "all five traits average");
        levels[Trait::Extraversion.index()].2 = 50.0;
        assert_eq!(line(levels), "average traits, as far as is known");
        levels[Trait::Openness.index()] = (Trait::Openness, 95.0, 50.0);
        levels[Trait::Neuroticism.index()] = (Trait::Neuroticism, 20.0, 9.0);
        assert_eq!(line(levels), "neuroticism below average; openness probably high");
        assert_eq!(
            line(levels.map(|(trait_, ..)| (trait_, 95.0, 95.0))),
            "too little known about the five traits"
        );
    }
}

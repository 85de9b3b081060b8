//! The first result's lead and the results in one line, compared with the figures.

use super::super::{by_ratings, ranked};
use super::{Check, whole};
use crate::assessment::{Assessment, Naming};
use crate::norm::Level;
use crate::personality::{Mbti, Trait};

/// What a page may say of a level: nothing if the band covers nearly everything.
fn expected(level: Level) -> Option<String> {
    let [low, at, high] = [level.low.round(), level.percentile.round(), level.high.round()];
    let word = match at {
        at if at < 10.0 => "low",
        at if at < 30.0 => "below average",
        at if at <= 70.0 => "average",
        at if at <= 90.0 => "above average",
        _ => "high",
    };
    let hedged = word != "average" && low <= 50.0 && high >= 50.0;
    (low > 10.0 || high < 90.0).then(|| if hedged { format!("probably {word}") } else { word.to_owned() })
}

/// A first result: the levels by the ratings alone.
pub fn check_first(assessment: &Assessment, check: Check<'_>) {
    if assessment.traits.iter().any(|standing| standing.ratings.is_none()) {
        return;
    }
    let level = |trait_| assessment.of(trait_).ratings.unwrap().level;
    let levels = ranked(level);
    for pair in levels.windows(2) {
        let [a, b] = [pair[0].0, pair[1].0];
        let [higher, lower] = [a, b].map(|trait_| level(trait_).percentile.round());
        check(
            higher > lower || higher == lower && a.name() < b.name(),
            format!("{a} at {higher}, {b} at {lower}"),
        );
    }
    let lead = by_ratings(&levels);
    let (told, unknown) = lead.split_once(" They say too little about ").unwrap_or((&lead, ""));
    let nothing = Trait::ALL.into_iter().all(|trait_| expected(level(trait_)).is_none());
    check(nothing == lead.starts_with("Your ratings say too little"), lead.clone());
    if nothing {
        return;
    }
    let told = told.strip_prefix("By your ratings you are ").unwrap_or_default().trim_end_matches('.');
    let told = told.replace("all five traits", &Trait::ALL.map(Trait::name).join(" and ").to_lowercase());
    for trait_ in Trait::ALL {
        let name = trait_.name().to_lowercase();
        let parts: Vec<&str> = told.split("; ").filter(|part| part.contains(&name)).collect();
        let said = expected(level(trait_));
        let holds = match &said {
            None => parts.is_empty() && unknown.contains(&name),
            Some(said) => {
                !unknown.contains(&name) && parts.len() == 1 && parts[0].starts_with(&format!("{said} on "))
            }
        };
        check(holds, format!("{trait_}, {said:?}: {lead}"));
    }
}

/// A result in one line, as lists and comparisons name it.
pub fn check_line(assessment: &Assessment, line: &str, check: Check<'_>) {
    let parts: Vec<&str> = line.split("; ").collect();
    let types = match &assessment.naming {
        Naming::One { mbti, .. } => vec![*mbti],
        Naming::Two { first, second, .. } => vec![*first, *second],
        Naming::None { .. } => Vec::new(),
    };
    let named: Vec<Mbti> = Mbti::ALL.into_iter().filter(|mbti| parts[0].contains(mbti.name())).collect();
    check(
        named.len() == types.len() && types.iter().all(|mbti| named.contains(mbti)),
        format!("{types:?}: {line}"),
    );
    let said: Vec<Option<String>> =
        Trait::ALL.map(|trait_| expected(assessment.of(trait_).together.level)).into();
    for (trait_, said) in Trait::ALL.into_iter().zip(&said) {
        let name = trait_.name().to_lowercase();
        let told = parts[1..].iter().find_map(|part| part.strip_prefix(&format!("{name} ")));
        let apart = said.as_deref().filter(|said| *said != "average");
        check(told == apart, format!("{trait_} at {:?}, {said:?}: {line}", whole(assessment, trait_)));
    }
    let average = said.iter().filter(|said| said.as_deref() == Some("average")).count();
    let unknown = said.iter().filter(|said| said.is_none()).count();
    let of_all = [("all five traits average", average == 5), ("too little known", unknown == 5)];
    for (words, holds) in of_all {
        check(line.contains(words) == holds, format!("{average} average, {unknown} unknown: {line}"));
    }
}

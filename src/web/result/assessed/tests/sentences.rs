//! The sentences of the summary, of the careers and of the notices, compared with the figures.

use std::collections::BTreeSet;

use super::super::{AssessedView, TraitRow, phrases};
use super::people::Simulated;
use super::{Check, whole};
use crate::assessment::{Assessment, Naming, Notice};
use crate::norm::Word;
use crate::personality::{Axis, Mbti, Trait, shown};
use crate::web::numbers::percent;
use crate::web::result::view::ReadingView;

pub fn check_traits(assessment: &Assessment, view: &AssessedView, check: Check<'_>) {
    let summary = &view.summary;
    let all: Vec<Trait> = Trait::ALL.into();
    let unknown = |t: &Trait| whole(assessment, *t)[0] <= 10.0 && whole(assessment, *t)[2] >= 90.0;
    for trait_ in Trait::ALL {
        let [low, at, high] = whole(assessment, trait_);
        let standing = assessment.of(trait_).together;
        let is_unknown = unknown(&trait_);
        let phrases = [
            (Word::Low, at < 10.0),
            (Word::BelowAverage, (10.0..30.0).contains(&at)),
            (Word::AboveAverage, at > 70.0 && at <= 90.0),
            (Word::High, at > 90.0),
        ];
        for (word, holds) in phrases {
            let phrase = phrases::than_most(trait_, word).unwrap();
            let told = says(summary, phrase);
            check(told == (holds && !is_unknown), format!("{trait_} at {at} is told as {phrase}: {told}"));
            if let Some(place) = summary.find(phrase).filter(|_| told) {
                let hedged = summary[..place].contains("probably");
                check(
                    hedged == (low <= 50.0 && high >= 50.0),
                    format!("{trait_} {low} to {high}, hedged: {hedged}"),
                );
                let above = word > Word::Average;
                check((standing.above > 0.5) == above, format!("{trait_}: chance {}", standing.above));
            }
        }
        let name = trait_.name().to_lowercase();
        let near = sentence(summary, "near the middle").is_some_and(|s| s.contains(&name));
        check(
            near == ((30.0..=70.0).contains(&at) && !is_unknown),
            format!("{trait_} at {at} near the middle: {near}"),
        );
        let little = sentence(summary, "says too little").is_some_and(|s| s.contains(&name));
        check(
            little == (is_unknown && !all.iter().all(unknown)),
            format!("{trait_} told as unknown: {little}"),
        );
        let row = view.traits.iter().find(|row| row.trait_ == trait_).unwrap();
        check(
            row.word().contains("high") == (at > 90.0 && !is_unknown),
            format!("{trait_} at {at}: {}", row.word()),
        );
    }
    check(
        summary.contains("this is too little to say") == all.iter().all(unknown),
        "nothing is known".to_owned(),
    );
    check(
        !summary.contains("highest") && !summary.contains("lowest"),
        "an order that ties could break".to_owned(),
    );
}

/// Whether the phrase occurs in the text, and not as the end of its stronger form.
fn says(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(place, _)| {
        let rest = &text[place + phrase.len()..];
        !text[..place].ends_with("far ") && rest.starts_with([',', '.', ' '])
    })
}

/// The sentence that holds these words.
fn sentence<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    text.split_inclusive(". ").find(|sentence| sentence.contains(words))
}

pub fn check_order(view: &AssessedView, check: Check<'_>) {
    for pair in view.traits.windows(2) {
        let (a, b) = (pair[0].together.percentile, pair[1].together.percentile);
        check(a >= b, format!("{a} stands before {b}"));
    }
}

pub fn check_types(person: &Simulated, view: &AssessedView, html: &str, check: Check<'_>) {
    let close: Vec<Axis> = person
        .assessment
        .axes
        .iter()
        .filter(|axis| shown(axis.together.above.max(1.0 - axis.together.above)) < 0.6)
        .map(|axis| axis.axis)
        .collect();
    let ranked = person.profile.ranked_types();
    let top = percent(ranked[0].1);
    let tied: BTreeSet<&str> =
        ranked.iter().filter(|(_, p)| percent(*p) == top).map(|(mbti, _)| mbti.name()).collect();
    match &person.assessment.naming {
        Naming::One { mbti, .. } => {
            check(close.is_empty(), format!("{mbti} is named, but {close:?} are close"));
            check(
                tied.contains(mbti.name()) && tied.len() == 1,
                format!("{mbti} is named, {tied:?} come first"),
            );
            check(view.summary.contains(&format!("{mbti} fits best")), "the named type".to_owned());
        }
        Naming::Two { first, second, .. } => {
            check(close.len() == 1, format!("two types are named with {close:?} close"));
            check(
                ranked[..2].iter().all(|(t, _)| t == first || t == second),
                format!("{first} and {second}"),
            );
        }
        Naming::None { .. } => {
            check(view.summary.contains("No single one of the 16 types"), "no type is named".to_owned());
            check(
                Mbti::ALL.iter().all(|t| !view.summary.contains(t.name())),
                "a type in the summary".to_owned(),
            );
        }
    }
    for mbti in &tied {
        let counted = view.likeliest.contains(&format!("{} types share", tied.len()));
        check(view.likeliest.contains(mbti) || counted, format!("{mbti} is tied: {}", view.likeliest));
    }
    check(
        view.likeliest.contains("likeliest of the 16") == (tied.len() == 1),
        format!("{tied:?}: {}", view.likeliest),
    );
    check(view.likeliest.contains(&top), format!("{top}: {}", view.likeliest));
    check(html.matches("<span class=\"close\">").count() == close.len(), format!("{close:?} are close"));
    let standing_out = html.matches("A159 159").count();
    check((standing_out > 0) == (tied.len() == 1), "the slice that stands out".to_owned());
}

pub fn check_careers(assessment: &Assessment, reading: &ReadingView, reasons: &[String], check: Check<'_>) {
    for table in &reading.careers {
        if let Some(trait_) = Trait::parse(&table.name) {
            let standing = assessment.of(trait_).together;
            let below = standing.above < 0.5 && percent(standing.above) != percent(0.5)
                || whole(assessment, trait_)[1] < 50.0;
            check(!below, format!("a table for {trait_}: {standing:?}"));
        }
    }
    for (reason, trait_) in reasons.iter().flat_map(|reason| Trait::ALL.map(|t| (reason, t))) {
        let ending = format!(" on {}.", trait_.name().to_lowercase());
        let words = reason.split(". ").map(|s| format!("{}.", s.trim_end_matches('.')));
        for said in words.filter(|s| s.contains("you are") && s.ends_with(&ending)) {
            let row = reading.assessed.iter().flat_map(|view| &view.traits).find(|row| row.trait_ == trait_);
            let word = row.map(TraitRow::word).unwrap_or_default();
            check(
                said.ends_with(&format!("you are {word}{ending}")),
                format!("{said} But the level is {word}"),
            );
        }
    }
}

pub fn check_words(assessment: &Assessment, view: &AssessedView, html: &str, check: Check<'_>) {
    let ground = &assessment.ground;
    let has_words = assessment.traits.iter().any(|standing| standing.words.is_some());
    for words in ["words of yours", "word of yours"] {
        check(!view.summary.contains(words) || ground.words > 0, format!("{words} of {}", ground.words));
    }
    check(!html.contains("words alone") || has_words, "words alone".to_owned());
    check(!html.contains("ratings alone") || ground.ratings > 0, "ratings alone".to_owned());
    check(!html.contains("“Tea.”") || ground.words > 0, "an answer as a reason".to_owned());
    check(
        !html.contains("rather accurate, </span>4 of 5") || ground.ratings > 0,
        "a rating as a reason".to_owned(),
    );
    let whole_chance = ["100.0%", "0.0%"]
        .iter()
        .flat_map(|certain| html.match_indices(certain))
        .any(|(place, _)| !html[..place].ends_with(|before: char| before.is_ascii_digit() || before == '.'));
    check(!whole_chance, "something is certain".to_owned());
    check(!html.contains("NaN") && !html.contains("inf%"), "a number that is none".to_owned());
}

/// Notices only of what there is, with its figures.
pub fn check_notices(assessment: &Assessment, view: &AssessedView, check: Check<'_>) {
    let ground = &assessment.ground;
    check(view.notices.len() == assessment.notices.len(), format!("{:?}", view.notices));
    for said in &view.notices {
        let nothing = said.contains("wrote nothing") || said.contains("no words here");
        check(!nothing || ground.words == 0, format!("{said} But {}", ground.words));
        if let Some(counted) = said.strip_prefix("You wrote ").filter(|_| !nothing) {
            check(counted.starts_with(&format!("{} word", ground.words)), said.clone());
        }
        check(!said.contains("ratings") || ground.ratings > 0, format!("{said} But none were given."));
        for notice in &assessment.notices {
            let Notice::RatingsHurried { ratings, hurried } = notice else { continue };
            let told = format!("{hurried} of your {ratings} ratings");
            check(view.notices.iter().any(|said| said.contains(&told)), told);
        }
    }
}

//! The part of a model's card (models/*/README.md) that an evaluation writes, between two comments.

use std::fmt::Write as _;

use crate::models::evaluation::{Evaluation, Figure, Kind, Verdict, written, written_bound};
use crate::personality::{ModelKind, Trait};

const BEGIN: &str = "<!-- evaluation: written by `calling evaluate --cards` -->";
const END: &str = "<!-- end of evaluation -->";

/// The card with the figures added at its end, or replacing those of an earlier evaluation.
pub fn with_evaluation(card: &str, which: ModelKind, evaluation: &Evaluation) -> String {
    let part = format!("{BEGIN}\n{}{END}\n", section(which, evaluation));
    let place = card.find(BEGIN).and_then(|begin| {
        let end = begin + card[begin..].find(END)? + END.len();
        Some((begin, end))
    });
    match place {
        Some((begin, end)) => format!("{}{part}{}", &card[..begin], card[end..].trim_start_matches('\n')),
        None => format!("{}\n\n{part}", card.trim_end()),
    }
}

fn belongs(which: ModelKind, figure: &Figure) -> bool {
    let readers = figure.kind.readers();
    let of_trait = figure.of.split(',').next().is_some_and(|name| Trait::parse(name).is_some());
    match which {
        ModelKind::BigFive => readers.big_five && (of_trait || figure.of.is_empty()),
        ModelKind::Mbti => readers.mbti && !of_trait,
    }
}

fn section(which: ModelKind, evaluation: &Evaluation) -> String {
    let people = &evaluation.people;
    let mut text = format!(
        "## Evaluation\n\nMeasured with `calling evaluate` (version {}), computed in {}, on {} simulated respondents (seed {}); \
         calibration, bands, notices and named types on {}. Their open answers are chosen from the {} answers of the bank's test split. No answer to the two unseen questions was used for \
         training or fitting; {} of them are read here. Simulated people are not people: their \
         ratings follow those of a norm group, their types published correlations, their answers our own labels. ± is the standard error over respondents; with other answers \
         the figures would differ too. Floor and goal were set before the model was trained.\n",
        evaluation.calling,
        evaluation.precision,
        people.respondents,
        people.seed,
        people.judged.max(people.respondents),
        evaluation.bank.tested_with,
        evaluation.bank.unseen,
    );
    for kind in Kind::SIMULATED {
        let figures: Vec<&Figure> = evaluation.of(kind).filter(|figure| belongs(which, figure)).collect();
        if !figures.is_empty() {
            table(kind, &figures, evaluation, &mut text);
        }
    }
    let ratings = evaluation.responses.iter().map(|r| (&r.file, "people's ratings", r.people, &r.figures));
    let texts = evaluation.labelled.iter().map(|l| (&l.file, "labeled texts", l.texts, &l.figures));
    for (file, what, count, figures) in ratings.chain(texts) {
        let figures: Vec<&Figure> = figures.iter().filter(|f| belongs(which, f)).collect();
        if !figures.is_empty() {
            real(file, &format!("{count} {what}"), &figures, &mut text);
        }
    }
    text
}

/// Figures of real people, each with its explanation.
fn real(file: &str, what: &str, figures: &[&Figure], text: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(text, "\n### {file}: {what}\n\n");
    text.push_str("| figure | of | value | ± | beside |\n| --- | --- | ---: | ---: | --- |\n");
    for figure in figures {
        let error = figure.standard_error.map(written).unwrap_or_default();
        let (kind, value) = (figure.kind.title(), written(figure.value));
        let _ = writeln!(text, "| {kind} | {} | {value} | {error} | {} |", figure.of, beside(figure));
    }
}

fn beside(figure: &Figure) -> String {
    let named: Vec<String> =
        figure.beside.iter().map(|b| format!("{} {}", b.name, written(b.value))).collect();
    named.join(", ")
}

fn table(kind: Kind, figures: &[&Figure], evaluation: &Evaluation, text: &mut String) {
    let with: Vec<_> =
        evaluation.baselines.iter().filter(|b| b.figures.iter().any(|f| f.kind == kind)).collect();
    let names: String = with.iter().map(|b| format!(" {} |", b.name)).collect();
    let rules = " ---: |".repeat(with.len());
    let _ = write!(
        text,
        "\n### {}\n\n{}\n\n| of | value | ± | floor | goal | | beside |{names}\n| --- | ---: | ---: | ---: | ---: | --- | --- \
         |{rules}\n",
        kind.title(),
        kind.explained(),
    );
    for figure in figures {
        let bound = |bound: Option<f64>| bound.map(written_bound).unwrap_or_default();
        let verdict = match figure.verdict() {
            Verdict::Missed => "**missed**",
            other => other.words(),
        };
        let of = if figure.of.is_empty() { "all" } else { &figure.of };
        let _ = write!(
            text,
            "| {of} | {} | {} | {} | {} | {verdict} | {} |",
            written(figure.value),
            figure.standard_error.map(written).unwrap_or_default(),
            bound(figure.floor),
            bound(figure.goal),
            beside(figure),
        );
        for baseline in &with {
            let theirs = baseline.figures.iter().find(|f| f.kind == kind && f.of == figure.of);
            let _ = write!(text, " {} |", theirs.map(|f| written(f.value)).unwrap_or_default());
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::evaluation::{Bank, Measured, People};

    fn evaluation(value: f64) -> Evaluation {
        let measured = |name: &str| Measured {
            name: name.to_owned(),
            weights_sha256: "0".repeat(64),
            settings_sha256: None,
            parameters: 1,
            weights_bytes: 2,
        };
        let figure = |kind, of: &str| super::super::figures::figure(kind, of, value, Some(0.01));
        Evaluation {
            calling: "1".to_owned(),
            questionnaire: String::new(),
            precision: "f32".to_owned(),
            bank: Bank { sha256: String::new(), answers: 9, tested_with: 4, unseen: 1 },
            people: People { respondents: 77, ..People::default() },
            big_five: measured("big-five"),
            mbti: measured("mbti"),
            figures: vec![
                figure(Kind::Sanity, "Openness"),
                figure(Kind::AxisArea, "E/I"),
                figure(Kind::CalibrationError, "Openness"),
                figure(Kind::CalibrationError, "E/I"),
            ],
            baselines: Vec::new(),
            labelled: Vec::new(),
            responses: Vec::new(),
        }
    }

    #[test]
    fn a_card_has_the_latest_evaluation_of_its_own_model_once() {
        let first = with_evaluation("# A card\n\nIts text.\n", ModelKind::BigFive, &evaluation(0.123));
        assert!(first.starts_with("# A card\n\nIts text.\n\n<!-- evaluation"));
        assert!(first.contains(".123") && first.contains("computed in f32, on 77 simulated"), "{first}");
        assert!(first.contains("Openness") && !first.contains("E/I"), "{first}");
        assert!(first.contains("**missed**"));
        let second = with_evaluation(&(first + "\nMore.\n"), ModelKind::BigFive, &evaluation(0.456));
        assert!(second.contains(".456") && !second.contains(".123"), "{second}");
        assert!(second.ends_with("More.\n") && second.matches("## Evaluation").count() == 1, "{second}");
        let mbti = with_evaluation("", ModelKind::Mbti, &evaluation(0.5));
        assert!(mbti.contains("E/I") && !mbti.contains("Openness"), "{mbti}");
    }
}

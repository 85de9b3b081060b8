//! The report on standard output: aligned, one figure per line.

use std::fmt::Write as _;

use crate::models::evaluation::{
    Baseline, Evaluation, Figure, Kind, Labelled, Verdict, written, written_bound,
};
use crate::personality::Trait;

pub fn report(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    head(evaluation, &mut text);
    table(&evaluation.figures, &evaluation.baselines, &mut text);
    for people in &evaluation.responses {
        line(&mut text, "");
        line(
            &mut text,
            format!("{}: {} people who rated {} items", people.file, people.people, people.items),
        );
        table(&people.figures, &[], &mut text);
    }
    for texts in &evaluation.labelled {
        labeled(texts, &mut text);
    }
    text
}

fn line(text: &mut String, line: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

fn head(evaluation: &Evaluation, text: &mut String) {
    for (what, model) in [("big-five", &evaluation.big_five), ("mbti", &evaluation.mbti)] {
        let Some(hash) = model.weights_sha256.get(..12) else { continue };
        let precision = &evaluation.precision;
        let parameters = model.parameters;
        line(
            text,
            format!("{what:9} {} ({parameters} parameters, {precision}, weights {hash}…)", model.name),
        );
    }
    let people = &evaluation.people;
    if people.respondents == 0 {
        return;
    }
    let bank = &evaluation.bank;
    line(
        text,
        format!(
            "on        {} simulated respondents (seed {}) with {} answers of the test split; {} answers to the two unseen questions",
            people.respondents, people.seed, bank.tested_with, bank.unseen
        ),
    );
    line(
        text,
        format!(
            "judged    {} people, these among them, for calibration, bands, notices and named types",
            people.judged
        ),
    );
    let oracle: Vec<String> =
        Trait::ALL.iter().map(|t| format!("{} {}", t.name(), written(people.oracle[t.index()]))).collect();
    line(text, format!("oracle    r with the trait: {}", oracle.join(", ")));
    line(
        text,
        format!(
            "posterior {} draws per respondent, worth {:.0} independent ones on average",
            people.posterior_draws, people.posterior_effective
        ),
    );
    let exact = 100.0 * people.reworded_exactly;
    line(
        text,
        format!(
            "reworded  {exact:.0} percent of the answers replaced by one with the same labels, the others by the nearest"
        ),
    );
    line(
        text,
        format!(
            "±         standard errors over respondents; with other answers than these {}, the figures would differ too",
            bank.tested_with
        ),
    );
}

fn table(figures: &[Figure], baselines: &[Baseline], text: &mut String) {
    let mut before: Option<Kind> = None;
    for figure in figures {
        if before != Some(figure.kind) {
            before = Some(figure.kind);
            line(text, "");
            line(text, figure.kind.title());
        }
        line(text, row(figure));
        for baseline in baselines {
            let same = |f: &&Figure| f.kind == figure.kind && f.of == figure.of;
            if let Some(theirs) = baseline.figures.iter().find(same) {
                line(text, format!("    {:30}{:>7}", baseline.name, written(theirs.value)));
            }
        }
    }
}

fn row(figure: &Figure) -> String {
    let of = if figure.of.is_empty() { "all" } else { &figure.of };
    let error = figure.standard_error.map(|e| format!("± {}", written(e))).unwrap_or_default();
    let bound = |name: &str, bound: Option<f64>| {
        bound.map(|b| format!("{name} {}", written_bound(b))).unwrap_or_default()
    };
    let verdict = match figure.verdict() {
        Verdict::Missed => "MISSED",
        other => other.words(),
    };
    let beside: Vec<String> =
        figure.beside.iter().map(|b| format!("{} {}", b.name, written(b.value))).collect();
    let row = format!(
        "  {of:32}{:>7} {error:7} {:10} {:9} {verdict:7} {}",
        written(figure.value),
        bound("floor", figure.floor),
        bound("goal", figure.goal),
        beside.join(", ")
    );
    row.trim_end().to_owned()
}

fn labeled(labelled: &Labelled, text: &mut String) {
    line(text, "");
    line(text, format!("{}: {} texts", labelled.file, labelled.texts));
    table(&labelled.figures, &labelled.baselines, text);
    let mean = |figures: &[Figure]| {
        let areas: Vec<f64> = figures
            .iter()
            .filter(|f| f.kind == Kind::LabelledArea && Trait::parse(&f.of).is_some())
            .map(|f| f.value)
            .collect();
        (areas.len() > 1).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
    };
    if let Some(own) = mean(&labelled.figures) {
        line(text, format!("  {:32}{:>7}", "mean of the traits' areas", written(own)));
    }
    for baseline in &labelled.baselines {
        if let Some(theirs) = mean(&baseline.figures) {
            line(text, format!("    {:30}{:>7}", baseline.name, written(theirs)));
        }
    }
}

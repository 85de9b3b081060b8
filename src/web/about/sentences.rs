//! Five plain sentences about how good the models are. All figures come from the evaluation.

use crate::models::evaluation::{Evaluation, Figure, Kind};
use crate::web::numbers::{grouped, percent};

/// What was tested, on whom, how often the first type is right, how reliable the chances are, and what is unknown.
pub fn sentences(evaluation: &Evaluation) -> [String; 5] {
    [tested(evaluation), on_whom(evaluation), first_type(evaluation), chances(evaluation), CANNOT.to_owned()]
}

const CANNOT: &str = "It cannot tell what you would score on an established questionnaire, what you are like on another day, or \
    what you should do with your life, and nobody has checked it against what people who know you would say.";

fn tested(evaluation: &Evaluation) -> String {
    let people = &evaluation.people;
    format!(
        "We tested whether the models recover the traits and types of {} simulated people, who rate the \
         statements as real volunteers do and give open answers that the models were not trained on.",
        grouped(people.respondents as u64)
    )
}

fn on_whom(evaluation: &Evaluation) -> String {
    let rated: usize = evaluation.responses.iter().map(|responses| responses.people).sum();
    let wrote: usize = evaluation.labelled.iter().map(|labelled| labelled.texts).sum();
    let ratings = format!("the ratings of {} real people", grouped(rated as u64));
    let texts = format!("{} labeled texts by real people", grouped(wrote as u64));
    match (rated, wrote) {
        (0, 0) => "No real person took part. Simulated people are not people, and whether a reading is true of anybody has \
                   not been measured."
            .to_owned(),
        (_, 0) => format!("In addition, {ratings} were read, but nothing that they wrote."),
        (0, _) => format!("In addition, {texts} were read, but no ratings by the same people."),
        _ => format!("In addition, {ratings} and {texts} were read, though not from the same people."),
    }
}

fn of(figures: &[Figure], kind: Kind) -> impl Iterator<Item = &Figure> {
    figures.iter().filter(move |figure| figure.kind == kind)
}

fn beside(figure: &Figure, name: &str) -> Option<f64> {
    figure.beside.iter().find(|beside| beside.name == name).map(|beside| beside.value)
}

/// For real texts with known types, or else for simulated people.
fn first_type(evaluation: &Evaluation) -> String {
    let real = evaluation.labelled.iter().find_map(|l| of(&l.figures, Kind::LabelledTopOne).next());
    if let Some(figure) = real
        && let Some(commonest) = beside(figure, "always the commonest")
    {
        return format!(
            "The first of the 16 types was the labeled one for {} of the real texts; always naming the most common type \
             would be right for {}.",
            percent(figure.value),
            percent(commonest)
        );
    }
    let simulated = of(&evaluation.figures, Kind::TypeTopOne).next();
    let parts = simulated.and_then(|figure| {
        let accuracy = beside(figure, "its accuracy")?;
        let best = beside(figure, "Bayes posterior's accuracy")?;
        Some((accuracy, best, beside(figure, "always the commonest")?))
    });
    match parts {
        Some((accuracy, best, commonest)) => format!(
            "The first of the 16 types was right for {} of the simulated people, where the best possible reader of the same \
             text is right for {} and always naming the most common type for {}.",
            percent(accuracy),
            percent(best),
            percent(commonest)
        ),
        None => "We have not measured how often the first of the 16 types is right.".to_owned(),
    }
}

/// The largest calibration error, for real people if there are any.
fn chances(evaluation: &Evaluation) -> String {
    let worst = |figures: &[Figure], kind| {
        of(figures, kind).map(|figure| (figure.value, figure.of.clone())).max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let real = evaluation.responses.iter().filter_map(|r| worst(&r.figures, Kind::ResponseCalibration));
    let real = real.max_by(|a, b| a.0.total_cmp(&b.0)).map(|found| (found, "real"));
    let simulated = worst(&evaluation.figures, Kind::CalibrationError).map(|found| (found, "simulated"));
    match real.or(simulated) {
        Some(((value, of), who)) => format!(
            "The chances that it gives were off by {} on average for {of}, the worst case, among {who} people.",
            points(value)
        ),
        None => "We have not measured how far its chances can be trusted.".to_owned(),
    }
}

/// A difference between probabilities, such as "2.3 percentage points".
fn points(value: f64) -> String {
    format!("{:.1} percentage points", 100.0 * value)
}

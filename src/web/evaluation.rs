//! The tables of "How good is this?", made from what `calling evaluate` wrote. No figure stands here or in the template.

use crate::models::evaluation::{
    Baseline, Evaluated, Evaluation, Figure, Kind, Labelled, Verdict, written, written_bound,
};
use crate::personality::{Axis, Trait};

/// A small table.
pub struct Grid {
    /// What it is about.
    pub caption: String,
    /// What its columns or rows mean, a name and a sentence each.
    pub explained: Vec<(&'static str, &'static str)>,
    /// The heading of each column.
    pub head: Vec<String>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row of a table.
pub struct Row {
    /// Its heading.
    pub name: String,
    /// Its cells, as many as the table's columns but the first.
    pub cells: Vec<Cell>,
}

/// A number as it is shown.
pub struct Cell {
    /// The number, or nothing.
    pub text: String,
    /// Whether it misses its floor.
    pub missed: bool,
}

impl Cell {
    fn plain(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), missed: false }
    }

    fn of(figure: Option<&Figure>) -> Cell {
        Cell {
            text: figure.map(|f| written(f.value)).unwrap_or_default(),
            missed: figure.is_some_and(|f| f.verdict() == Verdict::Missed),
        }
    }
}

/// What the page says was measured.
pub struct Shown {
    /// Simulated respondents.
    pub respondents: usize,
    /// Answers that they chose from, which nobody learned from.
    pub answers: usize,
    /// Answers to the two questions never learned from.
    pub unseen: usize,
    /// The lowest and the highest correlation of the oracle with a trait.
    pub oracle: (String, String),
    /// Figures that something was set for.
    pub set: usize,
    /// Those of them that reach their goal.
    pub at_goal: usize,
    /// Those that reach their floor and not their goal.
    pub at_floor: usize,
    /// Those that miss their floor.
    pub missed: usize,
    /// The largest standard error of a figure that something was set for.
    pub largest_error: String,
    /// The tables.
    pub grids: Vec<Grid>,
}

impl Shown {
    /// Whether any figure misses its floor.
    pub fn misses(&self) -> bool {
        self.missed > 0
    }
}

/// What is to be shown of the models on this server: figures only if they are theirs.
pub fn shown(evaluated: &Evaluated) -> Option<Shown> {
    let Evaluated::Yes(evaluation) = evaluated else { return None };
    // Labelled texts alone make no page.
    if evaluation.people.respondents == 0 {
        return None;
    }
    let count = |verdict| evaluation.figures.iter().filter(|f| f.verdict() == verdict).count();
    let (at_goal, at_floor, missed) = (count(Verdict::Goal), count(Verdict::Floor), count(Verdict::Missed));
    let set = evaluation.figures.iter().filter(|f| f.verdict() != Verdict::Unset);
    let largest = set.filter_map(|f| f.standard_error).fold(0.0, f64::max);
    let oracle = evaluation.people.oracle;
    Some(Shown {
        respondents: evaluation.people.respondents,
        answers: evaluation.bank.tested_with,
        unseen: evaluation.bank.unseen,
        oracle: (
            written(oracle.into_iter().fold(f64::INFINITY, f64::min)),
            written(oracle.into_iter().fold(f64::NEG_INFINITY, f64::max)),
        ),
        set: at_goal + at_floor + missed,
        at_goal,
        at_floor,
        missed,
        largest_error: written(largest),
        grids: grids(evaluation),
    })
}

fn grids(evaluation: &Evaluation) -> Vec<Grid> {
    let traits: Vec<&str> = Trait::ALL.iter().map(|t| t.name()).collect();
    let axes: Vec<String> = Axis::ALL
        .iter()
        .map(|axis| {
            let (first, second) = axis.letters();
            format!("{first}/{second}")
        })
        .collect();
    let axes: Vec<&str> = axes.iter().map(String::as_str).collect();
    let mut grids = vec![
        columns(
            evaluation,
            "The five traits",
            &traits,
            &[Kind::Sanity, Kind::OpenAnswers, Kind::UnseenQuestions, Kind::CalibrationError],
        ),
        columns(evaluation, "The four axes", &axes, &[Kind::AxisArea, Kind::CalibrationError]),
        types(evaluation),
        steadiness(evaluation),
    ];
    if !evaluation.baselines.is_empty() {
        grids.push(readers(evaluation));
    }
    grids.extend(evaluation.labelled.iter().map(labelled));
    grids
}

/// A column for each kind, a row for each trait or axis, and what was set below.
fn columns(evaluation: &Evaluation, caption: &str, names: &[&str], kinds: &[Kind]) -> Grid {
    let find = |kind: Kind, of: &str| evaluation.of(kind).find(|figure| figure.of == of);
    let mut rows: Vec<Row> = names
        .iter()
        .map(|name| Row {
            name: (*name).to_owned(),
            cells: kinds.iter().map(|kind| Cell::of(find(*kind, name))).collect(),
        })
        .collect();
    for (name, bound) in [("Floor", (|f| f.floor) as fn(&Figure) -> Option<f64>), ("Goal", |f| f.goal)] {
        let cell = |kind: &Kind| {
            let set = names.iter().find_map(|of| find(*kind, of)).and_then(bound);
            Cell::plain(set.map(written_bound).unwrap_or_default())
        };
        rows.push(Row { name: name.to_owned(), cells: kinds.iter().map(cell).collect() });
    }
    Grid {
        caption: caption.to_owned(),
        explained: kinds.iter().map(|kind| (kind.title(), kind.explained())).collect(),
        head: std::iter::once(String::new()).chain(kinds.iter().map(|k| k.title().to_owned())).collect(),
        rows,
    }
}

fn types(evaluation: &Evaluation) -> Grid {
    let kinds = [Kind::TypeTopOne, Kind::TypeTopThree];
    let figures: Vec<&Figure> = kinds.iter().filter_map(|kind| evaluation.of(*kind).next()).collect();
    let mut head = vec![String::new(), "Share of the best".to_owned()];
    let beside = figures.first().map(|f| f.beside.as_slice()).unwrap_or_default();
    head.extend(beside.iter().map(|b| capital(&b.name)));
    let row = |figure: &&Figure| Row {
        name: figure.kind.title().to_owned(),
        cells: std::iter::once(Cell::of(Some(figure)))
            .chain(figure.beside.iter().map(|b| Cell::plain(written(b.value))))
            .collect(),
    };
    Grid {
        caption: "The 16 types".to_owned(),
        explained: kinds.iter().map(|kind| (kind.title(), kind.explained())).collect(),
        rows: figures.iter().map(row).collect(),
        head,
    }
}

/// Of each kind the worst, since all of them should be alike.
fn steadiness(evaluation: &Evaluation) -> Grid {
    let mut rows = Vec::new();
    let mut explained = Vec::new();
    for kind in [Kind::Reworded, Kind::RewordedOpen, Kind::Shuffled, Kind::UniformRatings, Kind::ShareRead] {
        let badness = |figure: &&Figure| match kind {
            Kind::UniformRatings => (figure.value - 0.5).abs(),
            _ => -figure.value,
        };
        let Some(worst) = evaluation.of(kind).max_by(|a, b| badness(a).total_cmp(&badness(b))) else {
            continue;
        };
        explained.push((kind.title(), kind.explained()));
        let name = match worst.of.as_str() {
            "" => kind.title().to_owned(),
            of => format!("{}: {of}", kind.title()),
        };
        let bound = |bound: Option<f64>| Cell::plain(bound.map(written_bound).unwrap_or_default());
        rows.push(Row { name, cells: vec![Cell::of(Some(worst)), bound(worst.floor), bound(worst.goal)] });
    }
    Grid {
        caption: "How steady it is: of each the worst case".to_owned(),
        explained,
        head: ["", "Worst", "Floor", "Goal"].map(str::to_owned).into(),
        rows,
    }
}

/// The pair and each simpler reader, by the mean of each kind's figures.
fn readers(evaluation: &Evaluation) -> Grid {
    let kinds = [Kind::Sanity, Kind::OpenAnswers, Kind::UnseenQuestions, Kind::AxisArea, Kind::TypeTopOne];
    let mean = |figures: &[Figure], kind: Kind| {
        let values: Vec<f64> = figures.iter().filter(|f| f.kind == kind).map(|f| f.value).collect();
        match values.len() {
            0 => Cell::plain("–"),
            count => Cell::plain(written(values.iter().sum::<f64>() / count as f64)),
        }
    };
    let row = |name: &str, figures: &[Figure]| Row {
        name: name.to_owned(),
        cells: kinds.iter().map(|kind| mean(figures, *kind)).collect(),
    };
    let mut rows = vec![row("These models", &evaluation.figures)];
    rows.extend(evaluation.baselines.iter().map(|b| row(&capital(&b.name), &b.figures)));
    Grid {
        caption: "Against simpler readers, the mean of each".to_owned(),
        explained: Vec::new(),
        head: std::iter::once(String::new()).chain(kinds.iter().map(|k| k.title().to_owned())).collect(),
        rows,
    }
}

fn labelled(labelled: &Labelled) -> Grid {
    let find = |baseline: &Baseline, figure: &Figure| {
        let same = |f: &&Figure| f.kind == figure.kind && f.of == figure.of;
        Cell::of(baseline.figures.iter().find(same))
    };
    let row = |figure: &Figure| Row {
        name: if figure.of.is_empty() { figure.kind.title().to_owned() } else { figure.of.clone() },
        cells: std::iter::once(Cell::of(Some(figure)))
            .chain(labelled.baselines.iter().map(|b| find(b, figure)))
            .collect(),
    };
    let mut head = vec![String::new(), "These models".to_owned()];
    head.extend(labelled.baselines.iter().map(|b| capital(&b.name)));
    let mut kinds: Vec<Kind> = labelled.figures.iter().map(|f| f.kind).collect();
    kinds.dedup();
    Grid {
        caption: format!("{}: {} labelled texts", labelled.file, labelled.texts),
        explained: kinds.into_iter().map(|kind| (kind.title(), kind.explained())).collect(),
        head,
        rows: labelled.figures.iter().map(row).collect(),
    }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

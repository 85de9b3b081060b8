//! The tables of "How good is it?". All figures come from the file that `calling evaluate` writes.

use crate::models::evaluation::{
    Baseline, Evaluated, Evaluation, Figure, Kind, Labelled, Verdict, written, written_bound,
};
use crate::personality::{Axis, Trait};

/// A table.
pub struct Grid {
    pub caption: String,
    /// What its columns or rows mean: a name and a sentence each.
    pub explained: Vec<(&'static str, &'static str)>,
    /// The headings of the columns.
    pub head: Vec<String>,
    pub rows: Vec<Row>,
}

impl Grid {
    /// Whether it may be wider than a phone. Then the table scrolls, and the page does not.
    pub fn is_wide(&self) -> bool {
        self.head.len() > 3
    }
}

/// A row of a table.
pub struct Row {
    pub name: String,
    /// One for each column but the first.
    pub cells: Vec<Cell>,
}

/// A number as text.
pub struct Cell {
    /// Empty if there is no number.
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

/// The figures on the page.
pub struct Shown {
    /// The number of simulated respondents.
    pub respondents: usize,
    /// The precision in which the models were measured.
    pub precision: String,
    /// How many held-out answers the respondents chose from.
    pub answers: usize,
    /// How many of those belong to the two held-out questions.
    pub unseen: usize,
    /// The oracle's lowest and highest correlation with a trait.
    pub oracle: (String, String),
    /// How many figures have a floor or a goal.
    pub set: usize,
    /// How many of those reach their goal.
    pub at_goal: usize,
    /// How many reach their floor but not their goal.
    pub at_floor: usize,
    /// How many miss their floor.
    pub missed: usize,
    /// The largest standard error among figures with a floor or a goal.
    pub largest_error: String,
    pub grids: Vec<Grid>,
}

impl Shown {
    pub fn misses(&self) -> bool {
        self.missed > 0
    }
}

/// The figures of the models on this server. None if there are none, or if other models were measured.
pub fn shown(evaluated: &Evaluated) -> Option<Shown> {
    let Evaluated::Yes(evaluation) = evaluated else { return None };
    // The page describes simulated respondents; labeled texts alone are not enough for it.
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
        precision: evaluation.precision.clone(),
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
    let axes: Vec<&str> = Axis::ALL.iter().map(|axis| axis.name()).collect();
    let mut grids = vec![
        columns(
            evaluation,
            "The five traits",
            &traits,
            &[Kind::Sanity, Kind::OpenAnswers, Kind::UnseenQuestions],
        ),
        columns(evaluation, "The four axes", &axes, &[Kind::AxisArea]),
        probabilities(evaluation, &[traits, axes].concat()),
        types(evaluation),
        steadiness(evaluation),
    ];
    if !evaluation.baselines.is_empty() {
        grids.push(readers(evaluation));
    }
    grids.extend(evaluation.labelled.iter().map(labelled));
    grids
}

/// Reads a figure's floor or goal.
type Bound = fn(&Figure) -> Option<f64>;

/// The rows below the figures.
const BOUNDS: [(&str, Bound); 2] = [("Floor", |figure| figure.floor), ("Goal", |figure| figure.goal)];

/// The headings of the columns, after an empty one above the row names.
fn headings<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    std::iter::once("").chain(names).map(str::to_owned).collect()
}

/// A column for each kind and a row for each trait or axis, with floor and goal below.
fn columns(evaluation: &Evaluation, caption: &str, names: &[&str], kinds: &[Kind]) -> Grid {
    let find = |kind: Kind, of: &str| evaluation.of(kind).find(|figure| figure.of == of);
    let mut rows: Vec<Row> = names
        .iter()
        .map(|name| Row {
            name: (*name).to_owned(),
            cells: kinds.iter().map(|kind| Cell::of(find(*kind, name))).collect(),
        })
        .collect();
    for (name, bound) in BOUNDS {
        let cell = |kind: &Kind| {
            let set = names.iter().find_map(|of| find(*kind, of)).and_then(bound);
            Cell::plain(set.map(written_bound).unwrap_or_default())
        };
        rows.push(Row { name: name.to_owned(), cells: kinds.iter().map(cell).collect() });
    }
    Grid {
        caption: caption.to_owned(),
        explained: kinds.iter().map(|kind| (kind.title(), kind.explained())).collect(),
        head: headings(kinds.iter().map(|kind| kind.title())),
        rows,
    }
}

/// The calibration error, beside what a perfectly calibrated reader would show by chance.
fn probabilities(evaluation: &Evaluation, names: &[&str]) -> Grid {
    let mut grid = columns(evaluation, "The probabilities", names, &[Kind::CalibrationError]);
    grid.head.push("By chance alone".to_owned());
    for row in &mut grid.rows {
        let figure = evaluation.of(Kind::CalibrationError).find(|figure| figure.of == row.name);
        let chance = figure.and_then(|figure| figure.beside.first());
        row.cells.push(Cell::plain(chance.map(|beside| written(beside.value)).unwrap_or_default()));
    }
    grid
}

/// Top-1 and top-3 accuracy as shares of the best possible, with the figures to compare them with below.
fn types(evaluation: &Evaluation) -> Grid {
    let kinds = [Kind::TypeTopOne, Kind::TypeTopThree];
    let figures: Vec<&Figure> = kinds.iter().filter_map(|kind| evaluation.of(*kind).next()).collect();
    let mut rows = vec![Row {
        name: "Share of the best possible".to_owned(),
        cells: figures.iter().map(|figure| Cell::of(Some(figure))).collect(),
    }];
    for (name, bound) in BOUNDS {
        let cell = |figure: &&Figure| Cell::plain(bound(figure).map(written_bound).unwrap_or_default());
        rows.push(Row { name: name.to_owned(), cells: figures.iter().map(cell).collect() });
    }
    for beside in figures.first().map(|figure| figure.beside.as_slice()).unwrap_or_default() {
        let cell = |figure: &&Figure| {
            let same = figure.beside.iter().find(|other| other.name == beside.name);
            Cell::plain(same.map(|other| written(other.value)).unwrap_or_default())
        };
        rows.push(Row { name: capital(&beside.name), cells: figures.iter().map(cell).collect() });
    }
    Grid {
        caption: "The 16 types".to_owned(),
        explained: kinds.iter().map(|kind| (kind.title(), kind.explained())).collect(),
        head: headings(figures.iter().map(|figure| figure.kind.title())),
        rows,
    }
}

/// The worst case of each kind.
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
        caption: "How stable it is: the worst case of each".to_owned(),
        explained,
        head: ["", "Worst", "Floor", "Goal"].map(str::to_owned).into(),
        rows,
    }
}

/// The models beside simpler readers, by the mean of each kind of figure.
fn readers(evaluation: &Evaluation) -> Grid {
    let readers: Vec<(String, &[Figure])> =
        std::iter::once(("These models".to_owned(), &evaluation.figures[..]))
            .chain(evaluation.baselines.iter().map(|b| (capital(&b.name), &b.figures[..])))
            .collect();
    let mean = |figures: &[Figure], kind: Kind| {
        let values: Vec<f64> = figures.iter().filter(|f| f.kind == kind).map(|f| f.value).collect();
        match values.len() {
            0 => Cell::plain("–"),
            count => Cell::plain(written(values.iter().sum::<f64>() / count as f64)),
        }
    };
    let row = |kind: Kind| Row {
        name: kind.title().to_owned(),
        cells: readers.iter().map(|(_, figures)| mean(figures, kind)).collect(),
    };
    let kinds = [Kind::Sanity, Kind::OpenAnswers, Kind::UnseenQuestions, Kind::AxisArea, Kind::TypeTopOne];
    Grid {
        caption: "Compared with simpler readers: the mean of each figure".to_owned(),
        explained: Vec::new(),
        head: headings(readers.iter().map(|(name, _)| name.as_str())),
        rows: kinds.into_iter().map(row).collect(),
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
        caption: format!("{}: {} labeled texts", labelled.file, labelled.texts),
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

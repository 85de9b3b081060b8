//! The tables of "How good is it?" about simulated respondents.

use super::grid::{BOUNDS, Cell, Grid, Row, capital, columns, headings};
use crate::models::evaluation::{Evaluation, Figure, Kind, written, written_bound};
use crate::personality::{Axis, Trait};

/// All tables. The comparison with simpler readers is the last.
pub fn grids(evaluation: &Evaluation) -> Vec<Grid> {
    let traits: Vec<&str> = Trait::ALL.iter().map(|t| t.name()).collect();
    let axes: Vec<&str> = Axis::ALL.iter().map(|axis| axis.name()).collect();
    let figures = &evaluation.figures;
    let mut grids = vec![
        columns(
            figures,
            "The five traits",
            &traits,
            &[Kind::Sanity, Kind::OpenAnswers, Kind::UnseenQuestions],
        ),
        columns(figures, "The four axes", &axes, &[Kind::AxisArea]),
        probabilities(evaluation, &[traits, axes].concat()),
        types(evaluation),
        steadiness(evaluation),
    ];
    let said = [bands(evaluation), notices(evaluation), named(evaluation)];
    grids.extend(said.into_iter().filter(|grid| !grid.rows.is_empty()));
    if !evaluation.baselines.is_empty() {
        grids.push(readers(evaluation));
    }
    grids
}

/// The calibration error, compared with that of a perfectly calibrated reader by chance.
fn probabilities(evaluation: &Evaluation, names: &[&str]) -> Grid {
    let mut grid = columns(&evaluation.figures, "The probabilities", names, &[Kind::CalibrationError]);
    grid.head.push("By chance alone".to_owned());
    for row in &mut grid.rows {
        let figure = evaluation.of(Kind::CalibrationError).find(|figure| figure.of == row.name);
        let chance = figure.and_then(|figure| figure.beside.first());
        row.cells.push(Cell::plain(chance.map(|beside| written(beside.value)).unwrap_or_default()));
    }
    grid
}

/// Top-1 and top-3 accuracy as shares of the best possible, above the figures for comparison.
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

/// A row for each trait and axis, a column for each of the three readings.
fn bands(evaluation: &Evaluation) -> Grid {
    let readings = [("Ratings", "ratings"), ("Words", "words"), ("Together", "together")];
    let names = Trait::ALL.iter().map(|t| t.name()).chain(Axis::ALL.iter().map(|axis| axis.name()));
    let row = |name: &str| {
        let figure = |reading| evaluation.of(Kind::Band).find(|f| f.of == format!("{name}, {reading}"));
        let cells: Vec<Cell> = readings.iter().map(|(_, reading)| Cell::of(figure(reading))).collect();
        cells.iter().any(|cell| !cell.text.is_empty()).then(|| Row { name: name.to_owned(), cells })
    };
    let mut rows: Vec<Row> = names.filter_map(row).collect();
    if let Some(figure) = evaluation.of(Kind::Band).next() {
        for (name, bound) in BOUNDS {
            let written = bound(figure).map(|bound| format!("±{}", written_bound(bound))).unwrap_or_default();
            rows.push(Row {
                name: name.to_owned(),
                cells: readings.map(|_| Cell::plain(written.as_str())).into(),
            });
        }
    }
    Grid {
        caption: "The bands of 90%".to_owned(),
        explained: vec![(Kind::Band.title(), Kind::Band.explained())],
        head: headings(readings.iter().map(|(heading, _)| *heading)),
        rows,
    }
}

/// The share of people with a notice, and of each notice.
fn notices(evaluation: &Evaluation) -> Grid {
    let mut rows = Vec::new();
    if let Some(figure) = evaluation.of(Kind::FalseNotice).next() {
        rows.push(Row { name: "Any notice".to_owned(), cells: vec![Cell::of(Some(figure))] });
        for (name, bound) in BOUNDS {
            let text = bound(figure).map(written_bound).unwrap_or_default();
            rows.push(Row { name: name.to_owned(), cells: vec![Cell::plain(text)] });
        }
        let each = figure.beside.iter();
        rows.extend(each.map(|b| Row { name: capital(&b.name), cells: vec![Cell::plain(written(b.value))] }));
    }
    Grid {
        caption: "Notices".to_owned(),
        explained: vec![(Kind::FalseNotice.title(), Kind::FalseNotice.explained())],
        head: ["", "Share of people"].map(str::to_owned).into(),
        rows,
    }
}

/// Named types: how often they are right, with what chance, and for how many people.
fn named(evaluation: &Evaluation) -> Grid {
    let row = |figure: &Figure| {
        let beside = figure.beside.iter().map(|b| Cell::plain(written(b.value)));
        Row {
            name: capital(&figure.of),
            cells: std::iter::once(Cell::of(Some(figure))).chain(beside).collect(),
        }
    };
    Grid {
        caption: "Named types".to_owned(),
        explained: vec![(Kind::Named.title(), Kind::Named.explained())],
        head: ["", "Right", "Chance given", "Share of people"].map(str::to_owned).into(),
        rows: evaluation.of(Kind::Named).map(row).collect(),
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

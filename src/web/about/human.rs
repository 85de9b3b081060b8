//! The tables of "How good is it?" about real people: their ratings and their texts.

use super::grid::{Cell, Grid, Row, capital, columns, headings};
use crate::models::evaluation::{Baseline, Evaluation, Figure, Kind, Labelled, Responses, written};
use crate::personality::{Axis, Trait};

/// All tables. None if no real people were measured.
pub fn grids(evaluation: &Evaluation) -> Vec<Grid> {
    let ratings = evaluation.responses.iter().flat_map(ratings);
    ratings.chain(evaluation.labelled.iter().flat_map(labelled)).collect()
}

fn ratings(responses: &Responses) -> Vec<Grid> {
    let rated = |name: &&str| responses.figures.iter().any(|figure| figure.of == *name);
    let traits: Vec<&str> = Trait::ALL.iter().map(|t| t.name()).filter(rated).collect();
    let caption =
        format!("{}: {} people who rated {} items", responses.file, responses.people, responses.items);
    let kinds = [Kind::ResponseCalibration, Kind::ResponseBand, Kind::ResponseAgreement];
    let of_traits = columns(&responses.figures, &caption, &traits, &kinds);
    let pairs = responses.figures.iter().filter(|figure| figure.kind == Kind::ResponseCorrelation);
    let rows: Vec<Row> = pairs.map(pair).collect();
    if rows.is_empty() {
        return vec![of_traits];
    }
    let kind = Kind::ResponseCorrelation;
    let of_pairs = Grid {
        caption: format!("{}: correlations between traits", responses.file),
        explained: vec![(kind.title(), kind.explained())],
        head: headings(["Readings", "Scores", "Difference"].into_iter()),
        rows,
    };
    vec![of_traits, of_pairs]
}

/// Two traits: the readings' correlation, the scores', and the difference.
fn pair(figure: &Figure) -> Row {
    let beside = figure.beside.iter().map(|beside| Cell::plain(written(beside.value)));
    Row { name: figure.of.clone(), cells: beside.chain([Cell::of(Some(figure))]).collect() }
}

fn labelled(labelled: &Labelled) -> Vec<Grid> {
    let all = Trait::ALL.iter().map(|t| t.name()).chain(Axis::ALL.iter().map(|axis| axis.name()));
    let labeled = |name: &&str| {
        let has = |figure: &Figure| figure.of == *name && figure.kind == Kind::LabelledArea;
        labelled.figures.iter().any(has)
    };
    let names: Vec<&str> = all.filter(labeled).collect();
    let caption = format!("{}: {} labeled texts", labelled.file, labelled.texts);
    let kinds = [
        Kind::LabelledArea,
        Kind::LabelledBrier,
        Kind::LabelledLogLoss,
        Kind::LabelledSlope,
        Kind::LabelledLength,
    ];
    let mut grids = Vec::new();
    if !names.is_empty() {
        grids.push(columns(&labelled.figures, &caption, &names, &kinds));
    }
    if !labelled.baselines.is_empty() {
        grids.push(readers(labelled));
    }
    let types = [Kind::LabelledTopOne, Kind::LabelledTopThree];
    let found: Vec<&Figure> = labelled.figures.iter().filter(|figure| types.contains(&figure.kind)).collect();
    if !found.is_empty() {
        grids.push(accuracy(labelled, &found));
    }
    grids
}

/// Areas and accuracies, compared with those of simpler readers.
fn readers(labelled: &Labelled) -> Grid {
    let kinds = [Kind::LabelledArea, Kind::LabelledTopOne, Kind::LabelledTopThree];
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
    let names: Vec<String> = labelled.baselines.iter().map(|b| capital(&b.name)).collect();
    Grid {
        caption: format!("{}: areas and accuracies compared with simpler readers", labelled.file),
        explained: Vec::new(),
        head: headings(std::iter::once("These models").chain(names.iter().map(String::as_str))),
        rows: labelled.figures.iter().filter(|figure| kinds.contains(&figure.kind)).map(row).collect(),
    }
}

/// How often the likeliest types are right, compared with always naming the most common type.
fn accuracy(labelled: &Labelled, found: &[&Figure]) -> Grid {
    let row = |figure: &&Figure| {
        let commonest = figure.beside.first().map(|beside| written(beside.value)).unwrap_or_default();
        Row {
            name: figure.kind.title().to_owned(),
            cells: vec![Cell::of(Some(figure)), Cell::plain(commonest)],
        }
    };
    Grid {
        caption: format!("{}: the 16 types", labelled.file),
        explained: found.iter().map(|figure| (figure.kind.title(), figure.kind.explained())).collect(),
        head: headings(["These models", "Always the most common"].into_iter()),
        rows: found.iter().map(row).collect(),
    }
}

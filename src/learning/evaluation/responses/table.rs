//! A table of real people's ratings: CSV with a header, a column for each rated item, a row for each person.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::error::EvaluationError;
use crate::survey::Questionnaire;

/// The ratings of a table.
#[derive(Debug, PartialEq)]
pub struct Table {
    /// The indices of the rated items in the questionnaire, ascending.
    pub items: Vec<usize>,
    /// For each person and item, the rating from 1 to 5; none if there is no rating.
    pub people: Vec<Vec<Option<u8>>>,
}

impl Table {
    /// Reads a file. Columns are named by the items' codes, in any order. Columns with other names are skipped, unless
    /// the name looks like a code. An empty cell is an item that was not rated.
    ///
    /// # Errors
    /// Names the first line and column that is not as expected.
    pub fn read(path: &Path, questionnaire: &Questionnaire) -> Result<Table, EvaluationError> {
        let fault = |source| EvaluationError::Csv { path: path.to_path_buf(), source };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(fault)?;
        let header = reader.headers().map_err(fault)?.clone();
        let columns = columns(&header, questionnaire).map_err(|(column, problem)| EvaluationError::Cell {
            path: path.to_path_buf(),
            line: 1,
            column,
            problem,
        })?;
        let mut people = Vec::new();
        for record in reader.records() {
            let record = record.map_err(fault)?;
            let line = record.position().map_or(0, csv::Position::line);
            let rating = |column: &usize| {
                let cell = record.get(*column).unwrap_or_default();
                rating(cell).map_err(|problem| EvaluationError::Cell {
                    path: path.to_path_buf(),
                    line,
                    column: header.get(*column).unwrap_or_default().to_owned(),
                    problem,
                })
            };
            people.push(columns.values().map(rating).collect::<Result<Vec<_>, _>>()?);
        }
        if people.len() < LEAST_PEOPLE {
            let problem = format!("expected at least {LEAST_PEOPLE} people, found {}", people.len());
            return Err(EvaluationError::Line { path: path.to_path_buf(), line: people.len() + 1, problem });
        }
        Ok(Table { items: columns.into_keys().collect(), people })
    }
}

/// With fewer people the figures would be meaningless.
const LEAST_PEOPLE: usize = 20;

/// The columns of rated items, by the item's index in the questionnaire. An error has a column's name and what is wrong
/// with it.
fn columns(
    header: &csv::StringRecord,
    questionnaire: &Questionnaire,
) -> Result<BTreeMap<usize, usize>, (String, String)> {
    let mut columns = BTreeMap::new();
    for (column, name) in header.iter().enumerate() {
        let place = questionnaire.items.iter().position(|item| item.id.eq_ignore_ascii_case(name));
        match place {
            Some(place) if columns.contains_key(&place) => {
                return Err((name.to_owned(), "the column occurs twice".to_owned()));
            }
            Some(place) => drop(columns.insert(place, column)),
            None if looks_like_a_code(name) => {
                let problem = "the questionnaire has no rated item with this code".to_owned();
                return Err((name.to_owned(), problem));
            }
            None => {}
        }
    }
    let of_trait = |t| columns.keys().filter(|place| questionnaire.items[**place].trait_ == t).count();
    if !crate::personality::Trait::ALL.into_iter().any(|t| of_trait(t) >= 2) {
        let problem =
            "expected a header with the codes of at least two rated items of a trait, such as r01".to_owned();
        return Err((header.get(0).unwrap_or_default().to_owned(), problem));
    }
    Ok(columns)
}

/// Such as "r7" and "R071".
fn looks_like_a_code(name: &str) -> bool {
    let digits = name.strip_prefix(['r', 'R']);
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn rating(cell: &str) -> Result<Option<u8>, String> {
    match cell {
        "" => Ok(None),
        "1" | "2" | "3" | "4" | "5" => Ok(cell.parse().ok()),
        _ => Err(format!("expected a rating from 1 to 5, or nothing, found {cell:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Table, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ratings.csv");
        std::fs::write(&path, text).unwrap();
        let questionnaire = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        let questionnaire = Questionnaire::load(Path::new(questionnaire)).unwrap();
        Table::read(&path, &questionnaire).map_err(|error| error.to_string())
    }

    /// r01, r15 and r20 belong to one trait.
    fn rows(header: &str, row: &str, count: usize) -> String {
        format!("{header}\n{}", format!("{row}\n").repeat(count))
    }

    #[test]
    fn columns_are_found_by_the_items_codes() {
        let table = read(&rows("age,r20,R01,r15", "33,5,1,", 20)).unwrap();
        assert_eq!(table.items, [0, 14, 19]);
        assert_eq!(table.people, vec![vec![Some(1), None, Some(5)]; 20]);
    }

    #[test]
    fn a_fault_is_named_by_line_and_column() {
        let good = rows("r01,r15", "1,5", 20);
        for (text, expected) in [
            (rows("r01,r15,r99", "1,5,3", 20), ["line 1", "column r99", "no rated item"]),
            (rows("r01,r01,r15", "1,5,3", 20), ["line 1", "column r01", "twice"]),
            (rows("age,r01", "1,5", 20), ["line 1", "column age", "at least two rated items"]),
            (format!("{good}4,6\n"), ["line 22", "column r15", "from 1 to 5, or nothing, found \"6\""]),
            (format!("{good}4,2.5\n"), ["line 22", "column r15", "found \"2.5\""]),
            (format!("{good}4,2,1\n"), ["ratings.csv", "line: 22", "3 fields"]),
            (rows("r01,r15", "1,5", 3), ["line 4", "at least 20 people", "found 3"]),
        ] {
            let problem = read(&text).unwrap_err();
            assert!(expected.iter().all(|part| problem.contains(part)), "{problem}");
        }
    }
}

//! Real people's ratings: the reading of some of their statements, compared with their answers to other statements
//! about the same trait.

mod criterion;
mod figures;
mod table;

use std::path::Path;

use self::criterion::Criterion;
use self::figures::{Case, Cases, figures};
use self::table::Table;
use super::error::EvaluationError;
use super::reader::ModelReader;
use crate::learning::people::{Person, Population, Structure};
use crate::learning::progress::Progress;
use crate::models::evaluation::Responses;
use crate::models::evidence::Outputs;
use crate::models::sha256_of;
use crate::personality::{Estimate, Trait};
use crate::survey::Questionnaire;

/// Simulated people of the norm group who define the scale of the scores.
const SCALED_BY: usize = 20_000;

/// The rated items of a trait, all and in two halves. Each half is read and predicts the score on the other.
struct Items {
    trait_: Trait,
    all: Criterion,
    halves: [Criterion; 2],
}

/// Reads the ratings with the model of the five traits, and compares the estimates with other ratings of the same
/// people.
///
/// # Errors
/// If the table is not as expected, or the model does not weigh evidence.
pub fn measure(
    path: &Path,
    reader: &mut ModelReader<'_>,
    questionnaire: &Questionnaire,
    structure: &Structure,
    seed: u64,
) -> Result<Responses, EvaluationError> {
    let table = Table::read(path, questionnaire)?;
    let traits = by_trait(&table, structure, seed);
    let mut cases: Vec<Cases> = traits.iter().map(|items| Cases::new(items.trait_)).collect();
    let mut progress = Progress::new(&format!("{}: people", path.display()), 0, table.people.len());
    for (number, ratings) in table.people.iter().enumerate() {
        let rating = |place: usize| ratings[table.items.binary_search(&place).ok()?];
        let mut read = |of: &dyn Fn(&Items) -> &Criterion| {
            let places = traits.iter().flat_map(|items| of(items).items());
            let sentence = |place: &usize| {
                let rating = usize::from(rating(*place)?);
                Some(questionnaire.items[*place].sentences[rating - 1].as_str())
            };
            estimates(reader, &places.filter_map(sentence).collect::<Vec<_>>().join(" "))
        };
        let whole = read(&|items| &items.all)?;
        let halves = [read(&|items| &items.halves[0])?, read(&|items| &items.halves[1])?];
        for (items, cases) in traits.iter().zip(&mut cases) {
            let trait_ = items.trait_.index();
            let standard = |criterion: &Criterion| Some(criterion.standard(criterion.score(rating)?));
            let Some(keyed) = standard(&items.all) else { continue };
            let half = |read: usize| {
                let (own, other) = (&items.halves[read], &items.halves[1 - read]);
                let predicted = other.predicted(halves[read][trait_]);
                Some(Case {
                    estimate: halves[read][trait_],
                    predicted,
                    chance: other.chance(predicted),
                    keyed: standard(own)?,
                    other: standard(other)?,
                })
            };
            if let (Some(first), Some(second)) = (half(0), half(1)) {
                cases.push(number, whole[trait_], keyed, [first, second]);
            }
        }
        progress.at(number + 1, table.people.len());
    }
    Ok(Responses {
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        sha256: sha256_of(path)?,
        people: table.people.len(),
        items: table.items.len(),
        figures: figures(&cases, seed),
    })
}

/// The traits with two items or more in the table. Every second item of a trait, in the order of the questionnaire, is
/// in its second half.
fn by_trait(table: &Table, structure: &Structure, seed: u64) -> Vec<Items> {
    let mut population = Population::new(structure.clone(), seed);
    let group: Vec<Person> = (0..SCALED_BY).map(|_| population.draw()).collect();
    let criterion = |places: &[usize]| Criterion::new(places, &structure.items, &group);
    let of = |trait_: Trait| {
        let places = table.items.iter().copied();
        let places: Vec<usize> = places.filter(|place| structure.items[*place].trait_ == trait_).collect();
        let half = |half: usize| criterion(&places.iter().copied().skip(half).step_by(2).collect::<Vec<_>>());
        (places.len() >= 2).then(|| Items { trait_, all: criterion(&places), halves: [half(0), half(1)] })
    };
    Trait::ALL.into_iter().filter_map(of).collect()
}

/// The model's estimate of each trait, by [`Trait::index`].
fn estimates(reader: &mut ModelReader<'_>, text: &str) -> Result<[Estimate; 5], EvaluationError> {
    let mut found = [Estimate::NOTHING; 5];
    if text.is_empty() {
        return Ok(found);
    }
    let evidence = reader.reading(text)?.evidence;
    let evidence = evidence.ok_or_else(|| EvaluationError::NoEvidence { model: reader.name() })?;
    if let Outputs::Traits(traits) = &evidence.outputs {
        for (trait_, output) in traits.iter().zip(&evidence.together) {
            found[trait_.index()] = output.estimate;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::known;
    use crate::models::evaluation::Kind;
    use crate::models::load;
    use crate::norm::Norm;

    #[test]
    fn the_bundled_models_chances_and_bands_hold_for_simulated_people() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let questionnaire = Questionnaire::load(&root.join("datasets/questionnaire.toml")).unwrap();
        let norm = Norm::load(&root.join("datasets/norm")).unwrap();
        let structure = Structure::new(&questionnaire, &norm).unwrap();
        // Other people than those who define the scale.
        let mut population = Population::new(structure.clone(), 77);
        let header = questionnaire.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(",");
        let row = |person: &Person| person.ratings.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
        let rows = (0..200).map(|_| row(&population.draw())).collect::<Vec<_>>().join("\n");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("simulated.csv");
        std::fs::write(&file, format!("{header}\n{rows}\n")).unwrap();
        let model = load(&root.join("models/big-five")).unwrap();
        let known = known(&questionnaire, &norm);
        let mut reader = ModelReader::new(&model, &known);
        let measured = measure(&file, &mut reader, &questionnaire, &structure, 1).unwrap();
        assert_eq!((measured.people, measured.items), (200, 60));
        for figure in &measured.figures {
            let held = match figure.kind {
                // With so few people, even right probabilities have an error near .07.
                Kind::ResponseCalibration => figure.value <= 0.12,
                // Bands are made for statements by any author (GENERALITY), so they are a little too wide within one
                // questionnaire.
                Kind::ResponseBand => (0.87..=0.97).contains(&figure.value),
                Kind::ResponseAgreement => figure.value >= 0.96,
                _ => figure.value.abs() <= 0.12,
            };
            println!("{:?} {}: {:.3}", figure.kind, figure.of, figure.value);
            assert!(held, "{figure:?}");
        }
    }
}
